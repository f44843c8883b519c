#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120
# invariant: L4 L6 L8 L9 L10 O9 S3
"""Clearing empties a queue, freeing takes its memory away, and a consumer that gives nothing back holds up nobody."""

from lib import Bed, Client, Flow, expect_eq, expect_ge, mac, main, page_pools, wait_until

A, B = mac(0x20), mac(0x21)


def empties(bed):
    """What was received before a filter was cleared does not appear when another is set."""
    client = Client(bed)
    client.open("alice")
    client.ready("alice", "q", "s0", (A, "any"))
    client.watch()
    for turn in range(5):
        # so fast that many are in the ring when the filter goes
        client.sender.burst(A, mac(0xfe), 200, flow=2 * 10**6, pace=False)
        client.clear(f"q{turn}")
        at_clear = client.queues()["q"][2]
        client.expect((A, None, "port"))
        client.set("alice", "g", "q", B)
        client.expect((B, None, "s0"), (A, None, "port"))
        expect_eq(client.queues()["q"][2], at_clear + 4, "frames of the queue")
        client.clear("g")
        client.set("alice", f"q{turn + 1}", "q", A)


def told_once(bed):
    client = Client(bed)
    client.open("alice")
    client.open("bob")
    client.ready("alice", "q", "s0", (A, "any"))
    client.clear("q0")
    expect_eq(client.owners(), {"alice": (0, 0), "bob": (0, 0)}, "clearing tells nobody")
    client.free("q")
    expect_eq(client.owners(), {"alice": (1, 1), "bob": (0, 1)})


def frozen_consumer(bed):
    """Its queue is freed at once and serves another; its frames live on in its page pool, until it lets them go."""
    client = Client(bed)
    client.open("alice")
    before = {pool["id"] for pool in page_pools(client.near)}
    expect_eq(client.alloc("alice", "q", "s0"), 7)
    client.set("alice", "f", "q", A)
    client.complete("q")
    (kept,) = {pool["id"] for pool in page_pools(client.near)} - before
    client.keep("q")
    bystander = Flow(bed, 10**6, bed.near.mac, client.near)
    client.sender.burst(A, mac(0xfe), 50, size=1000)
    wait_until(lambda: client.queues()["q"][3] == 50, what="frames that are kept")
    client.clear("f")
    client.ready("alice", "r", "s1", (B, "any"))
    client.expect((B, None, "s1"), (A, None, "port"))
    client.free("q")
    expect_eq(client.alloc("alice", "again", "s2"), 7)
    client.set("alice", "h", "again", A)
    client.complete("again")
    client.expect((A, None, "s2"), (B, None, "s1"))
    left = [pool for pool in page_pools(client.near) if pool["id"] == kept and "detach-time" in pool]
    # of the kept frames, which lie three in two pages
    expect_ge(sum(pool["inflight"] for pool in left), 50 // 3, "pages that the freed queue's consumer has")
    client.let_go()
    wait_until(lambda: kept not in [pool["id"] for pool in page_pools(client.near)], 10, "the pool is gone")
    bystander.stop()


if __name__ == "__main__":
    main(empties, told_once, frozen_consumer, setup=Bed)
