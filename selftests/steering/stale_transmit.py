#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# invariant: O10
"""A frame to be sent by a queue that is not there any more leaves by one of the port's own; no VM gets it."""

from lib import Bed, Capture, Sender, Station, Steering, defer, deltas, ethtool, expect_eq, mac, main, tc


def expect_by(bed, sender, queues, source):
    """Frames leave, once and in order, by some of these queues and no other."""
    catch = Capture(bed.far.ifname, bed.far.netns)
    with deltas(bed.near.ifname) as delta:
        sender.burst(bed.far.mac, source, 20, to=catch)
        expect_eq(catch.numbers(20), list(range(20)))
    used = {queue for queue, count in delta.tx().items() if count}
    expect_eq((used - queues, sum(delta.tx().values())), (set(), 20), f"{used}: queues used")


def named_by_the_user(bed):
    """skbedit has a number of a queue, and says it for good."""
    near = bed.near.ifname
    steer = Steering(bed, channels=8)
    tc(f"qdisc add dev {near} clsact")
    defer(tc, f"qdisc del dev {near} clsact")
    tc(f"filter add dev {near} egress matchall action skbedit queue_mapping 5")
    sender = Sender(near)
    expect_by(bed, sender, {5}, bed.near.mac)
    for channels in (6, 5, 2, 1):
        ethtool(f"-L {near} combined {channels}")
        expect_by(bed, sender, {5} if channels > 5 else set(range(channels)), bed.near.mac)
    # now a VM has the queue of that number
    steer.offload()
    stations = [Station(steer, f"vm{index}", mac(0x20 + index)) for index in range(3)]
    expect_eq([station.queue for station in stations], [7, 6, 5])
    catches = [Capture(station.name, station.netns) for station in stations]
    catch = Capture(bed.far.ifname, bed.far.netns)
    sender.burst(bed.far.mac, bed.near.mac, 20, to=catch)
    expect_eq(catch.numbers(20), list(range(20)))
    for caught in catches:
        caught.expect_none()


def station_without_its_queue(bed):
    """A station whose queue was taken from it sends by the default one, and gets its queue back."""
    steer = Steering(bed, channels=1)
    steer.offload()
    station = Station(steer, "vm0", mac(0x20))
    sender = Sender(station.name, station.netns)
    expect_by(bed, sender, {7}, station.address)
    steer.offload(False)
    expect_by(bed, sender, {0}, station.address)
    steer.offload()
    station.down()
    station.up()
    expect_by(bed, sender, {7}, station.address)


if __name__ == "__main__":
    main(named_by_the_user, station_without_its_queue, setup=Bed)
