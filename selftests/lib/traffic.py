# SPDX-License-Identifier: GPL-2.0-only
"""Frames both ways in the background, for tests of what must not disturb them."""

import errno
import threading

from .frames import ETH_P_TEST, number, numbered
from .ktap import expect_eq, patience, wait_until
from .sockets import Capture, Sender


class Stream:
    """Numbered frames from one port to the other, until stop().  A number is used up when the kernel takes the frame.

    Where everything is slower they come more slowly, too: a host that cannot keep up would be tested for that.
    """

    CHUNK, PAUSE = 4, 0.01

    def __init__(self, source, target):
        self.name = f"{source.name} to {target.name}"
        self.catch = Capture(target.ifname, target.netns, ethertype=ETH_P_TEST)
        self.socket = Sender(source.ifname, source.netns).socket
        self.socket.settimeout(2)
        self.addresses = (target.mac, source.mac)
        self.sent = 0
        self.seen = []
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while not self.stopping.wait(patience(self.PAUSE)):
            for _ in range(self.CHUNK):
                try:
                    self.socket.send(numbered(*self.addresses, self.sent))
                except OSError:
                    # the port is down or has no room: try again later
                    break
                self.sent += 1

    def _collect(self, wait=0.0):
        """Whether a frame came."""
        try:
            if not self.catch.wait_for(1, wait):
                return False
        except OSError as error:
            # a port that goes down tells the socket so, once
            if error.errno != errno.ENETDOWN:
                raise
            return True
        self.seen += [number(frame.data)[1] for frame in self.catch.frames(0)]
        return True

    def _reached(self, goal):
        while self._collect():
            pass
        return self.seen and self.seen[-1] >= goal

    def wait_moving(self, timeout=15):
        """Wait for a frame that is sent from now on to arrive."""
        goal = self.sent
        wait_until(lambda: self._reached(goal), timeout, f"frames from {self.name}")

    def stop(self):
        self.stopping.set()
        self.thread.join()
        while self._collect(0.3):
            pass

    @property
    def lost(self):
        return self.sent - len(self.seen)

    def expect_order(self):
        """Each frame at most once, and in the order in which it was sent."""
        expect_eq(self.seen, sorted(set(self.seen)), f"{self.name}: arrival")


class Traffic:
    """`with Traffic(bed) as traffic: ...`; afterwards traffic.rx and traffic.tx (of the near port) have what came."""

    def __init__(self, bed):
        self.rx = Stream(bed.far, bed.near)
        self.tx = Stream(bed.near, bed.far)

    def __enter__(self):
        self.wait_moving()
        return self

    def __exit__(self, kind, *_):
        for stream in (self.rx, self.tx):
            stream.stop()
        if kind is None:
            for stream in (self.rx, self.tx):
                stream.expect_order()

    def wait_moving(self, timeout=15):
        for stream in (self.rx, self.tx):
            stream.wait_moving(timeout)
