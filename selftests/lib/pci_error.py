# SPDX-License-Identifier: GPL-2.0-only
"""PCIe errors, and what has to be as before when a port has recovered from one."""

from .bed import mac
from .commands import ethtool, settings
from .counters import deltas
from .kernel_log import KernelLog
from .ktap import defer, expect_eq, wait_until
from .qmp import Qmp
from .sockets import Capture, Sender
from .traffic import Traffic


def _recovers_once(bed, qmp, error):
    near, log, lines = bed.near.ifname, KernelLog(at_end=True), []
    wanted = settings(near)
    with Traffic(bed) as traffic:
        qmp.aer("near", error)
        wait_until(lambda: lines.extend(log.lines()) or any("device recovery" in line for line in lines), 20, "a verdict")
        expect_eq([line for line in lines if "device recovery failed" in line], [])
        expect_eq(sum(line.endswith("PCI error") and near in line for line in lines), 1)
        bed.near.wait_carrier()
        traffic.wait_moving()
    expect_eq(settings(near), wanted)
    catch = Capture(near)
    with deltas(near) as delta:
        Sender(bed.far.ifname, bed.far.netns).burst(mac(0x20), mac(2), 20, to=catch)
    delta.expect_rx({3: 20})


def recovers_from(bed, error):
    """Twice, because the second time the saved configuration has to serve again."""
    near = bed.near.ifname
    ethtool(f"-L {near} combined 4")
    defer(ethtool, f"-L {near} combined 1")
    ethtool(f"-C {near} rx-usecs 70")
    ethtool(f"-N {near} flow-type ether dst {mac(0x20)} action 3 loc 5")
    defer(ethtool, f"-N {near} delete 5")
    qmp = Qmp()
    for _ in range(2):
        _recovers_once(bed, qmp, error)
