#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: native-hotplug expect-log=AER:|PCIe
"""A fatal PCIe error, and one more: the slot is reset, the port recovers, its settings and filters survive."""

from lib import Bed, main, recovers_from


def fatal(bed):
    recovers_from(bed, "DLP")


if __name__ == "__main__":
    main(fatal, setup=Bed)
