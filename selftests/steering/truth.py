#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120
# invariant: C1 C4 C5 C6 C9 C10 C11
"""The contract's truth table of addresses, VLAN tests and tags, on one queue, on several, and where filters overlap."""

from lib import Bed, Client, expect_eq, ip, mac, main

A, B, NEAR_MISS = mac(0x20), mac(0x21), "00:00:5e:00:53:a0"


def table(bed):
    for test, wanted in (("untagged", (True, True, False, False)), ("10", (False, False, True, False)),
                         ("any", (True, True, True, True))):
        client = Client(bed)
        client.open("alice")
        client.ready("alice", "q", "s0", (A, test))
        # other VLANs are known to the port, or it would not let them in
        client.ready("alice", "other", "s1", (B, "10"), (B, "20"))
        for vlan, pcp, matches in zip((None, 0, 10, 20), (0, 0, 0, 0), wanted):
            client.expect((A, vlan, "s0" if matches else "port"), pcp=pcp)
        for pcp in (1, 5, 7):
            client.expect((A, 0, "s0" if wanted[1] else "port"), (A, 10, "s0" if wanted[2] else "port"), pcp=pcp)
        client.expect((NEAR_MISS, None, "port"), (B, None, "port"), (B, 20, "s1"))
        client.close("alice")


def one_address_two_queues(bed):
    client = Client(bed)
    client.open("alice")
    client.ready("alice", "q", "s0", (A, "10"))
    client.ready("alice", "r", "s1", (A, "20"))
    client.ready("alice", "s", "s2", (A, "untagged"))
    client.expect((A, 10, "s0"), (A, 20, "s1"), (A, None, "s2"), (A, 0, "s2"))
    client.close("alice")


def specific_before_general(bed):
    """In whatever order they were set, and after the port was down."""
    for first, second in ((("q", "s0", "any"), ("r", "s1", "10")), (("r", "s1", "10"), ("q", "s0", "any"))):
        client = Client(bed)
        client.open("alice")
        for queue, sink, vlan in (first, second):
            client.ready("alice", queue, sink, (A, vlan))
        client.ready("alice", "other", "s2", (B, "20"))
        frames = ((A, 10, "s1"), (A, None, "s0"), (A, 0, "s0"), (A, 20, "s0"), (B, 20, "s2"), (B, 10, "port"))
        client.expect(*frames)
        bed.near.down()
        bed.near.up()
        client.catches.clear()
        client.expect(*frames)
        client.close("alice")


def own_address(bed):
    """A filter on the port's own address works like any other."""
    client = Client(bed)
    client.open("alice")
    client.expect((bed.near.mac, None, "port"))
    client.ready("alice", "q", "s0", (bed.near.mac, "untagged"))
    client.expect((bed.near.mac, None, "s0"), (A, None, "port"))
    client.clear("q0")
    client.expect((bed.near.mac, None, "port"))


def let_in_by_another(bed):
    """A filter that does not count yet lets its VLAN in: for an address that has a queue in any VLAN, too."""
    client = Client(bed)
    client.open("alice")
    client.ready("alice", "q", "s0", (A, "any"))
    client.expect((A, 10, None))
    client.alloc("alice", "r", "s1")
    client.set("alice", "f", "r", B, "10")
    client.expect((A, 10, "s0"), (B, 10, "port"), (A, None, "s0"), (A, 20, None))


def software_too(bed):
    """The same where the chip has no VLANs to tell apart."""
    ip(f"link set {bed.near.ifname} promisc on")
    try:
        one_address_two_queues(bed)
        table(bed)
    finally:
        ip(f"link set {bed.near.ifname} promisc off")
    expect_eq(bed.near.link()["promiscuity"], 0)


if __name__ == "__main__":
    main(table, one_address_two_queues, specific_before_general, own_address, let_in_by_another, software_too, setup=Bed)
