#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=180
"""ethtool -s and -r: what is advertised, forced speeds, crossed pairs, a new negotiation; bad input changes nothing."""

import re

from lib import (Bed, CommandError, KernelLog, Traffic, carrier_changes, defer, ethtool, expect_eq, expect_ge, expect_in,
                 expect_raises, main, wait_until, write)


def settings(bed, *names):
    shown = ethtool(bed.near.ifname)
    return [re.search(rf"^\s*{name}: (.*)$", shown, re.MULTILINE)[1] for name in names]


def advertised(bed):
    near = bed.near.ifname
    shown = ethtool(near)
    wanted = re.search(r"Advertised link modes:((?:\s+\d+base\S+)+)", shown)[1].split()
    expect_eq(wanted, ["10baseT/Half", "10baseT/Full", "100baseT/Half", "100baseT/Full", "1000baseT/Full"])
    supported = re.search(r"Supported link modes:((?:\s+\d+base\S+)+)", shown)[1].split()
    expect_eq(supported, wanted)

    defer(ethtool, f"-s {near} autoneg on advertise 0x2f")
    ethtool(f"-s {near} autoneg on advertise 0x020")
    expect_eq(re.search(r"Advertised link modes:((?:\s+\d+base\S+)+)", ethtool(near))[1].split(), ["1000baseT/Full"])
    bed.near.wait_carrier()
    with Traffic(bed):
        pass


def forced(bed):
    near = bed.near.ifname
    defer(bed.near.wait_carrier)
    defer(ethtool, f"-s {near} autoneg on")
    for speed, duplex in ((100, "Full"), (10, "Half")):
        ethtool(f"-s {near} autoneg off speed {speed} duplex {duplex.lower()}")
        bed.near.wait_carrier()
        wait_until(lambda s=speed, d=duplex: settings(bed, "Speed", "Duplex", "Auto-negotiation") == [f"{s}Mb/s", d, "off"],
                   what=f"{speed} Mb/s {duplex}")
        # and over down and up
        bed.near.down()
        bed.near.up()
        expect_eq(settings(bed, "Speed", "Duplex", "Auto-negotiation"), [f"{speed}Mb/s", duplex, "off"])
    log = KernelLog(at_end=True)
    for words in ("-r", "-A"):
        with expect_raises(CommandError):
            ethtool(f"{words} {near} {'autoneg on' if words == '-A' else ''}")
        expect_in(f"ethtool {words}: nothing is negotiated: ethtool -s <dev> autoneg on", "".join(log.lines()))
    ethtool(f"-s {near} autoneg on")
    wait_until(lambda: settings(bed, "Speed", "Auto-negotiation") == ["1000Mb/s", "on"], 10, "1000 Mb/s negotiated")


def crossed_pairs(bed):
    """Whatever is asked for, the link comes back; what the pairs do then, the emulated PHY does not know."""
    near = bed.near.ifname
    defer(bed.near.wait_carrier)
    defer(ethtool, f"-s {near} mdix auto autoneg on")
    expect_eq(settings(bed, "MDI-X"), ["Unknown"])
    for mdix, shown in (("on", "on (forced)"), ("off", "off (forced)"), ("auto", "Unknown")):
        before = carrier_changes(near)
        ethtool(f"-s {near} mdix {mdix}")
        expect_eq(settings(bed, "MDI-X", "Auto-negotiation"), [shown, "on"])
        wait_until(lambda least=before + 2: carrier_changes(near) >= least, 10, "the link goes and comes")
        # and over down and up
        bed.near.down()
        bed.near.up()
        expect_eq(settings(bed, "MDI-X", "Speed"), [shown, "1000Mb/s"])
    ethtool(f"-s {near} mdix on autoneg off speed 100 duplex full")
    bed.near.wait_carrier()
    expect_eq(settings(bed, "MDI-X", "Auto-negotiation"), ["on (forced)", "off"])
    with Traffic(bed):
        pass


def negotiates_anew(bed):
    near = bed.near.ifname
    before = carrier_changes(near)
    ethtool(f"-r {near}")
    wait_until(lambda: carrier_changes(near) >= before + 2, 10, "the link goes and comes")
    bed.near.wait_carrier()
    expect_ge(carrier_changes(near), before + 2)
    with Traffic(bed):
        pass


def refused(bed):
    near = bed.near.ifname
    # reasons are rate-limited
    write("/proc/sys/net/core/message_cost", "0")
    defer(write, "/proc/sys/net/core/message_cost", "5")
    before, changes = ethtool(near), carrier_changes(near)
    log = KernelLog(at_end=True)
    speed = "without autoneg the port runs at 10 or 100 Mb/s only"
    modes, medium = "advertise must name supported link modes", "the port has one medium, and one PHY at address 0"
    for words, reason in (("autoneg off speed 1000 duplex full", speed), ("autoneg off speed 2500 duplex full", speed),
                          ("speed 17 duplex full autoneg off", speed), ("advertise 0x0", modes), ("advertise 0x1000", modes),
                          ("port fibre", medium), ("phyad 2", medium)):
        with expect_raises(CommandError, words):
            ethtool(f"-s {near} {words}")
        expect_in(reason, " ".join(line for line in log.lines() if "ethtool -s: " in line), words)
        expect_eq(ethtool(near), before, words)
    expect_in("Link detected: yes", before)
    expect_eq(carrier_changes(near), changes)


if __name__ == "__main__":
    main(advertised, forced, crossed_pairs, negotiates_anew, refused, setup=Bed)
