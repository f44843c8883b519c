#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# invariant: L14 L16 L17
"""What an owner has is its own: nobody else can use it, and when it closes all of it goes and nothing else."""

from lib import Bed, Client, Refused, expect_eq, expect_in, expect_raises, mac, main


def two_owners(bed):
    client = Client(bed)
    client.open("alice")
    client.open("bob")
    client.ready("alice", "a", "s0", (mac(0x20), "any"))
    client.ready("alice", "b", "s1", (mac(0x21), "10"))
    client.ready("bob", "c", "s2", (mac(0x22), "any"), (mac(0x21), "untagged"))
    with expect_raises(Refused) as refusal:
        client.set("bob", "f", "a", mac(0x23))
    expect_eq((refusal.exception.error, refusal.exception.reason), ("EPERM", "queue 7 belongs to somebody else"))
    with expect_raises(Refused) as refusal:
        client.move("c0", "a")
    expect_eq(refusal.exception.error, "EPERM")
    with expect_raises(Refused) as refusal:
        client.set("bob", "f", "c", mac(0x20))
    expect_eq(refusal.exception.error, "EEXIST")
    expect_in("is steered already", refusal.exception.reason)

    client.close("alice")
    expect_eq(sorted(client.queues()), ["c"])
    expect_eq(sorted(client.filters()), ["c0", "c1"])
    client.expect((mac(0x20), None, "port"), (mac(0x21), None, "s2"), (mac(0x22), None, "s2"))
    expect_eq(client.alloc("bob", "d", "s3"), 7)


def unique_numbers(bed):
    client = Client(bed)
    client.open("alice")
    queues = [client.alloc("alice", f"q{index}", "s0") for index in range(7)]
    expect_eq(sorted(queues), list(range(1, 8)))
    filters = [client.set("alice", f"f{index}", f"q{index % 7}", mac(0x20 + index)) for index in range(14)]
    expect_eq((len(set(filters)), 0 in filters), (14, False))
    client.clear("f3")
    expect_eq(client.set("alice", "again", "q3", mac(0x23)) in filters, False)


def batch(bed):
    """Each queue of a batch has a status of its own; one that cannot be completed does not stop the others."""
    client = Client(bed)
    client.open("alice")
    for index in range(3):
        client.alloc("alice", f"q{index}", f"s{index}")
        client.set("alice", f"f{index}", f"q{index}", mac(0x20 + index))
    client.complete("q1")
    with expect_raises(Refused) as refusal:
        client.complete("q0", "q1", "q2")
    expect_eq((refusal.exception.error, refusal.exception.reason.split()), ("EINVAL", ["0", "-22", "0"]))
    expect_eq([client.state(f"q{index}") for index in range(3)], ["running"] * 3)
    client.expect(*((mac(0x20 + index), None, f"s{index}") for index in range(3)))


if __name__ == "__main__":
    main(two_owners, unique_numbers, batch, setup=Bed)
