#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=240
# invariant: C8
"""Broadcasts and the multicasts that stations and the VMs behind bridge ports listen to reach each of them once, with
nothing promiscuous: neighbour discovery, mDNS, VRRP, tagged and not."""

import collections
import socket
import struct

from lib import (BROADCAST, Bed, Capture, Client, Sender, Station, Steering, add_netns, bridge, cmd, defer, expect_eq, inside, ip,
                 mac, main, number, numbered, set_ipv6, wait_until)

GROUPS = {"neighbour discovery": "33:33:ff:00:00:21", "mDNS": "01:00:5e:00:00:fb", "mDNS, IPv6": "33:33:00:00:00:fb",
          "VRRP": "01:00:5e:00:00:12"}
NOBODYS = "01:00:5e:7f:00:01"

VRRP = 112
# what is said: (family, kind, protocol, group, port)
SPOKEN = {"mDNS": (socket.AF_INET, socket.SOCK_DGRAM, 0, "224.0.0.251", 5353),
          "mDNS, IPv6": (socket.AF_INET6, socket.SOCK_DGRAM, 0, "ff02::fb", 5353),
          "VRRP": (socket.AF_INET, socket.SOCK_RAW, VRRP, "224.0.0.18", 0)}


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


def give_addresses(netns, ifname, net, host):
    set_ipv6(True, ifname, netns)
    defer(set_ipv6, False, ifname, netns)
    defer(ip, f"addr flush dev {ifname}", netns=netns)
    ip(f"addr add 2001:db8:{net}::{host:x}/64 dev {ifname} nodad", netns=netns)
    ip(f"addr add 198.51.{net}.{host}/24 dev {ifname}", netns=netns)


class Speaker:
    """The far end: it says what mDNS and VRRP say to their groups, untagged or in VLAN 10, from IPv4 and IPv6."""

    def __init__(self):
        ip("link add link far0 name far0.10 type vlan id 10", netns="far")
        defer(ip, "link del far0.10", netns="far")
        ip("link set far0.10 up", netns="far")
        for ifname, net in (("far0", 1), ("far0.10", 2)):
            give_addresses("far", ifname, net, 2)

    @staticmethod
    def say(ifname, what):
        """One datagram to each group."""
        with inside("far"):
            index = socket.if_nametoindex(ifname)
            for family, kind, protocol, group, port in SPOKEN.values():
                with socket.socket(family, kind, protocol) as out:
                    if family == socket.AF_INET:
                        out.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, struct.pack("@4s4si", b"", b"", index))
                    else:
                        out.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
                    out.sendto(what, (group, port))


class Listener:
    """A program on one interface that has joined the groups, as the stack lets programs do it."""

    def __init__(self, netns, ifname):
        self.name = f"{netns} {ifname}"
        self.sockets = {}
        with inside(netns):
            index = socket.if_nametoindex(ifname)
            for what, (family, kind, protocol, group, port) in SPOKEN.items():
                ear = socket.socket(family, kind, protocol)
                ear.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, ifname.encode())
                address = socket.inet_pton(family, group)
                if family == socket.AF_INET:
                    ear.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, struct.pack("@4s4si", address, b"", index))
                else:
                    ear.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                    ear.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, struct.pack("@16si", address, index))
                ear.bind(("", port))
                ear.setblocking(False)
                self.sockets[what] = ear
                defer(ear.close)
        self.heard = collections.Counter()

    def listen(self):
        for what, ear in self.sockets.items():
            try:
                while True:
                    # a raw socket has the IP header, too
                    self.heard[what, ear.recv(2000)[-1:]] += 1
            except BlockingIOError:
                pass
        return self.heard


def expect_spoken(speaker, listeners, said):
    """@said is {interface of the far end: what it says}; each listener shall hear what its VLAN's says, once."""
    for ifname, word in said.items():
        speaker.say(ifname, word)
    for listener, word in listeners.items():
        wanted = {(what, word): 1 for what in SPOKEN}
        wait_until(lambda l=listener, w=wanted: l.listen().total() >= len(w), what=f"{listener.name} hears")
    # a second copy would have come by now
    speaker.say("far0", b"9")
    for listener, word in listeners.items():
        if word == said["far0"]:
            wait_until(lambda l=listener: l.listen()["VRRP", b"9"], what=f"{listener.name} hears the end")
        heard = {key: count for key, count in listener.listen().items() if key[1] != b"9"}
        expect_eq(heard, {(what, word): 1 for what in SPOKEN}, listener.name)


def ping_finds(*addresses):
    for address in addresses:
        cmd(f"ping -c 3 -l 3 -i 10 -W 10 {address}", netns="far", timeout=60)


def stations_by_their_stacks(bed):
    """IPv6 finds a station, and the VLAN on top of it, by its solicited-node group; mDNS and VRRP reach who joined."""
    steer = Steering(bed, channels=1)
    steer.offload()
    listeners = {}
    for number_ in range(2):
        station = Station(steer, f"vm{number_}", mac(0x20 + number_))
        vlan = station.add_vlan(10)
        station.up(vlan)
        for net, ifname, word in ((1, station.name, b"1"), (2, vlan, b"2")):
            give_addresses(station.netns, ifname, net, 0x20 + number_)
            listeners[Listener(station.netns, ifname)] = word
    speaker = Speaker()
    ping_finds("2001:db8:1::20", "2001:db8:2::20", "2001:db8:1::21", "2001:db8:2::21")
    expect_spoken(speaker, listeners, {"far0": b"1", "far0.10": b"2"})
    expect_eq((bed.near.link()["promiscuity"], "ALLMULTI" in bed.near.link()["flags"]), (0, False))


def add_bridge(bed):
    """VMs behind ports that are told by hand what there is, so that the bridge leaves the port's filters on."""
    near = bed.near.ifname
    ip("link add br0 type bridge vlan_filtering 1 mcast_snooping 0")
    defer(ip, "link del br0")
    vms = []
    for index in range(2):
        vm, address = add_netns(f"vm{index}"), mac(0x20 + index)
        ip(f"link add p{index} type veth peer name eth0 address {address} netns {vm}")
        set_ipv6(False, f"p{index}")
        ip(f"link set p{index} master br0 up")
        bridge(f"link set dev p{index} learning off flood off")
        bridge(f"vlan add vid 10 dev p{index}")
        # in each of the port's VLANs
        bridge(f"fdb add {address} dev p{index} master static")
        ip("link add link eth0 name eth0.10 type vlan id 10", netns=vm)
        for ifname in ("eth0", "eth0.10"):
            ip(f"link set {ifname} up", netns=vm)
        vms.append(vm)
    set_ipv6(False, "br0")
    ip("link set br0 up")
    ip(f"link set {near} master br0")
    defer(ip, f"link set {near} nomaster")
    bridge(f"vlan add vid 10 dev {near}")
    for port in ("p0", "p1", near):
        wait_until(lambda p=port: bridge(f"link show dev {p}", json=True)[0]["state"] == "forwarding", what=f"{port} forwards")
    return vms


def bridge_ports(bed):
    """The same for VMs behind a Linux bridge, while the chip filters: it has a queue for somebody else."""
    client = Client(bed)
    client.open("alice")
    client.ready("alice", "q", "s0", (mac(0x30), "any"))
    listeners = {}
    for index, vm in enumerate(add_bridge(bed)):
        for net, ifname, word in ((1, "eth0", b"1"), (2, "eth0.10", b"2")):
            give_addresses(vm, ifname, net, 0x20 + index)
            listeners[Listener(vm, ifname)] = word
    expect_eq(bed.near.link()["promiscuity"], 0)
    speaker = Speaker()
    ping_finds("2001:db8:1::20", "2001:db8:2::20", "2001:db8:1::21", "2001:db8:2::21")
    expect_spoken(speaker, listeners, {"far0": b"1", "far0.10": b"2"})
    client.expect((mac(0x30), None, "s0"), (mac(0x30), 10, "s0"))
    expect_eq(client.filters()["q0"][1], "hardware")
    expect_eq(bed.near.link()["promiscuity"], 0)


if __name__ == "__main__":
    main(once_each, stations_by_their_stacks, bridge_ports, setup=Bed)
