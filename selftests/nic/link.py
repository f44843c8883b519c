#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120
"""The link follows the cable, is reported with its speed, and comes back under traffic."""

from lib import (Bed, KernelLog, Qmp, Traffic, carrier_changes, defer, ethtool, expect_eq, expect_in, expect_true, main,
                 wait_until)


def cable():
    qmp = Qmp()
    defer(qmp.cable, "near", True)
    return lambda plugged: qmp.cable("near", plugged)


def cable_pulled_and_plugged(bed):
    near, plug = bed.near.ifname, cable()
    log = KernelLog(at_end=True)
    before = carrier_changes(near)
    shown = ethtool(near)
    for line in ("Speed: 1000Mb/s", "Duplex: Full", "Link detected: yes", "Auto-negotiation: on", "Port: Twisted Pair"):
        expect_in(line, shown)

    plug(False)
    bed.near.wait_carrier(False)
    shown = ethtool(near)
    for line in ("Speed: Unknown!", "Duplex: Unknown!", "Link detected: no"):
        expect_in(line, shown)
    expect_eq(bed.near.link()["operstate"], "DOWN")

    plug(True)
    bed.near.wait_carrier()
    expect_in("Speed: 1000Mb/s", ethtool(near))
    expect_eq(carrier_changes(near) - before, 2)
    lines = log.lines()
    expect_true(any(line.endswith(f"{near}: link down") for line in lines), lines)
    expect_true(any(f"{near}: link up, 1000 Mb/s, full duplex, flow control" in line for line in lines), lines)


def flaps_under_traffic(bed):
    near, plug = bed.near.ifname, cable()
    before = carrier_changes(near)
    with Traffic(bed) as traffic:
        for _ in range(5):
            plug(False)
            bed.near.wait_carrier(False)
            plug(True)
            bed.near.wait_carrier()
            traffic.wait_moving()
    expect_eq(carrier_changes(near) - before, 10)


def pulled_while_down(bed):
    plug = cable()
    bed.near.down()
    plug(False)
    bed.near.up(carrier=False)
    wait_until(lambda: "NO-CARRIER" in bed.near.link()["flags"], what="up without a carrier")
    expect_in("Link detected: no", ethtool(bed.near.ifname))
    plug(True)
    bed.near.wait_carrier()
    with Traffic(bed):
        pass


if __name__ == "__main__":
    main(cable_pulled_and_plugged, flaps_under_traffic, pulled_while_down, setup=Bed)
