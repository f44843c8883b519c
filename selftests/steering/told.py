#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120
"""Whoever watches is told: tracepoints for each step of a queue and a filter, netlink where the kernel has a message."""

import contextlib
import re
import subprocess
import tempfile

from lib import Bed, Client, defer, devlink, ethtool, expect_eq, expect_in, ip, mac, main, wait_until
from lib.trace import Trace

A = mac(0x20)


def life_of_a_queue(bed):
    client, trace = Client(bed), Trace("vmq")
    client.open("alice")
    steps = (
        (lambda: client.alloc("alice", "q", "s0"),
         [("vmq_queue_alloc", "queue 7 owner=alice for=q filters=0 state=allocated")]),
        (lambda: client.set("alice", "f", "q", A, "10"),
         [("vmq_queue_state", "queue 7 owner=alice for=q filters=1 state=set"),
          ("vmq_filter_set", f"filter 1 {A} vlan=vid/10 queue=7 owner=alice: its queue is not complete")]),
        (lambda: client.complete("q"), [("vmq_queue_complete", "queue 7 owner=alice for=q filters=1 state=running")]),
        (lambda: client.move("f", "-"),
         [("vmq_queue_state", "queue 7 owner=alice for=q filters=0 state=paused"),
          ("vmq_filter_move", f"filter 1 {A} vlan=vid/10 queue=0 owner=alice: in hardware")]),
        (lambda: client.clear("f"), [("vmq_filter_clear", f"filter 1 {A} vlan=vid/10 queue=0 owner=alice: in hardware")]),
        (lambda: client.free("q"), [("vmq_queue_free", "queue 7 owner=alice for=q filters=0 state=freeing")]),
    )
    trace.take()
    for step, wanted in steps:
        step()
        # the numbers of filters go on from case to case
        got = [(event, re.sub(r"^filter \d+", "filter 1", text)) for event, text in trace.take()]
        for event in wanted:
            expect_in(event, got)


def fallback_and_promotion(bed):
    client, trace = Client(bed), Trace("vmq")
    client.open("alice")
    client.ready("alice", "q", "s0", (A, "10"))
    client.ready("alice", "r", "s1", (A, "20"))
    trace.take()
    ip(f"link set {client.near} promisc on")
    told = [event for event, text in trace.take() if text.endswith("the port does not filter VLANs")]
    expect_eq(told, ["vmq_filter_fallback"] * 2)
    ip(f"link set {client.near} promisc off")
    expect_eq([event for event, text in trace.take() if text.endswith("in hardware")], ["vmq_filter_promote"] * 2)


@contextlib.contextmanager
def listening(command):
    """What a tool that listens prints during the block; it yields a function that has it so far."""
    with tempfile.NamedTemporaryFile("w") as output, subprocess.Popen(command, stdout=output, stderr=output) as tool:
        def text():
            with open(output.name, encoding="utf-8") as so_far:
                return so_far.read()
        try:
            yield text
        finally:
            tool.terminate()


def settings(bed):
    """ethtool's own messages, for who changes and for who only listens."""
    near = bed.near.ifname
    defer(ethtool, f"-L {near} combined 1")
    defer(ethtool, f"-G {near} rx 512 tx 512")
    with listening(["stdbuf", "-oL", "ethtool", "--monitor"]) as text:
        count = iter((3, 2) * 50)

        def heard():
            # it may not listen yet
            ethtool(f"-L {near} combined {next(count)}")
            return "Channel parameters" in text()

        wait_until(heard, what="a message about channels")
        ethtool(f"-G {near} rx 256 tx 256")
        wait_until(lambda: "Ring parameters" in text(), what="a message about rings")
        ethtool(f"-K {near} l2-fwd-offload on")
        wait_until(lambda: "l2-fwd-offload: on" in text(), what="a message about the offload")
        ethtool(f"-K {near} l2-fwd-offload off")
        expect_in(near, text())


def health(bed):
    """A reporter that goes to error and comes back is seen by devlink's listeners."""
    device = f"pci/{bed.near.pci}"
    with listening(["stdbuf", "-oL", "devlink", "monitor", "health"]) as text:
        def heard():
            devlink(f"health test {device} reporter rx")
            return device in text() and "state error" in text()

        wait_until(heard, 10, "a message that the reporter is in error")
        wait_until(lambda: "state healthy" in text()[text().index("state error"):], 10, "a message that it is healthy")
    bed.near.wait_carrier()


if __name__ == "__main__":
    main(life_of_a_queue, fallback_and_promotion, settings, health, setup=Bed)
