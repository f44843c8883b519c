#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The chip fills in the check sums of TCP, UDP and SCTP, IPv4 and IPv6; without the offload they are right as well."""

import errno
import socket
import struct

from lib import (Bed, Capture, CommandError, Skip, cmd, defer, ethtool, expect_eq, expect_ge, expect_true, main,
                 patience, ping, queue_stats, wrong_checksums)
from lib.frames import MAGIC, crc32c

COUNT = 20
FAMILIES = ((socket.AF_INET, "192.0.2.2"), (socket.AF_INET6, "2001:db8::2"))
SCTP_INIT = 1


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
        ping(address)
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
        ping(address)
        catch = Capture(bed.far.ifname, bed.far.netns)
        before = needed(near)
        send_udp(family, address)
        expect_right(caught(catch))
        expect_eq(needed(near) - before, 0, f"check sums left to the chip, {address}")


def tcp(bed):
    """A connection that nobody answers, with and without the chip: every frame of it is a short one."""
    near = bed.near.ifname
    defer(ethtool, f"-K {near} tx on tso on")
    for offload in ("on", "off"):
        ethtool(f"-K {near} tx {offload}")
        expect_tcp(bed, offload == "on")


def expect_tcp(bed, by_the_chip):
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
        left = needed(bed.near.ifname) - before
        expect_true(left >= 5 if by_the_chip else left == 0, f"check sums left to the chip, {address}: {left}")


def sctp_packets(catch, family):
    """The SCTP in the caught frames."""
    ethertype, head, protocol_at = (b"\x08\x00", 20, 23) if family == socket.AF_INET else (b"\x86\xdd", 40, 20)
    return [frame.data[14 + head:] for frame in catch.frames()
            if frame.data[12:14] == ethertype and frame.data[protocol_at] == socket.IPPROTO_SCTP]


def sctp(bed):
    """Its check sum is a CRC: a request for an association, with and without the chip."""
    near = bed.near.ifname
    try:
        cmd("modprobe sctp")
    except CommandError:
        raise Skip("this kernel has no SCTP") from None
    defer(ethtool, f"-K {near} tx-checksum-sctp on")
    for offload, left in (("on", 1), ("off", 0)):
        ethtool(f"-K {near} tx-checksum-sctp {offload}")
        for family, address in FAMILIES:
            ping(address)
            catch = Capture(bed.far.ifname, bed.far.netns)
            before = needed(near)
            with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_SCTP) as client:
                client.settimeout(patience(5))
                expect_eq(client.connect_ex((address, 4000)), errno.ECONNREFUSED)
            packets = sctp_packets(catch, family)
            expect_eq([packet[12] for packet in packets], [SCTP_INIT])
            for packet in packets:
                expect_eq(struct.unpack_from("<I", packet, 8)[0], crc32c(packet[:8] + bytes(4) + packet[12:]), address)
            expect_eq(needed(near) - before, left, f"check sums left to the chip, {address}")


def setup():
    bed = Bed()
    bed.addresses()
    return bed


if __name__ == "__main__":
    main(udp_by_the_chip, udp_without_the_chip, tcp, sctp, setup=setup)
