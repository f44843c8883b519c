#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: driver=igb
"""The bed itself: what one port sends the other receives, all of it, once, in order."""

from lib import Bed, Capture, Sender, deltas, expect_eq, mac, main, ping


def burst_arrives_exactly(bed):
    catch = Capture(bed.near.ifname)
    with deltas(bed.near.ifname) as delta:
        Sender(bed.far.ifname, bed.far.netns).burst(bed.near.mac, mac(0x10), 5000, to=catch)
    expect_eq(catch.numbers(), list(range(5000)))
    delta.expect_rx({0: 5000})


def silence_is_silent(bed):
    Capture(bed.near.ifname, promisc=True).expect_none(1)
    Capture(bed.far.ifname, bed.far.netns, promisc=True).expect_none(1)


def paced_burst_arrives(bed):
    catch = Capture(bed.near.ifname)
    Sender(bed.far.ifname, bed.far.netns).burst(bed.near.mac, mac(0x10), 500)
    expect_eq(catch.numbers(), list(range(500)))


def tag_arrives(bed):
    catch = Capture(bed.near.ifname, promisc=True)
    Sender(bed.far.ifname, bed.far.netns).burst(bed.near.mac, mac(0x10), 1, vlan=7, pcp=5)
    frame = catch.frames(1)[0]
    expect_eq(frame.tci, 5 << 13 | 7)
    expect_eq(frame.tpid, 0x8100)


def speaks(bed):
    bed.addresses()
    ping("192.0.2.2")
    ping("2001:db8::2")


if __name__ == "__main__":
    main(burst_arrives_exactly, paced_burst_arrives, silence_is_silent, tag_arrives, speaks, setup=Bed)
