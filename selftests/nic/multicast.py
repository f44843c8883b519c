#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120
"""Multicasts of joined groups arrive, at queue 0; others do not, until all are asked for."""

import socket
import struct

from lib import Bed, Capture, Sender, cmd, defer, deltas, ethtool, expect_eq, inside, ip, mac, main, wait_until
from lib.frames import ETH_P_TEST, number

JOINED, OTHER = "01:00:5e:00:53:0a", "01:00:5e:00:53:b0"


def burst(bed, group, count=10):
    """How many of @count frames for a group the chip let pass; at queue 0, and each once."""
    near = bed.near.ifname
    catch = Capture(near, ethertype=ETH_P_TEST)
    sender = Sender(bed.far.ifname, bed.far.netns)
    with deltas(near) as delta:
        sender.burst(group, mac(2), count)
        numbers = [number(frame.data)[1] for frame in catch.frames_before_last(sender)]
    # the group may have been joined meanwhile
    expect_eq(numbers, sorted(set(numbers)))
    delta.expect_rx({0: len(numbers) + 1})
    return len(numbers)


def link_layer_group(bed):
    near = bed.near.ifname
    ethtool(f"-L {near} combined 4")
    defer(ethtool, f"-L {near} combined 1")
    expect_eq(burst(bed, JOINED), 0)
    ip(f"maddr add {JOINED} dev {near}")
    defer(cmd, f"ip maddr del {JOINED} dev {near} 2>/dev/null || true")
    wait_until(lambda: burst(bed, JOINED) == 10, what="the joined group arrives")
    expect_eq(burst(bed, OTHER), 0)
    ip(f"maddr del {JOINED} dev {near}")
    wait_until(lambda: burst(bed, JOINED) == 0, what="the group that was left arrives no more")


def many_groups(bed):
    near = bed.near.ifname
    groups = [f"01:00:5e:01:00:{number:02x}" for number in range(0, 128, 8)]
    for group in groups:
        ip(f"maddr add {group} dev {near}")
        defer(ip, f"maddr del {group} dev {near}")
    wait_until(lambda: burst(bed, groups[-1]) == 10, what="the last group arrives")
    catch = Capture(near)
    for seq, group in enumerate(groups):
        Sender(bed.far.ifname, bed.far.netns).burst(group, mac(2), 1, start=seq, to=catch)
    expect_eq(catch.numbers(), list(range(len(groups))))
    # the hash looks at the last 12 bits: these are none of the above
    expect_eq(burst(bed, "01:00:5e:01:00:03"), 0)
    expect_eq(burst(bed, "01:00:5e:01:10:00"), 0)


def all_multicast(bed):
    near = bed.near.ifname
    ip(f"link set {near} allmulticast on")
    defer(ip, f"link set {near} allmulticast off")
    wait_until(lambda: burst(bed, OTHER) == 10, what="any group arrives")
    expect_eq(burst(bed, "33:33:00:00:53:99"), 10)
    ip(f"link set {near} allmulticast off")
    wait_until(lambda: burst(bed, OTHER) == 0, what="other groups arrive no more")


def survives_down_and_up(bed):
    near = bed.near.ifname
    ip(f"maddr add {JOINED} dev {near}")
    defer(ip, f"maddr del {JOINED} dev {near}")
    bed.near.down()
    bed.near.up()
    wait_until(lambda: burst(bed, JOINED) == 10, what="the joined group arrives")
    expect_eq(burst(bed, OTHER), 0)


def ip_groups(bed):
    """Groups that a program joins by IP, version 4 and 6: the datagrams reach it."""
    bed.addresses()
    near = bed.near.ifname
    index = socket.if_nametoindex(near)
    with inside("far"):
        far_index = socket.if_nametoindex(bed.far.ifname)
        senders = {family: socket.socket(family, socket.SOCK_DGRAM) for family in (socket.AF_INET, socket.AF_INET6)}
    senders[socket.AF_INET].setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, struct.pack("@4s4si", b"", b"", far_index))
    senders[socket.AF_INET6].setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, far_index)
    for family, group in ((socket.AF_INET, "233.252.0.7"), (socket.AF_INET6, "ff02::db8:7")):
        listener = socket.socket(family, socket.SOCK_DGRAM)
        defer(listener.close)
        defer(senders[family].close)
        listener.settimeout(0.3)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(("", 4000))
        address = socket.inet_pton(family, group)
        if family == socket.AF_INET:
            membership = socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, struct.pack("@4s4si", address, b"", index)
        else:
            membership = socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, struct.pack("@16si", address, index)
        expect_eq(heard(senders[family], listener, group), False)
        listener.setsockopt(*membership)
        wait_until(lambda s=senders[family], l=listener, g=group: heard(s, l, g), what=f"{group} is heard")


def heard(sender, listener, group):
    sender.sendto(b"hello", (group, 4000))
    try:
        return listener.recv(100) == b"hello"
    except TimeoutError:
        return False


if __name__ == "__main__":
    main(link_layer_group, many_groups, all_multicast, survives_down_and_up, ip_groups, setup=Bed)
