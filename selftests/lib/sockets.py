# SPDX-License-Identifier: GPL-2.0-only
"""Send and catch raw frames with packet sockets."""

import collections
import select
import socket
import struct
import time

from .bed import mac
from .frames import BROADCAST, number, numbered
from .ktap import Fail, defer, patience
from .netns import inside

ETH_P_ALL = 3
SOL_PACKET = 263
PACKET_ADD_MEMBERSHIP, PACKET_AUXDATA, PACKET_IGNORE_OUTGOING = 1, 8, 23
PACKET_MR_PROMISC = 1
TP_STATUS_VLAN_VALID = 0x10
SO_RCVBUFFORCE, SO_SNDBUFFORCE = 33, 32
AUXDATA = struct.Struct("=IIIHHHH")  # struct tpacket_auxdata
BUFFER = 64 << 20
LAST = 0xFFFFFFFF  # the flow of a frame that says that no more will come

# one caught frame; tci and tpid are of a tag that was stripped before the socket saw the frame, or None
Caught = collections.namedtuple("Caught", "data kind tci tpid status")


class Sender:
    """Send frames out of a port, from inside its namespace.

    A receive ring is finite and an emulated CPU may be away for a while, so a fast burst overruns the receiver.  By
    default frames go out at a pace that a ring of 256 survives; pace=False is for tests that want the overrun.
    """

    CHUNK, PAUSE = 32, 0.005

    def __init__(self, ifname, netns=None):
        with inside(netns):
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 1 << 20)
        self.socket.bind((ifname, 0))
        defer(self.socket.close)

    def send(self, *frames, pace=True, to=None):
        """Send frames.  With @to, a Capture that will see each of them, every chunk is waited for: never a loss."""
        for start in range(0, len(frames), self.CHUNK):
            chunk = frames[start:start + self.CHUNK]
            for frame in chunk:
                self.socket.send(frame)
            if to:
                # after the first loss there is nothing more to wait for
                to = to if to.wait_for(len(chunk)) else None
            elif pace and len(chunk) == self.CHUNK:
                time.sleep(patience(self.PAUSE))

    def burst(self, dst, src, count, start=0, flow=0, pace=True, to=None, **options):
        """Send @count numbered frames; further options are those of frames.ethernet()."""
        frames = [numbered(dst, src, seq, flow, **options) for seq in range(start, start + count)]
        self.send(*frames, pace=pace, to=to)


class Capture:
    """Catch what a port receives, from the moment of construction on."""

    def __init__(self, ifname, netns=None, promisc=False, ethertype=ETH_P_ALL, outgoing=False):
        with inside(netns):
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            index = socket.if_nametoindex(ifname)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
        self.socket.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        if not outgoing:
            self.socket.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        self.socket.bind((ifname, ethertype))
        if promisc:
            request = struct.pack("IHH8s", index, PACKET_MR_PROMISC, 0, b"")
            self.socket.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, request)
        self.caught = []
        defer(self.socket.close)

    def _one(self):
        data, ancillary, _, address = self.socket.recvmsg(65536, 256)
        tci = tpid = None
        status = 0
        for _, kind, auxdata in ancillary:
            if kind == PACKET_AUXDATA:
                status, _, _, _, _, vlan, protocol = AUXDATA.unpack(auxdata[:AUXDATA.size])
                if status & TP_STATUS_VLAN_VALID:
                    tci, tpid = vlan, protocol
        return Caught(data, address[2], tci, tpid, status)

    def wait_for(self, more, timeout=3):
        """Catch @more frames and keep them for frames(); whether they came in time."""
        goal = len(self.caught) + more
        deadline = time.monotonic() + patience(timeout)
        while len(self.caught) < goal:
            if not select.select([self.socket], [], [], max(0, deadline - time.monotonic()))[0]:
                return False
            self.caught.append(self._one())
        return True

    def frames(self, count=None, timeout=3, quiet=0.3):
        """All frames until @count have come, or, without a count, none came for @quiet seconds; or the time is up."""
        deadline = time.monotonic() + patience(timeout)
        if count is not None:
            self.wait_for(max(0, count - len(self.caught)), timeout)
        else:
            while self.wait_for(1, quiet) and time.monotonic() < deadline:
                pass
        caught, self.caught = self.caught, []
        return caught

    def frames_before_last(self, sender):
        """All frames that came before a broadcast, sent now: of what takes the same queue nothing can come behind it."""
        sender.burst(BROADCAST, mac(0xfe), 1, flow=LAST)
        while True:
            if not self.wait_for(1):
                raise Fail("the last frame did not come")
            if number(self.caught[-1].data) == (LAST, 0):
                break
        caught, self.caught = self.caught[:-1], []
        return caught

    def numbers(self, count=None, timeout=3):
        """Sequence numbers of the caught numbered frames, in order of arrival, until there are @count of them.

        Other frames do not count: a bridge or the stack may have something of its own to say.
        """
        began, found = time.monotonic(), []
        while True:
            left = max(0, timeout - (time.monotonic() - began) / patience(1))
            frames = self.frames(None if count is None else count - len(found), left)
            pairs = filter(None, (number(frame.data) for frame in frames))
            found += [seq for _, seq in pairs]
            if count is None or len(found) >= count or not left:
                return found

    def expect_none(self, seconds=0.5):
        """Fail when a frame comes."""
        frames = self.frames(1, seconds)
        if frames:
            raise Fail(f"expected no frame, caught {frames[0].data[:32].hex()}")
