#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120
"""devlink shows how many queues, address entries and VLAN entries there are, and how many are in use."""

from lib import Bed, Station, Steering, devlink, ethtool, expect_eq, ip, mac, main

SIZES = {"queues": 7, "addresses": 24, "vlans": 32}


def resources(bed):
    return devlink(f"resource show pci/{bed.near.pci}", json=True)["resources"][f"pci/{bed.near.pci}"]


def expect_used(bed, queues, addresses, vlans):
    """The port's own address and VLAN 0, of frames without a tag, always have an entry."""
    expect_eq({row["name"]: row["occ"] for row in resources(bed)}, {"queues": queues, "addresses": addresses, "vlans": vlans})


def sizes(bed):
    expect_eq({row["name"]: row["size"] for row in resources(bed)}, SIZES)
    expect_eq({row["unit"] for row in resources(bed)}, {"entry"})


def channels(bed):
    near = bed.near.ifname
    for count in (1, 4, 8, 2, 1):
        ethtool(f"-L {near} combined {count}")
        expect_used(bed, count - 1, 1, 1)


def rules(bed):
    steer = Steering(bed, channels=8)
    steer.rule(1, mac(0x20), 1)
    expect_used(bed, 7, 2, 1)
    steer.rule(2, mac(0x21), 2, vlan=10)
    expect_used(bed, 7, 3, 2)
    # one address and one VLAN more, each used twice
    steer.rule(3, mac(0x22), 3, vlan=10)
    steer.rule(4, mac(0x22), 3, vlan=11)
    expect_used(bed, 7, 4, 3)
    steer.clear()
    expect_used(bed, 7, 1, 1)
    for number in range(SIZES["addresses"] - 1):
        steer.rule(number, mac(0x20 + number), 1)
    expect_used(bed, 7, SIZES["addresses"], 1)
    steer.clear()
    ethtool(f"-L {steer.near} combined 1")
    expect_used(bed, 0, 1, 1)


def vlans(bed):
    near = bed.near.ifname
    for number in range(1, 4):
        ip(f"link add link {near} name {near}.{number} type vlan id {number}")
        expect_used(bed, 0, 1, 1 + number)
    for number in range(1, 4):
        ip(f"link del {near}.{number}")
    expect_used(bed, 0, 1, 1)


def stations(bed):
    steer = Steering(bed, channels=1)
    steer.offload()
    found = [Station(steer, f"vm{number}", mac(0x20 + number)) for number in range(3)]
    expect_used(bed, 3, 4, 1)
    found[1].down()
    expect_used(bed, 2, 3, 1)
    for station in found:
        station.delete()
    expect_used(bed, 0, 1, 1)


def while_down(bed):
    """The table is the driver's: it is there whether the port is up or not."""
    steer = Steering(bed, channels=3)
    steer.rule(1, mac(0x20), 2, vlan=10)
    bed.near.down()
    expect_used(bed, 2, 2, 2)
    bed.near.up()
    expect_used(bed, 2, 2, 2)


if __name__ == "__main__":
    main(sizes, channels, rules, vlans, stations, while_down, setup=Bed)
