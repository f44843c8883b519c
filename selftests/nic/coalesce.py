#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120
# invariant: A5
"""ethtool -c, -C and -Q: the interval of interrupts, for all queues or one; and the copy threshold."""

import re
import time

from lib import (Bed, Capture, CommandError, KernelLog, Sender, Traffic, carrier_changes, cmd, comment, defer, ethtool, expect_eq,
                 expect_ge, expect_in, expect_le, expect_raises, mac, main, page_pools, queue_irq, queues)

SINGLE, COUNT = 60, 300  # frames, fewer than a ring has buffers
LONG = 8000  # microseconds
UNREAD, BATCH = 600, 16
PAGE_BUFFERS = 3  # of the page pool
LENGTHS = (60, 128, 129, 256, 257, 1024, 1025, 1514)


def usecs(bed, queue=None):
    which = "-c {}" if queue is None else f"-Q {{}} queue_mask {1 << queue:#x} --show-coalesce"
    return int(re.search(r"rx-usecs:\s*(\d+)", ethtool(which.format(bed.near.ifname)))[1])


def for_all_and_for_one(bed):
    near = bed.near.ifname
    before = carrier_changes(near)
    old = usecs(bed)
    defer(ethtool, f"-C {near} rx-usecs {old}")
    with Traffic(bed) as traffic:
        ethtool(f"-C {near} rx-usecs 20")
        expect_eq([usecs(bed, queue) for queue in range(8)], [20] * 8)
        ethtool(f"-Q {near} queue_mask 0x8 --coalesce rx-usecs 100")
        expect_eq([usecs(bed, queue) for queue in range(8)], [20] * 3 + [100] + [20] * 4)
        traffic.wait_moving()
    expect_eq((traffic.rx.lost, traffic.tx.lost), (0, 0))
    expect_eq(carrier_changes(near), before)
    # they last, across down and up as well
    bed.near.down()
    expect_eq((usecs(bed), usecs(bed, 3)), (20, 100))
    bed.near.up()
    expect_eq((usecs(bed), usecs(bed, 3)), (20, 100))


def fewer_interrupts(bed):
    """Without an interval each frame has its interrupt; with one they are so far apart, however slowly frames come."""
    near = bed.near.ifname
    defer(ethtool, f"-C {near} rx-usecs {usecs(bed)}")
    number, catch = queue_irq(near, 0), Capture(near)
    sender = Sender(bed.far.ifname, bed.far.netns)

    def taken():
        return sum(bed.interrupts()[number][1])

    ethtool(f"-C {near} rx-usecs 0")
    before = taken()
    for seq in range(SINGLE):
        sender.burst(bed.near.mac, mac(2), 1, start=seq, to=catch)
    expect_ge(taken() - before, SINGLE // 2)
    expect_eq(catch.numbers(SINGLE), list(range(SINGLE)))

    ethtool(f"-C {near} rx-usecs {LONG}")
    before, began = taken(), time.monotonic()
    sender.burst(bed.near.mac, mac(2), COUNT, pace=False)
    expect_eq(catch.numbers(COUNT), list(range(COUNT)))
    # the emulated chip sends two for each interval
    most = 2 * (time.monotonic() - began) * 1e6 / LONG + 2
    expect_le(taken() - before, most)


def refused(bed):
    near, before = bed.near.ifname, usecs(bed)
    for words, message in (("rx-usecs 100000", "rx-usecs can be 0 to"), ("tx-usecs 10", ""), ("rx-frames 3", ""),
                           ("adaptive-rx on", "")):
        with expect_raises(CommandError, words) as error:
            ethtool(f"-C {near} {words}")
        expect_in(message, error.exception.output)
        expect_eq(usecs(bed), before)
    # of this one ethtool does not tell the outcome
    log = KernelLog(at_end=True)
    cmd(f"ethtool -Q {near} queue_mask 0x8 --coalesce rx-usecs 100000", check=False)
    expect_in("ethtool -Q: rx-usecs can be 0 to", "".join(log.lines()))
    expect_eq(usecs(bed, 3), before)


def buffers(near):
    """Pages, each of two of the processor's, that the default queue's page pool has handed out."""
    napi = queues(near)[("rx", 0)]["napi-id"]
    return next(pool["inflight"] for pool in page_pools(near) if pool.get("napi-id") == napi)


def copies_are_small(bed):
    """Frames that nobody reads keep a buffer each, if they are not copied: with the threshold at 0, however short."""
    near = bed.near.ifname
    defer(ethtool, f"--set-tunable {near} rx-copybreak 128")
    posted = ethtool(f"-g {near}", json=True)[0]["rx"]
    # a page pool without the pages of earlier frames
    bed.near.down()
    bed.near.up()
    sender = Sender(bed.far.ifname, bed.far.netns)
    for size in (128, 0):
        ethtool(f"--set-tunable {near} rx-copybreak {size}")
        unread = Capture(near)
        sender.burst(bed.near.mac, mac(2), UNREAD, to=Capture(near))
        pages = buffers(near)
        comment(f"rx-copybreak {size}: {UNREAD} frames unread, {posted} buffers in the ring, {pages} pages")
        if size:
            expect_le(pages, posted // PAGE_BUFFERS + UNREAD // (2 * PAGE_BUFFERS))
        else:
            # some of the ring's are always lacking: they are posted in batches
            expect_ge(pages, (posted - BATCH + UNREAD) // PAGE_BUFFERS)
        expect_eq(unread.numbers(UNREAD), list(range(UNREAD)))


def copy_threshold(bed):
    near = bed.near.ifname
    expect_in("rx-copybreak: 128", ethtool(f"--get-tunable {near} rx-copybreak"))
    defer(ethtool, f"--set-tunable {near} rx-copybreak 128")
    sender = Sender(bed.far.ifname, bed.far.netns)
    for size in (0, 1024):
        ethtool(f"--set-tunable {near} rx-copybreak {size}")
        expect_in(f"rx-copybreak: {size}", ethtool(f"--get-tunable {near} rx-copybreak"))
        catch = Capture(near)
        for length in LENGTHS:
            sender.burst(bed.near.mac, mac(2), 10, size=length, to=catch)
        frames = catch.frames()
        expect_eq([len(frame.data) for frame in frames],
                  [length for length in LENGTHS for _ in range(10)])
    log = KernelLog(at_end=True)
    with expect_raises(CommandError):
        ethtool(f"--set-tunable {near} rx-copybreak 1025")
    expect_in("ethtool --set-tunable: rx-copybreak can be 0 to 1024", "".join(log.lines()))


if __name__ == "__main__":
    main(for_all_and_for_one, fewer_interrupts, refused, copy_threshold, copies_are_small, setup=Bed)
