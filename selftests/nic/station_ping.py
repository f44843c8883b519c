#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Stations and the wire's other end reach each other, both ways, each on its own queue."""

from lib import Bed, Station, Steering, deltas, expect_eq, expect_ge, ip, mac, main, ping


def both_ways(bed):
    bed.addresses()
    steer = Steering(bed, channels=1)
    steer.offload()
    for number, mode in enumerate(("bridge", "vepa", "private")):
        station = Station(steer, f"vm{number}", mac(0x20 + number), mode)
        ip(f"addr add 192.0.2.{20 + number}/24 dev {station.name}", netns=station.netns)
        queue = station.queue
        with deltas(steer.near) as delta:
            ping("192.0.2.2", netns=station.netns)
            ping(f"192.0.2.{20 + number}", netns="far", options="-s 4000")
        expect_ge(delta.rx()[queue], 20)
        expect_ge(delta.tx()[queue], 20)
        others = [other for other in range(1, 8) if other != queue]
        # what the two may still have to say to each other is not for the next one's count
        station.delete()
        expect_eq([delta.rx()[other] + delta.tx()[other] for other in others], [0] * 6, mode)


if __name__ == "__main__":
    main(both_ways, setup=Bed)
