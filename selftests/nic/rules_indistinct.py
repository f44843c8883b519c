#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# invariant: C1 C4
"""The chip matches address and VLAN in two tables: what it would mix up, software tells apart; all else is exact."""

from lib import Bed, Steering, deltas, expect_eq, mac, main

MIXED = "the chip cannot tell it from other filters"


def expect_redirected(steer, wanted, *frames):
    """@wanted is {queue: frames that it got from the chip and software gave to another}."""
    with deltas(steer.near) as delta:
        steer.expect(*frames)
    expect_eq({queue: count for queue, count in delta.rx("redirected").items() if count}, wanted)


def same_queue(bed):
    """(A, 10) and (B, 20) on a queue also give it (A, 20) and (B, 10), which it hands on."""
    steer = Steering(bed)
    steer.rule(0, mac(0x10), 1, vlan=10)
    expect_redirected(steer, {}, (mac(0x10), 10, 1), (mac(0x11), 10, 0))
    steer.rule(1, mac(0x11), 1, vlan=20)
    expect_eq(set(steer.places().values()), {"hardware"})
    expect_redirected(steer, {1: 4 + 8}, (mac(0x10), 10, 1), (mac(0x10), 20, 1), (mac(0x11), 10, 1), (mac(0x11), 20, 1))
    steer.delete(0)
    # on another queue there is nothing to mix up
    steer.rule(0, mac(0x10), 2, vlan=10)
    expect_redirected(steer, {}, (mac(0x10), 10, 2), (mac(0x11), 20, 1), (mac(0x10), 20, 0), (mac(0x11), 10, 0))


def two_queues(bed):
    """Two queues would both get (A, 10) and (A, 20), so the last filter is left to software."""
    steer = Steering(bed)
    steer.rule(0, mac(0x10), 1, vlan=10)
    steer.rule(1, mac(0x10), 2, vlan=20)
    steer.rule(2, mac(0x11), 2, vlan=10)
    expect_eq(steer.places(), {(mac(0x10), 10): "hardware", (mac(0x10), 20): "hardware", (mac(0x11), 10): MIXED})
    expect_redirected(steer, {0: 8}, (mac(0x10), 10, 1), (mac(0x10), 20, 2), (mac(0x11), 10, 0))
    steer.delete(0)
    expect_eq(set(steer.places().values()), {"hardware"})
    steer.expect((mac(0x10), 20, 2), (mac(0x11), 10, 2))


def any_beside_one(bed):
    """A in every VLAN but 10, which is another queue's, and B likewise but crossed."""
    steer = Steering(bed)
    steer.rule(0, mac(0x10), 1)
    steer.rule(1, mac(0x10), 2, vlan=10)
    steer.expect((mac(0x10), None, 1), (mac(0x10), 10, 2))
    steer.rule(2, mac(0x11), 2)
    expect_eq(steer.places()[(mac(0x11), "any")], MIXED)
    expect_redirected(steer, {0: 8}, (mac(0x10), None, 1), (mac(0x10), 10, 2), (mac(0x11), None, 0))


def same_vlan(bed):
    """Two addresses in the same VLAN on a queue are a product."""
    steer = Steering(bed)
    steer.rule(0, mac(0x10), 1, vlan=10)
    steer.rule(1, mac(0x11), 1, vlan=10)
    expect_redirected(steer, {}, (mac(0x10), 10, 1), (mac(0x11), 10, 1), (mac(0x10), None, 0), (mac(0x11), None, 0),
                      (mac(0x12), None, 0), (mac(0x12), 10, 0))


if __name__ == "__main__":
    main(same_queue, two_queues, any_beside_one, same_vlan, setup=Bed)
