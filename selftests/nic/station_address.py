#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120
"""A station that changes its address while it is up is followed: the new one on its queue, the old one on the default's."""

from lib import Bed, KernelLog, Station, Steering, expect_eq, expect_in, ip, keeps_link, mac, main, statistics


@keeps_link
def new_address(bed):
    steer = Steering(bed, channels=1)
    steer.offload()
    station = Station(steer, "vm0", mac(0x20))
    station.add_vlan(10)
    other = Station(steer, "vm1", mac(0x21))
    for address, old in ((mac(0x30), mac(0x20)), (mac(0x31), mac(0x30)), (mac(0x20), mac(0x31))):
        ip(f"link set vm0 address {address}", netns="vm0")
        expect_eq((station.queue, other.queue), (7, 6))
        with station.catching(2):
            steer.expect((address, None, 7), (address, 10, 7), (old, None, 0), (old, 10, 0), (mac(0x21), None, 6))
    station.delete()
    steer.expect((mac(0x20), None, 0), (mac(0x30), None, 0), (mac(0x31), None, 0), (mac(0x21), None, 6))


@keeps_link
def while_down(bed):
    steer = Steering(bed, channels=1)
    steer.offload()
    station = Station(steer, "vm0", mac(0x20))
    station.down()
    ip(f"link set vm0 address {mac(0x30)}", netns="vm0")
    station.up()
    with station.catching(2):
        steer.expect((mac(0x30), None, 7), (mac(0x20), None, 0))


@keeps_link
def steered_already(bed):
    """An address of which a rule has steered all VLANs: the station, which asks for the untagged frames, still gets these."""
    steer = Steering(bed, channels=2)
    steer.offload()
    steer.rule(1, mac(0x30), 1)
    steer.rule(2, mac(0x31), 1)
    station = Station(steer, "vm0", mac(0x20))
    ip(f"link set vm0 address {mac(0x30)}", netns="vm0")
    with station.catching(8):
        steer.expect((mac(0x20), None, 0), (mac(0x31), None, 1), (mac(0x30), None, 7))
    ip(f"link set vm0 address {mac(0x20)}", netns="vm0")
    with station.catching(2):
        steer.expect((mac(0x20), None, 7), (mac(0x30), None, 1))


@keeps_link
def cannot_follow(bed):
    """One of its VLANs is steered elsewhere at the new address: its queue is the next station's until it has another one."""
    steer = Steering(bed, channels=6)
    steer.offload()
    steer.rule(1, mac(0x30), 1, vlan=10)
    stations = [Station(steer, f"vm{number}", mac(0x20 + number)) for number in range(3)]
    stations[0].add_vlan(10)
    expect_eq([station.queue for station in stations], [7, 6, None])
    before = statistics(steer.near)["station_fallbacks"]
    log = KernelLog(at_end=True)
    ip(f"link set vm0 address {mac(0x30)}", netns="vm0")
    expect_in("vm0 gets no queue of its own: 00:00:5e:00:53:30 is steered already, with the same VLAN", "".join(log.lines()))
    expect_eq(statistics(steer.near)["station_fallbacks"], before + 1)
    expect_eq([station.queue for station in stations], [None, 6, 7])
    with stations[0].catching(2), stations[2].catching(8):
        steer.expect((mac(0x30), None, 0), (mac(0x30), 10, 1), (mac(0x22), None, 7), (mac(0x20), None, 0))

    # back: in software as long as there is no queue, then with one, and its VLAN
    ip(f"link set vm0 address {mac(0x20)}", netns="vm0")
    expect_eq([station.queue for station in stations], [None, 6, 7])
    with stations[0].catching(2):
        steer.expect((mac(0x20), None, 0), (mac(0x20), 10, 0), (mac(0x30), None, 0), (mac(0x30), 10, 1))
    stations[1].delete()
    expect_eq(stations[0].queue, 6)
    with stations[0].catching(2):
        steer.expect((mac(0x20), None, 6), (mac(0x20), 10, 6))
    # and once more, with a queue to be had at once
    ip(f"link set vm0 address {mac(0x30)}", netns="vm0")
    ip(f"link set vm0 address {mac(0x31)}", netns="vm0")
    expect_eq(stations[0].queue, 6)
    with stations[0].catching(2):
        steer.expect((mac(0x31), None, 6), (mac(0x31), 10, 6), (mac(0x30), 10, 1), (mac(0x20), None, 0))


@keeps_link
def offload_off_meanwhile(bed):
    """A station that could not follow is there without the offload, too, and leaves nothing behind."""
    steer = Steering(bed, channels=2)
    steer.rule(1, mac(0x30), 1, vlan=10)
    before = steer.tables()
    steer.offload()
    station = Station(steer, "vm0", mac(0x20))
    station.add_vlan(10)
    ip(f"link set vm0 address {mac(0x30)}", netns="vm0")
    steer.offload(False)
    with station.catching(2):
        steer.expect((mac(0x30), None, 0), (mac(0x30), 10, 1))
    station.delete()
    expect_eq(steer.tables(), before)


if __name__ == "__main__":
    main(new_address, while_down, steered_already, cannot_follow, offload_off_meanwhile, setup=Bed)
