#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=400
# invariant: L11 L12 L15
"""Thousands of lives of queues, and refusals in between, leave every count and every register as they were."""

import re

from lib import Bed, Client, Refused, cmd, ethtool, expect_eq, mac, main

CYCLES = 1500
# what counts frames, and where rings are, is not a setting
MOVING = re.compile(r"^(RDH|RDT|TDH|TDT|RDBAL|TDBAL|RDBAH|TDBAH|ICR|EICR|STATUS|EITR|.*(RC|TC|PRC|PTC|RXC|TXC)\\b)")


def registers(near):
    return {line for line in ethtool(f"-d {near}").splitlines() if not MOVING.match(line.strip())}


def tables(client):
    texts = []
    for name in ("queues", "filters", "chip"):
        with open(f"/sys/kernel/debug/vmq/{client.bed.near.pci}/{name}", encoding="ascii") as file:
            texts.append(file.read())
    return texts


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
    before = registers(client.near), tables(client), client.owners()
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
    expect_eq(client.owners(), {"alice": (CYCLES, CYCLES)})
    expect_eq(registers(client.near) ^ before[0], set(), "registers")
    expect_eq(tables(client), before[1], "tables")


if __name__ == "__main__":
    main(many_lives, setup=Bed)
