# SPDX-License-Identifier: GPL-2.0-only
"""The near port in a Linux bridge, with vmq_bridge."""

import collections

from .bed import load
from .commands import bridge, cmd, ip
from .counters import deltas
from .ktap import Fail, defer, expect_eq, wait_until
from .netns import set_ipv6
from .sockets import Sender

DEBUGFS = "/sys/kernel/debug/vmq_bridge"
Entry = collections.namedtuple("Entry", "uplink bridge port addr vlan queue rate kind reason")


class Bridged:
    """A bridge with one port to the wire; @options of ip link add."""

    def __init__(self, bed, name="br0", options="", uplink=None):
        self.bed, self.name = bed, name
        self.uplink = uplink or bed.near.ifname
        ip(f"link add {name} type bridge {options}")
        defer(cmd, f"ip link del {name}", check=False)
        set_ipv6(False, name)
        self.add(self.uplink)
        ip(f"link set {name} up")
        self.sender = Sender(bed.far.ifname, bed.far.netns)

    def add(self, port, options=""):
        set_ipv6(False, port)
        ip(f"link set {port} master {self.name} up")
        if options:
            bridge(f"link set dev {port} {options}")

    def static(self, address, port, vlan=None):
        bridge(f"fdb add {address} dev {port} master static" + (f" vlan {vlan}" if vlan else ""))

    def offloaded(self, port):
        """Addresses behind a port that `bridge fdb show` calls offloaded."""
        rows = bridge(f"fdb show brport {port}", json=True)
        return sorted(row["mac"] for row in rows if "offload" in row.get("flags", []))

    @staticmethod
    def wait_state(port, state):
        wait_until(lambda: bridge(f"-d link show dev {port}", json=True)[0]["state"] == state, 5, f"{port} {state}")

    def wait_forwarding(self, *ports):
        for port in (self.uplink, *ports):
            self.wait_state(port, "forwarding")


def load_bridge():
    """vmq_bridge until the end of the case."""
    load("vmq_bridge")
    defer(cmd, "rmmod vmq_bridge", check=False)


def entries():
    """What vmq_bridge knows: {(address, VLAN): Entry}"""
    with open(f"{DEBUGFS}/entries", encoding="ascii") as file:
        rows = [line.split(maxsplit=8) for line in file.read().splitlines()[1:]]
    found = {}
    for row in rows:
        row = row + [""] * (9 - len(row))
        queue = None if row[5] == "-" else int(row[5])
        found[row[3], int(row[4])] = Entry(*row[:4], int(row[4]), queue, int(row[6]), row[7], row[8])
    return found


def queue_of(address, vlan=0):
    entry = entries().get((address, vlan))
    return entry.queue if entry else None


def wait_promoted(address, vlan=0, timeout=8):
    """The queue of an address, once it has one."""
    wait_until(lambda: queue_of(address, vlan), timeout, f"{address} has a queue")
    return queue_of(address, vlan)


def frames_by(port="*"):
    """What became of the frames of queues: {reason: frames}, of one port or of all that ever were."""
    found = collections.Counter()
    with open(f"{DEBUGFS}/counters", encoding="ascii") as file:
        for line in file:
            words = line.split(maxsplit=4)
            if len(words) == 5 and words[2] == "frames" and port in (words[1], "*"):
                found[words[4].strip()] += int(words[3])
    return found


def is_settled():
    """vmq_bridge has looked at all that has changed."""
    with open(f"{DEBUGFS}/counters", encoding="ascii") as file:
        return file.readline().strip() == "settled yes"


def events():
    """{"promoted": ..., "demoted": ..., "refused": ...}"""
    found = collections.Counter()
    with open(f"{DEBUGFS}/counters", encoding="ascii") as file:
        for line in file:
            words = line.split()
            if len(words) == 4 and words[1] == "-":
                found[words[2]] += int(words[3])
    return found


class handled:  # pylint: disable=invalid-name
    """`with handled(bed) as now: ...`; afterwards now.rx is {queue: frames} and now.by {reason: frames}."""

    def __init__(self, bed, port="*"):
        self.delta, self.port = deltas(bed.near.ifname), port
        self.rx = self.by = self.before = None

    def __enter__(self):
        self.delta.__enter__()
        self.before = frames_by(self.port)
        return self

    def __exit__(self, *args):
        self.delta.__exit__(*args)
        self.rx = {queue: count for queue, count in self.delta.rx().items() if count}
        self.by = dict(frames_by(self.port) - self.before)


def expect_numbers(got, count):
    """Each frame once and in order."""
    if got != list(range(count)):
        missing = sorted(set(range(count)) - set(got))
        raise Fail(f"of {count} frames {len(got)} came, missing {missing[:10]}, in order: {got == sorted(got)}")


def expect_direct(now, queue, count, most_by_bridge):
    """All @count frames came by @queue, most of them directly."""
    expect_eq(now.rx, {queue: count})
    by_bridge = count - now.by.get("direct", 0)
    if by_bridge > most_by_bridge:
        raise Fail(f"{by_bridge} of {count} frames went by the bridge: {now.by}")
