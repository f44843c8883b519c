#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Without the port's VLAN filter a station still gets its own frames only: the rest of its queue is checked in software."""

from lib import Bed, Capture, Station, Steering, defer, deltas, ethtool, expect_eq, ip, mac, main


def unfiltered(bed, steer):
    station = Station(steer, "vm0", mac(0x20))
    vlan = station.add_vlan(10)
    station.up(vlan)
    port = Capture(steer.near)
    with deltas(steer.near) as delta, station.catching(2), station.catching(4, vlan):
        steer.expect((mac(0x20), None, 7), (mac(0x20), 10, 7), (mac(0x20), 20, 7), (mac(0x21), None, 0), (mac(0x21), 20, 0))
    expect_eq({queue: count for queue, count in delta.rx("redirected").items() if count}, {7: 8})
    seen = [(frame.data[:6].hex(), frame.tci) for frame in port.frames()]
    # the macvlan took its VLAN 20 frames from the port, as it does without an offload
    expect_eq({key: seen.count(key) for key in seen if key[0] != "ffffffffffff"},
              {("00005e005320", 20): 8, ("00005e005321", None): 16, ("00005e005321", 20): 32})


def filter_off(bed):
    steer = Steering(bed, channels=1)
    steer.offload()
    ethtool(f"-K {steer.near} rx-vlan-filter off")
    defer(ethtool, f"-K {steer.near} rx-vlan-filter on")
    unfiltered(bed, steer)


def promiscuous(bed):
    steer = Steering(bed, channels=1)
    steer.offload()
    ip(f"link set {steer.near} promisc on")
    defer(ip, f"link set {steer.near} promisc off")
    unfiltered(bed, steer)


if __name__ == "__main__":
    main(filter_off, promiscuous, setup=Bed)
