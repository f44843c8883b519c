#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""An address set by the user has a queue at once; its frames go straight from there to the tap."""

from lib import BROADCAST, Bed, bridge, cmd, expect_eq, mac, main
from lib.bridged import (Bridged, entries, expect_direct, expect_numbers, handled, load_bridge, queue_of, wait_promoted)
from lib.tap import Tap

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
    expect_eq(bridged.offloaded("tap0"), [])
    cmd("udevadm settle", check=False)
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


if __name__ == "__main__":
    main(direct, before_the_module, strangers, setup=Bed)
