# SPDX-License-Identifier: GPL-2.0-only
"""Taps in the place of virtual machines: what a bridge learns of them, which of them get a frame."""

import itertools

from .bed import mac
from .bridged import queue_of
from .frames import BROADCAST, ETH_P_TEST, ethernet, number
from .ktap import expect_eq, patience, wait_until
from .tap import Tap

HOST = mac(0xfe)  # somebody on the wire
_flows = itertools.count(1000)


def add_taps(bridged, *names, **options):
    taps = [Tap(name, **options) for name in names]
    for tap in taps:
        bridged.add(tap.name)
    bridged.wait_forwarding(*names)
    return taps


def says(address, target=BROADCAST, **options):
    """A frame that only shows where its sender is; it carries no number."""
    return ethernet(target, address, ETH_P_TEST, b"", **options)


def make_busy(bridged, tap, address, vlan=0, wire=None):
    """Have the bridge learn an address from a tap's own frame, and send to it until it has a queue, which is returned.

    @wire: options of the frames that are sent, if they have a tag.
    """
    tap.write(says(address))

    def promoted():
        bridged.sender.burst(address, HOST, 20, **(wire or {}))
        tap.frames(quiet=0)
        return queue_of(address, vlan)

    queue = wait_until(promoted, 10, f"{address} has a queue", poll=0.1)
    tap.frames(quiet=0.2)
    return queue


def who_gets(bridged, taps, address, count=20, source=HOST, names=(), **options):
    """Which taps get numbered frames from the wire: {name: [numbers]}, those with none left out.

    Those of @names should, so they are waited for.
    """
    flow = next(_flows)
    bridged.sender.burst(address, source, count, flow=flow, **options)
    found = {}

    def of_flow(frame):
        return (number(frame) or (None,))[0] == flow

    for tap in taps:
        found[tap.name] = tap.frames(count, wanted=of_flow) if tap.name in names else []
    for tap in taps:
        found[tap.name] += tap.frames(timeout=2, quiet=0.15, wanted=of_flow)
    return {name: [number(frame)[1] for frame in frames] for name, frames in found.items() if frames}


def expect_at(bridged, taps, address, names, note="", count=20, **options):
    """Each frame for @address arrives once and in order at the named taps, and nowhere else."""
    expect_eq(who_gets(bridged, taps, address, count, names=names, **options), {name: list(range(count)) for name in names}, note)


def queues(bed):
    """Which ports vmq_bridge has given queues: {queue: port}"""
    with open(f"/sys/kernel/debug/vmq/{bed.near.pci}/queues", encoding="ascii") as file:
        rows = [line.split() for line in file.read().splitlines()[1:]]
    return {int(row[0]): row[3] for row in rows if row[2] == "vmq_bridge"}


def wait_queues(bed, wanted, note=""):
    wait_until(lambda: sorted(queues(bed).values()) == sorted(wanted), patience(3), f"queues of {wanted} {note}")
