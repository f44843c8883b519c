#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=400
# invariant: O3 O5 O6 O7 L13 C13
"""A filter moves between queues under a numbered stream: nothing is lost, doubled or out of order, nor with bystanders."""

import threading

from lib import Bed, Capture, Client, Sender, comment, ethtool, expect_eq, mac, main, number, numbered, wait_until

A, B = mac(0x20), mac(0x21)
MOVES = 300


class Flow:
    """A numbered stream from the wire, as it comes out of one sink, whatever queue it takes."""

    def __init__(self, bed, flow, address, sink, vlan=None):
        self.flow, self.address, self.vlan = flow, address, vlan
        self.sender = Sender(bed.far.ifname, bed.far.netns)
        self.catch = Capture(sink, promisc=True)
        self.stopping = threading.Event()
        self.sent = 0
        self.seen = []
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        # never more on the way than half a ring holds, however long somebody keeps a CPU
        while not self.stopping.is_set():
            for _ in range(16):
                self.sender.send(numbered(self.address, mac(0xfe), self.sent, self.flow, vlan=self.vlan))
                self.sent += 1
            while len(self.seen) < self.sent - 100 and not self.stopping.is_set():
                self.collect(0.01)
            self.collect(0)

    def collect(self, wait):
        self.catch.wait_for(1, wait)
        found = (number(frame.data) for frame in self.catch.frames(0))
        self.seen += [pair[1] for pair in found if pair and pair[0] == self.flow]

    def stop(self):
        self.stopping.set()
        self.thread.join()

        def all_there():
            self.collect(0.05)
            return len(self.seen) >= self.sent

        try:
            wait_until(all_there, 5)
        finally:
            expect_eq(self.seen, list(range(self.sent)), f"flow {self.flow}")


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
    for turn in range(MOVES // 3):
        client.move("q0", ("r", "q")[turn % 2])
    for flow in flows:
        flow.stop()
    comment(f"{MOVES // 3} moves, {[flow.sent for flow in flows]} frames")


def through_software(bed):
    """A filter that goes to software and comes back does not lose its order either."""
    client = Client(bed)
    client.open("alice")
    client.ready("alice", "q", "s0", (A, "10"))
    client.ready("alice", "r", "s1", (A, "20"))
    flow = Flow(bed, 1, A, "s0", 10)
    places = set()
    for turn in range(MOVES // 6):
        # without its VLAN filter the chip cannot tell the two apart
        ethtool(f"-K {bed.near.ifname} rx-vlan-filter {('off', 'on')[turn % 2]}")
        places.add(client.filters()["q0"][1])
    flow.stop()
    comment(f"{flow.sent} frames; {sorted(places)}")
    expect_eq(places, {"hardware", "the port does not filter VLANs"})


if __name__ == "__main__":
    main(between_queues, with_vlans, through_software, setup=Bed)
