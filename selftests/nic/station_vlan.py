#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120
"""A VLAN on top of a station comes by the station's queue, whenever it was added, beside the same VLAN on the port."""

from lib import Bed, Capture, Station, Steering, defer, expect_eq, ip, keeps_link, mac, main


@keeps_link
def added_while_up(bed):
    steer = Steering(bed, channels=1)
    steer.offload()
    station = Station(steer, "vm0", mac(0x20))
    steer.expect((mac(0x20), None, 7), (mac(0x20), 10, None))
    vlan = station.add_vlan(10)
    station.up(vlan)
    with station.catching(4, vlan):
        steer.expect((mac(0x20), None, 7), (mac(0x20), 10, 7), (mac(0x20), 20, None), (mac(0x21), 10, 0))
    ip(f"link del {vlan}", netns=station.netns)
    steer.expect((mac(0x20), None, 7), (mac(0x20), 10, None))


@keeps_link
def added_before_up(bed):
    steer = Steering(bed, channels=1)
    steer.offload()
    station = Station(steer, "vm0", mac(0x20), up=False)
    vlan = station.add_vlan(10)
    station.add_vlan(20)
    station.up()
    station.up(vlan)
    with station.catching(4, vlan):
        steer.expect((mac(0x20), None, 7), (mac(0x20), 10, 7), (mac(0x20), 20, 7), (mac(0x20), 30, None))


@keeps_link
def two_stations(bed):
    steer = Steering(bed, channels=1)
    steer.offload()
    first, second = (Station(steer, f"vm{number}", mac(0x20 + number)) for number in range(2))
    first.add_vlan(10)
    second.add_vlan(20)
    steer.expect((mac(0x20), None, 7), (mac(0x20), 10, 7), (mac(0x20), 20, 0),
                 (mac(0x21), None, 6), (mac(0x21), 10, 0), (mac(0x21), 20, 6))


@keeps_link
def beside_the_port(bed):
    """The port's own VLAN of that number goes on with its frames, and with everybody's broadcasts."""
    steer = Steering(bed, channels=1)
    steer.offload()
    ip(f"link add link {steer.near} name v10 type vlan id 10")
    defer(ip, "link del v10")
    ip("link set v10 up")
    station = Station(steer, "vm0", mac(0x20))
    vlan = station.add_vlan(10)
    station.up(vlan)
    own = Capture("v10")
    with station.catching(2, vlan):
        steer.expect((mac(0x20), 10, 7), (bed.near.mac, 10, 0))
    expect_eq(len(own.frames(4)), 4)
    ip(f"link del {vlan}", netns=station.netns)
    steer.expect((bed.near.mac, 10, 0), (mac(0x20), None, 7), (mac(0x20), 10, 0))


if __name__ == "__main__":
    main(added_while_up, added_before_up, two_stations, beside_the_port, setup=Bed)
