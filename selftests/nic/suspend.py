#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: suspend timeout=180
# invariant: A5
"""The host sleeps and wakes: the port comes back by itself with all its settings and filters."""

import os

from lib import Bed, Capture, Sender, Skip, StationPair, Traffic, defer, deltas, ethtool, expect_eq, ip, mac, main, settings, write


def sleep(level="devices"):
    """Take all drivers through suspend and resume; up to the last step, which would need somebody to press a key."""
    if not os.path.exists("/sys/power/pm_test"):
        raise Skip("this kernel cannot test suspend")
    write("/sys/power/pm_test", level)
    defer(write, "/sys/power/pm_test", "none")
    delay = "/sys/module/suspend/parameters/pm_test_delay"
    if os.path.exists(delay):
        write(delay, "1")
    write("/sys/module/printk/parameters/console_suspend", "N")
    write("/sys/power/mem_sleep", "s2idle")
    write("/sys/power/state", "mem")


def settings_survive(bed):
    near = bed.near.ifname
    ethtool(f"-L {near} combined 4")
    defer(ethtool, f"-L {near} combined 1")
    ethtool(f"-N {near} flow-type ether dst {mac(0x20)} action 3 loc 5")
    defer(ethtool, f"-N {near} delete 5")
    ip(f"link add link {near} name vlan7 type vlan id 7")
    defer(ip, "link del vlan7")
    wanted = settings(near)
    for _ in range(2):
        sleep()
        for port in (bed.near, bed.far):
            port.wait_carrier()
        expect_eq(settings(near), wanted)
        catch = Capture(near)
        sender = Sender(bed.far.ifname, bed.far.netns)
        with deltas(near) as delta:
            sender.burst(mac(0x20), mac(2), 20, to=catch)
            sender.burst(bed.near.mac, mac(2), 20, start=20, vlan=7, to=catch)
            sender.burst(bed.near.mac, mac(2), 20, vlan=8)
        expect_eq(catch.numbers(), list(range(40)))
        delta.expect_rx({0: 20, 3: 20})


def under_traffic(bed):
    with Traffic(bed) as traffic:
        for level in ("devices", "platform"):
            sleep(level)
            for port in (bed.near, bed.far):
                port.wait_carrier()
            traffic.wait_moving()


def while_down(bed):
    bed.near.down()
    sleep()
    bed.near.up()
    with Traffic(bed):
        pass


def with_stations(bed):
    pair = StationPair(bed)
    for _ in range(2):
        sleep()
        for port in (bed.near, bed.far):
            port.wait_carrier()
        pair.expect_work()


if __name__ == "__main__":
    main(settings_survive, under_traffic, while_down, with_stations, setup=Bed)
