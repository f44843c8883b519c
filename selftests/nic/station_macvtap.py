#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A macvtap has a queue of its own; frames are read from its device file, and leave from there."""

import os
import select

from lib import BROADCAST, Bed, Capture, Fail, Station, Steering, deltas, expect_eq, mac, main, number, numbered, patience
from lib.tap import open_macvtap


def read_frames(tap):
    """Up to the broadcast behind them: [(destination, sequence number)]"""
    frames = []
    while BROADCAST not in (address for address, _ in frames):
        if not select.select([tap], [], [], patience(3))[0]:
            raise Fail(f"no broadcast behind {frames}")
        frame = os.read(tap, 65536)
        frames.append((frame[:6].hex(":"), number(frame)[1]))
    return frames


def read_and_write(bed):
    steer = Steering(bed, channels=1)
    steer.offload()
    station = Station(steer, "vm0", mac(0x20), kind="macvtap", netns=False)
    expect_eq(station.queue, 7)
    tap = open_macvtap(station.name)

    steer.expect((mac(0x20), None, 7), (mac(0x21), None, 0))
    expect_eq(read_frames(tap), [(mac(0x20), 0), (mac(0x20), 1), (BROADCAST, 0)])

    catch = Capture(bed.far.ifname, bed.far.netns)
    with deltas(steer.near) as delta:
        for seq in range(20):
            os.write(tap, numbered(bed.far.mac, mac(0x20), seq))
        expect_eq(catch.numbers(20), list(range(20)))
    expect_eq({queue: count for queue, count in delta.tx().items() if count}, {7: 20})


if __name__ == "__main__":
    main(read_and_write, setup=Bed)
