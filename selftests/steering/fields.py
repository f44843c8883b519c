#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120
# invariant: C2 C7 C12
"""Only destination address and VLAN decide: nothing else in a frame does, and the tag comes out whole, beside the frame."""

import random
import struct

from lib import Bed, Capture, Client, Sender, ethernet, expect_eq, mac, main

A = mac(0x20)


def all_but_the_key(bed):
    """Source, Ethertype, priority, payload and length vary; the queue does not."""
    client = Client(bed)
    client.open("alice")
    client.ready("alice", "q", "s0", (A, "10"))
    catch, port = Capture("s0", promisc=True), Capture(client.near)
    chance = random.Random(1)
    frames = []
    for turn in range(64):
        # not IPv4: the emulated chip does not send packets that are none
        kind = chance.choice((0x88B5, 0x86DD, 0x0806, 0x8847, 0x88CC, 0x9000))
        payload = struct.pack("!I", turn) + chance.randbytes(chance.randrange(46, 1400))
        frames.append(ethernet(A, mac(chance.randrange(0x40, 0x80)), kind, payload, vlan=10, pcp=chance.randrange(8),
                               dei=chance.randrange(2)))
    Sender(bed.far.ifname, bed.far.netns).send(*frames, to=catch)
    got = catch.frames(quiet=0.2)
    expect_eq([frame.data for frame in got], [frame[:12] + frame[16:] for frame in frames], "frames without their tags")
    expect_eq([frame.tci for frame in got], [struct.unpack_from("!H", frame, 14)[0] for frame in frames], "tags")
    expect_eq({frame.tpid for frame in got}, {0x8100})
    port.expect_none()


def tunnels(bed):
    """The outer addresses decide; what is inside is payload."""
    client = Client(bed)
    client.open("alice")
    client.ready("alice", "q", "s0", (A, "any"))
    catch, port = Capture("s0", promisc=True), Capture(client.near)
    inner = ethernet(A, mac(0x40), 0x0800, bytes(40))
    gre = struct.pack("!BBHHHBBH4s4sHH", 0x45, 0, 24 + len(inner), 0, 0, 64, 47, 0, bytes(4), bytes(4), 0, 0x6558) + inner
    sender = Sender(bed.far.ifname, bed.far.netns)
    sender.send(ethernet(bed.near.mac, mac(0x40), 0x0800, gre))
    expect_eq(len(port.frames(1)), 1)
    catch.expect_none()
    sender.send(ethernet(A, mac(0x40), 0x0800, gre.replace(inner, ethernet(mac(0x41), mac(0x40), 0x0800, bytes(40)))))
    expect_eq(len(catch.frames(1)), 1)
    port.expect_none()


if __name__ == "__main__":
    main(all_but_the_key, tunnels, setup=Bed)
