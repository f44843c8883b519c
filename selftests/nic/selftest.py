#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120
"""ethtool -t: online it disturbs nobody, offline it tries the chip; afterwards all is as before, traffic too."""

from lib import (Bed, Capture, CommandError, Qmp, Sender, Traffic, carrier_changes, defer, deltas, ethtool, expect_eq,
                 expect_in, expect_raises, mac, main)


def online(bed):
    near = bed.near.ifname
    before = carrier_changes(near)
    with Traffic(bed) as traffic:
        expect_in("The test result is PASS", ethtool(f"-t {near} online"))
    expect_eq((traffic.rx.lost, traffic.tx.lost), (0, 0))
    expect_eq(carrier_changes(near), before)


def offline(bed):
    near = bed.near.ifname
    ethtool(f"-L {near} combined 4")
    defer(ethtool, f"-L {near} combined 1")
    ethtool(f"-N {near} flow-type ether dst {mac(0x20)} action 3 loc 5")
    defer(ethtool, f"-N {near} delete 5")
    wanted = [ethtool(f"{option} {near}") for option in ("-l", "-g", "-c", "-n", "-k", "-a")]
    with Traffic(bed) as traffic:
        shown = ethtool(f"-t {near} offline")
        expect_in("The test result is PASS", shown)
        for name in ("Registers", "NVM", "Interrupts", "Loopback", "Link"):
            expect_eq([line.split()[-1] for line in shown.splitlines() if line.startswith(name)], ["0"], name)
        bed.near.wait_carrier()
        traffic.wait_moving()
    expect_eq([ethtool(f"{option} {near}") for option in ("-l", "-g", "-c", "-n", "-k", "-a")], wanted)
    catch = Capture(near)
    with deltas(near) as delta:
        Sender(bed.far.ifname, bed.far.netns).burst(mac(0x20), mac(2), 20, to=catch)
    delta.expect_rx({3: 20})


def while_down(bed):
    """The chip keeps its link meanwhile, so all can be tried."""
    bed.near.down()
    defer(bed.near.up)
    expect_in("The test result is PASS", ethtool(f"-t {bed.near.ifname} offline"))
    expect_eq(bed.near.link()["operstate"], "DOWN")
    bed.near.up()
    with Traffic(bed):
        pass


def a_fault_is_found(bed):
    qmp = Qmp()
    defer(bed.near.wait_carrier)
    defer(qmp.cable, "near", True)
    qmp.cable("near", False)
    bed.near.wait_carrier(False)
    with expect_raises(CommandError) as error:
        ethtool(f"-t {bed.near.ifname} online")
    expect_in("The test result is FAIL", error.exception.output)


if __name__ == "__main__":
    main(online, offline, while_down, a_fault_is_found, setup=Bed)
