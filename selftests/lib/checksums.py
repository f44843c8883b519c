# SPDX-License-Identifier: GPL-2.0-only
"""What tests of received check sums have in common: the bed, frames for it, and who reads them."""

import socket

from .bed import Bed
from .commands import ethtool
from .ktap import defer

ADDRESSES = (("192.0.2.1", "192.0.2.2"), ("2001:db8::1", "2001:db8::2"))
PORT = 4000


def bed_without_gro():
    """Each frame on its own: GRO would join those of one flow."""
    bed = Bed()
    bed.addresses()
    bed.know_each_other()
    ethtool(f"-K {bed.near.ifname} gro off")
    return bed


def frames_of(bed, make, addresses, count, size, **options):
    """@count frames for the near port, made by frames.udp(), tcp() or sctp(), with @size different bytes each."""
    dst, src = bed.near.mac, bed.far.mac
    return [make(dst, src, *addresses, PORT, PORT + 1, bytes(range(seq, seq + size)), **options) for seq in range(count)]


def listener(address):
    """Who the frames with UDP are for."""
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    defer(sock.close)
    sock.bind((address, PORT))
    sock.setblocking(False)
    return sock


def received(sock):
    """The payloads that have come."""
    found = []
    while True:
        try:
            found.append(sock.recv(4000))
        except BlockingIOError:
            return found
