#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=240
# invariant: S2 L5
"""After a filter has left a queue, no frame of the address gets into the queue's buffers any more, at full speed."""

from lib import Bed, Client, Flow, comment, expect_eq, expect_ge, mac, main, queue_counters, wait_until

A = mac(0x20)
TURNS = 30


def landed(client, queue):
    """Frames that the chip has put into a queue's ring, whoever got them."""
    return queue_counters(client.near)["rx", queue, "packets"]


def expect_quiet(client, flow, name, what):
    """The stream goes on, past every descriptor that the chip may have fetched, and none of it lands here."""
    # no time between the event and this: a straggler of the next milliseconds shall not count as one before
    before, sent = client.queues()[name][2], flow.sent
    wait_until(lambda: flow.sent >= sent + 100, what="the stream goes on")
    expect_eq(client.queues()[name][2] - before, 0, f"frames in queue {name} after {what}")


def after_a_move(bed):
    client = Client(bed)
    client.open("alice")
    client.ready("alice", "q", "s0", (A, "any"))
    client.ready("alice", "r", "s0")
    start = landed(client, 7)
    flow = Flow(bed, 1, A, "s0")
    for _ in range(TURNS):
        client.move("q0", "r")
        expect_quiet(client, flow, "q", "the move")
        client.move("q0", "q")
        expect_quiet(client, flow, "r", "the move back")
    flow.stop()
    comment(f"{2 * TURNS} moves, {flow.sent} frames")
    expect_ge(landed(client, 7) - start, 100, "frames in queue 7 while the filter was there")


def after_a_clear(bed):
    """What it has received before is its own; the stream then goes to the port, which listens to the address by itself."""
    client = Client(bed)
    client.open("alice")
    client.alloc("alice", "q", "s0")
    client.complete("q")
    port = Flow(bed, 1, bed.near.mac, bed.near.ifname)
    for _ in range(TURNS):
        client.set("alice", "f", "q", bed.near.mac, "10")
        client.clear("f")
        client.set("alice", "g", "q", A, "any")
        # so fast that some are in the ring when the filter goes
        client.sender.burst(A, mac(0xfe), 40, flow=2 * 10**6, pace=False)
        client.clear("g")
        before, in_ring = client.queues()["q"][2], landed(client, 7)
        client.sender.burst(A, mac(0xfe), 40, flow=2 * 10**6)
        expect_quiet(client, port, "q", "the clear")
        expect_eq(client.queues()["q"][2], before, "frames of the consumer after the clear")
        expect_eq(landed(client, 7), in_ring, "frames in its ring")
    port.stop()


if __name__ == "__main__":
    main(after_a_move, after_a_clear, setup=Bed)
