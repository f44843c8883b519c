#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A station that changes its address while it is up is followed: the new one on its queue, the old one on the default's."""

from lib import Bed, Station, Steering, expect_eq, ip, mac, main


def new_address(bed):
    steer = Steering(bed, channels=1)
    steer.offload()
    station = Station(steer, "vm0", mac(0x20))
    station.add_vlan(10)
    other = Station(steer, "vm1", mac(0x21))
    for address, old in ((mac(0x30), mac(0x20)), (mac(0x31), mac(0x30)), (mac(0x20), mac(0x31))):
        ip(f"link set vm0 address {address}", netns="vm0")
        expect_eq((station.queue, other.queue), (7, 6))
        with station.catching(2):
            steer.expect((address, None, 7), (address, 10, 7), (old, None, 0), (old, 10, 0), (mac(0x21), None, 6))
    station.delete()
    steer.expect((mac(0x20), None, 0), (mac(0x30), None, 0), (mac(0x31), None, 0), (mac(0x21), None, 6))


def while_down(bed):
    steer = Steering(bed, channels=1)
    steer.offload()
    station = Station(steer, "vm0", mac(0x20))
    station.down()
    ip(f"link set vm0 address {mac(0x30)}", netns="vm0")
    station.up()
    with station.catching(2):
        steer.expect((mac(0x30), None, 7), (mac(0x20), None, 0))


def steered_already(bed):
    """An address that a rule has steered elsewhere: the station is in software until it has another one."""
    steer = Steering(bed, channels=2)
    steer.offload()
    steer.rule(1, mac(0x30), 1)
    steer.rule(2, mac(0x31), 1)
    station = Station(steer, "vm0", mac(0x20))
    ip(f"link set vm0 address {mac(0x30)}", netns="vm0")
    steer.expect((mac(0x20), None, 0), (mac(0x31), None, 1))
    ip(f"link set vm0 address {mac(0x20)}", netns="vm0")
    with station.catching(2):
        steer.expect((mac(0x20), None, 7), (mac(0x30), None, 1))


if __name__ == "__main__":
    main(new_address, while_down, steered_already, setup=Bed)
