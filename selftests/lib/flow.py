# SPDX-License-Identifier: GPL-2.0-only
"""A stream that must not lose anything whatever happens around it."""

import threading

from .bed import mac
from .frames import number, numbered
from .ktap import expect_eq, wait_until
from .sockets import Capture, Sender

SOURCE = mac(0xfe)


class Flow:
    """A numbered stream from the wire, as it comes out of one netdev, whatever queue it takes.

    There are never more frames on the way than @ahead and CHUNK, however long somebody keeps a processor; if the smallest
    ring holds as many, a frame that is lost was lost by what the test did.
    """

    CHUNK = 16

    def __init__(self, bed, flow, address, sink, vlan=None, ahead=100):
        self.flow, self.address, self.vlan, self.ahead = flow, address, vlan, ahead
        self.sender = Sender(bed.far.ifname, bed.far.netns)
        self.catch = self.listen(sink)
        self.stopping = threading.Event()
        self.sent = 0
        self.seen = []
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while not self.stopping.is_set():
            for _ in range(self.CHUNK):
                self.sender.send(numbered(self.address, SOURCE, self.sent, self.flow, vlan=self.vlan))
                self.sent += 1
            while len(self.seen) < self.sent - self.ahead and not self.stopping.is_set():
                self.collect(0.01)
            self.collect(0)

    @staticmethod
    def listen(sink):
        return Capture(sink)

    def arrived(self, wait):
        """What has come since, or comes within @wait seconds."""
        self.catch.wait_for(1, wait)
        return [frame.data for frame in self.catch.frames(0)]

    def collect(self, wait):
        found = map(number, self.arrived(wait))
        self.seen += [pair[1] for pair in found if pair and pair[0] == self.flow]

    def stop(self):
        """Every frame has come, once, in order."""
        self.stopping.set()
        self.thread.join()

        def all_there():
            self.collect(0.05)
            return len(self.seen) >= self.sent

        try:
            wait_until(all_there, 5)
        finally:
            expect_eq(self.seen, list(range(self.sent)), f"flow {self.flow}")


class TapFlow(Flow):
    """The same, as it comes out of a tap.  Nobody else may read the tap."""

    @staticmethod
    def listen(sink):
        return sink

    def arrived(self, wait):
        return self.catch.frames(1, wait) + self.catch.frames(quiet=0)
