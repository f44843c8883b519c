#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120
# invariant: A5
"""Stations outlive whatever else is done to the port below."""

from lib import Bed, Station, Steering, ethtool, expect_eq, ip, mac, main, wait_until, write


def with_stations(bed):
    steer = Steering(bed, channels=2)
    steer.offload()
    steer.rule(1, mac(0x10), 1)
    stations = [Station(steer, f"vm{number}", mac(0x20 + number)) for number in range(2)]
    stations[0].add_vlan(10)
    return steer, stations


def expect_stations(steer, stations):
    steer.bed.near.wait_carrier()
    for station in stations:
        wait_until(lambda name=station.name: "LOWER_UP" in ip(f"link show {name}", netns=name),
                   what=f"{station.name} has carrier")
    expect_eq([station.queue for station in stations], [7, 6])
    with stations[0].catching(4), stations[1].catching(16):
        steer.expect((mac(0x10), None, 1), (mac(0x20), None, 7), (mac(0x20), 10, 7),
                     (mac(0x21), None, 6), (mac(0x21), 10, 0))


def down_and_up(bed):
    steer, stations = with_stations(bed)
    bed.near.down()
    bed.near.up()
    expect_stations(steer, stations)


def function_level_reset(bed):
    steer, stations = with_stations(bed)
    write(f"{bed.near.sysfs}/reset", "1")
    expect_stations(steer, stations)


def resize_and_channels(bed):
    steer, stations = with_stations(bed)
    ethtool(f"-G {steer.near} rx 256 tx 256")
    ethtool(f"-L {steer.near} combined 4")
    expect_stations(steer, stations)


def opened_while_the_port_is_down(bed):
    bed.near.down()
    steer, stations = with_stations(bed)
    bed.near.up()
    expect_stations(steer, stations)


if __name__ == "__main__":
    main(down_and_up, function_level_reset, resize_and_channels, opened_while_the_port_is_down, setup=Bed)
