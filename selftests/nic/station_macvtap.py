#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A macvtap has a queue of its own; frames are read from its device file, and leave from there."""

from lib import BROADCAST, Bed, Capture, Station, Steering, deltas, expect_eq, mac, main, number, numbered
from lib.tap import Macvtap


def read_and_write(bed):
    steer = Steering(bed, channels=1)
    steer.offload()
    station = Station(steer, "vm0", mac(0x20), kind="macvtap", netns=False)
    expect_eq(station.queue, 7)
    tap = Macvtap(station.name)

    steer.expect((mac(0x20), None, 7), (mac(0x21), None, 0))
    got = [(frame[:6].hex(":"), number(frame)[1]) for frame in tap.frames(3) + tap.frames()]
    # the broadcast comes by way of queue 0, perhaps before the others
    expect_eq([frame for frame in got if frame[0] != BROADCAST], [(mac(0x20), 0), (mac(0x20), 1)])
    expect_eq(got.count((BROADCAST, 0)), 1)

    catch = Capture(bed.far.ifname, bed.far.netns)
    with deltas(steer.near) as delta:
        for seq in range(20):
            tap.write(numbered(bed.far.mac, mac(0x20), seq))
        expect_eq(catch.numbers(20), list(range(20)))
    expect_eq({queue: count for queue, count in delta.tx().items() if count}, {7: 20})


if __name__ == "__main__":
    main(read_and_write, setup=Bed)
