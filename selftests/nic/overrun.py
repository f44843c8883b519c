#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120
"""A queue whose ring overflows loses frames, which is counted; another queue loses none, and afterwards all is as before."""

from lib import (Bed, Capture, Flow, Station, Steering, comment, defer, deltas, ethtool, expect_eq, expect_le, mac, main,
                 statistics, wait_until, without_memory)

FLOODED, OTHER, SOURCE = mac(0x20), mac(0x21), mac(0xfe)
RING, FLOOD, AFTER = 128, 1500, 40
# the other queue's frames on the way, beside the 16 that Flow sends at once: of its ring 64 may be taken by one poll, and 15
# lack anyway, before any is posted again
AHEAD = 30
LONG = 8000  # microseconds in which the flooded queue is not looked after


class Flood:
    """Frames for one queue, in order, more than it can take."""

    def __init__(self, bed, steer):
        self.bed, self.near, self.sender = bed, steer.near, steer.sender
        self.catch = Capture("vm0")
        self.before = self.overruns()
        self.sent, self.seen = 0, []

    def overruns(self):
        return statistics(self.near)["rx_overrun_events"]

    def send(self, count):
        self.sender.burst(FLOODED, SOURCE, count, start=self.sent, pace=False)
        self.sent += count

    def overflows(self):
        # frames that have had to wait come all at once
        with without_memory(self.bed):
            self.send(FLOOD)
        return self.overruns() > self.before

    def over(self):
        """Whether a frame that is sent now comes: then those before it have come, or never will."""
        self.send(1)
        self.seen += self.catch.numbers()
        return self.sent - 1 in self.seen


def overflow(bed):
    steer = Steering(bed, channels=1)
    near = steer.near
    ethtool(f"-G {near} rx {RING}")
    defer(ethtool, f"-G {near} rx 512")
    steer.offload()
    for name, address, queue in (("vm0", FLOODED, 7), ("vm1", OTHER, 6)):
        expect_eq(Station(steer, name, address, netns=False).queue, queue)
    ethtool(f"-Q {near} queue_mask {1 << 7:#x} --coalesce rx-usecs {LONG}")
    flood = Flood(bed, steer)
    with deltas(near) as delta:
        flow = Flow(bed, 1, OTHER, "vm1", ahead=AHEAD)
        wait_until(flood.overflows, 20, "an overrun is counted")
        flow.stop()
        wait_until(flood.over, what="the flooded queue receives again")
        steer.sender.burst(FLOODED, SOURCE, AFTER, to=flood.catch)
        expect_eq(flood.catch.numbers(AFTER), list(range(AFTER)), "frames of the flooded queue, afterwards")
    comment(f"{len(flood.seen)} of {flood.sent} frames came, and {flow.sent} on the other queue")
    expect_eq(flood.seen, sorted(set(flood.seen)), "frames of the flooded queue")
    expect_le(len(flood.seen), flood.sent - 1)
    delta.expect_rx({7: len(flood.seen) + AFTER, 6: flow.sent})


if __name__ == "__main__":
    main(overflow, setup=Bed)
