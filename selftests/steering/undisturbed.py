#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=240
# invariant: O4 O7 A3
"""Ring sizes and processors of queues change under numbered streams: nothing is lost, doubled or out of order."""

from lib import (Bed, Client, Flow, carrier_changes, comment, defer, ethtool, expect_eq, expect_ge, mac, main, queue_irq,
                 wait_until, write)

A, B = mac(0x20), mac(0x21)


def flows_of(bed):
    client = Client(bed)
    client.open("alice")
    client.ready("alice", "q", "s0", (A, "any"))
    client.ready("alice", "r", "s1", (B, "untagged"))
    # while a VM queue gets a new ring the default queue's, of 128 at the least, has its frames as well
    return client, [Flow(bed, 1, A, "s0", ahead=40), Flow(bed, 2, B, "s1", ahead=40),
                    Flow(bed, 3, bed.near.mac, bed.near.ifname, ahead=40)]


def stop(client, flows):
    for flow in flows:
        flow.stop()
    expect_eq(client.overlaps(), {}, "a consumer was called while it was called")


def ring_sizes(bed):
    near = bed.near.ifname
    defer(ethtool, f"-G {near} rx 512 tx 512")
    before = carrier_changes(near)
    client, flows = flows_of(bed)
    for turn in range(24):
        ethtool(f"-G {near} rx {(128, 1024, 256, 4096)[turn % 4]} tx {(512, 256)[turn % 2]}")
    stop(client, flows)
    expect_eq(carrier_changes(near), before)
    comment(f"24 changes, {[flow.sent for flow in flows]} frames")


def one_queue(bed):
    """An owner suggests other numbers of buffers for its queue while it receives."""
    client = Client(bed)
    client.open("alice")
    client.ready("alice", "q", "s0", (A, "any"))
    flow = Flow(bed, 1, A, "s0", ahead=40)
    for turn in range(40):
        client.buffers("q", (64, 4096, 0, 300)[turn % 4])
    stop(client, [flow])
    comment(f"40 changes, {flow.sent} frames")


def processors(bed):
    near = bed.near.ifname
    irq = queue_irq(near, 0)
    client, flows = flows_of(bed)
    vectors = [number for number, (name, _) in bed.interrupts().items() if name in (f"{near}-q7", f"{near}-q6")]
    expect_eq(len(vectors), 2)
    before = bed.interrupts()
    for turn in range(60):
        for number in (irq, *vectors):
            write(f"/proc/irq/{number}/smp_affinity_list", str((turn + number) % 4))
        goals = [len(flow.seen) + 20 for flow in flows]
        wait_until(lambda at=goals: all(len(flow.seen) >= goal for flow, goal in zip(flows, at)), 10, "frames of each queue")
    stop(client, flows)
    after = bed.interrupts()
    for number in (irq, *vectors):
        name, counts = after[number]
        cpus = [cpu for cpu, count in enumerate(counts) if count > before[number][1][cpu]]
        expect_ge(len(cpus), 3, f"processors that {name} has interrupted")
    comment(f"60 changes, {[flow.sent for flow in flows]} frames")


if __name__ == "__main__":
    main(ring_sizes, one_queue, processors, setup=Bed)
