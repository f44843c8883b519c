#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Frames to be sent up to tx-copybreak bytes are copied to memory that the chip knows already, and arrive whole."""

from lib import (Bed, Capture, CommandError, KernelLog, Sender, chip_fault, defer, ethtool, expect_eq, expect_in, expect_raises,
                 mac, main, numbered, queue_counters)

ROOM = 256
LENGTHS = (60, 61, 100, 101, 255, 256, 257, 1514)
TIMES = 100  # each length, which is more than the ring has descriptors


def set_copybreak(bed, size):
    defer(ethtool, f"--set-tunable {bed.near.ifname} tx-copybreak {ROOM}")
    ethtool(f"--set-tunable {bed.near.ifname} tx-copybreak {size}")
    expect_in(f"tx-copybreak: {size}", ethtool(f"--get-tunable {bed.near.ifname} tx-copybreak"))


def dropped(bed):
    return sum(value for (_, _, name), value in queue_counters(bed.near.ifname).items() if name == "drop_dma")


def is_the_default(bed):
    expect_in(f"tx-copybreak: {ROOM}", ethtool(f"--get-tunable {bed.near.ifname} tx-copybreak"))


def need_no_mapping(bed):
    """Where no frame can be mapped, those that are copied are sent all the same, and only they."""
    sender = Sender(bed.near.ifname)
    for size in (ROOM, 100, 0):
        set_copybreak(bed, size)
        catch, before = Capture(bed.far.ifname, "far"), dropped(bed)
        frames = [numbered(mac(2), mac(1), seq, size=length) for seq, length in enumerate(LENGTHS)]
        with chip_fault("dma=1"):
            sender.send(*frames)
            expect_eq(dropped(bed) - before, len([frame for frame in frames if len(frame) > size]), f"tx-copybreak {size}")
        expect_eq([frame.data for frame in catch.frames()], [frame for frame in frames if len(frame) <= size])


def are_whole(bed):
    """Short and long ones by turns, round the ring and on."""
    sender = Sender(bed.near.ifname)
    for size in (0, 100, ROOM):
        set_copybreak(bed, size)
        catch = Capture(bed.far.ifname, "far")
        frames = [numbered(mac(2), mac(1), seq, size=LENGTHS[seq % len(LENGTHS)]) for seq in range(TIMES * len(LENGTHS))]
        sender.send(*frames, to=catch)
        expect_eq([frame.data for frame in catch.frames()], frames, f"tx-copybreak {size}")


def more_than_there_is_room_for(bed):
    log = KernelLog(at_end=True)
    with expect_raises(CommandError):
        ethtool(f"--set-tunable {bed.near.ifname} tx-copybreak {ROOM + 1}")
    expect_in(f"ethtool --set-tunable: tx-copybreak can be 0 to {ROOM}", "".join(log.lines()))
    is_the_default(bed)


if __name__ == "__main__":
    main(is_the_default, need_no_mapping, are_whole, more_than_there_is_room_for, setup=Bed)
