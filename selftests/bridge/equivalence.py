#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=900
"""Random bridges and random frames: what comes out of every port is the same with vmq_bridge as without.

In `make check` the set-ups are always the same; `make equivalence SEED=n SETUPS=n` runs others.
"""

import collections
import contextlib
import os
import time

from lib import Bed, Capture, Fail, Sender, add_netns, cmd, comment, expect_ge, expect_true, ip, load, main, wait_until
from lib.bridged import frames_by, is_settled
from lib.frames import MAGIC
from lib.setups import PORTS, UPLINK, Setup
from lib.tap import Tap

SEED = int(os.environ.get("VMQ_SETUPS_SEED") or 1)
COUNT = int(os.environ.get("VMQ_SETUPS_COUNT") or 200)
BATCH = 50  # set-ups with the module in one go
# what has to happen in so many set-ups, so that something has been shown
REASONS = ("direct", "source to be learned", "port state or flags", "netfilter bridge hook", "ingress classifier",
           "bridge is promiscuous", "protocol of the bridge", "TCP for GRO", "VLAN device", "too long for the port")


class Wires:
    """Every port's other end: it sends and catches there."""

    def __init__(self, bed):
        self.bed = bed
        self.taps = {"g0": Tap("g0"), "g1": Tap("g1", offloads=True), "g3": Tap("g3")}
        add_netns("guest")
        ip("link add g2 type veth peer name peer netns guest")
        ip("link set peer up", netns="guest")
        ip("link set g2 up")
        self.senders = {UPLINK: Sender(bed.far.ifname, "far"), "g2": Sender("peer", "guest")}
        self.captures = {UPLINK: Capture(bed.far.ifname, "far", promisc=True), "g2": Capture("peer", "guest", promisc=True)}

    def received(self):
        with open(f"/sys/class/net/{UPLINK}/statistics/rx_packets", encoding="ascii") as file:
            return int(file.read())

    def send(self, frames):
        """In this order: what came by the wire is through the bridge before a guest sends, and the other way round."""
        run = []
        for enters, frame in [*frames, (None, None)]:
            if enters == UPLINK:
                run.append(frame)
                continue
            if run:
                goal = self.received() + len(run)
                self.senders[UPLINK].send(*run)
                wait_until(lambda g=goal: self.received() >= g, 5, f"{len(run)} frames received")
                run = []
            # a port that is down takes nothing
            with contextlib.suppress(OSError):
                if enters in self.taps:
                    self.taps[enters].write(frame)
                elif enters:
                    self.senders[enters].send(frame)

    def caught(self):
        """{port: {flow: [frames]}}; frames of one flow are in order, those of two may come either way round."""
        found = {}
        for port, tap in self.taps.items():
            found[port] = tap.frames(quiet=0.02)
        for port, capture in self.captures.items():
            found[port] = [frame.data if frame.tci is None else (frame.tci, frame.tpid, frame.data)
                           for frame in capture.frames(quiet=0.04)]
        return {port: by_flow(frames) for port, frames in found.items()}


def by_flow(frames):
    flows = collections.defaultdict(list)
    for frame in frames:
        data = frame if isinstance(frame, bytes) else frame[2]
        # what the kernel says of itself, as the queries of a bridge, is no part of it
        if MAGIC in data:
            flows[data[:12]].append(frame)
    return dict(flows)


def run_commands(commands):
    """By one process for each tool in a row; what is refused is refused both times."""
    rows = []
    for line in (line for command in commands for line in ([command] if isinstance(command, str) else command)):
        tool, rest = line.split(" ", 1)
        if not rows or rows[-1][0] != tool:
            rows.append((tool, []))
        rows[-1][1].append(rest)
    for tool, lines in rows:
        if tool == "nft":
            cmd("nft -f -", stdin="\n".join(line.replace("; add ", "\nadd ") for line in lines) + "\n", check=False)
        else:
            cmd(f"{tool} -force -batch -", stdin="\n".join(lines) + "\n", check=False)


def tear_down():
    lines = [f"ip link del {name}" for name in ("br1", "br0", f"{UPLINK}.10")]
    lines += [f"tc qdisc del dev {port} clsact" for port in (UPLINK, *PORTS)]
    for port in PORTS:
        lines += [f"ip link set {port} nomaster", f"ip link set {port} mtu 1500", f"ip link set {port} up"]
    run_commands([*lines, "nft flush ruleset"])


def run(wires, setup, module):
    """What came out where, round by round."""
    found = []
    try:
        for commands, frames in setup.rounds:
            run_commands(commands)
            if module:
                wait_until(is_settled, 5, "vmq_bridge settled")
            wires.send(frames)
            found.append(wires.caught())
    finally:
        tear_down()
        wires.caught()
    return found


def difference(setup, without, with_module):
    """In words, or None."""
    for number, (before, after) in enumerate(zip(without, with_module), 1):
        for port in before:
            for flow in {*before[port], *after[port]}:
                one, two = before[port].get(flow, []), after[port].get(flow, [])
                if one != two:
                    return (f"round {number}, port {port}, to {flow[:6].hex(':')} from {flow[6:].hex(':')}: "
                            f"{len(one)} frames without the module, {len(two)} with it; {first_difference(one, two)}")
    return None


def first_difference(one, two):
    """Where two rows of frames part, and how the next of each begins."""
    at = next((at for at, (left, right) in enumerate(zip(one, two)) if left != right), min(len(one), len(two)))
    return f"from frame {at} on, {[shown(row[at:at + 1]) for row in (one, two)]}"


def shown(frames):
    return "none" if not frames else frames[0][:80].hex() if isinstance(frames[0], bytes) else str(frames[0])[:200]


def same_frames(bed):
    wires = Wires(bed)
    load("bridge")
    began, totals = time.monotonic(), collections.Counter()
    for start in range(SEED, SEED + COUNT, BATCH):
        setups = [Setup(seed) for seed in range(start, min(start + BATCH, SEED + COUNT))]
        without = [run(wires, setup, False) for setup in setups]
        load("vmq_bridge")
        try:
            for setup, expected in zip(setups, without):
                before = frames_by()
                why = difference(setup, expected, run(wires, setup, True))
                totals.update(frames_by() - before)
                if why:
                    report(setup, why)
        finally:
            cmd("rmmod vmq_bridge")
        comment(f"{start + len(setups) - SEED} set-ups, {time.monotonic() - began:.0f} s: {dict(totals)}")
    if COUNT >= 200:
        for reason in REASONS:
            expect_true(totals[reason], f"no frame was: {reason}")
        expect_ge(totals["direct"], COUNT)


def report(setup, why):
    comment(f"again: make equivalence SEED={setup.seed} SETUPS=1")
    for number, (commands, _) in enumerate(setup.rounds, 1):
        for command in commands:
            comment(f"  round {number}: {command}")
    raise Fail(f"set-up {setup.seed}: {why}")


if __name__ == "__main__":
    main(same_frames, setup=Bed)
