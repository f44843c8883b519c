#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120
"""Received check sums out of the ordinary: SCTP's, none at all, fragments, behind a tag; no wrong one is ever called right."""

import struct

from lib import Capture, Sender, defer, ethtool, expect_eq, ip, main, queue_stats, tcp, udp
from lib.checksums import ADDRESSES, bed_without_gro, frames_of, listener, received
from lib.frames import checksum, ipv4_fragments, sctp

COUNT, SIZE = 8, 32
TP_STATUS_CSUM_VALID = 0x80
RIGHT, WRONG = {"right": COUNT}, {"bad": COUNT}
UNKNOWN = {"unknown": COUNT}


def verdicts(bed):
    row = queue_stats(bed.near.ifname)[("rx", 0)]
    return {"right": row["rx-csum-unnecessary"], "unknown": row["rx-csum-none"], "bad": row["rx-csum-bad"]}


def judge(bed, frames, arrive=None):
    """How the chip judged @frames, {verdict: count}; the stack must have been told the same, and seen them as they were sent."""
    catch = Capture(bed.near.ifname)
    before = verdicts(bed)
    Sender(bed.far.ifname, bed.far.netns).send(*frames, to=catch)
    caught = [frame for frame in catch.frames() if frame.kind == 0]
    expect_eq([frame.data for frame in caught], arrive or frames)
    after = verdicts(bed)
    told = sum(bool(frame.status & TP_STATUS_CSUM_VALID) for frame in caught)
    expect_eq(told, after["right"] - before["right"], "frames that need no look of the stack at their check sum")
    return {name: after[name] - before[name] for name in after if after[name] != before[name]}


def crc(bed):
    """SCTP's CRC."""
    for addresses in ADDRESSES:
        expect_eq(judge(bed, frames_of(bed, sctp, addresses, COUNT, SIZE)), RIGHT, addresses)
        expect_eq(judge(bed, frames_of(bed, sctp, addresses, COUNT, SIZE, bad_checksum=True)), WRONG, addresses)


def none_at_all(bed):
    """UDP over IPv4 need not have one."""
    sock = listener(ADDRESSES[0][0])
    frames = [frame[:40] + b"\0\0" + frame[42:] for frame in frames_of(bed, udp, ADDRESSES[0], COUNT, SIZE)]
    expect_eq(judge(bed, frames), UNKNOWN)
    expect_eq(len(received(sock)), COUNT)


def fragments(bed):
    """Whose check sum is that of the whole packet: a piece for which it happens to fit is not right by that."""
    sock = listener(ADDRESSES[0][0])
    for bad in (False, True):
        frames = frames_of(bed, udp, ADDRESSES[0], COUNT, SIZE, bad_checksum=bad)
        pieces = [piece for ident, frame in enumerate(frames, 1) for piece in ipv4_fragments(frame, 24, ident)]
        expect_eq(judge(bed, pieces), {"unknown": 2 * COUNT}, f"{bad}")
        expect_eq(len(received(sock)), 0 if bad else COUNT)

    frames = []
    for ident, frame in enumerate(frames_of(bed, udp, ADDRESSES[0], COUNT, SIZE), 101):
        first, last = ipv4_fragments(frame, 24, ident)
        # right for the first piece, as if that were all
        body = first[34:40] + b"\0\0" + first[42:58]
        check = checksum(first[26:34] + struct.pack("!HH", 17, len(body)) + body)
        frames += [first[:40] + struct.pack("!H", check) + first[42:], last]
    expect_eq(judge(bed, frames), {"unknown": 2 * COUNT})
    expect_eq(received(sock), [])


def behind_a_tag(bed):
    """Whether the chip takes the tag off or not."""
    near = bed.near.ifname
    ip(f"link add link {near} name vlan7 type vlan id 7")
    defer(ip, "link del vlan7")
    defer(ethtool, f"-K {near} rxvlan on")
    for strip in ("on", "off"):
        ethtool(f"-K {near} rxvlan {strip}")
        for make in (udp, tcp, sctp):
            for addresses in ADDRESSES:
                for bad, verdict in ((False, RIGHT), (True, WRONG)):
                    frames = frames_of(bed, make, addresses, COUNT, SIZE, vlan=7, bad_checksum=bad)
                    # what the chip leaves the stack takes off
                    arrive = [frame[:12] + frame[16:] for frame in frames]
                    expect_eq(judge(bed, frames, arrive), verdict, f"{make.__name__} {addresses} rxvlan {strip}")


if __name__ == "__main__":
    main(crc, none_at_all, fragments, behind_a_tag, setup=bed_without_gro)
