#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""ethtool -N adds a rule, ethtool -n prints it as it was given, ethtool -N delete takes it away."""

from lib import Bed, CommandError, Steering, ethtool, expect_eq, expect_in, expect_raises, mac, main


def add_list_delete(bed):
    steer = Steering(bed)
    expect_eq(steer.rules(), {})
    wanted = {
        0: (mac(0x10), None, 1),
        5: (mac(0x11), 10, 2),
        127: (mac(0x12), 4094, 7),
    }
    for loc, (address, vlan, queue) in wanted.items():
        steer.rule(loc, address, queue, vlan)
    expect_eq(steer.rules(), wanted)

    steer.expect((mac(0x10), None, 1), (mac(0x11), 10, 2), (mac(0x12), 4094, 7))
    steer.delete(0)
    del wanted[0]
    expect_eq(steer.rules(), wanted)
    steer.expect((mac(0x10), None, 0), (mac(0x11), 10, 2))
    with expect_raises(CommandError):
        steer.delete(0)


def finds_a_location(bed):
    steer = Steering(bed)
    steer.rule(0, mac(0x10), 1)
    said = ethtool(f"-N {steer.near} flow-type ether dst {mac(0x11)} action 2")
    expect_in("ID 1", said)
    expect_eq(steer.rules(), {0: (mac(0x10), None, 1), 1: (mac(0x11), None, 2)})


def one_rule(bed):
    """ethtool -n shows a single rule as it shows it among all, and says when there is none."""
    steer = Steering(bed)
    steer.rule(3, mac(0x10), 1)
    steer.rule(127, mac(0x11), 2, vlan=10)
    shown = ethtool(f"-n {steer.near}")
    for loc in (3, 127):
        one = ethtool(f"-n {steer.near} rule {loc}").strip()
        expect_in(f"Filter: {loc}\n", one)
        expect_in(one, shown)
    for loc in (0, 4, 128, 4294967295):
        with expect_raises(CommandError, loc):
            ethtool(f"-n {steer.near} rule {loc}")


def to_the_default_queue(bed):
    """Action 0 is a rule like any other; it can take one VLAN out of a wider rule."""
    steer = Steering(bed)
    steer.rule(0, mac(0x10), 3)
    steer.rule(1, mac(0x10), 0, vlan=10)
    steer.expect((mac(0x10), None, 3), (mac(0x10), 10, 0))


if __name__ == "__main__":
    main(add_list_delete, finds_a_location, one_rule, to_the_default_queue, setup=Bed)
