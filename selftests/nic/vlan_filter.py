#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120
"""The chip lets frames of registered VLANs pass and drops the others; more VLANs than it has entries still work."""

from lib import (BROADCAST, Bed, Capture, Sender, cmd, defer, deltas, ethtool, expect_eq, ip, mac, main, set_ipv6, wait_until)

MANY = 40  # the chip's table has 32 entries


def passes(bed, vid, dst=None, pcp=0):
    """How many of 10 frames with this tag reach the stack, and that they all came by queue 0."""
    catch = Capture(bed.near.ifname)
    sender = Sender(bed.far.ifname, bed.far.netns)
    with deltas(bed.near.ifname) as delta:
        sender.burst(dst or bed.near.mac, mac(2), 10, vlan=vid, pcp=pcp)
        frames = catch.frames_before_last(sender)
    expect_eq({frame.tci for frame in frames} - {pcp << 13 | vid if vid is not None else None}, set())
    delta.expect_rx({0: len(frames) + 1})
    return len(frames)


def unregistered_is_dropped(bed):
    ip(f"link add link {bed.near.ifname} name vlan7 type vlan id 7")
    defer(ip, "link del vlan7")
    set_ipv6(False, "vlan7")
    ip("link set vlan7 up")
    for dst in (bed.near.mac, BROADCAST):
        expect_eq(passes(bed, 7, dst), 10)
        expect_eq(passes(bed, 8, dst), 0)
        expect_eq(passes(bed, None, dst), 10)


def deleted_is_dropped(bed):
    ip(f"link add link {bed.near.ifname} name vlan9 type vlan id 9")
    defer(cmd, "ip link del vlan9 2>/dev/null || true")
    expect_eq(passes(bed, 9), 10)
    ip("link del vlan9")
    expect_eq(passes(bed, 9), 0)


def priority_tag_is_untagged(bed):
    expect_eq(passes(bed, 0, pcp=5), 10)
    expect_eq(passes(bed, 0, BROADCAST, pcp=5), 10)


def filter_off_passes_all(bed):
    near = bed.near.ifname
    ethtool(f"-K {near} rx-vlan-filter off")
    defer(ethtool, f"-K {near} rx-vlan-filter on")
    for vid in (0, 8, 4094):
        expect_eq(passes(bed, vid), 10)
        expect_eq(passes(bed, vid, BROADCAST), 10)
    ethtool(f"-K {near} rx-vlan-filter on")
    expect_eq(passes(bed, 8), 0)


def promiscuous_passes_all(bed):
    near = bed.near.ifname
    ip(f"link set {near} promisc on")
    defer(ip, f"link set {near} promisc off")
    wait_until(lambda: passes(bed, 8) == 10, what="a foreign VLAN passes")
    ip(f"link set {near} promisc off")
    wait_until(lambda: passes(bed, 8) == 0, what="a foreign VLAN is dropped again")


def more_than_the_table_holds(bed):
    near = bed.near.ifname
    vids = range(100, 100 + MANY)
    add = "".join(f"link add link {near} name vlan{vid} type vlan id {vid}\n" for vid in vids)
    cmd("ip -batch -", stdin=add)
    defer(lambda: cmd("ip -batch -", stdin="".join(f"link del vlan{vid}\n" for vid in vids if vid >= 110)))

    catch = Capture(near)
    sender = Sender(bed.far.ifname, bed.far.netns)
    for vid in vids:
        sender.burst(bed.near.mac, mac(2), 2, vlan=vid, to=catch)
        sender.burst(BROADCAST, mac(2), 1, vlan=vid, start=2, to=catch)
    expect_eq([frame.tci for frame in catch.frames()], [vid for vid in vids for _ in range(3)])

    # once they fit again the chip filters again
    cmd("ip -batch -", stdin="".join(f"link del vlan{vid}\n" for vid in vids if vid < 110))
    expect_eq(passes(bed, 100), 0)
    expect_eq(passes(bed, 8), 0)
    expect_eq(passes(bed, 110), 10)
    expect_eq(passes(bed, 139), 10)


if __name__ == "__main__":
    main(unregistered_is_dropped, deleted_is_dropped, priority_tag_is_untagged, filter_off_passes_all,
         promiscuous_passes_all, more_than_the_table_holds, setup=Bed)
