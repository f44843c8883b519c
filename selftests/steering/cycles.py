#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=400
# invariant: L11 L12 L15
"""Thousands of lives of queues, and refusals in between, leave every count and every register as they were.

`make check T=steering/cycles CYCLES=10000` says how many."""

import os
import struct
import subprocess

from lib import Bed, Client, Refused, defer, expect_eq, expect_ge, ip, mac, main

CYCLES = int(os.environ.get("CYCLES") or 1500)
QUEUES = range(0xC000, 0x10000)
KEPT = (0x0C, 0x28)  # of a queue: SRRCTL, RXDCTL and TXDCTL; the rest is where its ring is and how far
MOVING = {*range(0x4000, 0x5000), *range(0x10000, 0x11000), 0x00008, 0x00020, 0x00024, 0x01500, 0x01580}  # counters, causes


def registers(near):
    """{offset: value} of what is a setting."""
    dump = subprocess.run(["ethtool", "-d", near, "raw", "on"], capture_output=True, check=True).stdout
    pairs = (struct.unpack_from("<II", dump, at) for at in range(0, len(dump) - 7, 8))
    return {offset: value for offset, value in pairs
            if offset not in MOVING and (offset not in QUEUES or offset & 0x3F in KEPT)}


def differing(one, other):
    return {hex(offset): (one[offset], other[offset]) for offset in one if one[offset] != other[offset]}


def refusals(client, address):
    """Each changes nothing."""
    for function, *args in ((client.set, "alice", "x", "q", address, "any"), (client.free, "q"), (client.complete, "q"),
                            (client.set, "alice", "x", "q", "01:00:5e:00:00:01", "any"),
                            (client.set, "alice", "x", "q", mac(0x30), "4095")):
        try:
            function(*args)
        except Refused:
            continue
        raise AssertionError(f"{function.__name__}{args} was not refused")


def many_lives(bed):
    client = Client(bed)
    client.open("alice")
    # VLAN 10 stays known to the port
    ip(f"link add link {client.near} name vlan10 type vlan id 10")
    defer(ip, "link del vlan10")
    # a queue that was never used has its registers as the reset left them
    client.ready("alice", "first", "s0")
    client.free("first")
    before = registers(client.near), client.tables()
    for cycle in range(CYCLES):
        address = mac(0x20 + cycle % 64)
        expect_eq(client.alloc("alice", "q", "s0"), 7)
        client.set("alice", "f", "q", address, ("any", "untagged", "10")[cycle % 3])
        client.complete("q")
        if cycle % 100 == 0:
            vlan = 10 if cycle % 3 == 2 else None
            client.expect((address, vlan, "s0"))
            refusals(client, address) if cycle % 3 == 0 else None
        client.clear("f")
        client.free("q")
    expect_eq(client.owners(), {"alice": (CYCLES + 1, CYCLES + 1)})
    expect_ge(len(before[0]), 300, "registers that are compared")
    expect_eq(differing(registers(client.near), before[0]), {})
    expect_eq(client.tables(), before[1], "tables")


if __name__ == "__main__":
    main(many_lives, setup=Bed)
