#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# invariant: C11
"""A rule may steer the port's own address; without the rule it is the default queue's again, under a new name too."""

from lib import Bed, Steering, defer, deltas, expect_eq, expect_ge, ip, mac, main, ping


def steers_the_own_address(bed):
    steer = Steering(bed)
    own = bed.near.mac
    steer.rule(0, own, 5)
    steer.expect_on(5, own)
    steer.delete(0)
    steer.expect_on(0, own)

    # from here on the two ends say more than they are asked to: frames are no longer counted
    bed.addresses()
    steer.rule(0, own, 5)
    with deltas(steer.near) as delta:
        ping("192.0.2.1", netns="far")
    expect_ge(delta.rx()[5], 5)


def rule_keeps_its_address(bed):
    """The rule is about an address, not about the port: a new address of the port is not steered."""
    steer = Steering(bed)
    own = bed.near.mac
    steer.rule(0, own, 5)
    ip(f"link set {steer.near} address {mac(0x30)}")
    defer(ip, f"link set {steer.near} address {own}")
    steer.expect_on(5, own)
    steer.expect_on(0, mac(0x30))
    expect_eq(steer.rules(), {0: (own, None, 5)})


if __name__ == "__main__":
    # the second first: the first one makes the two ends speak
    main(rule_keeps_its_address, steers_the_own_address, setup=Bed)
