#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120
"""ethtool -G: other ring sizes while frames pass both ways, without the link and without losing what is sent."""

from lib import (Bed, CommandError, Placement, Traffic, carrier_changes, comment, defer, ethtool, expect_eq, expect_in,
                 expect_raises, main, queue_counters, wait_until)

MOST_A_POLL = 256  # buffers
SIZES = ((128, 64), (4096, 4096), (128, 512), (128, 2048), (1024, 2048), (512, 512))


def sizes(bed):
    shown = ethtool(f"-g {bed.near.ifname}", json=True)[0]
    expect_eq((shown["rx-max"], shown["tx-max"]), (4096, 4096))
    return shown["rx"], shown["tx"]


def while_frames_pass(bed):
    near = bed.near.ifname
    defer(ethtool, f"-G {near} rx 512 tx 512")
    defer(ethtool, f"-L {near} combined 1")
    ethtool(f"-L {near} combined 4")
    before = carrier_changes(near), queue_counters(near)
    changes = 0
    with Traffic(bed) as traffic:
        for rx, tx in SIZES * 3:
            ethtool(f"-G {near} rx {rx} tx {tx}")
            changes += 1
            expect_eq(sizes(bed), (rx, tx))
            traffic.wait_moving()
    after = carrier_changes(near), queue_counters(near)
    expect_eq(after[0], before[0], "changes of the carrier")
    comment(f"of {traffic.rx.sent} received frames {traffic.rx.lost} were lost in {changes} changes")
    expect_eq(traffic.tx.lost, 0, f"of {traffic.tx.sent} frames sent")
    # nobody waits for the receiver here, so a ring may overflow; steering/undisturbed has the test that none is lost

    def gained(way, name="packets"):
        return sum(after[1][key] - before[1][key] for key in before[1] if key[0] == way and key[2] == name)

    expect_eq(gained("rx"), len(traffic.rx.seen), "counted as received")
    expect_eq(gained("tx"), traffic.tx.sent, "counted as sent")


def filled_in_pieces(bed):
    """A ring that becomes larger is filled by many polls: none keeps its processor from others for long."""
    near = bed.near.ifname
    # what is posted stays posted until frames come: begin with a new ring
    bed.near.down()
    bed.near.up()
    placement = Placement()
    placement.clear()
    defer(ethtool, f"-G {near} rx 512")
    ethtool(f"-G {near} rx 4096")

    def polled_again():
        """Polls that want to be called again, with nothing received."""
        return sum(1 for frames, budget in placement.polls(near) if frames == budget)

    wait_until(lambda: polled_again() >= (4096 - 512) // MOST_A_POLL - 1, 10, "a poll for each piece")


def while_down(bed):
    near = bed.near.ifname
    bed.near.down()
    ethtool(f"-G {near} rx 256 tx 1024")
    defer(ethtool, f"-G {near} rx 512 tx 512")
    bed.near.up()
    expect_eq(sizes(bed), (256, 1024))
    with Traffic(bed):
        pass


def bad_sizes(bed):
    near = bed.near.ifname
    good = sizes(bed)
    for words, message in (("rx 32", "64 to 4096 are possible"), ("tx 32", "64 to 4096 are possible"),
                           ("rx 100", "not a power of two; try 64 or 128"), ("tx 3000", "try 2048 or 4096"),
                           ("rx 8192", ""), ("tx 8192", ""), ("rx-mini 64", ""), ("rx 128 tx 32", "64 to 4096")):
        with expect_raises(CommandError) as error:
            ethtool(f"-G {near} {words}")
        expect_in(message, error.exception.output)
        expect_eq(sizes(bed), good, words)


if __name__ == "__main__":
    main(while_frames_pass, filled_in_pieces, while_down, bad_sizes, setup=Bed)
