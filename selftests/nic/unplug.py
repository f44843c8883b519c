#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120 solo
"""The card is unplugged under traffic, with leave, and a new one plugged in."""

import os

from lib import NEAR_PCI, Bed, Qmp, QmpError, Stream, Traffic, ethtool, expect_eq, mac, main, wait_until


def once(bed, qmp):
    near = bed.near.ifname
    ethtool(f"-L {near} combined 4")
    ethtool(f"-N {near} flow-type ether dst {mac(0x20)} action 3 loc 5")
    out = Stream(bed.near, bed.far)
    back = Stream(bed.far, bed.near)
    out.wait_moving()
    back.wait_moving()
    qmp.unplug("near")
    wait_until(lambda: not os.path.exists(f"/sys/bus/pci/devices/{NEAR_PCI}"), 15, "the card is gone")
    wait_until(lambda: not os.path.exists(f"/sys/class/net/{near}"), 5, "its interface is gone")
    for stream in (out, back):
        stream.stopping.set()
        stream.thread.join()
    expect_eq([name for name in os.listdir("/sys/kernel/debug/vmq") if near in name or NEAR_PCI in name], [])

    def free_again():
        try:
            qmp.plug("near")
        except QmpError:
            return False
        return True

    wait_until(free_again, 10, "the slot is free")
    bed.near.bind()
    bed.near.up()
    with Traffic(bed):
        pass


def unplug_and_plug(bed):
    qmp = Qmp()
    for _ in range(3):
        once(bed, qmp)


if __name__ == "__main__":
    main(unplug_and_plug, setup=Bed)
