# SPDX-License-Identifier: GPL-2.0-only
"""Queues by the in-kernel contract (include/net/vmq.h), through the module vmq_client."""

import collections
import errno
import itertools
import os

from .bed import load, mac
from .commands import devlink, ip
from .counters import deltas
from .frames import BROADCAST, number
from .ktap import Fail, defer, expect_eq, wait_until
from .netns import set_ipv6
from .sockets import Capture, Sender

CONTROL = "/sys/kernel/debug/vmq_client"
SOURCE = mac(0xfe)
SINKS = 8


class Refused(Exception):
    """What the contract answered: .error is the name of the errno, .reason what it said."""

    def __init__(self, line, number_, reason):
        super().__init__(f"{line}: {errno.errorcode[number_]} {reason}")
        # one number has two names
        self.error = errno.errorcode[number_].replace("ENOTSUP", "EOPNOTSUPP")
        self.reason = reason


def _read(name):
    with open(f"{CONTROL}/{name}", encoding="ascii") as file:
        return file.read()


class Client:
    """One module for all owners; sinks s0 to s7 are netdevs that queues' frames come out of."""

    def __init__(self, bed, sinks=SINKS):
        load("vmq_client")
        self.bed = bed
        self.near = bed.near.ifname
        self.sender = Sender(bed.far.ifname, bed.far.netns)
        self.flows = itertools.count(1)
        self.catches = {}
        for index in range(sinks):
            if not os.path.exists(f"/sys/class/net/s{index}"):
                ip(f"link add s{index} type dummy")
                set_ipv6(False, f"s{index}")
            ip(f"link set s{index} up promisc on")
        defer(self.close_all)

    def _run(self, line):
        # once: a buffered file would try again what was refused
        control = os.open(f"{CONTROL}/control", os.O_WRONLY)
        try:
            os.write(control, line.encode())
        except OSError as error:
            raise Refused(line, error.errno, _read("result")) from None
        finally:
            os.close(control)
        return _read("result")

    def _tell(self, line):
        """A command without an answer: if the module says something all the same, it is a complaint."""
        said = self._run(line)
        if said:
            raise Fail(f"{line}: {said}")

    def open(self, owner):
        self._tell(f"open {owner} {self.near}")

    def close(self, owner):
        self._tell(f"close {owner}")

    def close_all(self):
        for owner in self.owners():
            self.close(owner)

    def alloc(self, owner, queue, sink="s0", buffers=0, exact=False):
        """The queue's number."""
        return int(self._run(f"alloc {owner} {queue} {sink} {buffers} {int(exact)}"))

    def complete(self, *queues):
        """The status of each queue; Refused if one of them failed, .reason then has them."""
        return [int(word) for word in self._run(f"complete {' '.join(queues)}").split()]

    def free(self, queue):
        self._tell(f"free {queue}")

    def rename(self, queue, name):
        self._tell(f"rename {queue} {name}")

    def buffers(self, queue, count):
        self._tell(f"buffers {queue} {count}")

    def keep(self, queue, on=True):
        """Whether the consumer keeps its frames and gives no buffer back, not even when the queue is freed."""
        self._tell(f"keep {queue} {int(on)}")

    def let_go(self):
        """Give back the frames that queues which are freed had kept."""
        self._tell("let_go")

    def set(self, owner, filter_, queue, address, vlan="any"):
        """The filter's number."""
        return int(self._run(f"set {owner} {filter_} {queue} {address} {vlan}"))

    def move(self, filter_, queue):
        self._tell(f"move {filter_} {queue}")

    def clear(self, filter_):
        self._tell(f"clear {filter_}")

    def _rows(self, kind):
        rows = (line.split(maxsplit=5) for line in _read("state").splitlines())
        return {row[1]: row[2:] for row in rows if row[0] == kind}

    def owners(self):
        """{owner: (queues of it that were stopped, times it was told of room)}"""
        return {name: (int(row[0]), int(row[1])) for name, row in self._rows("owner").items()}

    def queues(self):
        """{queue: (number, state, frames, kept)}"""
        return {name: (int(row[0]), row[1], int(row[2]), int(row[3])) for name, row in self._rows("queue").items()}

    def overlaps(self):
        """{queue: how often its consumer was called while it was called}, which shall be empty."""
        return {name: int(row[0]) for name, row in self._rows("overlap").items()}

    def mislabelled(self):
        """{queue: frames of it that were recorded for another one}, which shall be empty."""
        return {name: int(row[0]) for name, row in self._rows("mislabelled").items()}

    def batches(self):
        """{queue: ids of the NAPI instances that its frames came by}"""
        found = collections.defaultdict(set)
        for line in _read("state").splitlines():
            word, queue, *rest = line.split()
            if word == "batch":
                found[queue].add(int(rest[0]))
        return dict(found)

    def posted(self, queue):
        """How many buffers wait in a queue's ring for frames."""
        shown = devlink(f"health diagnose pci/{self.bed.near.pci} reporter rx", json=True)["queues"]
        ring = shown[self.queues()[queue][0]]["ring"]
        return (ring["tail"] - ring["head"]) % ring["size"]

    def consumer(self, queue):
        """The name that the driver knows a queue's consumer by."""
        number_ = str(self.queues()[queue][0])
        return next(row.split()[3] for row in self.tables()[0].splitlines() if row.split()[0] == number_)

    def state(self, queue):
        return self.queues()[queue][1]

    def filters(self):
        """{filter: (number, "hardware" or why not)}"""
        return {name: (int(row[0]), " ".join(row[1:])) for name, row in self._rows("filter").items()}

    def ready(self, owner, queue, sink, *filters):
        """A queue that receives: (address, vlan) filters, named like the queue and numbered."""
        self.alloc(owner, queue, sink)
        for index, (address, vlan) in enumerate(filters):
            self.set(owner, f"{queue}{index}", queue, address, vlan)
        self.complete(queue)

    def watch(self, *sinks):
        """Catch from now on what comes out of these sinks and of the port's own stack ("port")."""
        for sink in sinks or [f"s{index}" for index in range(SINKS)] + ["port"]:
            if sink not in self.catches:
                # the port itself must not become promiscuous: that would switch its VLAN filter off
                self.catches[sink] = Capture(self.near) if sink == "port" else Capture(sink, promisc=True)

    def expect(self, *frames, pcp=0):
        """@frames are (address, VLAN or None, sink): each is sent some times and comes out of its sink, exactly once.

        Other senders' flows are not looked at; theirs are numbered 0, or from a million on.
        """
        self.watch()
        wanted = collections.Counter()
        first = next(self.flows)
        for address, vlan, sink in frames:
            flow = next(self.flows)
            self.sender.burst(address, SOURCE, 4, flow=flow, vlan=vlan, pcp=pcp)
            wanted.update((sink, flow, seq) for seq in range(4) if sink)
        last = next(self.flows)
        self.sender.burst(BROADCAST, SOURCE, 1, flow=last)
        wanted["port", last, 0] += 1
        got = collections.Counter()

        def arrived():
            for sink, catch in self.catches.items():
                for frame in catch.frames(quiet=0):
                    found = number(frame.data)
                    if found and first <= found[0] <= last:
                        got[(sink, *found)] += 1
            return ("port", last, 0) in got and got.total() >= wanted.total()

        try:
            wait_until(arrived, 3)
        except Exception:  # pylint: disable=broad-except
            pass
        arrived()
        expect_eq(sorted(got.items()), sorted(wanted.items()), f"(sink, flow, number) of {frames}")

    def tables(self):
        """All there is to change: queues, filters, and what the chip's tables hold, as text."""
        texts = []
        for name in ("queues", "filters", "chip"):
            with open(f"/sys/kernel/debug/vmq/{self.bed.near.pci}/{name}", encoding="ascii") as file:
                texts.append(file.read())
        return texts

    def counting(self):
        return deltas(self.near)
