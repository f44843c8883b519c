#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# invariant: C8
"""Broadcasts and multicasts come by the default queue, once, and every station gets each once."""

from lib import BROADCAST, Bed, Capture, Station, Steering, deltas, expect_eq, mac, main, number

GROUP = "01:00:5e:00:00:01"  # all hosts: everybody is a member


def once_each(bed):
    steer = Steering(bed, channels=1)
    steer.offload()
    stations = [Station(steer, f"vm{index}", mac(0x20 + index), mode)
                for index, mode in enumerate(("bridge", "vepa", "private", "bridge"))]
    catches = [Capture(station.name, station.netns) for station in stations] + [Capture(steer.near)]
    for group in (BROADCAST, GROUP):
        with deltas(steer.near) as delta:
            steer.sender.burst(group, mac(0xfe), 20)
            for catch in catches:
                expect_eq([number(frame.data) for frame in catch.frames()], [(0, seq) for seq in range(20)], group)
        delta.expect_rx({0: 20})


if __name__ == "__main__":
    main(once_each, setup=Bed)
