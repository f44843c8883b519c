#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Stations and the wire's other end reach each other, both ways, each on its own queue; two stations do without the port."""

from lib import Bed, Station, Steering, deltas, expect_eq, expect_ge, ip, mac, main, ping


def between_two(bed):
    """In bridge mode two stations reach each other without the port."""
    steer = Steering(bed, channels=1)
    steer.offload()
    stations = [Station(steer, f"vm{number}", mac(0x20 + number)) for number in range(2)]
    for number, station in enumerate(stations):
        ip(f"addr add 192.0.2.{20 + number}/24 dev {station.name}", netns=station.netns)
        # who has an address is asked by broadcasts, which are for the wire as well
        ip(f"neigh replace 192.0.2.{21 - number} lladdr {mac(0x21 - number)} dev {station.name} nud permanent",
           netns=station.netns)
    with deltas(steer.near) as delta:
        ping("192.0.2.21", netns="vm0")
        ping("192.0.2.20", netns="vm1")
    expect_eq((delta.rx(), delta.tx()), (dict.fromkeys(range(8), 0), dict.fromkeys(range(8), 0)))


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
    # the second makes the port's own end speak
    main(between_two, both_ways, setup=Bed)
