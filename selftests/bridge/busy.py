#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=180
"""Seven busy guests and ten quiet ones: the busy ones hold the queues, and nothing flaps."""

import threading
import time

from lib import Bed, Sender, comment, defer, expect_eq, expect_ge, expect_in, mac, main, number, patience, wait_until
from lib.bridged import Bridged, entries, events, handled, load_bridge
from lib.flow import SOURCE
from lib.frames import numbered
from lib.guests import add_taps, queues, says
from lib.trace import Trace

GUESTS = [mac(0x20 + index) for index in range(17)]
TAPS = [f"tap{index}" for index in range(17)]
BUSY, QUIET = range(7), range(7, 17)


class Load:
    """Frames for each guest, so many in a tenth of a second."""

    def __init__(self, bed, taps):
        self.taps = taps
        self.rates = [8 if index in BUSY else 3 for index in range(17)]
        self.sent, self.seen = [0] * 17, [[] for _ in taps]
        self.sender = Sender(bed.far.ifname, bed.far.netns)
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def collect(self, quiet=0):
        for tap, seen in zip(self.taps, self.seen):
            seen += [number(frame) for frame in tap.frames(quiet=quiet)]

    def run(self):
        due = time.monotonic()
        while not self.stopping.is_set():
            for guest, rate in enumerate(self.rates):
                frames = [numbered(GUESTS[guest], SOURCE, self.sent[guest] + at, guest) for at in range(rate)]
                self.sender.send(*frames, pace=False)
                self.sent[guest] += rate
            self.collect()
            due += 0.1
            time.sleep(max(0, due - time.monotonic()))

    def stop(self):
        """Each guest has got its own frames, once and in order, and no others."""
        self.stopping.set()
        self.thread.join()
        self.collect(0.2)
        for guest, seen in enumerate(self.seen):
            wanted = [(guest, at) for at in range(self.sent[guest])]
            expect_eq([pair for pair in seen if pair], wanted, TAPS[guest])


def holders(bed):
    return sorted(queues(bed).values(), key=TAPS.index)


def expect_slow(trace):
    """By load no two things change within a second; the clock of the work may be late, and early the next time."""
    changes = trace.events()
    gaps = [after.time - before.time for before, after in zip(changes, changes[1:])]
    comment(f"{len(changes)} changes, the least time between two: {min(gaps):.3f} s")
    expect_ge(min(gaps), 0.9, changes)


def set_up(bed):
    """The trace and the load, when the busy ones have the queues."""
    load_bridge()
    bridged, trace = Bridged(bed), Trace("vmq_bridge/vmq_bridge_promote", "vmq_bridge/vmq_bridge_demote")
    taps = add_taps(bridged, *TAPS)
    for tap, address in zip(taps, GUESTS):
        tap.write(says(address))
    wait_until(lambda: len(entries()) == len(GUESTS), 5, "all addresses are known")
    for tap in taps:
        tap.frames(quiet=0)
    load = Load(bed, taps)
    defer(load.stopping.set)
    wait_until(lambda: holders(bed) == TAPS[:7], 25, "the busy ones have the queues", poll=0.2)
    return trace, load


def changes_since(before):
    now = events()
    return {name: now[name] - before[name] for name in ("promoted", "demoted")}


def seven_of_seventeen(bed):
    load_bridge()
    with handled(bed) as now:
        trace, load = set_up(bed)
        time.sleep(patience(2))
        before = events()
        time.sleep(patience(6))
        expect_eq(changes_since(before), {"promoted": 0, "demoted": 0})
        expect_eq(holders(bed), TAPS[:7])

        load.rates[11] = 40
        wait_until(lambda: "tap11" in holders(bed), 15, "the one that is busiest now has a queue", poll=0.2)
        time.sleep(patience(5))
        expect_eq(changes_since(before), {"promoted": 1, "demoted": 1})
        expect_eq(len(set(TAPS[:7]) & set(holders(bed))), 6, "exactly one has lost its queue")
        expect_eq(len(holders(bed)), 7)
        expect_in("no queue left: others are busier", {entry.reason for entry in entries().values()})
        load.stop()
    expect_eq(sum(now.rx.values()), sum(load.sent))
    expect_slow(trace)


def in_turns(bed):
    """Four that take turns at being the busiest, none of them so busy on the whole, take nobody's queue."""
    load = set_up(bed)[1]
    before = events()
    for turn in range(20):
        load.rates[11 + turn % 4] = 32
        time.sleep(1)
        load.rates[11 + turn % 4] = 1
    expect_eq(changes_since(before), {"promoted": 0, "demoted": 0})
    load.stop()


if __name__ == "__main__":
    main(seven_of_seventeen, in_turns, setup=Bed)
