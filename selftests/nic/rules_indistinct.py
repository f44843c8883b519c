#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The chip matches address and VLAN in two tables: combinations it would mix up are refused, all others are exact."""

from lib import Bed, CommandError, KernelLog, Steering, expect_eq, expect_in, expect_raises, mac, main


def expect_refused(steer, *rule, vlan=None):
    before = steer.rules(), steer.tables()
    log = KernelLog(at_end=True)
    with expect_raises(CommandError) as error:
        steer.rule(*rule, vlan=vlan)
    expect_in("Operation not supported", error.exception.output)
    expect_in("the chip cannot tell this MAC and VLAN from another filter's", "".join(log.lines()))
    expect_eq((steer.rules(), steer.tables()), before)


def same_queue(bed):
    """(A, 10) and (B, 20) on a queue would also give it (A, 20) and (B, 10)."""
    steer = Steering(bed)
    steer.rule(0, mac(0x10), 1, vlan=10)
    expect_refused(steer, 1, mac(0x11), 1, vlan=20)
    expect_refused(steer, 1, mac(0x11), 1)
    steer.expect_on(1, mac(0x10), vlan=10)
    # on another queue there is nothing to mix up
    steer.rule(1, mac(0x11), 2, vlan=20)
    steer.expect((mac(0x10), 10, 1), (mac(0x11), 20, 2), (mac(0x10), 20, 0), (mac(0x11), 10, 0))


def full_product(bed):
    """Every combination of two addresses and two VLANs is exact; it can be reached in one order only."""
    steer = Steering(bed)
    steer.rule(0, mac(0x10), 1, vlan=10)
    steer.rule(1, mac(0x10), 1, vlan=20)
    expect_refused(steer, 2, mac(0x11), 1, vlan=20)
    steer.rule(2, mac(0x11), 2, vlan=20)
    steer.expect((mac(0x10), 10, 1), (mac(0x10), 20, 1), (mac(0x11), 20, 2), (mac(0x11), 10, 0))


def same_vlan(bed):
    """Two addresses in the same VLAN on a queue are a product."""
    steer = Steering(bed)
    steer.rule(0, mac(0x10), 1, vlan=10)
    steer.rule(1, mac(0x11), 1, vlan=10)
    steer.expect((mac(0x10), 10, 1), (mac(0x11), 10, 1), (mac(0x10), None, 0), (mac(0x11), None, 0),
                 (mac(0x12), None, 0), (mac(0x12), 10, 0))


if __name__ == "__main__":
    main(same_queue, full_product, same_vlan, setup=Bed)
