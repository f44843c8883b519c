#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What the device and its port are, as devlink tells it: the same as ethtool, lspci and the NVM do."""

import os
import re

from lib import Bed, cmd, devlink, ethtool, expect_eq, expect_in, expect_not_in, ip, main


def handle(bed):
    return f"pci/{bed.near.pci}"


def board(bed):
    """What words 8 and 9 of the NVM say."""
    shown = ethtool(f"-e {bed.near.ifname} offset 16 length 4")
    low, high, low2, high2 = re.search(r"^0x[0-9a-f]+:\s+((?:[0-9a-f]{2} ?){4})", shown, re.MULTILINE)[1].upper().split()
    return f"{high}{low}{high2}-0{low2}"


def device(bed):
    shown = devlink(f"dev info {handle(bed)}", json=True)["info"][handle(bed)]
    expect_eq(shown["driver"], "vmq")
    revision = cmd(f"setpci -s {bed.near.pci} REVISION").strip()
    expect_eq(shown["versions"]["fixed"], {"asic.id": "82576", "asic.rev": revision, "board.id": board(bed)})
    firmware = re.search(r"^firmware-version: (\S+)$", ethtool(f"-i {bed.near.ifname}"), re.MULTILINE)[1]
    expect_eq(shown["versions"]["running"], {"fw": firmware})
    serial = re.search(r"Device Serial Number (\S+)", cmd(f"lspci -vv -s {bed.near.pci}"))
    expect_eq(shown.get("serial_number"), serial and serial[1])


def port(bed):
    """The netdev, under whatever name it goes, is the device's physical port; its name is not devlink's to make."""
    def shown():
        ports = devlink("port show", json=True)["port"]
        return {name: port for name, port in ports.items() if name.startswith(f"{handle(bed)}/")}

    expect_eq(shown(), {f"{handle(bed)}/0": {"type": "eth", "netdev": bed.near.ifname, "flavour": "physical", "port": 0,
                                            "splittable": False}})
    expect_not_in("phys_port_name", ip(f"-d link show {bed.near.ifname}", json=True)[0])
    bed.near.down()
    ip(f"link set {bed.near.ifname} name other0")
    expect_eq(shown()[f"{handle(bed)}/0"]["netdev"], "other0")
    ip(f"link set other0 name {bed.near.ifname}")
    expect_eq(shown()[f"{handle(bed)}/0"]["netdev"], bed.near.ifname)


def comes_and_goes(bed):
    expect_in(handle(bed), devlink("dev show", json=True)["dev"])
    bed.near.unbind()
    expect_not_in(handle(bed), devlink("dev show", json=True)["dev"])
    bed.near.bind()
    expect_in(handle(bed), devlink("dev show", json=True)["dev"])
    expect_eq(os.listdir(f"{bed.near.sysfs}/net"), [bed.near.ifname])


if __name__ == "__main__":
    main(device, port, comes_and_goes, setup=Bed)
