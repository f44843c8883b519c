# SPDX-License-Identifier: GPL-2.0-only
"""What a row of the bench is written with: the bed, made ready to be measured, and the meter."""

import base64
import json
import os
import zlib

from . import bed
from .bed import CHECKOUT, Bed, load, mac
from .commands import bridge, cmd, ethtool, ip

METER = f"{CHECKOUT}/build/bench/meter"
# Both drivers program it alike.  The emulated chip takes four times as long, 2458 us; with a batch every 2000 us there
# is one interrupt for each, by turns at once and when the timer ends.
MODERATION = 600  # us
PERIOD = 2000  # us
BATCHES = {1: 264, 8: 136, 64: 136}  # how many of each size; the first eight do not count
# Measure the time a frame takes instead, with the moderation that each driver has by default: one frame in flight, and
# bursts of 64 that keep the processor busy for half of the time: (batch, how many, us from one to the next, 0 is found out)
LATENCY = bool(os.environ.get("VMQ_LATENCY"))
LATENCY_PLANS = ((1, 200, 9700), (64, 60, 0))
READER = mac(0x20)
ADDRESS = "192.0.2.1"
NOBODY, NOBODYS_MAC = "192.0.2.99", mac(0x99)


def print_symbols():
    """Where which function is, for the profile; modules are where this run has put them."""
    with open("/proc/kallsyms", "rb") as table:
        print("symbols " + base64.b64encode(zlib.compress(table.read(), 1)).decode(), flush=True)


class Bench(Bed):
    """Near is under test; far sends, or its chip drops what is not for it."""

    def __init__(self):
        bed.MODULES = os.environ.get("VMQ_MODULES") or bed.MODULES
        super().__init__()
        load("pktgen")
        for port in (self.near, self.far):
            if port.driver == "igb":
                ethtool(f"-L {port.ifname} combined 1", netns=port.netns)
            if not LATENCY:
                ethtool(f"-C {port.ifname} rx-usecs {MODERATION}", netns=port.netns)
        # a whole batch in one go
        cmd("echo 1000000 >/sys/class/net/far0/queues/tx-0/byte_queue_limits/limit_min", netns="far")
        for port in (self.near, self.far):
            port.wait_carrier()

    def sent(self, port):
        """How many frames a port's chip was given."""
        links = json.loads(ip(f"-j -s link show dev {port.ifname}", netns=port.netns))
        return links[0]["stats64"]["tx"]["packets"]

    def measure(self, way, port, path, *words):
        """@port is the one that sends; with @words pktgen does."""
        for size in os.environ.get("VMQ_SIZES", "60 256 1500").split():
            for batch in map(int, os.environ.get("VMQ_BATCHES", "1 8 64").split()):
                mode = "receive" if words else "transmit"
                line = (METER, mode, path, size, batch, BATCHES[batch], PERIOD * 1000, *words)
                before = self.sent(port)
                result = json.loads(cmd(" ".join(map(str, line)), timeout=120))
                cell = {"way": way, "size": int(size), "batch": batch, "sent": self.sent(port) - before, **result}
                print("bench " + json.dumps(cell), flush=True)

        if os.environ.get("VMQ_SYMBOLS"):
            print_symbols()

    def latency(self, reader, *words):
        for batch, count, period in LATENCY_PLANS:
            line = (METER, "latency", reader, 60, batch, count, period * 1000, *words)
            result = json.loads(cmd(" ".join(map(str, line)), timeout=120))
            print("bench " + json.dumps({"way": "latency", "batch": batch, **result}), flush=True)

    def receive(self, reader, address):
        """@reader is "udp", "tap:vnet0" ..., see bench/tools/readers.c; frames are sent to @address."""
        if LATENCY:
            self.latency(reader, self.far.ifname, address, ADDRESS)
            return
        self.measure("receive", self.far, reader, self.far.ifname, address, ADDRESS)

    def transmit(self, sender):
        """@sender is "udp:192.0.2.99" ..., see bench/tools/senders.c."""
        self.measure("transmit", self.near, sender)

    def transmit_bare(self):
        """Without a stack: pktgen hands a batch to the driver, which is told to ring the bell once."""
        self.measure("transmit", self.near, "none", self.near.ifname, NOBODYS_MAC, NOBODY)

    def own_address(self):
        """Near has an address, and a neighbour that takes everything and is not there."""
        ip(f"addr add {ADDRESS}/24 dev {self.near.ifname}")
        ip(f"neigh add {NOBODY} lladdr {NOBODYS_MAC} dev {self.near.ifname} nud permanent")

    def bridge_tap(self, name, behind_port=None):
        """A tap beside the port in a bridge that knows who is where: the reader behind the tap, and who is behind the port."""
        load("tun")
        ip(f"tuntap add {name} mode tap")
        ip("link add br0 type bridge")
        for port in (name, self.near.ifname):
            ip(f"link set {port} master br0 up")
        ip("link set br0 up")
        bridge(f"fdb add {READER} dev {name} master static")
        if behind_port:
            bridge(f"fdb add {behind_port} dev {self.near.ifname} master static")

    def macvtap(self, name):
        ip(f"link add link {self.near.ifname} name {name} type macvtap mode bridge")
        ip(f"link set {name} address {READER} up")

    def station(self, name):
        """The same with a queue of its own."""
        ethtool(f"-K {self.near.ifname} l2-fwd-offload on")
        self.macvtap(name)
        if not LATENCY:
            ethtool(f"-C {self.near.ifname} rx-usecs {MODERATION}")
