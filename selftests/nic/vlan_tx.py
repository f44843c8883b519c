#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Frames of a VLAN device leave with its tag, put in by the chip or by the stack."""

from lib import (Bed, Capture, Sender, defer, deltas, ethtool, expect_eq, expect_true, ip, mac, main, number, numbered,
                 set_ipv6, wait_until)


def check(bed, extra):
    """@extra: bytes of each frame beyond the untagged ones, as the driver counts them."""
    near, far = bed.near.ifname, bed.far.ifname
    for vid in (7, 4094):
        ip(f"link add link {near} name vlan{vid} type vlan id {vid} egress-qos-map 0:5")
        defer(ip, f"link del vlan{vid}")
        set_ipv6(False, f"vlan{vid}")
        ip(f"link set vlan{vid} up")
        catch = Capture(far, "far", promisc=True)
        with deltas(near) as delta:
            Sender(f"vlan{vid}").burst(mac(2), mac(1), 20, to=catch)
            wait_until(lambda d=delta: sent(near, d) >= 20, what="all frames are completed")
        frames = catch.frames()
        expect_eq([(frame.tci, frame.tpid) for frame in frames], [(5 << 13 | vid, 0x8100)] * 20)
        expect_eq([frame.data for frame in frames], [numbered(mac(2), mac(1), seq) for seq in range(20)])
        expect_eq(delta.tx()[0], 20)
        expect_eq(delta.tx("bytes")[0], 20 * (60 + extra))

    # The tag of one frame must not stick to the next. Not in the order of capture: of what one poll has received, the
    # stack shows captures first what has a tag.
    catch = Capture(far, "far", promisc=True)
    tagged, plain = Sender("vlan7"), Sender(near)
    for seq in range(0, 20, 2):
        tagged.burst(mac(2), mac(1), 1, start=seq)
        plain.burst(mac(2), mac(1), 1, start=seq + 1)
    tags = {number(frame.data): frame.tci for frame in catch.frames(20)}
    expect_eq(tags, {(0, seq): None if seq % 2 else 5 << 13 | 7 for seq in range(20)})


def sent(ifname, delta):
    with deltas(ifname) as now:
        pass
    return now.after[("tx", 0, "packets")] - delta.before[("tx", 0, "packets")]


def by_the_chip(bed):
    check(bed, 0)


def by_the_stack(bed):
    ethtool(f"-K {bed.near.ifname} txvlan off")
    defer(ethtool, f"-K {bed.near.ifname} txvlan on")
    check(bed, 4)


def far_shows_tags(bed):
    """The far end would also show a frame without a tag."""
    catch = Capture(bed.far.ifname, "far", promisc=True)
    Sender(bed.near.ifname).burst(mac(2), mac(1), 1)
    frames = catch.frames(1)
    expect_true(frames and frames[0].tci is None)


if __name__ == "__main__":
    main(by_the_chip, by_the_stack, far_shows_tags, setup=Bed)
