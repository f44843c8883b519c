# SPDX-License-Identifier: GPL-2.0-only
"""Per-queue counters, and what a piece of a test added to them."""

import functools
import re

from .commands import ethtool
from .ktap import defer, expect_eq

COUNTER = re.compile(r"^\s*([rt]x)_queue_(\d+)_(\w+): (\d+)$", re.MULTILINE)


def statistics(ifname, netns=None):
    """All of `ethtool -S`, {name: value}."""
    rows = (line.rpartition(":") for line in ethtool(f"-S {ifname}", netns=netns).splitlines()[1:])
    return {name.strip(): int(value) for name, _, value in rows}


def queue_counters(ifname, netns=None):
    """{("rx", queue, name): value}"""
    return {(way, int(queue), name): int(value)
            for way, queue, name, value in COUNTER.findall(ethtool(f"-S {ifname}", netns=netns))}


def carrier_changes(ifname):
    """How often the link of a port in this namespace has come or gone."""
    with open(f"/sys/class/net/{ifname}/carrier_changes", encoding="ascii") as count:
        return int(count.read())


def keeps_link(case):
    """A decorator: in this case the near port's link does not come or go, so nobody has reset the port, not even to undo."""
    def expect_link(ifname, changes):
        expect_eq(carrier_changes(ifname), changes, f"how often the link of {ifname} has come or gone")

    @functools.wraps(case)
    def wrapped(bed):
        defer(expect_link, bed.near.ifname, carrier_changes(bed.near.ifname))
        case(bed)
    return wrapped


class deltas:  # pylint: disable=invalid-name
    """`with deltas(ifname) as delta: ...`; afterwards delta.rx() is {queue: packets} of every queue."""

    def __init__(self, ifname, netns=None):
        self.where = (ifname, netns)
        self.before = self.after = None

    def __enter__(self):
        self.before = queue_counters(*self.where)
        return self

    def __exit__(self, *_):
        self.after = queue_counters(*self.where)

    def _each(self, way, name):
        return {queue: value - self.before.get((kind, queue, what), 0)
                for (kind, queue, what), value in self.after.items() if kind == way and what == name}

    def rx(self, name="packets"):
        return self._each("rx", name)

    def tx(self, name="packets"):
        return self._each("tx", name)

    def expect_rx(self, wanted, name="packets"):
        """@wanted is {queue: count}; every other queue must have got nothing."""
        counts = self.rx(name)
        expect_eq({queue: counts.get(queue) for queue in wanted}, wanted, f"rx {name} of the target queues: {counts}")
        idle = {queue: count for queue, count in counts.items() if queue not in wanted}
        expect_eq(sum(idle.values()), 0, f"rx {name} of the bystanders: {idle}")
