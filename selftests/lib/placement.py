# SPDX-License-Identifier: GPL-2.0-only
"""On which CPU a queue's frames are really received."""

import collections
import os
import re

from .bed import mac, write
from .ktap import defer, expect_eq

INSTANCE = "/sys/kernel/tracing/instances/vmq-placement"
EVENTS = ("events/net/napi_gro_receive_entry", "events/napi/napi_poll")
FRAME = re.compile(r"\[(\d+)\].*napi_gro_receive_entry: .*queue_mapping=(\d+) ")
INSTANCE_OF = re.compile(r"napi_gro_receive_entry: .*napi_id=(\S+) queue_mapping=(\d+) ")
POLL = re.compile(r"napi_poll: .* for device (\S+) work (\d+) budget (\d+)")


class Placement:
    """Traces each received frame and each poll, until the end of the case."""

    def __init__(self):
        os.mkdir(INSTANCE)
        defer(os.rmdir, INSTANCE)
        for event in EVENTS:
            write(f"{INSTANCE}/{event}/enable", "1")
            defer(write, f"{INSTANCE}/{event}/enable", "0")

    @staticmethod
    def clear():
        write(f"{INSTANCE}/trace", "")

    @staticmethod
    def read():
        with open(f"{INSTANCE}/trace", encoding="ascii") as trace:
            return trace.read()

    def cpus(self):
        """{queue: {CPU: frames}} since clear()."""
        found = collections.defaultdict(collections.Counter)
        for cpu, mapping in FRAME.findall(self.read()):
            # 0 is "no queue"; 1 is queue 0
            found[int(mapping) - 1][int(cpu)] += 1
        return {queue: dict(counts) for queue, counts in found.items()}

    def instances(self):
        """{NAPI instance: queues that its frames were recorded for} since clear()."""
        found = collections.defaultdict(set)
        for instance, mapping in INSTANCE_OF.findall(self.read()):
            found[instance].add(int(mapping) - 1)
        return dict(found)

    def polls(self, ifname):
        """[(frames, budget)] of the port's polls since clear(), of whichever queue."""
        return [(int(work), int(budget)) for name, work, budget in POLL.findall(self.read()) if name == ifname]


def chosen_cpus(bed):
    """{queue: CPU list as text} where each queue's interrupt may come."""
    chosen = {}
    for number, (name, _) in bed.interrupts().items():
        if "-q" in name:
            with open(f"/proc/irq/{number}/smp_affinity_list", encoding="ascii") as text:
                chosen[int(name.rpartition("-q")[2])] = text.read().strip()
    return chosen


def steer_to_all(steer):
    """Frames for mac(0x10 + n) reach queue n."""
    for queue in range(1, 8):
        steer.rule(queue, mac(0x10 + queue), queue)


def expect_polled(steer, placement, wanted):
    """After steer_to_all(): each queue's frames are received where @wanted, {queue: CPU}, says, and it is not shared out."""
    placement.clear()
    steer.expect(*((mac(0x10 + queue), None, queue) for queue in range(1, 8)))
    got = {queue: list(counts) for queue, counts in sorted(placement.cpus().items())}
    expect_eq(got, {queue: [cpu] for queue, cpu in sorted(wanted.items())}, "CPUs that received")
    expect_eq(chosen_cpus(steer.bed), {queue: str(cpu) for queue, cpu in wanted.items()}, "smp_affinity_list")


def queue_table(bed):
    """{queue: (consumer, irq)} as debugfs tells."""
    with open(f"/sys/kernel/debug/vmq/{bed.near.pci}/queues", encoding="ascii") as table:
        rows = [line.split() for line in table.readlines()[1:]]
    return {int(row[0]): (row[3], int(row[5])) for row in rows}


def allowed_cpus(irq):
    """Where an interrupt may run."""
    with open(f"/proc/irq/{irq}/smp_affinity_list", encoding="ascii") as file:
        return {int(cpu) for cpu in re.findall(r"\d+", file.read())}
