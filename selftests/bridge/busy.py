#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=300
"""Seven busy guests and ten quiet ones: the busy ones hold the queues, and nothing flaps."""

import threading
import time

from lib import (Bed, Sender, bridge, comment, defer, devlink, expect_eq, expect_ge, expect_in, mac, main, number, patience,
                 wait_until)
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
    """The bridge, the trace and the load, when the busy ones have the queues."""
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
    return bridged, trace, load


def changes_since(before):
    now = events()
    return {name: now[name] - before[name] for name in ("promoted", "demoted")}


def seven_of_seventeen(bed):
    load_bridge()
    with handled(bed) as now:
        bridged, trace, load = set_up(bed)
        time.sleep(patience(2))
        before = events()
        time.sleep(patience(6))
        expect_eq(changes_since(before), {"promoted": 0, "demoted": 0})
        expect_eq(holders(bed), TAPS[:7])

        load.rates[11] = 40
        wait_until(lambda: "tap11" in holders(bed), 15, "the one that is busiest now has a queue", poll=0.2)
        time.sleep(patience(5))
        expect_eq(changes_since(before), {"promoted": 1, "demoted": 1})
        (loser,) = set(TAPS[:7]) - set(holders(bed))
        expect_eq(len(holders(bed)), 7)
        expect_eq(bridged.offloaded("tap11"), [GUESTS[11]])
        expect_eq(bridged.offloaded(loser), [])
        expect_in("no queue left: others are busier", {entry.reason for entry in entries().values()})
        load.stop()
    expect_eq(sum(now.rx.values()), sum(load.sent))
    expect_slow(trace)


def set_parameter(bed, name, value):
    devlink(f"dev param set pci/{bed.near.pci} name {name} value {value} cmode runtime")


def in_turns(bed):
    """Four that take turns at being the busiest, none of them so busy on the whole, take nobody's queue."""
    load = set_up(bed)[2]
    # a second of theirs may be longer where everything is slow
    defer(set_parameter, bed, "load_hold", 3)
    set_parameter(bed, "load_hold", 6)
    before = events()
    for turn in range(20):
        load.rates[11 + turn % 4] = 32
        time.sleep(1)
        load.rates[11 + turn % 4] = 1
    expect_eq(changes_since(before), {"promoted": 0, "demoted": 0})
    load.stop()


def of_a_user(bed):
    """An address that the user sets has a queue at once, instead of the quietest learned one; but a user's own keeps its."""
    bridged, _, load = set_up(bed)
    load.rates[3] = 5
    time.sleep(patience(4))
    for count, guest in enumerate((16, *range(8, 14)), 1):
        bridge(f"fdb replace {GUESTS[guest]} dev {TAPS[guest]} master static")
        wait_until(lambda tap=TAPS[guest]: tap in holders(bed), 5, f"{TAPS[guest]} has a queue")
        having = holders(bed)
        expect_eq(len(having), 7)
        expect_eq(len(set(having) & set(TAPS[:7])), 7 - count, having)
        if count == 1:
            expect_eq(set(TAPS[:7]) - set(having), {"tap3"}, "the quietest has lost its queue")
    bridge(f"fdb replace {GUESTS[15]} dev tap15 master static")
    wait_until(lambda: "are in use" in entries()[GUESTS[15], 0].reason, 5, "the eighth is told why not")
    time.sleep(patience(3))
    expect_eq(holders(bed), [TAPS[guest] for guest in (*range(8, 14), 16)])
    expect_eq(bridged.offloaded("tap15"), [])
    load.stop()


def parameters(bed):
    """What the user demands of one that shall have another's queue: that it is busy at all, so much busier, for so long."""
    def demand(**parameters):
        for name, value in parameters.items():
            set_parameter(bed, name, value)

    defer(demand, load_min_rate=10, load_margin=150, load_hold=3)
    load = set_up(bed)[2]
    before = events()
    # where everything is slow one second's frames may come in the next: far from what decides, and for longer
    demand(load_min_rate=1000000, load_hold=6)
    load.rates[11] = 20
    for demanded, reason in (({}, "not busy"),
                             ({"load_min_rate": 10, "load_margin": 1000}, "no queue left: others are busier"),
                             ({"load_hold": 60, "load_margin": 150}, "no queue left: others are busier")):
        demand(**demanded)
        time.sleep(patience(8))
        expect_eq(entries()[GUESTS[11], 0].reason, reason)
        expect_eq(changes_since(before), {"promoted": 0, "demoted": 0}, demanded)
    demand(load_hold=3)
    wait_until(lambda: "tap11" in holders(bed), 15, "the busiest has a queue", poll=0.2)
    load.stop()


if __name__ == "__main__":
    main(seven_of_seventeen, in_turns, of_a_user, parameters, setup=Bed)
