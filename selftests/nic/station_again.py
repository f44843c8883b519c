#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A station that goes gives its queue back, with nothing of it left; the next one begins afresh."""

from lib import Bed, Station, Steering, expect_eq, mac, main


def delete_and_create(bed):
    steer = Steering(bed, channels=1)
    steer.offload()
    before = steer.tables()
    for turn in range(4):
        station = Station(steer, f"vm{turn}", mac(0x20))
        expect_eq(station.queue, 7)
        with station.catching(2):
            steer.expect_on(7, mac(0x20))
        station.delete()
        expect_eq(steer.tables(), before)
        expect_eq(steer.owners(), {0: ("default", steer.near)})
    steer.expect_on(0, mac(0x20))


def down_and_up(bed):
    steer = Steering(bed, channels=1)
    steer.offload()
    station = Station(steer, "vm0", mac(0x20))
    station.add_vlan(10)
    for _ in range(2):
        station.down()
        expect_eq(station.queue, None)
        steer.expect((mac(0x20), None, 0), (mac(0x20), 10, 0))
        station.up()
        with station.catching(2):
            steer.expect((mac(0x20), None, 7), (mac(0x20), 10, 7))


if __name__ == "__main__":
    main(delete_and_create, down_and_up, setup=Bed)
