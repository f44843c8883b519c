#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# invariant: S1 C3
"""Into the memory of a queue that must be exact the chip puts its own frames and no other, or the filter is refused."""

from lib import Bed, Client, Refused, expect_eq, expect_in, expect_raises, ip, mac, main

A, B = mac(0x20), mac(0x21)


def inexact_is_refused(bed):
    client = Client(bed)
    client.open("alice")
    client.alloc("alice", "q", "s0", exact=True)
    client.set("alice", "f", "q", A, "10")
    client.complete("q")
    before = client.filters()
    with expect_raises(Refused) as refusal:
        client.set("alice", "g", "q", B, "20")
    expect_eq(refusal.exception.error, "EOPNOTSUPP")
    expect_in("queue 7 needs exact filters, but the chip cannot tell it from other filters", refusal.exception.reason)
    expect_eq(client.filters(), before)
    # the whole product is exact
    client.set("alice", "h", "q", B, "10")
    with client.counting() as delta:
        client.expect((A, 10, "s0"), (B, 10, "s0"), (A, None, "port"), (B, None, "port"))
    expect_eq(delta.rx()[7], 8, "frames that the chip put there")
    expect_eq(sum(delta.rx("redirected").values()), 0)


def others_give_way(bed):
    """A filter on another queue that would make it inexact is carried out in software."""
    client = Client(bed)
    client.open("alice")
    client.alloc("alice", "q", "s0", exact=True)
    client.set("alice", "f", "q", A, "10")
    client.set("alice", "g", "q", A, "20")
    client.complete("q")
    client.ready("alice", "r", "s1", (B, "10"))
    expect_eq(client.filters()["r0"][1], "hardware")
    client.ready("alice", "t", "s2", (A, "untagged"))
    client.set("alice", "x", "t", B, "20")
    with client.counting() as delta:
        client.expect((A, 10, "s0"), (A, 20, "s0"), (B, 10, "s1"), (A, None, "s2"), (B, 20, "s2"))
    expect_eq(delta.rx()[7], 8, "frames that the chip put there")


def without_vlans_in_the_chip(bed):
    """Promiscuous, the chip has no VLANs to tell apart: the queue is fed by software, and by nothing else."""
    client = Client(bed)
    client.open("alice")
    client.alloc("alice", "q", "s0", exact=True)
    client.set("alice", "f", "q", A, "10")
    client.complete("q")
    ip(f"link set {client.near} promisc on")
    with client.counting() as delta:
        client.expect((A, 10, "s0"), (A, 20, "port"), (A, None, "port"))
    expect_eq(delta.rx()[7], 0, "frames that the chip put there")
    ip(f"link set {client.near} promisc off")
    with client.counting() as delta:
        client.expect((A, 10, "s0"))
    expect_eq(delta.rx()[7], 4, "frames that the chip put there")


if __name__ == "__main__":
    main(inexact_is_refused, others_give_way, without_vlans_in_the_chip, setup=Bed)
