#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Installed and loaded by its name, vmq comes behind igb, which keeps all ports but the one that is given to vmq; it knows every 82576."""

import os
import shutil

from lib import FAR_PCI, NEAR_PCI, Port, cmd, defer, expect_eq, expect_true, main, write
from lib.bed import MODULES

AUTOPROBE = "/sys/bus/pci/drivers_autoprobe"
# of Intel, as README.md lists them
DEVICES = ("10c9", "10e6", "10e7", "10e8", "150a", "150d", "1518", "1526")


def install(root, path):
    """A place for modprobe with vmq, igb and what igb needs; depmod of all modules takes a minute here."""
    where = f"{root}/lib/modules/{os.uname().release}"
    os.makedirs(where)
    defer(shutil.rmtree, root)
    needed = [line.split()[1] for line in cmd("modprobe --show-depends igb").splitlines() if line.startswith("insmod")]
    for module in (path, *needed):
        shutil.copy(module, where)
    cmd(f"depmod -b {root}")


def by_name():
    ports = Port("near0", NEAR_PCI, "vmq"), Port("far0", FAR_PCI, "igb")
    for port in ports:
        defer(port.give_back)
    install("/tmp/installed", f"{MODULES}/vmq/vmq.ko")
    # as on a machine where nobody has turned it off
    defer(write, AUTOPROBE, "0")
    write(AUTOPROBE, "1")
    cmd("modprobe -d /tmp/installed vmq")
    expect_true(os.path.exists("/sys/module/vmq"), "vmq is loaded")
    expect_eq([port.bound for port in ports], ["igb", "igb"])
    ports[0].bind()
    expect_eq([port.bound for port in ports], ["vmq", "igb"])


def knows_its_devices():
    wanted = [f"pci:v00008086d0000{device.upper()}sv*sd*bc*sc*i*" for device in DEVICES]
    expect_eq(sorted(cmd(f"modinfo -F alias {MODULES}/vmq/vmq.ko").split()), wanted)


if __name__ == "__main__":
    main(by_name, knows_its_devices)
