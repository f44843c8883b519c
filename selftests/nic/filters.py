#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A frame for a steered address goes to the rule's queue and to no other; unmatched frames reach queue 0."""

from lib import Bed, Capture, Sender, defer, deltas, ethtool, expect_eq, mac, main


def each_address_to_its_queue(bed):
    near = bed.near.ifname
    ethtool(f"-L {near} combined 8")
    for queue in range(1, 8):
        ethtool(f"-N {near} flow-type ether dst {mac(0x10 + queue)} action {queue} loc {queue}")
        defer(ethtool, f"-N {near} delete {queue}")

    catch = Capture(near, promisc=False)
    sender = Sender(bed.far.ifname, bed.far.netns)
    for queue in range(1, 8):
        with deltas(near) as delta:
            sender.burst(mac(0x10 + queue), mac(2), 40, to=catch)
        delta.expect_rx({queue: 40})
    expect_eq(catch.numbers(), list(range(40)) * 7)


def unmatched_to_the_default_queue(bed):
    near = bed.near.ifname
    ethtool(f"-L {near} combined 8")
    ethtool(f"-N {near} flow-type ether dst {mac(0x20)} action 3 loc 0")
    defer(ethtool, f"-N {near} delete 0")

    catch = Capture(near, promisc=False)
    sender = Sender(bed.far.ifname, bed.far.netns)
    for address in (mac(0x21), "ff:ff:ff:ff:ff:ff", bed.near.mac):
        with deltas(near) as delta:
            sender.burst(address, mac(2), 40, to=catch)
        delta.expect_rx({0: 40})


if __name__ == "__main__":
    main(each_address_to_its_queue, unmatched_to_the_default_queue, setup=Bed)
