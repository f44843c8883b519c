#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=240 solo
"""The port goes while its stations are busy: they go with it, at once, and a port that comes back serves new ones."""

import errno
import fcntl
import os
import threading
import time

from lib import (NEAR_PCI, Bed, Capture, Qmp, QmpError, Sender, Station, Steering, add_netns, cmd, defer, expect_eq,
                 expect_le, expect_raises, expect_true, ip, mac, main, numbered, patience, set_ipv6, wait_until, write)
from lib.tap import Macvtap

TUNGETIFF = 0x800454D2
LIMIT = 10  # seconds for the port to go
COUNT = 8
MACVTAP, WITH_VLAN, MOVED = 1, 2, 3


def stations_of(steer, name="vm"):
    """As many as there are queues for, and one in software; a macvtap, one below a VLAN, one that has been moved."""
    stations, elsewhere = [], add_netns(f"{name}-elsewhere")
    for number in range(COUNT):
        kind = "macvtap" if number == MACVTAP else "macvlan"
        netns = number not in (MACVTAP, MOVED)
        station = Station(steer, f"{name}{number}", mac(0x20 + number), kind=kind, netns=netns, up=number != MOVED)
        if number == WITH_VLAN:
            station.up(station.add_vlan(10))
        if number == MOVED:
            ip(f"link set {station.name} netns {elsewhere}")
            station.netns = elsewhere
            set_ipv6(False, station.name, elsewhere)
            station.up()
        stations.append(station)
    expect_eq([station.queue for station in stations], [7, 6, 5, 4, 3, 2, 1, None])
    return stations


class Busy:
    """Frames for each station, for the VLAN on top of one, and, if @both ways, from each, until the end of the case."""

    def __init__(self, bed, stations, both=True):
        self.stations, self.far = stations, bed.far
        self.catches = [Capture(station.name, station.netns) for station in stations]
        self.catches.append(Capture(f"{stations[WITH_VLAN].name}.10", stations[WITH_VLAN].netns))
        self.inward = Sender(bed.far.ifname, bed.far.netns).socket
        self.outward = [Sender(station.name, station.netns).socket for station in stations] if both else []
        self.outside = Capture(bed.far.ifname, bed.far.netns)
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        defer(self.stop)

    def run(self):
        seq = 0
        while not self.stopping.wait(patience(0.01)):
            for index, station in enumerate(self.stations):
                self.inward.send(numbered(station.address, mac(0xfe), seq))
                if self.outward:
                    self.send_out(self.outward[index], numbered(mac(2), station.address, seq))
            self.inward.send(numbered(self.stations[WITH_VLAN].address, mac(0xfe), seq, vlan=10))
            seq += 1

    @staticmethod
    def send_out(socket, frame):
        try:
            socket.send(frame)
        except OSError:
            # the station is not there any more
            pass

    def wait_moving(self):
        for catch in self.catches:
            expect_true(catch.wait_for(3), "frames arrive at each")
        missing = {station.address for station in self.stations if self.outward}

        def all_seen():
            missing.difference_update(frame.data[6:12].hex(":") for frame in self.outside.frames(20))
            return not missing

        wait_until(all_seen, what="frames from each")

    def stop(self):
        self.stopping.set()
        self.thread.join()


def links(netns=None):
    return [link["ifname"] for link in ip("link show", netns=netns, json=True)]


def expect_gone(bed, stations):
    """With nothing left in any of the namespaces, which stay."""
    expect_eq([name for name in links() if name.startswith(("near", "vm"))], [])
    for station in stations:
        station.there = False
        if station.netns:
            expect_eq(links(station.netns), ["lo"], station.name)
    shown = os.listdir("/sys/kernel/debug/vmq") if os.path.exists("/sys/kernel/debug/vmq") else []
    expect_eq([name for name in shown if bed.near.pci in name], [])


def goes(bed, leave, come_back, both=True):
    steer = Steering(bed, channels=1)
    steer.offload()
    stations = stations_of(steer)
    tap = Macvtap(stations[MACVTAP].name)
    busy = Busy(bed, stations, both)
    busy.wait_moving()
    expect_true(tap.frames(1), "a frame from the device file")

    began = time.monotonic()
    leave()
    expect_le(time.monotonic() - began, patience(LIMIT))
    expect_gone(bed, stations)
    # a virtual machine may have its file for as long as it likes
    tap.write(numbered(mac(2), mac(0x20 + MACVTAP), 0))
    with expect_raises(OSError) as error:
        fcntl.ioctl(tap.file, TUNGETIFF, bytearray(40))
    expect_eq(error.exception.errno, errno.ENOLINK)
    tap.close()
    busy.stop()

    come_back()
    bed.near.up()
    steer.offload()
    busy = Busy(bed, stations_of(steer, "new"), both)
    busy.wait_moving()
    busy.stop()


def unbound(bed):
    goes(bed, bed.near.unbind, bed.near.bind)


def unloaded(bed):
    goes(bed, lambda: cmd("rmmod vmq"), bed.near.bind)


def wait_empty():
    wait_until(lambda: not os.path.exists(f"/sys/bus/pci/devices/{NEAR_PCI}"), LIMIT, "the card is gone")


def plug(bed, qmp, name):
    def plugged():
        try:
            qmp("device_add", driver="igb", id=name, bus="near-slot", netdev="near-wire", mac=mac(1))
        except QmpError:
            return False
        return True

    wait_until(plugged, 10, "the slot is free")
    wait_until(lambda: os.path.exists(f"/sys/bus/pci/devices/{NEAR_PCI}"), 15, "the new card is seen")
    bed.near.bind()


def unplugged(bed):
    qmp = Qmp()

    def leave():
        qmp.unplug("near")
        wait_empty()

    goes(bed, leave, lambda: plug(bed, qmp, "near"))


def torn_out(bed):
    qmp = Qmp()

    def leave():
        qmp.tear_out("near")
        write(f"{bed.near.sysfs}/remove", "1")
        wait_empty()

    # none outward: an emulated card that is torn out while it sends takes the emulator with it
    goes(bed, leave, lambda: plug(bed, qmp, "near-again"), both=False)


if __name__ == "__main__":
    main(unbound, unloaded, unplugged, torn_out, setup=Bed)
