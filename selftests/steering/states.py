#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120
# invariant: L1 L2 L3 L5 L7
"""A queue's life is the contract's state table: each event leads where it says, each blank cell is refused and changes
nothing."""

from lib import Bed, Client, Refused, expect_eq, expect_raises, mac, main, wait_until

ADDRESS = mac(0x20)
OTHER = mac(0x21)
BUFFERS = 1024  # more than there are by default: these are posted at once


def refused(client, error, function, *args):
    before = client.tables(), client.queues(), client.filters()
    with expect_raises(Refused) as refusal:
        function(*args)
    expect_eq(refusal.exception and refusal.exception.error, error, f"{function.__name__}{args}")
    expect_eq((client.tables(), client.queues(), client.filters()), before, f"after {function.__name__}{args}")


def suggest(client, queue):
    client.rename(queue, "renamed")
    expect_eq(client.consumer(queue), "renamed")
    client.buffers(queue, BUFFERS)


def start(bed):
    client = Client(bed)
    client.open("alice")
    expect_eq(client.alloc("alice", "q", "s0"), 7)
    expect_eq(client.state("q"), "allocated")
    return client


def allocated(bed):
    client = start(bed)
    suggest(client, "q")
    client.expect((ADDRESS, None, "port"))
    client.set("alice", "f", "q", ADDRESS)
    expect_eq(client.state("q"), "set")
    client.clear("f")
    expect_eq(client.state("q"), "allocated")
    client.free("q")
    expect_eq(client.queues(), {})
    client.alloc("alice", "q", "s0")
    client.complete("q")
    expect_eq(client.state("q"), "paused")
    # the one before has taken its wishes along
    expect_eq(client.consumer("q"), "q")


def set_but_not_complete(bed):
    """What its filters match is the default queue's."""
    client = start(bed)
    client.set("alice", "f", "q", ADDRESS)
    suggest(client, "q")
    client.set("alice", "g", "q", OTHER)
    expect_eq(client.state("q"), "set")
    client.expect((ADDRESS, None, "port"), (OTHER, None, "port"))
    client.clear("g")
    expect_eq(client.state("q"), "set")
    refused(client, "EBUSY", client.free, "q")
    client.complete("q")
    expect_eq(client.state("q"), "running")
    expect_eq(client.posted("q"), BUFFERS)
    client.expect((ADDRESS, None, "s0"), (OTHER, None, "port"))


def running(bed):
    client = start(bed)
    client.ready("alice", "r", "s1", (ADDRESS, "any"))
    expect_eq(client.state("r"), "running")
    suggest(client, "r")
    wait_until(lambda: client.posted("r") == BUFFERS, what="buffers while it receives")
    refused(client, "EBUSY", client.free, "r")
    refused(client, "EINVAL", client.complete, "r")
    client.set("alice", "g", "r", OTHER)
    client.clear("g")
    expect_eq(client.state("r"), "running")
    client.expect((ADDRESS, None, "s1"), (OTHER, None, "port"))
    client.clear("r0")
    expect_eq(client.state("r"), "paused")


def paused(bed):
    client = start(bed)
    client.complete("q")
    suggest(client, "q")
    wait_until(lambda: client.posted("q") == BUFFERS, what="buffers while it is paused")
    refused(client, "EINVAL", client.complete, "q")
    client.set("alice", "f", "q", ADDRESS)
    expect_eq(client.state("q"), "running")
    client.expect((ADDRESS, None, "s0"))
    client.clear("f")
    client.expect((ADDRESS, None, "port"))
    client.free("q")
    expect_eq(client.queues(), {})


def default_queue(bed):
    """It is never handed out, and whoever has all others cannot have it."""
    client = Client(bed)
    client.open("alice")
    expect_eq([client.alloc("alice", f"q{index}", "s0") for index in range(7)], [7, 6, 5, 4, 3, 2, 1])
    refused(client, "ENOSPC", client.alloc, "alice", "more", "s0")
    with open(f"/sys/kernel/debug/vmq/{bed.near.pci}/queues", encoding="ascii") as table:
        expect_eq(table.readlines()[1].split()[:3], ["0", "running", "default"])


if __name__ == "__main__":
    main(allocated, set_but_not_complete, running, paused, default_queue, setup=Bed)
