#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: native-hotplug expect-log=AER:|PCIe
"""A fatal PCIe error: the slot is reset, the port recovers, its settings and filters survive."""

from lib import Bed, Capture, KernelLog, Qmp, Sender, Traffic, defer, deltas, ethtool, expect_eq, mac, main, wait_until


def fatal(bed):
    near = bed.near.ifname
    log, lines = KernelLog(at_end=True), []
    ethtool(f"-L {near} combined 4")
    defer(ethtool, f"-L {near} combined 1")
    ethtool(f"-N {near} flow-type ether dst {mac(0x20)} action 3 loc 5")
    defer(ethtool, f"-N {near} delete 5")
    with Traffic(bed) as traffic:
        Qmp().aer("near", "DLP")
        wait_until(lambda: lines.extend(log.lines()) or any("device recovery" in line for line in lines), 20, "a verdict")
        expect_eq([line for line in lines if "device recovery failed" in line], [])
        expect_eq(sum(line.endswith("PCI error") and near in line for line in lines), 1)
        bed.near.wait_carrier()
        traffic.wait_moving()
    catch = Capture(near)
    with deltas(near) as delta:
        Sender(bed.far.ifname, bed.far.netns).burst(mac(0x20), mac(2), 20, to=catch)
    delta.expect_rx({3: 20})


if __name__ == "__main__":
    main(fatal, setup=Bed)
