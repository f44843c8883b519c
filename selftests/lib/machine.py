# SPDX-License-Identifier: GPL-2.0-only
"""Carry out a program's operations on the near port, and see all that it receives."""

import select
import socket
import time

from .bed import write
from .client import Client, Refused
from .commands import CommandError, ethtool, ip
from .ktap import defer, patience, wait_until
from .netns import set_ipv6
from .oracle import PORT
from .sockets import AUXDATA, BUFFER, PACKET_AUXDATA, PACKET_IGNORE_OUTGOING, SO_RCVBUFFORCE, SOL_PACKET, TP_STATUS_VLAN_VALID

ETH_P_ALL = 3
ERRORS = {"File exists": "EEXIST", "Invalid argument": "EINVAL", "Device or resource busy": "EBUSY",
          "existing ntuple filter": "EINVAL"}


class Net:
    """One socket for all netdevs of this namespace: what it sees is in order, whoever received it."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
        self.socket.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.socket.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        self.poll = select.poll()
        self.poll.register(self.socket, select.POLLIN)
        defer(self.socket.close)

    def frames(self, wait=0.0):
        """(netdev, data, tag that was stripped or None) of all that is there; waits @wait seconds for the first."""
        if not self.poll.poll(wait * 1000):
            return
        while True:
            try:
                data, ancillary, _, address = self.socket.recvmsg(2048, 64, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return
            tci = None
            if ancillary:
                status, _, _, _, _, vlan, _ = AUXDATA.unpack_from(ancillary[0][2])
                if status & TP_STATUS_VLAN_VALID:
                    tci = vlan
            yield address[0], data, tci


class Machine:
    """The near port and its client.  Each operation is a method of the same name."""

    def __init__(self, bed):
        self.bed = bed
        self.near = bed.near.ifname
        self.own = bed.near.mac
        self.client = Client(bed)
        self.net = Net()

    def run(self, operation):
        """The errno's name that it was refused with, or None; of complete a list of them."""
        try:
            return getattr(self, f"_do_{operation[0]}")(*operation[1:])
        except Refused as refused:
            # one number, two names
            return refused.error.replace("ENOTSUP", "EOPNOTSUPP")
        except CommandError as error:
            return next((name for text, name in ERRORS.items() if text in error.output), error.output)

    def clean(self, oracle):
        """Back to the beginning, from what @oracle thinks there is."""
        self.client.close_all()
        for name in oracle.filters:
            if name.startswith("rule"):
                self._do_unrule(int(name[4:]))
        for name in oracle.stations:
            self._do_station_gone(name)
        for vid in oracle.vlans:
            self._do_unvlan(vid)
        self._do_promisc(False)
        self._do_own(self.own)
        ethtool(f"-K {self.near} rx-vlan-filter on l2-fwd-offload on")
        self._do_ring(512, 512)
        self._do_mtu(1500)
        self._do_channels(1)
        if not oracle.up:
            self._do_up()

    def _do_open(self, owner):
        self.client.open(owner)

    def _do_close(self, owner):
        self.client.close(owner)

    def _do_alloc(self, owner, queue, sink, buffers, exact):
        self.client.alloc(owner, queue, sink, buffers, exact)

    def _do_complete(self, *queues):
        try:
            status = self.client.complete(*queues)
        except Refused as refused:
            status = [int(word) for word in refused.reason.split()]
        return status

    def _do_free(self, queue):
        self.client.free(queue)

    def _do_rename(self, queue, name):
        self.client.rename(queue, name)

    def _do_set(self, owner, filter_, target, address, test):
        self.client.set(owner, filter_, "-" if target == PORT else target, address, test)

    def _do_move(self, filter_, target):
        self.client.move(filter_, "-" if target == PORT else target)

    def _do_clear(self, filter_):
        self.client.clear(filter_)

    def _do_rule(self, loc, address, test, channel):
        tag = "" if test == "any" else f"vlan {test} m 0xf000 "
        ethtool(f"-N {self.near} flow-type ether dst {address} {tag}action {channel} loc {loc}")

    def _do_unrule(self, loc):
        ethtool(f"-N {self.near} delete {loc}")

    def _do_channels(self, count):
        ethtool(f"-L {self.near} combined {count}")

    def _do_station(self, name, address):
        ip(f"link add link {self.near} name {name} address {address} type macvlan mode bridge")
        set_ipv6(False, name)

    def _do_station_up(self, name):
        ip(f"link set {name} up")

    def _do_station_down(self, name):
        ip(f"link set {name} down")

    def _do_station_gone(self, name):
        ip(f"link del {name}")

    def _do_station_address(self, name, address):
        ip(f"link set {name} address {address}")

    def _do_station_vlan(self, name, vid):
        ip(f"link add link {name} name {name}.{vid} type vlan id {vid}")

    def _do_station_unvlan(self, name, vid):
        ip(f"link del {name}.{vid}")

    def _do_vlan(self, vid):
        ip(f"link add link {self.near} name p{vid} type vlan id {vid}")

    def _do_unvlan(self, vid):
        ip(f"link del p{vid}")

    def _do_own(self, address):
        ip(f"link set {self.near} address {address}")

    def _do_ring(self, rx, tx):
        ethtool(f"-G {self.near} rx {rx} tx {tx}")

    def _do_mtu(self, mtu):
        ip(f"link set {self.near} mtu {mtu}")

    def _do_promisc(self, enable):
        ip(f"link set {self.near} promisc {'on' if enable else 'off'}")

    def _do_vlan_filter(self, enable):
        ethtool(f"-K {self.near} rx-vlan-filter {'on' if enable else 'off'}")

    def _do_offload(self, enable):
        ethtool(f"-K {self.near} l2-fwd-offload {'on' if enable else 'off'}")

    def _do_reset(self):
        write(f"{self.bed.near.sysfs}/reset_method", "flr")
        write(f"{self.bed.near.sysfs}/reset", "1")

    def _do_down(self):
        self.bed.near.down()

    def _do_up(self):
        self.bed.near.up(carrier=False)

    def wait_carrier(self):
        def there():
            with open(f"/sys/class/net/{self.near}/carrier", encoding="ascii") as carrier:
                return carrier.read() == "1\n"

        wait_until(there, 10, "carrier")

    def send(self, frames):
        for frame in frames:
            self.client.sender.socket.send(frame)

    def quiet(self, seconds):
        """What comes until nothing has come for some seconds."""
        deadline = time.monotonic() + patience(5)
        while time.monotonic() < deadline:
            found = list(self.net.frames(seconds))
            if not found:
                return
            yield from found
