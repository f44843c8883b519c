#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: driver=igb
"""A test can pull the cable of the virtual host it runs in."""

from lib import Bed, Qmp, expect_eq, main


def cable(bed):
    qmp = Qmp()
    qmp.cable("near", False)
    bed.near.wait_carrier(False)
    qmp.cable("near", True)
    bed.near.wait_carrier()


def a_second_client_is_served(_bed):
    expect_eq(Qmp()("query-status")["status"], "running")


if __name__ == "__main__":
    main(cable, a_second_client_is_served, setup=Bed)
