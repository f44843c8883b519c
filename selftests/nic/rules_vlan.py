#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# invariant: C9 C10
"""A rule may name a VLAN; one address may have several VLANs on several queues, and the more specific rule wins."""

from lib import Bed, Steering, defer, ip, mac, main


def two_vlans_two_queues(bed):
    steer = Steering(bed)
    steer.rule(0, mac(0x10), 1, vlan=10)
    steer.rule(1, mac(0x10), 2, vlan=20)
    steer.expect((mac(0x10), 10, 1), (mac(0x10), 20, 2), (mac(0x10), None, 0))
    # these VLANs are now let in, for whoever is on them
    steer.expect_on(0, mac(0x11), bed.near.mac, vlan=10)


def same_vlan_two_addresses(bed):
    steer = Steering(bed)
    steer.rule(0, mac(0x10), 1, vlan=10)
    steer.rule(1, mac(0x11), 2, vlan=10)
    steer.expect((mac(0x10), 10, 1), (mac(0x11), 10, 2), (mac(0x10), None, 0), (mac(0x11), None, 0))


def specific_wins(bed):
    ip(f"link add link {bed.near.ifname} name v30 type vlan id 30")
    defer(ip, "link del v30")
    steer = Steering(bed)
    for first in (0, 1):
        # whichever was there first
        steer.rule(first, mac(0x10), 1)
        steer.rule(1 - first, mac(0x10), 2, vlan=10)
        steer.expect((mac(0x10), None, 1), (mac(0x10), 30, 1), (mac(0x10), 10, 2))
        steer.clear()
    steer.rule(0, mac(0x10), 2, vlan=10)
    steer.rule(1, mac(0x10), 1)
    steer.expect((mac(0x10), None, 1), (mac(0x10), 10, 2))
    steer.delete(0)
    steer.expect_on(1, mac(0x10))


def priority_tag_is_untagged(bed):
    steer = Steering(bed)
    steer.rule(0, mac(0x10), 1)
    steer.rule(1, mac(0x11), 2, vlan=10)
    steer.expect((mac(0x10), 0, 1), (mac(0x11), 0, 0))


if __name__ == "__main__":
    main(two_vlans_two_queues, same_vlan_two_addresses, specific_wins, priority_tag_is_untagged, setup=Bed)
