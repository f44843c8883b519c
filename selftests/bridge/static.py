#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""An address set by the user has a queue at once; its frames go straight from there to the tap."""

import time

from lib import (BROADCAST, Bed, bridge, cmd, ethtool, expect_eq, expect_ge, expect_in, expect_le, load, mac, main,
                 wait_until)
from lib.bridged import (Bridged, entries, events, expect_direct, expect_numbers, handled, is_settled, load_bridge,
                         queue_of, wait_promoted)
from lib.guests import queues
from lib.tap import Tap
from lib.trace import Trace

GROUP = "01:00:5e:01:02:03"
GUEST, OTHER, SOURCE = mac(0x20), mac(0x21), mac(0xfe)


def set_up(bed):
    load_bridge()
    bridged = Bridged(bed)
    tap = Tap("tap0")
    bridged.add("tap0")
    bridged.wait_forwarding("tap0")
    return bridged, tap


def frames_arrive(bridged, tap, queue, direct=True):
    with handled(bridged.bed) as now:
        bridged.sender.burst(GUEST, SOURCE, 300, size=200)
        expect_numbers(tap.numbers(300), 300)
    if direct:
        # the first of its source, and one more if a second passes meanwhile
        expect_direct(now, queue, 300, 5)
    else:
        expect_eq(now.rx, {queue: 300})
        expect_eq(now.by.get("direct", 0), 0)


def direct(bed):
    bridged, tap = set_up(bed)
    bridged.static(GUEST, "tap0")
    queue = wait_promoted(GUEST)
    expect_eq(queue, 7)
    expect_eq(entries()[GUEST, 0].kind, "static")
    expect_eq(bridged.offloaded("tap0"), [GUEST])
    frames_arrive(bridged, tap, queue)

    bridge(f"fdb del {GUEST} dev tap0 master")
    wait_until(lambda: not queues(bed), 5, "the queue is free")
    frames_arrive(bridged, tap, 0, direct=False)
    expect_eq(queue_of(GUEST), None)


def before_the_module(bed):
    """The bridge knows the address before the module comes, and after it has gone."""
    bridged = Bridged(bed)
    tap = Tap("tap0")
    bridged.add("tap0")
    bridged.static(GUEST, "tap0")
    bridged.wait_forwarding("tap0")
    load_bridge()
    # a module is loaded when insmod returns
    queue = queue_of(GUEST)
    expect_eq(queue, 7)
    frames_arrive(bridged, tap, queue)
    cmd("rmmod vmq_bridge")
    expect_eq(bridged.offloaded("tap0"), [])
    bridged.sender.burst(GUEST, SOURCE, 100)
    expect_numbers(tap.numbers(100), 100)


def traced(bed):
    """Tracepoints tell of each frame, and of each address that gets, loses or is refused a queue."""
    bridged, tap = set_up(bed)
    trace = Trace("vmq_bridge")
    bridged.static(GUEST, "tap0")
    wait_promoted(GUEST)
    wait_until(is_settled, 5, "settled")
    bridged.sender.burst(GUEST, SOURCE, 20)
    expect_numbers(tap.numbers(20), 20)
    bridge(f"fdb del {GUEST} dev tap0 master")
    wait_until(lambda: not queues(bed), 5, "the queue is free")
    told = trace.take()
    address = f"addr={GUEST} vlan=0 port=tap0 queue=7"
    expect_eq(told[0][0], "vmq_bridge_promote")
    expect_in(address, told[0][1])
    expect_eq(told[-1][0], "vmq_bridge_demote")
    expect_in(address, told[-1][1])
    frames = told[1:-1]
    expect_eq(len(frames), 20)
    expect_eq(frames[0], ("vmq_bridge_by_bridge", "len=60: source to be learned"))
    expect_ge(frames.count(("vmq_bridge_direct", "len=60")), 15)


def strangers(bed):
    """What is for nobody, for everybody or for another address takes the default queue and reaches the tap once."""
    bridged, tap = set_up(bed)
    bridged.static(GUEST, "tap0")
    wait_promoted(GUEST)
    with handled(bed) as now:
        for address in (OTHER, BROADCAST, "33:33:00:00:00:01"):
            bridged.sender.burst(address, SOURCE, 20)
            expect_numbers(tap.numbers(20), 20)
    expect_eq(now.rx, {0: 60})


def several(bed):
    """A queue serves all addresses behind its port, and goes with the last of them."""
    bridged, tap = set_up(bed)
    for address in (GUEST, OTHER):
        bridged.static(address, "tap0")
    queue = wait_promoted(GUEST)
    expect_eq(wait_promoted(OTHER), queue)
    expect_eq(queues(bed), {queue: "tap0"})
    for gone in (None, GUEST):
        if gone:
            bridge(f"fdb del {gone} dev tap0 master")
            wait_until(lambda: (gone, 0) not in entries(), 5, "one of them is forgotten")
        wait_until(is_settled, 5, "settled")
        with handled(bed) as now:
            bridged.sender.burst(OTHER, SOURCE, 100)
            expect_numbers(tap.numbers(100), 100)
        expect_direct(now, queue, 100, 5)
    bridge(f"fdb del {OTHER} dev tap0 master")
    wait_until(lambda: not queues(bed), 5, "the queue is free")


def kinds(bed):
    """An address is for good or may age, whether it was set before the module came or after."""
    load("bridge")
    bridged = Bridged(bed)
    Tap("tap0")
    bridged.add("tap0")
    wanted = {"static": "static", "extern_learn": "static", "dynamic": "learned"}
    for turn in (0, 8):
        for at, kind in enumerate(wanted):
            bridge(f"fdb add {mac(0x30 + turn + at)} dev tap0 master {kind}")
        if not turn:
            load_bridge()
    for turn in (0, 8):
        for at, kind in enumerate(wanted.values()):
            expect_eq(entries()[mac(0x30 + turn + at), 0].kind, kind)
            # those that are for good have a queue at once
            wait_until(lambda at=mac(0x30 + turn + at), wanted=kind == "static": bool(queue_of(at)) == wanted, 5, kind)
    bridge(f"fdb replace {mac(0x30)} dev tap0 master dynamic")
    expect_eq(entries()[mac(0x30), 0].kind, "learned")
    bridge(f"fdb del {mac(0x3a)} dev tap0 master")
    wait_until(lambda: (mac(0x3a), 0) not in entries(), 5, "forgotten")


def refused(bed):
    """What cannot be steered keeps nobody else from a queue, says why, and is tried again, but not without pause."""
    ethtool("-L near0 combined 2")
    ethtool(f"-N near0 flow-type ether dst {GUEST} action 1 loc 3")
    bridged, tap = set_up(bed)
    trace = Trace("vmq_bridge/vmq_bridge_refuse")
    bridged.static(GROUP, "tap0")
    bridged.static(GUEST, "tap0")
    bridged.static(OTHER, "tap0")
    wait_promoted(OTHER)
    wait_until(is_settled, 5, "settled")
    expect_in("is steered already", entries()[GUEST, 0].reason)
    expect_in("not the address of one station", entries()[GROUP, 0].reason)
    expect_in("is steered already", trace.take()[0][1])
    before = events()["refused"]
    time.sleep(2.5)
    expect_le(events()["refused"], before + 1)
    # the rule has the frames, and eth0's bridge gets them as without the module
    with handled(bed) as now:
        bridged.sender.burst(GUEST, SOURCE, 20)
        expect_numbers(tap.numbers(20), 20)
    expect_eq(now.rx, {1: 20})
    ethtool("-N near0 delete 3")
    expect_eq(wait_promoted(GUEST, timeout=20), queue_of(OTHER))


if __name__ == "__main__":
    main(direct, before_the_module, traced, strangers, several, kinds, refused, setup=Bed)
