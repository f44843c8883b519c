#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A macvtap has a queue of its own; frames are read from its device file, and leave from there."""

import fcntl
import os
import select
import struct

from lib import BROADCAST, Bed, Capture, Fail, Station, Steering, defer, deltas, expect_eq, mac, main, number, numbered, patience

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000


def open_tap(station):
    """The device node, which udev makes elsewhere."""
    with open(f"/sys/class/net/{station.name}/ifindex", encoding="ascii") as text:
        index = text.read().strip()
    with open(f"/sys/class/macvtap/tap{index}/dev", encoding="ascii") as text:
        major, minor = map(int, text.read().split(":"))
    path = f"/tmp/tap{index}"
    os.mknod(path, 0o600 | 0o020000, os.makedev(major, minor))
    defer(os.unlink, path)
    tap = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    defer(os.close, tap)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", b"", IFF_TAP | IFF_NO_PI))
    return tap


def read_frames(tap):
    """Up to the broadcast behind them: [(destination, sequence number)]"""
    frames = []
    while BROADCAST not in (address for address, _ in frames):
        if not select.select([tap], [], [], patience(3))[0]:
            raise Fail(f"no broadcast behind {frames}")
        frame = os.read(tap, 65536)
        frames.append((frame[:6].hex(":"), number(frame)[1]))
    return frames


def read_and_write(bed):
    steer = Steering(bed, channels=1)
    steer.offload()
    station = Station(steer, "vm0", mac(0x20), kind="macvtap", netns=False)
    expect_eq(station.queue, 7)
    tap = open_tap(station)

    steer.expect((mac(0x20), None, 7), (mac(0x21), None, 0))
    expect_eq(read_frames(tap), [(mac(0x20), 0), (mac(0x20), 1), (BROADCAST, 0)])

    catch = Capture(bed.far.ifname, bed.far.netns)
    with deltas(steer.near) as delta:
        for seq in range(20):
            os.write(tap, numbered(bed.far.mac, mac(0x20), seq))
        expect_eq(catch.numbers(20), list(range(20)))
    expect_eq({queue: count for queue, count in delta.tx().items() if count}, {7: 20})


if __name__ == "__main__":
    main(read_and_write, setup=Bed)
