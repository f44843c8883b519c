#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120
"""Each macvlan has a queue of its own, in every mode; when there is none it works in software, says so, and waits for one."""

from lib import Bed, KernelLog, Station, Steering, expect_eq, expect_in, expect_ne, mac, main, statistics


def one_to_seven(bed):
    steer = Steering(bed, channels=1)
    steer.offload()
    for number in range(7):
        station = Station(steer, f"vm{number}", mac(0x20 + number), ("bridge", "vepa", "private")[number % 3])
        expect_eq(station.queue, 7 - number)
    expect_eq(steer.owners(), {0: ("default", steer.near), **{7 - n: ("station", f"vm{n}") for n in range(7)}})
    steer.expect(*((mac(0x20 + number), None, 7 - number) for number in range(7)), (mac(0x27), None, 0))
    expect_eq(statistics(steer.near)["station_fallbacks"], 0)


def eighth_in_software(bed):
    steer = Steering(bed, channels=1)
    steer.offload()
    stations = [Station(steer, f"vm{number}", mac(0x20 + number)) for number in range(7)]
    before = statistics(steer.near)["station_fallbacks"]
    log = KernelLog(at_end=True)
    eighth = Station(steer, "vm7", mac(0x27))
    expect_eq(statistics(steer.near)["station_fallbacks"], before + 1)
    expect_in("vm7 gets no queue of its own: all 7 queues for virtual machines are in use", "".join(log.lines()))
    expect_eq(eighth.queue, None)
    with eighth.catching(2):
        steer.expect_on(0, mac(0x27))
    with stations[3].catching(2):
        steer.expect_on(4, mac(0x23))

    # it gets the first queue that is given back, without being asked
    stations[3].delete()
    steer.expect_on(0, mac(0x23))
    expect_eq(eighth.queue, 4)
    with eighth.catching(2):
        steer.expect_on(4, mac(0x27))


def channels_count(bed):
    """Queues that ethtool -L reserved are not for stations."""
    steer = Steering(bed, channels=7)
    steer.offload()
    first, second = (Station(steer, f"vm{number}", mac(0x20 + number)) for number in range(2))
    expect_eq((first.queue, second.queue), (7, None))
    steer.rule(1, mac(0x10), 6)
    steer.expect((mac(0x20), None, 7), (mac(0x21), None, 0), (mac(0x10), None, 6))


def off_by_default(bed):
    steer = Steering(bed, channels=1)
    steer.offload(False)
    station = Station(steer, "vm0", mac(0x20))
    expect_eq(station.queue, None)
    with station.catching(2):
        steer.expect_on(0, mac(0x20))
    expect_ne(steer.owners(), {})


if __name__ == "__main__":
    main(off_by_default, one_to_seven, eighth_in_software, channels_count, setup=Bed)
