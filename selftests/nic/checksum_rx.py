#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120
"""The chip checks received check sums: right ones spare the stack the work, wrong ones are counted and dropped there."""

import re

from lib import Capture, Sender, defer, ethtool, expect_eq, main, queue_counters, queue_stats, tcp, udp, wait_until
from lib.checksums import ADDRESSES, PORT, bed_without_gro, frames_of, listener, received

COUNT, SIZE = 20, 31


def snmp(name):
    """A counter of the stack: "Udp.InCsumErrors", or of IPv6, which has other files."""
    if "6" in name:
        with open("/proc/net/snmp6", encoding="ascii") as table:
            return int(re.search(rf"^{name.replace('.', '')}\s+(\d+)", table.read(), re.MULTILINE)[1])
    group, counter = name.split(".")
    with open("/proc/net/netstat" if group == "IpExt" else "/proc/net/snmp", encoding="ascii") as table:
        names, values = [line.split()[1:] for line in table if line.startswith(f"{group}:")]
    return int(values[names.index(counter)])


def verdicts(bed):
    row = queue_stats(bed.near.ifname)[("rx", 0)]
    counts = {name: row[f"rx-csum-{name}"] for name in ("unnecessary", "none", "bad")}
    counts["in -S"] = queue_counters(bed.near.ifname)[("rx", 0, "csum_bad")]
    return counts


def send(bed, frames):
    """How the chip judged @frames; they must arrive unchanged whatever it says."""
    catch = Capture(bed.near.ifname)
    before = verdicts(bed)
    Sender(bed.far.ifname, bed.far.netns).send(*frames, to=catch)
    arrived = [frame.data for frame in catch.frames() if frame.kind == 0 and frame.data in frames]
    expect_eq(arrived, frames)
    after = verdicts(bed)
    return {name: after[name] - before[name] for name in after}


def right_is_unnecessary(bed):
    for make in (udp, tcp):
        for addresses in ADDRESSES:
            counts = send(bed, frames_of(bed, make, addresses, COUNT, SIZE))
            expect_eq((counts["unnecessary"], counts["bad"], counts["in -S"]), (COUNT, 0, 0), f"{make} {addresses}")


def wrong_is_dropped(bed):
    errors = {udp: ("Udp.InCsumErrors", "Udp6.InCsumErrors"), tcp: ("Tcp.InCsumErrors", "Tcp.InCsumErrors")}
    for make in (udp, tcp):
        for addresses, counter in zip(ADDRESSES, errors[make]):
            before = snmp(counter)
            with listener(addresses[0]) as sock:
                counts = send(bed, frames_of(bed, make, addresses, COUNT, SIZE, bad_checksum=True))
                expect_eq(len(received(sock)), 0)
            expect_eq((counts["unnecessary"], counts["bad"], counts["in -S"]), (0, COUNT, COUNT), f"{make} {addresses}")
            wait_until(lambda c=counter, b=before: snmp(c) >= b + COUNT, what=counter)
            expect_eq(snmp(counter) - before, COUNT)


def right_udp_is_delivered(bed):
    for addresses in ADDRESSES:
        sock = listener(addresses[0])
        send(bed, frames_of(bed, udp, addresses, COUNT, SIZE))
        expect_eq(len(received(sock)), COUNT)


def wrong_ip_header_is_dropped(bed):
    frames = [frame[:24] + bytes((frame[24] ^ 0x55,)) + frame[25:]
              for frame in frames_of(bed, udp, ADDRESSES[0], COUNT, SIZE)]
    before = snmp("Ip.InHdrErrors"), snmp("IpExt.InCsumErrors")
    sock = listener(ADDRESSES[0][0])
    counts = send(bed, frames)
    expect_eq((counts["unnecessary"], counts["bad"]), (0, COUNT))
    expect_eq((snmp("Ip.InHdrErrors") - before[0], snmp("IpExt.InCsumErrors") - before[1]), (COUNT, COUNT))
    expect_eq(len(received(sock)), 0)


def nothing_to_check(bed):
    """What is not TCP or UDP is left to the stack."""
    frame = udp(bed.near.mac, bed.far.mac, *ADDRESSES[0], PORT, PORT + 1, b"x" * 30)
    frames = [frame[:12] + b"\x88\xb5" + frame[14:]] * COUNT
    counts = send(bed, frames)
    expect_eq((counts["unnecessary"], counts["none"], counts["bad"]), (0, COUNT, 0))


def switched_off(bed):
    near = bed.near.ifname
    ethtool(f"-K {near} rx off")
    defer(ethtool, f"-K {near} rx on")
    sock = listener(ADDRESSES[0][0])
    counts = send(bed, frames_of(bed, udp, ADDRESSES[0], COUNT, SIZE))
    expect_eq((counts["unnecessary"], counts["none"], counts["bad"]), (0, COUNT, 0))
    expect_eq(len(received(sock)), COUNT)
    before = snmp("Udp.InCsumErrors")
    send(bed, frames_of(bed, udp, ADDRESSES[0], COUNT, SIZE, bad_checksum=True))
    expect_eq(snmp("Udp.InCsumErrors") - before, COUNT)
    expect_eq(len(received(sock)), 0)


if __name__ == "__main__":
    main(right_is_unnecessary, wrong_is_dropped, right_udp_is_delivered, wrong_ip_header_is_dropped, nothing_to_check,
         switched_off, setup=bed_without_gro)
