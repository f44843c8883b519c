#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A promiscuous port shows every frame, once and at queue 0; filters keep their frames."""

from lib import (BROADCAST, Bed, Capture, Sender, defer, deltas, ethtool, expect_eq, ip, mac, main, wait_until)
from lib.frames import number

FOREIGN = (mac(0x77), "02:00:00:12:34:56", BROADCAST, "01:00:5e:00:53:b0", "33:33:00:00:53:99")


def burst(bed, catch, dst, **options):
    """The numbers of those of 20 frames that came."""
    sender = Sender(bed.far.ifname, bed.far.netns)
    sender.burst(dst, mac(2), 20, **options)
    return [number(frame.data)[1] for frame in catch.frames_before_last(sender)]


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
            delta.expect_rx({0: 21})
        with deltas(near) as delta:
            # another queue's frames may come later than what was sent behind them
            Sender(bed.far.ifname, bed.far.netns).burst(mac(0x20), mac(2), 20, vlan=vlan)
            expect_eq(catch.numbers(20), list(range(20)))
        delta.expect_rx({3: 20})

    ip(f"link set {near} promisc off")
    wait_until(lambda: not burst(bed, catch, FOREIGN[3]), what="a foreign group arrives no more")
    expect_eq(burst(bed, catch, FOREIGN[0], vlan=300), [])


if __name__ == "__main__":
    main(everything_once, setup=Bed)
