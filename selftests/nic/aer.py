#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: expect-log=AER:|PCIe
"""A PCIe error that is not fatal, and one more: the port recovers, its settings and filters survive."""

from lib import Bed, main, recovers_from


def not_fatal(bed):
    recovers_from(bed, "COMP_TIME")


if __name__ == "__main__":
    main(not_fatal, setup=Bed)
