#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The MTU has limits that are told, and changes while frames pass, without a loss and without the link."""

from lib import Bed, CommandError, Traffic, carrier_changes, defer, expect_eq, expect_in, expect_raises, ip, main


def limits(bed):
    near = bed.near.ifname
    defer(ip, f"link set {near} mtu 1500")
    for mtu in (68, 9216):
        ip(f"link set {near} mtu {mtu}")
        expect_eq(bed.near.link()["mtu"], mtu)
    for mtu, message in ((67, "mtu less than device minimum"), (9217, "mtu greater than device maximum")):
        with expect_raises(CommandError) as error:
            ip(f"link set {near} mtu {mtu}")
        expect_in(message, error.exception.output)
        expect_eq(bed.near.link()["mtu"], 9216)


def while_frames_pass(bed):
    near = bed.near.ifname
    defer(ip, f"link set {near} mtu 1500")
    before = carrier_changes(near)
    with Traffic(bed) as traffic:
        for mtu in (9000, 68, 1500, 9216, 576) * 4:
            ip(f"link set {near} mtu {mtu}")
        traffic.wait_moving()
    expect_eq((traffic.rx.lost, traffic.tx.lost), (0, 0))
    expect_eq(carrier_changes(near), before)


def while_down(bed):
    near = bed.near.ifname
    bed.near.down()
    ip(f"link set {near} mtu 4000")
    defer(ip, f"link set {near} mtu 1500")
    bed.near.up()
    expect_eq(bed.near.link()["mtu"], 4000)
    with Traffic(bed):
        pass


if __name__ == "__main__":
    main(limits, while_frames_pass, while_down, setup=Bed)
