#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=400
# invariant: O3 O5 O6 O7 L13 C13
"""A filter moves between queues under a numbered stream: nothing is lost, doubled or out of order, nor with bystanders."""

from lib import Bed, Client, Flow, comment, ethtool, expect_eq, mac, main

A, B = mac(0x20), mac(0x21)
MOVES = 1000


def between_queues(bed):
    """One sink for both queues: its consumer sees one stream."""
    client = Client(bed)
    client.open("alice")
    client.ready("alice", "q", "s0", (A, "untagged"))
    client.ready("alice", "r", "s0")
    client.ready("alice", "bystander", "s1", (B, "any"))
    flows = [Flow(bed, 1, A, "s0"), Flow(bed, 2, B, "s1"), Flow(bed, 3, bed.near.mac, bed.near.ifname)]
    for turn in range(MOVES):
        client.move("q0", ("r", "q")[turn % 2])
    for flow in flows:
        flow.stop()
    queues = client.queues()
    comment(f"{MOVES} moves, {[flow.sent for flow in flows]} frames, {queues['q'][2]} and {queues['r'][2]} by the two queues")
    expect_eq(queues["q"][2] + queues["r"][2], flows[0].sent)


def with_vlans(bed):
    """A move that needs VLAN entries rewritten, on queues that have others in the same VLANs."""
    client = Client(bed)
    client.open("alice")
    client.ready("alice", "q", "s0", (A, "10"), (A, "20"))
    client.ready("alice", "r", "s0", (mac(0x22), "20"))
    client.ready("alice", "bystander", "s1", (B, "10"))
    flows = [Flow(bed, 1, A, "s0", 10), Flow(bed, 2, B, "s1", 10)]
    for turn in range(MOVES // 10):
        client.move("q0", ("r", "q")[turn % 2])
    for flow in flows:
        flow.stop()
    comment(f"{MOVES // 10} moves, {[flow.sent for flow in flows]} frames")


def through_software(bed):
    """A filter that goes to software and comes back does not lose its order either."""
    client = Client(bed)
    client.open("alice")
    client.ready("alice", "q", "s0", (A, "10"))
    client.ready("alice", "r", "s1", (A, "20"))
    flow = Flow(bed, 1, A, "s0", 10)
    places = set()
    for turn in range(MOVES // 20):
        # without its VLAN filter the chip cannot tell the two apart
        ethtool(f"-K {bed.near.ifname} rx-vlan-filter {('off', 'on')[turn % 2]}")
        places.add(client.filters()["q0"][1])
    flow.stop()
    comment(f"{flow.sent} frames; {sorted(places)}")
    expect_eq(places, {"hardware", "the port does not filter VLANs"})


if __name__ == "__main__":
    main(between_queues, with_vlans, through_software, setup=Bed)
