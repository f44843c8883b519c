#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120
"""The interface goes down and up again and again under traffic, and keeps its settings."""

from lib import (Bed, Capture, Sender, Traffic, defer, deltas, ethtool, expect_eq, ip, mac, main, page_pools, settings)

TIMES = 15


def under_traffic(bed):
    with Traffic(bed) as traffic:
        for _ in range(TIMES):
            bed.near.down()
            bed.near.up()
            traffic.wait_moving()


def settings_stay(bed):
    near = bed.near.ifname
    ethtool(f"-L {near} combined 4")
    ethtool(f"-G {near} rx 256 tx 1024")
    ethtool(f"-C {near} rx-usecs 20")
    ethtool(f"-N {near} flow-type ether dst {mac(0x20)} action 3 loc 5")
    ip(f"link add link {near} name vlan7 type vlan id 7")
    defer(ip, "link del vlan7")
    wanted = settings(near)
    bed.near.down()
    # all but -a, which also tells what was negotiated
    expect_eq(settings(near)[:-1], wanted[:-1])
    expect_eq(page_pools(near), [], "buffers while the interface is down")
    bed.near.up()
    expect_eq(settings(near), wanted)

    catch = Capture(near)
    sender = Sender(bed.far.ifname, bed.far.netns)
    with deltas(near) as delta:
        sender.burst(mac(0x20), mac(2), 20, to=catch)
        sender.burst(bed.near.mac, mac(2), 20, start=20, vlan=7, to=catch)
        sender.burst(bed.near.mac, mac(2), 20, vlan=8)
    expect_eq(catch.numbers(), list(range(40)))
    delta.expect_rx({0: 20, 3: 20})


if __name__ == "__main__":
    main(under_traffic, settings_stay, setup=Bed)
