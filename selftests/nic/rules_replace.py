#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A second rule for a location takes the first one's place: the old address goes back to the default queue."""

from lib import Bed, CommandError, Steering, expect_eq, expect_raises, mac, main


def other_queue(bed):
    steer = Steering(bed)
    steer.rule(4, mac(0x10), 1)
    steer.rule(4, mac(0x10), 6)
    expect_eq(steer.rules(), {4: (mac(0x10), None, 6)})
    steer.expect_on(6, mac(0x10))


def other_address(bed):
    steer = Steering(bed)
    steer.rule(4, mac(0x10), 2)
    steer.rule(4, mac(0x11), 2)
    expect_eq(steer.rules(), {4: (mac(0x11), None, 2)})
    steer.expect((mac(0x11), None, 2), (mac(0x10), None, 0))


def other_vlan(bed):
    steer = Steering(bed)
    steer.rule(4, mac(0x10), 2, vlan=10)
    steer.rule(4, mac(0x10), 2, vlan=11)
    steer.expect((mac(0x10), 11, 2), (mac(0x10), 10, None))


def refused_keeps_the_old(bed):
    steer = Steering(bed)
    steer.rule(4, mac(0x10), 2)
    steer.rule(5, mac(0x11), 3)
    before = steer.rules(), steer.tables()
    with expect_raises(CommandError):
        steer.rule(4, mac(0x11), 2)
    expect_eq((steer.rules(), steer.tables()), before)
    steer.expect((mac(0x10), None, 2), (mac(0x11), None, 3))


if __name__ == "__main__":
    main(other_queue, other_address, other_vlan, refused_keeps_the_old, setup=Bed)
