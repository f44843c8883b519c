#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120
"""The chip cuts large TCP sends into segments of the right size with right headers and check sums."""

import contextlib
import socket
import struct

from lib import (Bed, Capture, Fail, defer, ethtool, expect_eq, expect_ge, expect_le, inside, ip, main, queue_stats,
                 wrong_checksums)

SIZE = 200_000
MSS_FRAME = 1514


def transfer(family, near_address, far_address):
    """SIZE bytes from near to far; what arrived."""
    with inside("far"):
        server = socket.create_server((far_address, 0), family=family)
    with contextlib.closing(server), socket.socket(family, socket.SOCK_STREAM) as client:
        client.bind((near_address, 0))
        client.settimeout(20)
        client.connect(server.getsockname()[:2])
        peer, _ = server.accept()
        data = bytes(index * 7 % 251 for index in range(SIZE))
        got = bytearray()
        with peer:
            peer.settimeout(20)
            sent = 0
            client.setblocking(False)
            while len(got) < SIZE:
                with contextlib.suppress(BlockingIOError):
                    sent += client.send(data[sent:sent + 65536]) if sent < SIZE else 0
                part = peer.recv(65536)
                if not part:
                    break
                got += part
        if got != data:
            raise Fail(f"{len(got)} bytes arrived, or they are not what was sent")


def segments(catch, family):
    """[(frame, sequence number, payload length)] of TCP frames with data that the far port received."""
    found = []
    for frame in catch.frames():
        data = frame.data
        ethertype = struct.unpack_from("!H", data, 12)[0]
        if family == socket.AF_INET and ethertype == 0x0800 and data[23] == 6:
            start, length = 34, struct.unpack_from("!H", data, 16)[0] - 20
        elif family == socket.AF_INET6 and ethertype == 0x86DD and data[20] == 6:
            start, length = 54, struct.unpack_from("!H", data, 18)[0]
        else:
            continue
        payload = length - (data[start + 12] >> 4) * 4
        if payload:
            found.append((data, struct.unpack_from("!I", data, start + 4)[0], payload))
    return found


def check(bed, family, near_address, far_address, segmented=True, tag=0):
    near = bed.near.ifname
    catch = Capture(bed.far.ifname, bed.far.netns)
    before = queue_stats(near)[("tx", 0)]
    transfer(family, near_address, far_address)
    after = queue_stats(near)[("tx", 0)]
    gained = {name: after[name] - before[name] for name in after if name.startswith("tx-")}
    found = segments(catch, family)

    expect_le(max(len(data) for data, _, _ in found), MSS_FRAME)
    expect_ge(sum(payload for _, _, payload in found), SIZE)
    expect_ge(sum(len(data) == MSS_FRAME for data, _, _ in found), SIZE // MSS_FRAME - 20, "full-sized segments")
    expect_eq([wrong_checksums(data) for data, _, _ in found if wrong_checksums(data)], [])
    # every byte is there, with no gap between the sequence numbers
    first = found[0][1]
    covered = set()
    for _, seq, payload in found:
        covered.update(range((seq - first) % 2**32, (seq - first) % 2**32 + payload))
    expect_eq(covered, set(range(SIZE)))

    if segmented:
        expect_ge(gained["tx-hw-gso-packets"], 1)
        expect_ge(gained["tx-hw-gso-wire-packets"], 2 * gained["tx-hw-gso-packets"])
        expect_ge(gained["tx-hw-gso-bytes"], SIZE // 2)
    else:
        expect_eq(gained["tx-hw-gso-packets"], 0)
    # packets and bytes are those on the wire
    expect_ge(gained["tx-packets"], len(found))
    expect_ge(gained["tx-bytes"], sum(len(data) + tag for data, _, _ in found) - tag * len(found))


def ipv4(bed):
    check(bed, socket.AF_INET, "192.0.2.1", "192.0.2.2")


def ipv6(bed):
    check(bed, socket.AF_INET6, "2001:db8::1", "2001:db8::2")


def in_a_vlan(bed):
    for port, number in ((bed.near, 1), (bed.far, 2)):
        ip(f"link add link {port.ifname} name vlan7 type vlan id 7", netns=port.netns)
        defer(ip, "link del vlan7", netns=port.netns)
        ip(f"addr add 198.51.100.{number}/24 dev vlan7", netns=port.netns)
        ip("link set vlan7 up", netns=port.netns)
    check(bed, socket.AF_INET, "198.51.100.1", "198.51.100.2", tag=4)


def switched_off(bed):
    ethtool(f"-K {bed.near.ifname} tso off")
    defer(ethtool, f"-K {bed.near.ifname} tso on")
    check(bed, socket.AF_INET, "192.0.2.1", "192.0.2.2", segmented=False)
    check(bed, socket.AF_INET6, "2001:db8::1", "2001:db8::2", segmented=False)


def setup():
    bed = Bed()
    bed.addresses()
    # the far end must show the segments as they came
    ethtool(f"-K {bed.far.ifname} gro off", netns="far")
    return bed


if __name__ == "__main__":
    main(ipv4, ipv6, in_a_vlan, switched_off, setup=setup)
