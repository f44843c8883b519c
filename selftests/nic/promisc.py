#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A promiscuous port shows every frame, once and at queue 0; filters keep their frames."""

from lib import (BROADCAST, Bed, Capture, Sender, defer, deltas, ethtool, expect_eq, ip, mac, main, wait_until)

FOREIGN = (mac(0x77), "02:00:00:12:34:56", BROADCAST, "01:00:5e:00:53:b0", "33:33:00:00:53:99")


def burst(bed, catch, dst, **options):
    Sender(bed.far.ifname, bed.far.netns).burst(dst, mac(2), 20, **options)
    return catch.numbers(20, 0.4)


def everything_once(bed):
    near = bed.near.ifname
    ethtool(f"-L {near} combined 4")
    defer(ethtool, f"-L {near} combined 1")
    ethtool(f"-N {near} flow-type ether dst {mac(0x20)} action 3 loc 1")
    defer(ethtool, f"-N {near} delete 1")
    catch = Capture(near)
    expect_eq(burst(bed, catch, FOREIGN[3]), [])

    ip(f"link set {near} promisc on")
    defer(ip, f"link set {near} promisc off")
    wait_until(lambda: burst(bed, catch, FOREIGN[3]), what="a foreign group arrives")
    for vlan in (None, 300):
        for dst in FOREIGN:
            with deltas(near) as delta:
                expect_eq(burst(bed, catch, dst, vlan=vlan), list(range(20)), f"{dst} VLAN {vlan}")
            delta.expect_rx({0: 20})
        with deltas(near) as delta:
            expect_eq(burst(bed, catch, mac(0x20), vlan=vlan), list(range(20)))
        delta.expect_rx({3: 20})

    ip(f"link set {near} promisc off")
    wait_until(lambda: not burst(bed, catch, FOREIGN[3]), what="a foreign group arrives no more")
    expect_eq(burst(bed, catch, FOREIGN[0], vlan=300), [])


if __name__ == "__main__":
    main(everything_once, setup=Bed)
