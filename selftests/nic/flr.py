#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120
# invariant: A5
"""A function-level reset under traffic: the port comes back by itself with all its settings and filters."""

import errno
import socket
import struct
import threading

from lib import Bed, Capture, Fail, Sender, Traffic, defer, deltas, ethtool, expect_eq, ip, mac, main, settings, wait_until, write

TIMES, ATTEMPTS = 5, 10
SOL_PACKET, PACKET_ADD_MEMBERSHIP, PACKET_DROP_MEMBERSHIP, PACKET_MR_PROMISC = 263, 1, 2, 1


def flr(bed):
    write(f"{bed.near.sysfs}/reset", "1")


def under_traffic(bed):
    with Traffic(bed) as traffic:
        for _ in range(TIMES):
            flr(bed)
            bed.near.wait_carrier()
            traffic.wait_moving()


def settings_survive(bed):
    near = bed.near.ifname
    ethtool(f"-L {near} combined 4")
    defer(ethtool, f"-L {near} combined 1")
    ethtool(f"-N {near} flow-type ether dst {mac(0x20)} action 3 loc 5")
    defer(ethtool, f"-N {near} delete 5")
    ip(f"link add link {near} name vlan7 type vlan id 7")
    defer(ip, "link del vlan7")
    ip(f"link set {near} address {mac(0x31)}")
    defer(ip, f"link set {near} address {mac(1)}")
    wanted = settings(near)
    flr(bed)
    bed.near.wait_carrier()
    expect_eq(settings(near), wanted)

    catch = Capture(near)
    sender = Sender(bed.far.ifname, bed.far.netns)
    with deltas(near) as delta:
        sender.burst(mac(0x20), mac(2), 20, to=catch)
        sender.burst(mac(0x31), mac(2), 20, start=20, vlan=7, to=catch)
        sender.burst(mac(0x31), mac(2), 20, vlan=8)
    frames = catch.frames()
    expect_eq([frame.tci for frame in frames], [None] * 20 + [7] * 20)
    expect_eq([frame.kind for frame in frames], [3] * 20 + [0] * 20)
    delta.expect_rx({0: 20, 3: 20})


def while_down(bed):
    bed.near.down()
    flr(bed)
    bed.near.up()
    with Traffic(bed):
        pass


def is_detached(bed):
    """The stack does not ask a detached port for its speed."""
    try:
        with open(f"/sys/class/net/{bed.near.ifname}/speed", encoding="ascii") as file:
            file.read()
    except OSError as error:
        return error.errno == errno.EINVAL
    return False


def during_a_reset(bed, packet, option, membership):
    """Set the option while the port is detached, which is no longer than the chip needs: not every attempt is in time."""
    opposite = PACKET_ADD_MEMBERSHIP + PACKET_DROP_MEMBERSHIP - option
    for _ in range(ATTEMPTS):
        reset = threading.Thread(target=flr, args=(bed,))
        reset.start()
        wait_until(lambda thread=reset: is_detached(bed) or not thread.is_alive(), what="detached", poll=0)
        packet.setsockopt(SOL_PACKET, option, membership)
        in_time = is_detached(bed)
        reset.join()
        bed.near.wait_carrier()
        if in_time:
            return
        packet.setsockopt(SOL_PACKET, opposite, membership)
    raise Fail(f"never detached long enough, in {ATTEMPTS} resets")


def what_changes_meanwhile(bed):
    """A capture that begins while the port is being reset sees every VLAN; when it has ended in a reset, nobody does."""
    near = bed.near.ifname
    catch, sender = Capture(near), Sender(bed.far.ifname, bed.far.netns)
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as packet:
        membership = struct.pack("iHH8x", socket.if_nametoindex(near), PACKET_MR_PROMISC, 0)
        for option, wanted in ((PACKET_ADD_MEMBERSHIP, 20), (PACKET_DROP_MEMBERSHIP, 0)):
            during_a_reset(bed, packet, option, membership)
            sender.burst(mac(0x77), mac(2), 20, vlan=77)
            expect_eq(len(catch.numbers(20, 1)), wanted)


def setup():
    bed = Bed()
    path = f"{bed.near.sysfs}/reset_method"
    with open(path, encoding="ascii") as file:
        methods = file.read()
    if "flr" not in methods.split():
        raise Fail(f"the port has no function-level reset, only {methods}")
    write(path, "flr")
    defer(write, path, methods)
    return bed


if __name__ == "__main__":
    main(under_traffic, settings_survive, while_down, what_changes_meanwhile, setup=setup)
