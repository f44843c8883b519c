#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120
"""Nothing is spread by flows: with eight channels all those for the port's own address come by queue 0."""

from lib import Bed, Capture, Sender, Steering, deltas, expect_eq, mac, main, tcp, udp

FLOWS = 64
ADDRESSES = (("198.51.100.1", "198.51.100.{}"), ("2001:db8:1::1", "2001:db8:1::{:x}"))


def flows(dst):
    """UDP and TCP, IPv4 and IPv6, of as many senders and ports each."""
    return [make(dst, mac(2), here, there.format(2 + number), 5000 + number, 6000 + 7 * number,
                 number.to_bytes(4))
            for make in (udp, tcp) for here, there in ADDRESSES for number in range(FLOWS)]


def by_the_default_queue(bed):
    steer = Steering(bed, channels=8)
    frames = flows(bed.near.mac)
    catch = Capture(steer.near)
    with deltas(steer.near) as delta:
        Sender(bed.far.ifname, bed.far.netns).send(*frames, to=catch)
        expect_eq(len(catch.frames(len(frames))), len(frames))
    delta.expect_rx({0: len(frames)})


def by_the_filters_queue(bed):
    """Nor are those that a rule steers elsewhere."""
    steer = Steering(bed, channels=8)
    steer.rule(1, mac(0x20), 5)
    frames = flows(mac(0x20))
    catch = Capture(steer.near)
    with deltas(steer.near) as delta:
        Sender(bed.far.ifname, bed.far.netns).send(*frames, to=catch)
        expect_eq(len(catch.frames(len(frames))), len(frames))
    delta.expect_rx({5: len(frames)})


if __name__ == "__main__":
    main(by_the_default_queue, by_the_filters_queue, setup=Bed)
