#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=180
"""ethtool -t: online it disturbs nobody, offline it tries the chip; afterwards all is as before, traffic too."""

import errno
import re

from lib import (Bed, Capture, CommandError, KernelLog, Qmp, Sender, Traffic, carrier_changes, chip_fault, defer, deltas, ethtool,
                 expect_eq, expect_in, expect_raises, mac, main, settings, without_memory)

NAMES = ("Registers", "NVM checksum", "Interrupts", "Loopback", "As before", "Link")
RESULT = re.compile(r"^(\w[\w ]*?) +\(\w+line\)\s+(\d+)$", re.MULTILINE)


def results(shown):
    """{name: number of the error, or 0}"""
    return {name: int(number) for name, number in RESULT.findall(shown)}


def expect_failures(bed, **numbers):
    """An offline test finds just these faults; returns what the log says of them."""
    log = KernelLog(at_end=True)
    with expect_raises(CommandError) as error:
        ethtool(f"-t {bed.near.ifname} offline")
    expect_in("The test result is FAIL", error.exception.output)
    expect_eq(results(error.exception.output), {name: numbers.get(name.split()[0], 0) for name in NAMES})
    return [line for line in log.lines() if "self-test" in line]


def expect_no_fault(bed):
    expect_in("The test result is PASS", ethtool(f"-t {bed.near.ifname} offline"))
    bed.near.wait_carrier()
    with Traffic(bed):
        pass


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
    wanted = settings(near)
    with Traffic(bed) as traffic:
        shown = ethtool(f"-t {near} offline")
        expect_in("The test result is PASS", shown)
        expect_eq(results(shown), dict.fromkeys(NAMES, 0))
        bed.near.wait_carrier()
        traffic.wait_moving()
    expect_eq(settings(near), wanted)
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


def a_chip_without_memory_is_found(bed):
    """It answers, but no interrupt comes of it, and no frame."""
    with without_memory(bed):
        said = expect_failures(bed, Interrupts=errno.ETIMEDOUT, Loopback=errno.ETIMEDOUT)
    expect_eq([line.partition("self-test: ")[2] for line in said],
              ["vector 0 does not fire (-ETIMEDOUT)", "frame 0 of 60 bytes did not come back (-ETIMEDOUT)"])
    expect_no_fault(bed)


def a_port_that_stays_down_is_no_success(bed):
    """The chip comes out of the reset before the tests, but not out of the one behind them."""
    with chip_fault("reset=2"):
        said = expect_failures(bed, As=errno.ETIMEDOUT)
    expect_eq([line.partition(f"{bed.near.ifname}: ")[2] for line in said], ["cannot resume after self-test (-ETIMEDOUT)"])
    bed.near.down()
    bed.near.up()
    expect_no_fault(bed)


def a_link_that_is_down_is_found(bed):
    qmp = Qmp()
    defer(bed.near.wait_carrier)
    defer(qmp.cable, "near", True)
    qmp.cable("near", False)
    bed.near.wait_carrier(False)
    with expect_raises(CommandError) as error:
        ethtool(f"-t {bed.near.ifname} online")
    expect_in("The test result is FAIL", error.exception.output)


if __name__ == "__main__":
    main(online, offline, while_down, a_chip_without_memory_is_found, a_port_that_stays_down_is_no_success,
         a_link_that_is_down_is_found, setup=Bed)
