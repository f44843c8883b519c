# SPDX-License-Identifier: GPL-2.0-only
"""Steer frames by ethtool -N and by stations, and see on which queue they arrive."""

import collections
import contextlib
import re
import time

from .bed import mac
from .commands import ethtool, ip
from .counters import deltas, queue_counters
from .frames import BROADCAST, mac_text
from .ktap import defer, expect_eq, patience, wait_until
from .netns import add_netns, set_ipv6
from .sockets import Capture, Sender

RULE = re.compile(r"^Filter: (\d+)$(.*?)^\tAction: Direct to queue (\d+)$", re.MULTILINE | re.DOTALL)
ADDRESS = re.compile(r"^\tDest MAC addr: (\S+) mask: 00:00:00:00:00:00$", re.MULTILINE)
VLAN = re.compile(r"^\tVLAN: (\S+) mask: 0xf000$", re.MULTILINE)
SOURCE = mac(0xfe)  # nobody's


class Steering:
    """The near port's steering, with a sender at the far end of the wire."""

    def __init__(self, bed, channels=8):
        self.bed = bed
        self.near = bed.near.ifname
        ethtool(f"-L {self.near} combined {channels}")
        defer(self.clear)
        self.sender = Sender(bed.far.ifname, bed.far.netns)

    def rule(self, loc, address, queue, vlan=None):
        tag = f"vlan {vlan} m 0xf000 " if vlan else ""
        ethtool(f"-N {self.near} flow-type ether dst {address} {tag}action {queue} loc {loc}")

    def delete(self, loc):
        ethtool(f"-N {self.near} delete {loc}")

    def clear(self):
        for loc in self.rules():
            self.delete(loc)

    def rules(self):
        """What ethtool -n prints: {location: (address, VLAN or None, queue)}"""
        found = {}
        for loc, text, queue in RULE.findall(ethtool(f"-n {self.near}")):
            vlan = VLAN.search(text)
            found[int(loc)] = (ADDRESS.search(text)[1].lower(), int(vlan[1], 16) if vlan else None, int(queue))
        return found

    def tables(self):
        """The software table, and what the chip's tables hold, as text."""
        texts = []
        for name in ("filters", "chip"):
            with open(f"/sys/kernel/debug/vmq/{self.bed.near.pci}/{name}", encoding="ascii") as file:
                texts.append(file.read())
        return "".join(texts)

    def places(self):
        """Where each filter is carried out: {(address, VLAN, "any" or "untagged"): "hardware" or why not}"""
        with open(f"/sys/kernel/debug/vmq/{self.bed.near.pci}/filters", encoding="ascii") as file:
            rows = [line.split(maxsplit=5) for line in file.read().splitlines()[1:]]
        return {(row[1], int(row[2]) if row[2].isdigit() else row[2]): row[5].removeprefix("in ").removeprefix("software: ")
                for row in rows}

    def expect(self, *frames):
        """@frames are (address, VLAN or None, queue): each reaches its queue, once, and no other; queue None is nowhere.

        Every address is sent to twice as often as the one before, so the counters of the queues tell which came where.
        """
        wanted = collections.Counter()
        with deltas(self.near) as delta:
            before = self.received()
            for index, (address, vlan, queue) in enumerate(frames):
                count = 2 << index
                self.sender.burst(address, SOURCE, count, vlan=vlan)
                wanted[queue] += count
            # this comes behind them: when it is there, what has not come will not come any more
            self.sender.burst(BROADCAST, SOURCE, 1)
            wanted[0] += 1
            del wanted[None]
            self._wait_received(before + wanted.total())
        got = {queue: packets for queue, packets in delta.rx().items() if packets}
        expect_eq(got, dict(wanted), f"packets a queue; 2, 4, 8... to {frames}, 1 broadcast")

    def expect_on(self, queue, *addresses, vlan=None):
        """Frames for all of these addresses reach this queue."""
        self.expect(*((address, vlan, queue) for address in addresses))

    def received(self):
        with open(f"/sys/class/net/{self.near}/statistics/rx_packets", encoding="ascii") as count:
            return int(count.read())

    def _wait_received(self, count):
        """Whoever called compares afterwards, which says better what is missing."""
        deadline = time.monotonic() + patience(2)
        while self.received() < count and time.monotonic() < deadline:
            time.sleep(0.005)

    def owners(self):
        """{queue: (owner, consumer)} of the queues that have one."""
        with open(f"/sys/kernel/debug/vmq/{self.bed.near.pci}/queues", encoding="ascii") as file:
            rows = [line.split() for line in file.read().splitlines()[1:]]
        return {int(row[0]): (row[2], row[3]) for row in rows if row[2] != "-"}

    def queue_of(self, ifname):
        """The queue of a station, or None."""
        queues = [queue for queue, owner in self.owners().items() if owner == ("station", ifname)]
        return queues[0] if queues else None

    def offload(self, enable=True):
        ethtool(f"-K {self.near} l2-fwd-offload {'on' if enable else 'off'}")


class Station:
    """A macvlan on the near port, in a namespace of its own name, up; until the end of the case."""

    def __init__(self, steering, name, address, mode="bridge", kind="macvlan", up=True, netns=True):
        self.steering = steering
        self.name = name
        self.address = address
        self.netns = add_netns(name) if netns else None
        where = f" netns {name}" if netns else ""
        ip(f"link add link {steering.near} name {name} address {address}{where} type {kind} mode {mode}")
        self.there = True
        defer(self.delete)
        set_ipv6(False, name, self.netns)
        if up:
            self.up()

    def up(self, ifname=None):
        ip(f"link set {ifname or self.name} up", netns=self.netns)

    def down(self):
        ip(f"link set {self.name} down", netns=self.netns)

    def delete(self):
        if self.there:
            ip(f"link del {self.name}", netns=self.netns)
        self.there = False

    def add_vlan(self, vid):
        """A VLAN device on top."""
        ip(f"link add link {self.name} name {self.name}.{vid} type vlan id {vid}", netns=self.netns)
        set_ipv6(False, f"{self.name}.{vid}", self.netns)
        return f"{self.name}.{vid}"

    @property
    def queue(self):
        return self.steering.queue_of(self.name)

    @contextlib.contextmanager
    def catching(self, count, ifname=None):
        """In this block the station itself, or the VLAN on top, gets this many untagged frames for its address."""
        catch = Capture(ifname or self.name, self.netns)
        yield
        # of a VLAN on top the station shows the frames too, with their tags
        got = collections.Counter(mac_text(frame.data[:6]) for frame in catch.frames(quiet=0.1) if frame.tci is None)
        del got[BROADCAST]
        expect_eq(got, {self.mac(): count}, f"frames that {ifname or self.name} got")
        catch.socket.close()

    def mac(self):
        return ip(f"link show {self.name}", netns=self.netns, json=True)[0]["address"]


class StationPair:
    """Two stations, one with a VLAN on top, and a rule beside them, which outlive whatever is done to the port."""

    def __init__(self, bed):
        self.steer = Steering(bed, channels=2)
        self.steer.offload()
        self.steer.rule(1, mac(0x10), 1)
        self.stations = [Station(self.steer, f"vm{number}", mac(0x20 + number)) for number in range(2)]
        self.stations[0].add_vlan(10)

    def expect_work(self):
        """Once the port is there again, each has its queue, gets its frames, and its own leave by that queue."""
        self.steer.bed.near.wait_carrier()
        for station in self.stations:
            wait_until(lambda name=station.name: "LOWER_UP" in ip(f"link show {name}", netns=name),
                       what=f"{station.name} has carrier")
        expect_eq([station.queue for station in self.stations], [7, 6])
        with self.stations[0].catching(4), self.stations[1].catching(16):
            self.steer.expect((mac(0x10), None, 1), (mac(0x20), None, 7), (mac(0x20), 10, 7),
                              (mac(0x21), None, 6), (mac(0x21), 10, 0))
        with deltas(self.steer.near) as delta:
            for number, station in enumerate(self.stations):
                Sender(station.name, station.netns).burst(mac(2), station.address, 10 + number)
            wait_until(lambda: queue_counters(self.steer.near)["tx", 6, "packets"] - delta.before["tx", 6, "packets"] == 11,
                       what="the stations' frames have left")
        expect_eq({queue: count for queue, count in delta.tx().items() if count}, {7: 10, 6: 11})
