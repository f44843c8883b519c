# SPDX-License-Identifier: GPL-2.0-only
"""The modules' tracepoints, read by an instance of their own."""

import collections
import os
import re

from .bed import write
from .ktap import defer

INSTANCE = "/sys/kernel/tracing/instances/vmq"
LINE = re.compile(r" (\d+\.\d+): (vmq_\w+): (\S+) (.*)$", re.MULTILINE)
Event = collections.namedtuple("Event", "time name device text")


class Trace:
    """Until the end of the case; @events are groups, or group/event."""

    def __init__(self, *events):
        os.mkdir(INSTANCE)
        defer(os.rmdir, INSTANCE)
        for event in events:
            path = f"{INSTANCE}/events/{event}/enable"
            write(path, "1")
            defer(write, path, "0")

    def events(self):
        """All of them, in order; the time is in seconds."""
        with open(f"{INSTANCE}/trace", encoding="ascii") as trace:
            return [Event(float(row[0]), *row[1:]) for row in LINE.findall(trace.read())]

    def take(self):
        """[(name, text)] since the last time."""
        found = [(event.name, event.text) for event in self.events()]
        write(f"{INSTANCE}/trace", "")
        return found
