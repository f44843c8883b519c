#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A received frame that is dropped for want of memory is counted with its queue, and vmq:vmq_rx_drop says so; no other is lost."""

from lib import (Bed, Capture, Sender, expect_eq, expect_ge, failing, failures_in, mac, main, number, of_function,
                 queue_counters)
from lib.trace import Trace


def no_memory(bed):
    near = bed.near.ifname
    trace = Trace("vmq/vmq_rx_drop")
    catch = Capture(near)
    before = queue_counters(near)
    sender = Sender(bed.far.ifname, bed.far.netns)
    # there alone: what else fails below our functions may be the debug kernel's own
    with failures_in(of_function("napi_build_skb")), failing("failslab", probability=100, times=30):
        sender.burst(bed.near.mac, mac(2), 400)
    got = [found[1] for found in (number(frame.data) for frame in catch.frames(quiet=0.5)) if found]
    after = queue_counters(near)
    lost = after["rx", 0, "drop_alloc"] - before["rx", 0, "drop_alloc"]
    expect_ge(lost, 1, "frames that were dropped")
    expect_eq(trace.take(), [("vmq_rx_drop", "queue 0: no memory")] * lost)
    expect_eq((len(got) + lost, got), (400, sorted(set(got))), "frames, each once and in order")
    # and then it goes on
    sender.burst(bed.near.mac, mac(2), 40, to=catch)
    expect_eq(catch.numbers(40), list(range(40)))


if __name__ == "__main__":
    main(no_memory, setup=Bed)
