#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=300
"""Without memory for buffers a queue begins with those it has got, or stands still; with memory it goes on by itself."""

import contextlib

from lib import (Bed, Capture, CommandError, Sender, Traffic, comment, defer, devlink, ethtool, expect_eq, expect_ge, expect_in,
                 expect_le, failing, failures_in, mac, main, need_fault_injection, of_function, queue_counters, wait_until)

RING = 64
BATCH = 16  # a ring that lacks fewer buffers is not filled up yet
ENOUGH = 16  # with so many it works
EACH = 3  # buffers lie in two adjacent pages
LONG = 1000  # bytes: such a frame keeps the buffer it came in


def posted(port, queue=0):
    """How many buffers a queue has for frames to come."""
    shown = devlink(f"health diagnose pci/{port.pci} reporter rx", json=True)["queues"]
    ring = next(row["ring"] for row in shown if row["queue"] == queue)
    return (ring["tail"] - ring["head"]) % ring["size"]


def prepare(bed):
    """The near port is down, and will have a small ring."""
    need_fault_injection("fail_page_alloc")
    near = bed.near
    ethtool(f"-G {near.ifname} rx {RING}")
    defer(ethtool, f"-G {near.ifname} rx 512")
    near.down()
    defer(near.up)


@contextlib.contextmanager
def room_for(pages):
    """In this block so many pages are to be had for buffers, or fewer: the kernel needs some to keep account of them."""
    with failures_in(of_function("vmq_rx_refill")), failing("fail_page_alloc", probability=100, after=pages):
        yield


def begins_with(port):
    """With how many buffers the port comes up, which may be none."""
    try:
        port.up(carrier=False)
    except CommandError as error:
        expect_in("Cannot allocate memory", error.output)
        return 0
    return posted(port)


def begin(bed):
    """With so many buffers as are enough the interface comes up, with fewer it does not; frames have the ring filled up."""
    prepare(bed)
    began, pages = 0, 0
    while not began:
        with room_for(pages):
            began = begins_with(bed.near)
        pages += 1
    comment(f"with {pages - 1} pages it begins with {began} buffers")
    expect_ge(began, ENOUGH)
    expect_le(began, EACH * (pages - 1) // 2)
    bed.near.wait_carrier()
    with Traffic(bed):
        wait_until(lambda: posted(bed.near) > RING - BATCH, 10, "frames have it filled up")


def run_dry(bed):
    """Frames that nobody reads take all buffers: nothing comes until there is memory, then all is as before."""
    prepare(bed)
    bed.near.up()
    catch = Capture(bed.near.ifname)
    sender = Sender(bed.far.ifname, bed.far.netns)
    before = queue_counters(bed.near.ifname)["rx", 0, "alloc_fail"]
    # the chip's buffers only: they are what is two pages long and must be had at once
    with failing("fail_page_alloc", probability=100):
        sender.burst(bed.near.mac, bed.far.mac, 3 * RING, size=LONG)
        wait_until(lambda: posted(bed.near) < ENOUGH, 10, "the buffers are used up")
        expect_ge(queue_counters(bed.near.ifname)["rx", 0, "alloc_fail"], before + 1)
    # no frame comes now that could have it filled up
    wait_until(lambda: posted(bed.near) > RING - BATCH, 10, "there are buffers again")
    came = catch.numbers()
    comment(f"{len(came)} of {3 * RING} frames came")
    expect_ge(len(came), RING - ENOUGH)
    expect_eq(came, sorted(set(came)), "what came")
    sender.burst(bed.near.mac, mac(0xfe), RING, to=catch, size=LONG)
    expect_eq(catch.numbers(RING), list(range(RING)), "afterwards")


if __name__ == "__main__":
    main(begin, run_dry, setup=Bed)
