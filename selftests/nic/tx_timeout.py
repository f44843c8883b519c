#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120 expect-log="NETDEV WATCHDOG"
"""The chip stops sending: the driver notices, resets it, and goes on with all its settings."""

from lib import (Bed, Capture, KernelLog, Sender, StationPair, Traffic, defer, deltas, ethtool, expect_eq, expect_true, mac,
                 main, settings, stall_transmit, statistics, wait_until)


def recovers(bed):
    near, log = bed.near.ifname, KernelLog(at_end=True)
    ethtool(f"-L {near} combined 4")
    defer(ethtool, f"-L {near} combined 1")
    ethtool(f"-N {near} flow-type ether dst {mac(0x20)} action 3 loc 5")
    defer(ethtool, f"-N {near} delete 5")
    ethtool(f"-C {near} rx-usecs 70")
    wanted = settings(near)
    expect_eq(statistics(near)["tx_timeouts"], 0)
    stall_transmit(bed)
    wait_until(lambda: statistics(near)["tx_timeouts"] == 1, 20, "the driver notices")
    lines = []
    wait_until(lambda: lines.extend(log.lines()) or any(line.endswith(f"{near}: resetting") for line in lines), 5, "a reset")
    bed.near.wait_carrier()
    expect_eq(settings(near), wanted)
    with Traffic(bed):
        pass
    catch = Capture(near)
    with deltas(near) as delta:
        Sender(bed.far.ifname, bed.far.netns).burst(mac(0x20), mac(2), 20, to=catch)
    delta.expect_rx({3: 20})
    expect_eq(statistics(near)["tx_timeouts"], 1)
    expect_true(not any("reset failed" in line for line in log.lines()))


def with_stations(bed):
    """They have not done it, and find everything as it was."""
    pair, before = StationPair(bed), statistics(bed.near.ifname)["tx_timeouts"]
    log, lines = KernelLog(at_end=True), []
    stall_transmit(bed)
    wait_until(lambda: statistics(bed.near.ifname)["tx_timeouts"] == before + 1, 20, "the driver notices")
    wait_until(lambda: lines.extend(log.lines()) or any(line.endswith(": resetting") for line in lines), 5, "a reset")
    pair.expect_work()
    expect_eq(statistics(bed.near.ifname)["tx_timeouts"], before + 1)


if __name__ == "__main__":
    main(recovers, with_stations, setup=Bed)
