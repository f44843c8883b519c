#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120
# invariant: L18 P1 P2
"""What is said to be there can be had, what is said to be in hardware is, and the chip holds what the tables say."""

import struct
import subprocess

from lib import Bed, Client, Refused, expect_eq, expect_in, expect_raises, mac, main

RAL, RAH, RAL2, RAH2, VLVF, VMOLR = 0x5400, 0x5404, 0x54E0, 0x54E4, 0x5D00, 0x5AD0
AV, VI_EN, AUPE = 1 << 31, 1 << 31, 1 << 24


def registers(near):
    dump = subprocess.run(["ethtool", "-d", near, "raw", "on"], capture_output=True, check=True).stdout
    return dict(struct.unpack_from("<II", dump, at) for at in range(0, len(dump) - 7, 8))


def chip(near):
    """({address: pools}, {VLAN: pools}, pools that take untagged frames) as the registers have it."""
    regs = registers(near)
    addresses, vlans = {}, {}
    for slot in range(24):
        base = (RAL, slot) if slot < 16 else (RAL2, slot - 16)
        low, high = regs[base[0] + 8 * base[1]], regs[base[0] + 4 + 8 * base[1]]
        if high & AV:
            address = struct.pack("<IH", low, high & 0xFFFF)
            addresses[address.hex(":")] = high >> 18 & 0xFF
    for slot in range(32):
        entry = regs[VLVF + 4 * slot]
        if entry & VI_EN:
            vlans[entry & 0xFFF] = entry >> 12 & 0xFF
    untagged = sum(1 << pool for pool in range(8) if regs[VMOLR + 4 * pool] & AUPE)
    return addresses, vlans, untagged


def said(bed):
    """The same as the driver says."""
    addresses, vlans, untagged = {}, {}, 0
    with open(f"/sys/kernel/debug/vmq/{bed.near.pci}/chip", encoding="ascii") as file:
        for line in file:
            words = line.split()
            if words[0] == "address":
                addresses[words[2]] = int(words[4], 16)
            elif words[0] == "vlan" and words[1] != "filter":
                vlans[int(words[2])] = int(words[4], 16)
            elif words[0] == "untagged":
                untagged = int(words[2], 16)
    return addresses, vlans, untagged


def every_queue(bed):
    client = Client(bed)
    client.open("alice")
    for index in range(7):
        client.ready("alice", f"q{index}", f"s{index}", (mac(0x20 + index), ("any", "untagged", "10")[index % 3]))
    with expect_raises(Refused) as refusal:
        client.alloc("alice", "more", "s7")
    expect_eq(refusal.exception.error, "ENOSPC")
    expect_in("all 7 queues for virtual machines are in use", refusal.exception.reason)
    expect_eq({place for _, place in client.filters().values()}, {"hardware"})
    expect_eq(chip(client.near), said(bed))
    with client.counting() as delta:
        client.expect(*((mac(0x20 + index), 10 if index % 3 == 2 else None, f"s{index}") for index in range(7)))
    expect_eq([delta.rx()[7 - index] for index in range(7)], [4] * 7, "frames by each queue")


def agree_after_changes(bed):
    client = Client(bed)
    client.open("alice")
    client.ready("alice", "q", "s0", (mac(0x20), "10"), (mac(0x21), "20"))
    client.ready("alice", "r", "s1", (mac(0x20), "untagged"))
    for change in (lambda: client.move("q0", "r"), lambda: client.clear("q1"), bed.near.down, bed.near.up,
                   lambda: client.set("alice", "x", "q", mac(0x22), "any"), lambda: client.move("r0", "q")):
        change()
        expect_eq(chip(client.near), said(bed))


if __name__ == "__main__":
    main(every_queue, agree_after_changes, setup=Bed)
