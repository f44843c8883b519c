#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=180
"""A port with a bad NVM, or that cannot be reset, is refused: the log says why, nothing is left, and later it can be had.
An alternate address in the NVM is the port's."""

import errno
import os

from lib import (Bed, CommandError, KernelLog, Traffic, chip_fault, cmd, defer, devlink, ethtool, expect_eq, expect_in,
                 expect_raises, expect_true, mac, main, write)

TRACING = "/sys/kernel/tracing"
FAULTS = (
    ("nvm=missing", errno.EBADMSG, "the NVM is missing or its checksum is wrong (-EBADMSG)"),
    ("nvm=corrupt", errno.EBADMSG, "the NVM is missing or its checksum is wrong (-EBADMSG)"),
    ("nvm=zeros", errno.EADDRNOTAVAIL, "the NVM holds no valid MAC address (-EADDRNOTAVAIL)"),
    ("nvm=group", errno.EADDRNOTAVAIL, "the NVM holds no valid MAC address (-EADDRNOTAVAIL)"),
    ("reset=1", errno.ETIMEDOUT, "the chip cannot be reset and set up (-ETIMEDOUT)"),
)


def bind_once(bed):
    """A buffered file would try again what was refused."""
    bind = os.open("/sys/bus/pci/drivers/vmq/bind", os.O_WRONLY)
    try:
        os.write(bind, bed.near.pci.encode())
    finally:
        os.close(bind)


def expect_nothing_left(bed, note):
    expect_eq(bed.near.bound, None, note)
    for path in (f"{bed.near.sysfs}/net", f"{bed.near.sysfs}/msi_irqs", f"/sys/kernel/debug/vmq/{bed.near.pci}"):
        expect_true(not os.path.exists(path) or not os.listdir(path), f"{note}: {path} is gone")
    expect_eq(cmd(f"cat {bed.near.sysfs}/enable").strip(), "0", f"{note}: switched off")
    expect_eq([line for line in cmd("cat /proc/iomem").splitlines() if "vmq" in line], [], note)
    expect_eq([name for name in devlink("dev show", json=True)["dev"] if bed.near.pci in name], [], note)


def expect_works(bed, driver):
    bed.near.bind(driver)
    bed.near.up()
    with Traffic(bed):
        pass


def refused(bed):
    defer(expect_works, bed, "vmq")
    for fault, number, message in FAULTS:
        bed.near.unbind()
        log = KernelLog(at_end=True)
        with chip_fault(fault):
            with expect_raises(OSError, fault) as error:
                bind_once(bed)
            expect_eq(error.exception.errno, number, fault)
            expect_nothing_left(bed, fault)
        said = [line.partition(f"{bed.near.pci}: ")[2] for line in log.lines() if line.startswith("vmq ")]
        expect_eq(said, [message, f"probe with driver vmq failed with error -{number}"], fault)
        expect_works(bed, "vmq")
    bed.near.unbind()
    with chip_fault("nvm=corrupt"):
        with expect_raises(OSError):
            bind_once(bed)
        # another driver, which does not ask ours, finds the port as it should be
        expect_works(bed, "igb")


def switched_off_again(bed):
    """A chip that was found, but does not come out of its reset, is left as when the driver is unbound."""
    def hits():
        return int(cmd(f"cat {TRACING}/kprobe_profile").split()[1])

    write(f"{TRACING}/kprobe_events", "p:off i82576_link_off")
    defer(write, f"{TRACING}/kprobe_events", "")
    write(f"{TRACING}/events/kprobes/off/enable", "1")
    defer(write, f"{TRACING}/events/kprobes/off/enable", "0")
    bed.near.unbind()
    expect_eq(hits(), 1)
    with chip_fault("reset=1"), expect_raises(OSError):
        bind_once(bed)
    expect_eq(hits(), 2)
    expect_works(bed, "vmq")


def goes_bad_while_in_use(bed):
    near = bed.near.ifname
    log = KernelLog(at_end=True)
    before = ethtool(f"-e {near} length 128")
    with Traffic(bed) as traffic:
        with chip_fault("nvm=corrupt"):
            with expect_raises(CommandError) as error:
                ethtool(f"-t {near} online")
            expect_in("The test result is FAIL", error.exception.output)
            results = {line.split()[0]: line.split()[-1] for line in error.exception.output.splitlines() if "line)" in line}
            expect_eq({name: result for name, result in results.items() if result != "0"}, {"NVM": str(errno.EBADMSG)})
            traffic.wait_moving()
        with chip_fault("nvm=missing"):
            with expect_raises(CommandError):
                ethtool(f"-t {near} online")
            with expect_raises(CommandError):
                ethtool(f"-e {near} length 128")
            traffic.wait_moving()
    expect_eq((traffic.rx.lost, traffic.tx.lost), (0, 0))
    expect_eq([line.partition(": self-test: ")[2] for line in log.lines() if "self-test" in line],
              ["the NVM is bad (-EBADMSG)"] * 2)
    expect_in("The test result is PASS", ethtool(f"-t {near} online"))
    expect_eq(ethtool(f"-e {near} length 128"), before)


def alternate_address(bed):
    """It goes before the card's own, for frames as well."""
    before = bed.near.mac
    bed.near.unbind()
    with chip_fault("nvm=alternate"):
        bed.near.bind()
    bed.near.up()
    expect_eq(bed.near.mac, mac(0x77))
    with Traffic(bed):
        pass
    expect_works(bed, "vmq")
    expect_eq(bed.near.mac, before)


if __name__ == "__main__":
    main(refused, switched_off_again, goes_bad_while_in_use, alternate_address, setup=Bed)
