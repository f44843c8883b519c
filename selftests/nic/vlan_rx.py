#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120
# invariant: C7
"""A received VLAN tag reaches the stack whole, whether the chip takes it out of the frame or not."""

from lib import BROADCAST, Bed, Capture, Sender, defer, deltas, ethtool, expect_eq, ip, mac, main, numbered, ping, set_ipv6

TAGS = ((7, 0), (7, 5), (100, 7), (4094, 1))
GROUP = "01:00:5e:00:53:07"


def add_vlans(bed):
    for vid in sorted({vid for vid, _ in TAGS}):
        ip(f"link add link {bed.near.ifname} name vlan{vid} type vlan id {vid}")
        defer(ip, f"link del vlan{vid}")
        set_ipv6(False, f"vlan{vid}")
        ip(f"link set vlan{vid} up")


def check(bed, extra):
    """@extra: bytes of each frame beyond the untagged ones, as the driver counts them."""
    near = bed.near.ifname
    add_vlans(bed)
    ip(f"maddr add {GROUP} dev {near}")
    defer(ip, f"maddr del {GROUP} dev {near}")
    catch = Capture(near)
    on_the_vlan = Capture("vlan7")
    sender = Sender(bed.far.ifname, bed.far.netns)
    for dst in (bed.near.mac, BROADCAST, GROUP):
        for vid, pcp in TAGS:
            with deltas(near) as delta:
                # 64 bytes with the tag, 60 without
                sender.burst(dst, mac(2), 10, vlan=vid, pcp=pcp, size=64, to=catch)
            delta.expect_rx({0: 10})
            delta.expect_rx({0: 10 * (60 + extra)}, "bytes")
            frames = catch.frames()
            expect_eq([(frame.tci, frame.tpid) for frame in frames], [(pcp << 13 | vid, 0x8100)] * 10)
            expect_eq([frame.data for frame in frames], [numbered(dst, mac(2), seq) for seq in range(10)])
    # and each came out at its VLAN's own device
    expect_eq(on_the_vlan.numbers(), list(range(10)) * 6)


def stripped(bed):
    check(bed, 0)


def left_in_the_frame(bed):
    ethtool(f"-K {bed.near.ifname} rxvlan off")
    defer(ethtool, f"-K {bed.near.ifname} rxvlan on")
    check(bed, 4)


def two_tags(bed):
    """A VLAN within a VLAN takes frames as long as any other, both ways."""
    for port, host in ((bed.near, 1), (bed.far, 2)):
        name = port.ifname
        ip(f"link add link {name} name outer type vlan id 10", netns=port.netns)
        defer(ip, "link del outer", netns=port.netns)
        ip("link add link outer name inner type vlan id 20", netns=port.netns)
        ip(f"addr add 198.51.100.{host}/24 dev inner", netns=port.netns)
        for link in ("outer", "inner"):
            ip(f"link set {link} up", netns=port.netns)
    ping("198.51.100.2", options="-M do -s 1472")


if __name__ == "__main__":
    main(stripped, left_in_the_frame, two_tags, setup=Bed)
