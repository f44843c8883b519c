#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# invariant: O11
"""What a station sends leaves on its own queue; what the host sends leaves on the channels only."""

from lib import Bed, Capture, Sender, Station, Steering, deltas, expect_eq, mac, main


def own_queue(bed):
    steer = Steering(bed, channels=2)
    steer.offload()
    catch = Capture(bed.far.ifname, bed.far.netns)
    for number in range(3):
        station = Station(steer, f"vm{number}", mac(0x20 + number))
        with deltas(steer.near) as delta:
            Sender(station.name, station.netns).burst(bed.far.mac, station.address, 40, to=catch)
        sent = {queue: count for queue, count in delta.tx().items() if count}
        expect_eq(sent, {station.queue: 40})
        expect_eq(catch.numbers(40), list(range(40)))
    with deltas(steer.near) as delta:
        Sender(steer.near).burst(bed.far.mac, bed.near.mac, 40, to=catch)
    sent = {queue: count for queue, count in delta.tx().items() if count}
    expect_eq((sum(sent.values()), set(sent) <= {0, 1}), (40, True), f"{sent}")


if __name__ == "__main__":
    main(own_queue, setup=Bed)
