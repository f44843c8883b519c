#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""ethtool -L cannot take a station's queue, and says whose it is."""

from lib import (Bed, CommandError, KernelLog, Station, Steering, carrier_changes, ethtool, expect_eq, expect_in,
                 expect_raises, mac, main)


def held_by_a_station(bed):
    steer = Steering(bed, channels=2)
    steer.offload()
    station = Station(steer, "vm0", mac(0x20))
    before, changes = steer.owners(), carrier_changes(steer.near)
    log = KernelLog(at_end=True)
    with expect_raises(CommandError) as error:
        ethtool(f"-L {steer.near} combined 8")
    expect_in("Device or resource busy", error.exception.output)
    expect_in("ethtool -L: queue 7 belongs to vm0", "".join(log.lines()))
    expect_eq(steer.owners(), before)
    with station.catching(2):
        steer.expect_on(7, mac(0x20))

    ethtool(f"-L {steer.near} combined 7")
    station.delete()
    ethtool(f"-L {steer.near} combined 8")
    steer.rule(1, mac(0x20), 7)
    steer.expect_on(7, mac(0x20))
    expect_eq(carrier_changes(steer.near), changes)


if __name__ == "__main__":
    main(held_by_a_station, setup=Bed)
