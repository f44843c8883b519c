#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Netdev genetlink: each queue has its NAPI instance, interrupt and page pool of its own, and all of them work."""

from lib import (Bed, Capture, Sender, defer, ethtool, expect_eq, expect_ge, expect_true, mac, main, napis, page_pools,
                 queue_irq, queue_stats, queues)


def one_of_each(bed):
    near = bed.near.ifname
    ethtool(f"-L {near} combined 8")
    defer(ethtool, f"-L {near} combined 1")
    found = queues(near)
    ids = [found[("rx", queue)]["napi-id"] for queue in range(8)]
    expect_eq(len(set(ids)), 8)
    expect_eq([found[("tx", queue)]["napi-id"] for queue in range(8)], ids)
    irqs = [queue_irq(near, queue) for queue in range(8)]
    expect_eq(len(set(irqs)), 8)
    names = {number: name for number, (name, _) in bed.interrupts().items()}
    expect_eq([names[irq] for irq in irqs], [f"{near}-q{queue}" for queue in range(8)])
    pools = page_pools(near)
    expect_eq(sorted(pool.get("napi-id") for pool in pools), sorted(ids))
    # three buffers in each
    expect_ge(min(pool["inflight"] for pool in pools), 511 // 3)


def interrupts_come_where_they_say(bed):
    near = bed.near.ifname
    ethtool(f"-L {near} combined 4")
    defer(ethtool, f"-L {near} combined 1")
    ethtool(f"-N {near} flow-type ether dst {mac(0x20)} action 2 loc 1")
    defer(ethtool, f"-N {near} delete 1")
    irqs = [queue_irq(near, queue) for queue in range(4)]

    def counts():
        return [sum(bed.interrupts()[irq][1]) for irq in irqs]

    before, packets = counts(), queue_stats(near)
    catch = Capture(near)
    Sender(bed.far.ifname, bed.far.netns).burst(mac(0x20), mac(2), 100, to=catch)
    gained = [now - then for now, then in zip(counts(), before)]
    expect_ge(gained[2], 1)
    expect_eq((gained[0], gained[1], gained[3]), (0, 0, 0))
    after = queue_stats(near)
    expect_eq([after[("rx", queue)]["rx-packets"] - packets[("rx", queue)]["rx-packets"] for queue in range(4)],
              [0, 0, 100, 0])


def nothing_while_down(bed):
    near = bed.near.ifname
    bed.near.down()
    expect_eq(napis(near), {})
    expect_eq(page_pools(near), [])
    bed.near.up()
    expect_true(napis(near))


def ids_survive(bed):
    """What a program has learned stays true: NAPI ids over down and up, and over ring resize."""
    near = bed.near.ifname
    before = queues(near)
    bed.near.down()
    bed.near.up()
    expect_eq(queues(near), before)
    ethtool(f"-G {near} rx 128 tx 128")
    defer(ethtool, f"-G {near} rx 512 tx 512")
    expect_eq(queues(near), before)


if __name__ == "__main__":
    main(one_of_each, interrupts_come_where_they_say, nothing_while_down, ids_survive, setup=Bed)
