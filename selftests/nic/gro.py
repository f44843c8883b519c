#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120
"""TCP segments that come together are joined, on the default queue and on a station's; with GRO off each stays as it is."""

from lib import (Bed, Capture, Sender, Station, Steering, comment, defer, deltas, ethtool, expect_eq, expect_ge, expect_le, mac,
                 main, tcp, without_memory)

SEGMENTS, PAYLOAD = 32, 1000
HEADERS = 14 + 20 + 20


def payload(number):
    return bytes((number + index) % 251 for index in range(PAYLOAD))


def arrive(bed, address, queue, ifname, netns=None):
    """Payload lengths of what the stack was given of SEGMENTS segments of one flow, which came all at once."""
    frames = [tcp(address, mac(2), "198.51.100.1", "198.51.100.2", 80, 4000, payload(number), seq=1 + number * PAYLOAD)
              for number in range(SEGMENTS)]
    catch = Capture(ifname, netns)
    with deltas(bed.near.ifname) as delta:
        with without_memory(bed):
            Sender(bed.far.ifname, bed.far.netns).send(*frames, pace=False)
        caught, lengths = b"", []
        while len(caught) < SEGMENTS * PAYLOAD and catch.wait_for(1):
            for frame in catch.frames(0):
                lengths.append(len(frame.data) - HEADERS)
                caught += frame.data[HEADERS:]
    delta.expect_rx({queue: SEGMENTS})
    expect_eq(caught == b"".join(map(payload, range(SEGMENTS))), True, "all bytes, in order")
    comment(f"{ifname}: {lengths}")
    return lengths


def expect_joined(lengths):
    expect_le(len(lengths), SEGMENTS // 2)
    expect_ge(max(lengths, default=0), 4 * PAYLOAD)


def on_and_off(bed, *where):
    expect_joined(arrive(bed, *where))
    ethtool(f"-K {bed.near.ifname} gro off")
    defer(ethtool, f"-K {bed.near.ifname} gro on")
    expect_eq(arrive(bed, *where), [PAYLOAD] * SEGMENTS)


def default_queue(bed):
    on_and_off(bed, bed.near.mac, 0, bed.near.ifname)


def station(bed):
    """macvlan takes what the port says for itself."""
    steer = Steering(bed, channels=1)
    steer.offload()
    one = Station(steer, "vm0", mac(0x20))
    on_and_off(bed, mac(0x20), one.queue, one.name, one.netns)


if __name__ == "__main__":
    main(default_queue, station, setup=Bed)
