#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120
"""ethtool -L: more and fewer queues while frames pass both ways; no frame is lost, the link stays."""

import re

from lib import (Bed, Capture, CommandError, KernelLog, Sender, Traffic, carrier_changes, defer, deltas, ethtool, expect_eq,
                 expect_in, expect_raises, mac, main, queues)


def channels(bed):
    maximum, current = re.findall(r"Combined:\s*(\d+)", ethtool(f"-l {bed.near.ifname}"))
    expect_eq(maximum, "8")
    return int(current)


def while_frames_pass(bed):
    near = bed.near.ifname
    defer(ethtool, f"-L {near} combined 1")
    before = carrier_changes(near)
    with Traffic(bed) as traffic:
        for count in (2, 8, 3, 1, 8, 4) * 2:
            ethtool(f"-L {near} combined {count}")
            expect_eq(channels(bed), count)
            expect_eq(sorted(queues(near)), sorted((way, queue) for way in ("rx", "tx") for queue in range(count)))
            traffic.wait_moving()
    # queue 0 has nothing to do with it
    expect_eq((traffic.rx.lost, traffic.tx.lost), (0, 0))
    expect_eq(carrier_changes(near), before)


def filter_after_growing(bed):
    """A queue that was taken away and given back receives."""
    near = bed.near.ifname
    defer(ethtool, f"-L {near} combined 1")
    for count in (8, 1, 8):
        ethtool(f"-L {near} combined {count}")
    ethtool(f"-N {near} flow-type ether dst {mac(0x20)} action 7 loc 1")
    defer(ethtool, f"-N {near} delete 1")
    catch = Capture(near)
    with deltas(near) as delta:
        Sender(bed.far.ifname, bed.far.netns).burst(mac(0x20), mac(2), 40, to=catch)
    delta.expect_rx({7: 40})


def while_down(bed):
    near = bed.near.ifname
    bed.near.down()
    ethtool(f"-L {near} combined 5")
    defer(ethtool, f"-L {near} combined 1")
    bed.near.up()
    expect_eq(channels(bed), 5)
    expect_eq(len(queues(near)), 10)
    with Traffic(bed):
        pass


def bad_counts(bed):
    near = bed.near.ifname
    for words in ("combined 0", "combined 9", "rx 1", "tx 1", "other 2", "combined 2 rx 1"):
        with expect_raises(CommandError, words):
            ethtool(f"-L {near} {words}")
        expect_eq(channels(bed), 1, words)
    log = KernelLog(at_end=True)
    with expect_raises(CommandError):
        ethtool(f"-L {near} other 0")
    expect_in("ethtool -L: other must be 1: the vector that tells of the link", "".join(log.lines()))


def queue_in_use_stays(bed):
    """A queue that a filter steers to cannot be taken away."""
    near = bed.near.ifname
    ethtool(f"-L {near} combined 4")
    defer(ethtool, f"-L {near} combined 1")
    ethtool(f"-N {near} flow-type ether dst {mac(0x20)} action 3 loc 1")
    defer(ethtool, f"-N {near} delete 1")
    with expect_raises(CommandError) as error:
        ethtool(f"-L {near} combined 2")
    expect_in("existing ntuple filter", error.exception.output)
    expect_eq(channels(bed), 4)


if __name__ == "__main__":
    main(while_frames_pass, filter_after_growing, while_down, bad_counts, queue_in_use_stays, setup=Bed)
