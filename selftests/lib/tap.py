# SPDX-License-Identifier: GPL-2.0-only
"""A tap, read and written by the test in place of a virtual machine."""

import fcntl
import os
import select
import struct
import time

from .bed import load
from .commands import ip
from .frames import number
from .ktap import defer, patience

TUNSETIFF, TUNSETOFFLOAD, TUNSETVNETHDRSZ = 0x400454CA, 0x400454D0, 0x400454D8
IFF_TAP, IFF_NO_PI, IFF_VNET_HDR = 0x0002, 0x1000, 0x4000
TUN_F_CSUM, TUN_F_TSO4, TUN_F_TSO6 = 1, 2, 4
HEADER = 12  # bytes of the virtio header, if there is one


class _File:
    """The file that a virtual machine's frames are read from and written to, until the end of the case."""

    def __init__(self, path, header=0):
        self.header = header
        self.file = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        defer(self.close)

    def attach(self, name, flags):
        fcntl.ioctl(self.file, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI | flags))

    def close(self):
        """As when the virtual machine ends: the tap goes with it."""
        if self.file is not None:
            os.close(self.file)
            self.file = None

    def write(self, frame):
        os.write(self.file, bytes(self.header) + frame)

    def read(self):
        """The next frame, or None."""
        try:
            return os.read(self.file, 1 << 17)[self.header:]
        except BlockingIOError:
            return None

    def frames(self, count=None, timeout=3, quiet=0.3, wanted=lambda frame: True):
        """Wanted frames until @count have come, or without one none came for @quiet seconds; or the time is up."""
        deadline = time.monotonic() + patience(timeout)
        found = []
        while count is None or len(found) < count:
            left = deadline - time.monotonic()
            if count is None:
                left = min(left, patience(quiet))
            if not select.select([self.file], [], [], max(0, left))[0]:
                break
            frame = self.read()
            if frame is not None and wanted(frame):
                found.append(frame)
        return found

    def numbers(self, count=None, timeout=3):
        """Sequence numbers of the numbered frames, in order of arrival; the bridge may send others of its own."""
        return [number(frame)[1] for frame in self.frames(count, timeout, wanted=number)]


class Tap(_File):
    """A tap; @offloads: it takes TCP in long pieces, as a guest's driver does."""

    def __init__(self, name, offloads=False):
        load("tun")
        super().__init__("/dev/net/tun", HEADER if offloads else 0)
        self.name = name
        self.attach(name, IFF_VNET_HDR if offloads else 0)
        if offloads:
            fcntl.ioctl(self.file, TUNSETVNETHDRSZ, struct.pack("i", HEADER))
            fcntl.ioctl(self.file, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6)
        ip(f"link set {name} up")


class Macvtap(_File):
    """A macvtap that is there already, by a device node of our own: udev makes one elsewhere."""

    def __init__(self, name):
        with open(f"/sys/class/net/{name}/ifindex", encoding="ascii") as text:
            index = text.read().strip()
        with open(f"/sys/class/macvtap/tap{index}/dev", encoding="ascii") as text:
            major, minor = map(int, text.read().split(":"))
        path = f"/tmp/tap{index}"
        os.mknod(path, 0o600 | 0o020000, os.makedev(major, minor))
        defer(os.unlink, path)
        super().__init__(path)
        self.attach("", 0)
