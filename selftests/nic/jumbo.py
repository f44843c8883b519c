#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120
"""Frames of several descriptors pass both ways unharmed; longer ones than the MTU allows do not."""

from lib import Bed, Capture, Sender, deltas, defer, expect_eq, ip, mac, main, numbered, ping

# lengths around the borders of a receive buffer of 2048 bytes, and the longest
SIZES = (60, 61, 1514, 2047, 2048, 2049, 4095, 4096, 4097, 8191, 8192, 8193, 9013, 9014)


def set_mtu(port, mtu):
    old = port.link()["mtu"]
    ip(f"link set {port.ifname} mtu {mtu}", netns=port.netns)
    defer(ip, f"link set {port.ifname} mtu {old}", netns=port.netns)
    port.wait_carrier()


def frame(dst, src, size, seq):
    """A numbered frame, every byte of it different from its neighbours."""
    data = numbered(dst, src, seq)[:38]
    return data + bytes((index * 31 + (index >> 8) + seq) & 255 for index in range(size - len(data)))


def both_ways(bed):
    set_mtu(bed.near, 9000)
    set_mtu(bed.far, 9000)
    for source, target in ((bed.far, bed.near), (bed.near, bed.far)):
        catch = Capture(target.ifname, target.netns, ethertype=0x88B5)
        dst, src = target.mac, source.mac
        frames = [frame(dst, src, size, seq) for seq, size in enumerate(SIZES * 8)]
        Sender(source.ifname, source.netns).send(*frames, to=catch)
        expect_eq([caught.data for caught in catch.frames()], frames)


def counted_once(bed):
    set_mtu(bed.near, 9000)
    set_mtu(bed.far, 9000)
    catch = Capture(bed.near.ifname)
    with deltas(bed.near.ifname) as delta:
        Sender(bed.far.ifname, bed.far.netns).burst(bed.near.mac, mac(2), 30, size=9014, to=catch)
    delta.expect_rx({0: 30})
    delta.expect_rx({0: 30 * 9014}, "bytes")


def by_ip(bed):
    set_mtu(bed.near, 9000)
    set_mtu(bed.far, 9000)
    bed.addresses()
    ping("192.0.2.2", options="-M do -s 8972")
    ping("2001:db8::2", options="-M do -s 8952")


def too_long_is_dropped(bed):
    """The chip cannot tell tagged frames from others, so 8 bytes more may pass, not 9."""
    set_mtu(bed.far, 9216)
    sender = Sender(bed.far.ifname, bed.far.netns)
    for mtu in (1500, 9000):
        set_mtu(bed.near, mtu)
        catch = Capture(bed.near.ifname)
        with deltas(bed.near.ifname) as delta:
            sender.burst(bed.near.mac, mac(2), 10, start=10, size=mtu + 14 + 9)
            sender.burst(bed.near.mac, mac(2), 10, size=mtu + 14, to=catch)
        expect_eq(catch.numbers(), list(range(10)), f"MTU {mtu}")
        delta.expect_rx({0: 10})


if __name__ == "__main__":
    main(both_ways, counted_once, by_ip, too_long_is_dropped, setup=Bed)
