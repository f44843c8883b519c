#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""While the port is promiscuous it hears every VLAN, and rules keep what they can without the VLAN filter."""

from lib import Bed, Steering, defer, ip, mac, main


def promiscuous(bed):
    steer = Steering(bed)
    steer.rule(1, mac(0x10), 1)
    steer.rule(2, mac(0x11), 2, vlan=10)
    steer.expect_on(None, mac(0x12), vlan=99)
    ip(f"link set {steer.near} promisc on")
    defer(ip, f"link set {steer.near} promisc off")
    steer.expect((mac(0x10), None, 1), (mac(0x11), 10, 2), (mac(0x12), None, 0), (mac(0x12), 99, 0))
    ip(f"link set {steer.near} promisc off")
    steer.expect((mac(0x12), 99, None), (mac(0x11), None, 0))


if __name__ == "__main__":
    main(promiscuous, setup=Bed)
