#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=180
"""Each macvlan and macvtap has a queue of its own, in every mode; without one it works in software, says so, and waits."""

import contextlib

from lib import (Bed, Capture, KernelLog, Station, Steering, expect_eq, expect_in, ip, keeps_link, mac, main,
                 statistics)
from lib.trace import Trace


def one_to_seven(bed, kind):
    steer = Steering(bed, channels=1)
    steer.offload()
    before = statistics(steer.near)["station_fallbacks"]
    stations = []
    for number in range(7):
        mode = ("bridge", "vepa", "private")[number % 3]
        stations.append(Station(steer, f"vm{number}", mac(0x20 + number), mode, kind))
        expect_eq(stations[-1].queue, 7 - number)
    expect_eq(steer.owners(), {0: ("default", steer.near), **{7 - n: ("station", f"vm{n}") for n in range(7)}})
    with contextlib.ExitStack() as catches:
        for number, station in enumerate(stations):
            catches.enter_context(station.catching(2 << number))
        steer.expect(*((mac(0x20 + number), None, 7 - number) for number in range(7)), (mac(0x27), None, 0))
    expect_eq(statistics(steer.near)["station_fallbacks"], before)


@keeps_link
def seven_macvlans(bed):
    one_to_seven(bed, "macvlan")


@keeps_link
def seven_macvtaps(bed):
    one_to_seven(bed, "macvtap")


def eighth(bed, kind):
    steer = Steering(bed, channels=1)
    steer.offload()
    stations = [Station(steer, f"vm{number}", mac(0x20 + number), kind=kind) for number in range(7)]
    before = statistics(steer.near)["station_fallbacks"]
    log, trace = KernelLog(at_end=True), Trace("vmq/vmq_filter_set", "vmq/vmq_filter_move")
    last = Station(steer, "vm7", mac(0x27), kind=kind)
    expect_eq(statistics(steer.near)["station_fallbacks"], before + 1)
    expect_in("vm7 gets no queue of its own: all 7 queues for virtual machines are in use", "".join(log.lines()))
    (name, text), = trace.take()
    expect_eq((name, text.partition(" ")[2].split(" ", 1)[1]),
              ("vmq_filter_set", f"{mac(0x27)} vlan=untagged/0 queue=0 owner=station: no queue is left"))
    expect_eq(last.queue, None)
    expect_eq(steer.places()[mac(0x27), "untagged"], "no queue is left")
    with contextlib.ExitStack() as catches:
        for number, station in enumerate((*stations, last)):
            catches.enter_context(station.catching(2 << number))
        steer.expect(*((mac(0x20 + number), None, 7 - number) for number in range(8)))

    # it gets the first queue that is given back, without being asked
    stations[3].delete()
    steer.expect_on(0, mac(0x23))
    expect_eq(last.queue, 4)
    expect_in("vm7 gets queue 4", "".join(log.lines()))
    expect_in(("vmq_filter_move", f"{mac(0x27)} vlan=untagged/0 queue=4 owner=station: in hardware"),
              [(name, text.partition(" ")[2].split(" ", 1)[1]) for name, text in trace.take()])
    expect_eq(steer.places()[mac(0x27), "untagged"], "hardware")
    with last.catching(2):
        steer.expect_on(4, mac(0x27))


@keeps_link
def eighth_macvlan(bed):
    eighth(bed, "macvlan")


@keeps_link
def eighth_macvtap(bed):
    eighth(bed, "macvtap")


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
    station = Station(steer, "vm0", mac(0x20))
    expect_eq(station.queue, None)
    with station.catching(2):
        steer.expect_on(0, mac(0x20))
    expect_eq(steer.owners(), {0: ("default", steer.near)})


def more_than_one_queue(bed):
    """A macvlan with two queues cannot be a station: received frames would carry a number that it does not have."""
    steer = Steering(bed, channels=1)
    steer.offload()
    for name, queues in (("vm1", "numtxqueues 2"), ("vm2", "numrxqueues 2")):
        before = statistics(steer.near)["station_fallbacks"]
        log = KernelLog(at_end=True)
        ip(f"link add link {steer.near} name {name} address {mac(0x20)} {queues} type macvlan mode bridge")
        ip(f"link set {name} up")
        expect_in(f"{name} gets no queue of its own: a station has one queue, it wants more", "".join(log.lines()))
        expect_eq(statistics(steer.near)["station_fallbacks"], before + 1)
        expect_eq(steer.owners(), {0: ("default", steer.near)})
        catch = Capture(name)
        steer.sender.burst(mac(0x20), mac(0xfe), 10, to=catch)
        expect_eq(catch.numbers(10), list(range(10)))
        ip(f"link del {name}")


if __name__ == "__main__":
    main(off_by_default, seven_macvlans, seven_macvtaps, eighth_macvlan, eighth_macvtap, channels_count, more_than_one_queue,
         setup=Bed)
