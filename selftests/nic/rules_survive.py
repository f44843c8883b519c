#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120
# invariant: A5 C10
"""Rules outlive whatever else is done to the port."""

from lib import Bed, Steering, ethtool, expect_eq, ip, mac, main, write

RULES = {
    1: (mac(0x10), None, 1),
    2: (mac(0x10), 10, 2),
    3: (mac(0x11), 10, 3),
    4: (mac(0x12), None, 7),
}


def with_rules(bed):
    steer = Steering(bed)
    for loc, (address, vlan, queue) in RULES.items():
        steer.rule(loc, address, queue, vlan)
    return steer


def expect_rules(steer):
    expect_eq(steer.rules(), RULES)
    steer.expect(*RULES.values(), (mac(0x13), None, 0), (steer.bed.near.mac, None, 0))


def down_and_up(bed):
    steer = with_rules(bed)
    bed.near.down()
    bed.near.up()
    expect_rules(steer)


def rules_made_while_down(bed):
    steer = Steering(bed, channels=1)
    bed.near.down()
    steer = with_rules(bed)
    bed.near.up()
    expect_rules(steer)


def mtu(bed):
    steer = with_rules(bed)
    for size in (9000, 1500):
        ip(f"link set {steer.near} mtu {size}")
        expect_rules(steer)


def ring_resize(bed):
    steer = with_rules(bed)
    ethtool(f"-G {steer.near} rx 128 tx 1024")
    expect_rules(steer)


def function_level_reset(bed):
    steer = with_rules(bed)
    write(f"{bed.near.sysfs}/reset", "1")
    bed.near.wait_carrier()
    expect_rules(steer)


def promiscuous(bed):
    steer = with_rules(bed)
    ip(f"link set {steer.near} promisc on")
    ip(f"link set {steer.near} promisc off")
    expect_rules(steer)


def more_channels(bed):
    steer = Steering(bed, channels=4)
    steer.rule(1, mac(0x10), 3)
    ethtool(f"-L {steer.near} combined 8")
    steer.expect_on(3, mac(0x10))
    ethtool(f"-L {steer.near} combined 4")
    steer.expect_on(3, mac(0x10))
    expect_eq(steer.rules(), {1: (mac(0x10), None, 3)})


if __name__ == "__main__":
    main(down_and_up, rules_made_while_down, mtu, ring_resize, function_level_reset, promiscuous, more_channels,
         setup=Bed)
