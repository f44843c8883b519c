#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""One port goes from vmq to igb and back while the other stays where it is."""

from lib import Bed, Traffic, ethtool, expect_eq, expect_in, main, write


def rebind(bed, driver):
    """As the manual shows it."""
    write(f"{bed.near.sysfs}/driver/unbind", bed.near.pci)
    write(f"{bed.near.sysfs}/driver_override", driver)
    write("/sys/bus/pci/drivers_probe", bed.near.pci)


def there_and_back(bed):
    for driver in ("igb", "vmq") * 2:
        rebind(bed, driver)
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
