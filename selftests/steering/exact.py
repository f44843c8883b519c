#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120
# invariant: S1 C3 L12
"""Into the memory of a queue that must be exact the chip puts its own frames and no other, or the filter is refused."""

from lib import (Bed, Client, Flow, KernelLog, Refused, comment, defer, ethtool, expect_eq, expect_in, expect_raises, ip, mac, main,
                 statistics)

A, B = mac(0x20), mac(0x21)


def inexact_is_refused(bed):
    client = Client(bed)
    client.open("alice")
    client.alloc("alice", "q", "s0", exact=True)
    client.set("alice", "f", "q", A, "10")
    client.complete("q")
    before = client.filters()
    with expect_raises(Refused) as refusal:
        client.set("alice", "g", "q", B, "20")
    expect_eq(refusal.exception.error, "EOPNOTSUPP")
    expect_eq(refusal.exception.reason, "VLAN 20 for this MAC needs an exact match, but queue 7 already has VLAN 10")
    expect_eq(client.filters(), before)
    # the whole product is exact
    client.set("alice", "h", "q", B, "10")
    with client.counting() as delta:
        client.expect((A, 10, "s0"), (B, 10, "s0"), (A, None, "port"), (B, None, "port"))
    expect_eq(delta.rx()[7], 8, "frames that the chip put there")
    expect_eq(sum(delta.rx("redirected").values()), 0)


def others_give_way(bed):
    """A filter on another queue that would make it inexact is carried out in software."""
    client = Client(bed)
    client.open("alice")
    client.alloc("alice", "q", "s0", exact=True)
    client.set("alice", "f", "q", A, "10")
    client.set("alice", "g", "q", A, "20")
    client.complete("q")
    client.ready("alice", "r", "s1", (B, "10"))
    expect_eq(client.filters()["r0"][1], "hardware")
    client.ready("alice", "t", "s2", (A, "untagged"))
    client.set("alice", "x", "t", B, "20")
    with client.counting() as delta:
        client.expect((A, 10, "s0"), (A, 20, "s0"), (B, 10, "s1"), (A, None, "s2"), (B, 20, "s2"))
    expect_eq(delta.rx()[7], 8, "frames that the chip put there")


def without_vlans_in_the_chip(bed):
    """Promiscuous, the chip has no VLANs to tell apart: the queue is fed by software, and by nothing else."""
    client = Client(bed)
    client.open("alice")
    client.alloc("alice", "q", "s0", exact=True)
    client.set("alice", "f", "q", A, "10")
    client.complete("q")
    ip(f"link set {client.near} promisc on")
    defer(ip, f"link set {client.near} promisc off")
    with client.counting() as delta:
        client.expect((A, 10, "s0"), (A, 20, "port"), (A, None, "port"))
    expect_eq(delta.rx()[7], 0, "frames that the chip put there")
    ip(f"link set {client.near} promisc off")
    with client.counting() as delta:
        client.expect((A, 10, "s0"))
    expect_eq(delta.rx()[7], 4, "frames that the chip put there")


def words_for_each_reason(bed):
    """What stands in the way is named: the VLANs, another queue, or the table that is full."""
    client = Client(bed)
    client.open("alice")
    client.alloc("alice", "q", "s0", exact=True)
    client.complete("q")
    client.set("alice", "f", "q", A, "4094")
    before = client.tables(), client.filters()

    def expect_refused(address, vlan, reason):
        with expect_raises(Refused, reason) as refusal:
            client.set("alice", "g", "q", address, vlan)
        expect_eq((refusal.exception.error, refusal.exception.reason), ("EOPNOTSUPP", reason))
        expect_eq((client.tables(), client.filters()), before, reason)

    for vlan, words in (("any", "any VLAN"), ("untagged", "untagged"), ("4093", "VLAN 4093")):
        expect_refused(B, vlan, f"{words} for this MAC needs an exact match, but queue 7 already has VLAN 4094")
    # the other queue's would be this one's as well
    client.clear("f")
    client.ready("alice", "r", "s1", (A, "20"), (B, "10"))
    before = client.tables(), client.filters()
    expect_refused(A, "10", "queue 7 needs an exact match, but other queues share MAC and VLAN")
    client.clear("r0")
    client.clear("r1")
    ethtool(f"-K {client.near} rx-vlan-filter off")
    defer(ethtool, f"-K {client.near} rx-vlan-filter on")
    before = client.tables(), client.filters()
    expect_refused(A, "10", "queue 7 needs an exact match, but the port does not filter VLANs")
    ethtool(f"-K {client.near} rx-vlan-filter on")
    # the port's own address has one of the 24 entries
    for index in range(23):
        client.set("alice", f"h{index}", "r", mac(0x40 + index))
    before = client.tables(), client.filters()
    expect_refused(A, "any", "queue 7 needs an exact match, but the chip's address entries are all in use")


def refused_when_complete(bed):
    """Filters that do not go together are found when the queue is completed; until then none of them delivers."""
    client = Client(bed)
    client.open("alice")
    # software looks frames up
    ip(f"link set {client.near} promisc on")
    defer(ip, f"link set {client.near} promisc off")
    client.ready("alice", "other", "s1", (mac(0x30), "10"))
    client.ready("alice", "third", "s2", (mac(0x30), "20"))
    client.alloc("alice", "q", "s0", exact=True)
    client.set("alice", "f", "q", A, "10")
    client.set("alice", "g", "q", B, "20")
    before = client.tables(), client.queues(), client.filters()
    log = KernelLog(at_end=True)
    flow = Flow(bed, 1, A, client.near, 10)
    for _ in range(40):
        with expect_raises(Refused) as refusal:
            client.complete("q")
    flow.stop()
    comment(f"40 refusals, {flow.sent} frames")
    expect_eq((refusal.exception.error, refusal.exception.reason.split()), ("EOPNOTSUPP", ["-95"]))
    expect_in("q is not complete: queue 5 needs an exact match, but the port does not filter VLANs", "".join(log.lines()))
    expect_eq((client.tables(), client.queues(), client.filters()), before)
    expect_eq(client.queues()["q"][2], 0, "frames that it got")

    # both can be had one after the other
    ip(f"link set {client.near} promisc off")
    with expect_raises(Refused):
        client.complete("q")
    expect_in("VLAN 20 for this MAC needs an exact match, but queue 5 already has VLAN 10", "".join(log.lines()))
    client.clear("g")
    client.complete("q")
    client.expect((A, 10, "s0"), (B, 20, "port"))
    expect_eq(statistics(client.near)["drain_timeouts"], 0)


if __name__ == "__main__":
    main(inexact_is_refused, words_for_each_reason, refused_when_complete, others_give_way, without_vlans_in_the_chip, setup=Bed)
