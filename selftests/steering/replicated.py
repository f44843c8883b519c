#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120
# invariant: C8
"""Broadcasts and the multicasts that stations listen to reach each of them once, with nothing promiscuous: neighbour
discovery, mDNS, VRRP, tagged and not."""

import collections

from lib import BROADCAST, Bed, Capture, Sender, Station, Steering, cmd, expect_eq, ip, mac, main, number, numbered

GROUPS = {"neighbour discovery": "33:33:ff:00:00:21", "mDNS": "01:00:5e:00:00:fb", "mDNS, IPv6": "33:33:00:00:00:fb",
          "VRRP": "01:00:5e:00:00:12"}
NOBODYS = "01:00:5e:7f:00:01"


def listen(ifname, netns):
    for group in GROUPS.values():
        ip(f"maddr add {group} dev {ifname}", netns=netns)


def once_each(bed):
    steer = Steering(bed, channels=1)
    steer.offload()
    stations = [Station(steer, f"vm{index}", mac(0x20 + index)) for index in range(3)]
    expect_eq([station.queue for station in stations], [7, 6, 5])
    vlans = [station.add_vlan(10) for station in stations[:2]]
    places = []
    for station in stations:
        listen(station.name, station.netns)
        places.append((station.name, station.netns, None))
    for station, vlan in zip(stations, vlans):
        station.up(vlan)
        listen(vlan, station.netns)
        places.append((vlan, station.netns, 10))
    catches = {(name, tag): Capture(name, netns) for name, netns, tag in places}
    expect_eq((bed.near.link()["promiscuity"], "ALLMULTI" in bed.near.link()["flags"]), (0, False))

    sender = Sender(bed.far.ifname, bed.far.netns)
    groups = [*GROUPS.values(), BROADCAST]
    for vlan in (None, 10):
        for flow, group in enumerate(groups, 1):
            frames = [numbered(group, mac(0xfe), seq, flow + (100 if vlan else 0), vlan=vlan) for seq in range(3)]
            sender.send(*frames)
    sender.send(numbered(NOBODYS, mac(0xfe), 0, 99))
    for (name, tag), catch in catches.items():
        # a station shows the tagged frames of the VLANs on top of it as well
        got = collections.Counter(number(frame.data) for frame in catch.frames(quiet=0.5) if frame.tci is None)
        base = 100 if tag else 0
        wanted = {(base + flow, seq): 1 for flow in range(1, len(groups) + 1) for seq in range(3)}
        expect_eq({key: count for key, count in got.items() if key and key[0] != 99}, wanted, name)


def discovered(bed):
    """IPv6 finds a station by its solicited-node group, and the VLAN on top of it."""
    steer = Steering(bed, channels=1)
    steer.offload()
    station = Station(steer, "vm0", mac(0x20))
    vlan = station.add_vlan(10)
    station.up(vlan)
    ip("link add link far0 name far0.10 type vlan id 10", netns="far")
    ip("link set far0.10 up", netns="far")
    for netns, ifname, address in ((station.netns, "vm0", "2001:db8:1::1"), (station.netns, vlan, "2001:db8:2::1"),
                                   ("far", "far0", "2001:db8:1::2"), ("far", "far0.10", "2001:db8:2::2")):
        cmd(f"sysctl -qw net.ipv6.conf.{ifname.replace('.', '/')}.disable_ipv6=0", netns=netns)
        ip(f"addr add {address}/64 dev {ifname} nodad", netns=netns)
    for address in ("2001:db8:1::1", "2001:db8:2::1"):
        cmd(f"ping -c 3 -l 3 -i 10 -W 10 {address}", netns="far", timeout=60)
    expect_eq((bed.near.link()["promiscuity"], "ALLMULTI" in bed.near.link()["flags"]), (0, False))


if __name__ == "__main__":
    main(once_each, discovered, setup=Bed)
