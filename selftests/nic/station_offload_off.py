#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""l2-fwd-offload off while stations are up: they go on in software; on again, each has a queue when next opened."""

from lib import Bed, Capture, Sender, Station, Steering, deltas, expect_eq, mac, main


def off_and_on(bed):
    steer = Steering(bed, channels=1)
    steer.offload()
    stations = [Station(steer, f"vm{number}", mac(0x20 + number)) for number in range(2)]
    stations[0].add_vlan(10)
    steer.offload(False)
    expect_eq(steer.owners(), {0: ("default", steer.near)})
    for station in stations:
        with station.catching(2):
            steer.expect((station.address, None, 0))
    catch = Capture(bed.far.ifname, bed.far.netns)
    with deltas(steer.near) as delta:
        Sender("vm0", "vm0").burst(bed.far.mac, mac(0x20), 10, to=catch)
    expect_eq({queue: count for queue, count in delta.tx().items() if count}, {0: 10})

    steer.offload()
    steer.expect((mac(0x20), None, 0), (mac(0x21), None, 0))
    for station, queue in zip(stations, (7, 6)):
        station.down()
        station.up()
        with station.catching(2):
            steer.expect((station.address, None, queue))
    steer.expect((mac(0x20), 10, 7), (mac(0x21), 10, 0))


if __name__ == "__main__":
    main(off_and_on, setup=Bed)
