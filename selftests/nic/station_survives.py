#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120
# invariant: A5
"""Stations outlive whatever else is done to the port below."""

from lib import Bed, StationPair, ethtool, main, write


def down_and_up(bed):
    pair = StationPair(bed)
    bed.near.down()
    bed.near.up()
    pair.expect_work()


def function_level_reset(bed):
    pair = StationPair(bed)
    write(f"{bed.near.sysfs}/reset", "1")
    pair.expect_work()


def resize_and_channels(bed):
    pair = StationPair(bed)
    ethtool(f"-G {bed.near.ifname} rx 256 tx 256")
    ethtool(f"-L {bed.near.ifname} combined 4")
    pair.expect_work()


def opened_while_the_port_is_down(bed):
    bed.near.down()
    pair = StationPair(bed)
    bed.near.up()
    pair.expect_work()


if __name__ == "__main__":
    main(down_and_up, function_level_reset, resize_and_channels, opened_while_the_port_is_down, setup=Bed)
