#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The chip fills in the check sums of TCP and UDP, IPv4 and IPv6; without the offload they are right as well."""

import socket

from lib import Bed, Capture, defer, ethtool, expect_eq, expect_ge, main, queue_stats, wrong_checksums
from lib.frames import MAGIC

COUNT = 20
FAMILIES = ((socket.AF_INET, "192.0.2.2"), (socket.AF_INET6, "2001:db8::2"))


def payload(seq):
    # an odd length is the harder case
    return MAGIC + bytes((0, 0, 0, 0, 0, 0, 0, seq)) + b"x" * (seq * 3)


def needed(near):
    return queue_stats(near)[("tx", 0)]["tx-needs-csum"]


def send_udp(family, address):
    with socket.socket(family, socket.SOCK_DGRAM) as sender:
        for seq in range(COUNT):
            sender.sendto(payload(seq), (address, 4000))


def caught(catch):
    """The test's own frames, {sequence number: frame}."""
    found = {}
    for frame in catch.frames():
        at = frame.data.find(MAGIC)
        if at > 0:
            found[frame.data[at + len(MAGIC) + 7]] = frame.data
    return found


def expect_right(frames):
    expect_eq(sorted(frames), list(range(COUNT)))
    expect_eq({seq: wrong_checksums(data) for seq, data in frames.items() if wrong_checksums(data)}, {})


def udp_by_the_chip(bed):
    for family, address in FAMILIES:
        # whoever is behind the address is found out before anything is counted
        send_udp(family, address)
        catch = Capture(bed.far.ifname, bed.far.netns)
        before = needed(bed.near.ifname)
        send_udp(family, address)
        expect_right(caught(catch))
        expect_eq(needed(bed.near.ifname) - before, COUNT, f"check sums left to the chip, {address}")


def udp_without_the_chip(bed):
    near = bed.near.ifname
    ethtool(f"-K {near} tx off")
    defer(ethtool, f"-K {near} tx on tso on")
    for family, address in FAMILIES:
        send_udp(family, address)
        catch = Capture(bed.far.ifname, bed.far.netns)
        before = needed(near)
        send_udp(family, address)
        expect_right(caught(catch))
        expect_eq(needed(near) - before, 0, f"check sums left to the chip, {address}")


def tcp_by_the_chip(bed):
    """A connection that nobody answers: every frame of it is a short one."""
    for family, address in FAMILIES:
        catch = Capture(bed.far.ifname, bed.far.netns)
        before = needed(bed.near.ifname)
        for _ in range(5):
            with socket.socket(family, socket.SOCK_STREAM) as client:
                client.settimeout(2)
                try:
                    client.connect((address, 4000))
                except ConnectionRefusedError:
                    pass
        protocol_at = 23 if family == socket.AF_INET else 20
        ethertype = b"\x08\x00" if family == socket.AF_INET else b"\x86\xdd"
        frames = [frame.data for frame in catch.frames()
                  if frame.data[12:14] == ethertype and frame.data[protocol_at] == socket.IPPROTO_TCP]
        expect_ge(len(frames), 5)
        expect_eq([wrong_checksums(frame) for frame in frames if wrong_checksums(frame)], [])
        expect_ge(needed(bed.near.ifname) - before, 5, f"check sums left to the chip, {address}")


def setup():
    bed = Bed()
    bed.addresses()
    return bed


if __name__ == "__main__":
    main(udp_by_the_chip, udp_without_the_chip, tcp_by_the_chip, setup=setup)
