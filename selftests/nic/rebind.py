#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""One port goes from vmq to igb and back while the other stays where it is."""

from lib import Bed, NEAR_PCI, Traffic, cmd, ethtool, expect_eq, expect_in, main
from lib.bed import CHECKOUT

SHOWN = "0000:01:00.0"  # the port in README.md


def commands():
    """What README.md shows: three commands for each driver, first those that give the port to vmq."""
    with open(f"{CHECKOUT}/README.md", encoding="utf-8") as file:
        shown = [line.strip().replace(SHOWN, NEAR_PCI) for line in file if line.startswith("    echo ") and "/bus/pci/" in line]
    expect_eq([line.rpartition("/")[2] for line in shown], ["driver_override", "unbind", "drivers_probe"] * 2)
    return {"vmq": shown[:3], "igb": shown[3:]}


def rebind(driver):
    for line in commands()[driver]:
        cmd(line)


def there_and_back(bed):
    for driver in ("igb", "vmq") * 2:
        rebind(driver)
        expect_eq((bed.near.bound, bed.far.bound), (driver, "igb"))
        # bind() again only to give the interface its name
        bed.near.unbind()
        bed.near.bind(driver)
        bed.near.up()
        expect_in(f"driver: {driver}\n", ethtool(f"-i {bed.near.ifname}"))
        with Traffic(bed):
            pass


if __name__ == "__main__":
    main(there_and_back, setup=Bed)
