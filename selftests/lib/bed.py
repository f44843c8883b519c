# SPDX-License-Identifier: GPL-2.0-only
"""The bed: two ports of a virtual host, wired back to back.

`near` is the port under test, in the host's own namespace.  `far` is the wire's other end: a port with the stock
driver in the namespace "far".  Nothing is sent unless a test sends it: IPv6 is off until addresses() is called.
"""

import concurrent.futures
import glob
import os

from .commands import cmd, ip
from .ktap import Fail, defer, wait_until
from .netns import add_netns, set_ipv6

NEAR_PCI = os.environ.get("VMQ_NEAR") or "0000:01:00.0"
FAR_PCI = os.environ.get("VMQ_FAR") or "0000:02:00.0"
CHECKOUT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MODULES = f"{CHECKOUT}/build/modules-{os.uname().release}"
CARRIER = 10  # seconds until a link must be up
KMEMLEAK = "/sys/kernel/debug/kmemleak"
FAR_BYTES = 100_000_000  # more than fit into the far port's ring


def mac(number):
    """One of the 256 addresses reserved for examples; the bed's own ports are 1 and 2."""
    return f"00:00:5e:00:53:{number:02x}"


def write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def load(module, timeout=30, parameters=""):
    """Load one of our modules, and before it what it depends on."""
    if os.path.exists(f"/sys/module/{module}"):
        return
    paths = glob.glob(f"{MODULES}/**/{module}.ko", recursive=True)
    if not paths:
        cmd(f"modprobe {module}")
        return
    for needed in cmd(f"modinfo -F depends {paths[0]}").strip().split(","):
        if needed:
            load(needed)
    cmd(f"insmod {paths[0]} {parameters}", timeout=timeout)


class Port:
    def __init__(self, name, pci, driver, netns=None):
        self.name = name
        self.pci = pci
        self.driver = driver
        self.netns = netns
        self.ifname = None

    @property
    def sysfs(self):
        return f"/sys/bus/pci/devices/{self.pci}"

    @property
    def bound(self):
        link = f"{self.sysfs}/driver"
        return os.path.basename(os.readlink(link)) if os.path.islink(link) else None

    def bind(self, driver=None):
        """Give the port to its driver, as a user would give one port of many."""
        self.driver = driver or self.driver
        self.unbind()
        load(self.driver)
        write(f"{self.sysfs}/driver_override", self.driver)
        # a card just plugged in shows before drivers may have it; a rescan waits for the lock that plugging holds
        write(f"/sys/class/pci_bus/{self.pci[:7]}/rescan", "1")
        write("/sys/bus/pci/drivers_probe", self.pci)
        if self.bound != self.driver:
            raise Fail(f"{self.driver} did not bind to {self.pci}")
        names = os.listdir(f"{self.sysfs}/net")
        if len(names) != 1:
            raise Fail(f"{self.pci} has the netdevs {names}")
        set_ipv6(False, names[0])
        where = f"netns {self.netns}" if self.netns else ""
        ip(f"link set {names[0]} {where} name {self.name}")
        self.ifname = self.name

    def unbind(self):
        if self.bound:
            write(f"{self.sysfs}/driver/unbind", self.pci)
        self.ifname = None

    def give_back(self):
        """Any driver may have the port again."""
        self.unbind()
        if os.path.exists(self.sysfs):
            write(f"{self.sysfs}/driver_override", "\n")

    def link(self):
        return ip(f"-d -s link show dev {self.ifname}", netns=self.netns, json=True)[0]

    @property
    def mac(self):
        return self.link()["address"]

    def up(self, carrier=True):
        ip(f"link set {self.ifname} up", netns=self.netns)
        if carrier:
            self.wait_carrier()

    def down(self):
        ip(f"link set {self.ifname} down", netns=self.netns)

    def wait_carrier(self, on=True):
        wait_until(lambda: ("LOWER_UP" in self.link()["flags"]) == on, CARRIER,
                   f"{self.ifname} carrier {'on' if on else 'off'}")


class Bed:
    """Both ports bound and up.  The near port's driver is vmq unless the run or the test says otherwise."""

    def __init__(self, driver=None, up=True):
        driver = driver or os.environ.get("VMQ_DRIVER", "vmq")
        if os.path.exists("/run/netns/far"):
            # of a bed that somebody has left, in a shell
            ip("netns del far")
        self.near = Port("near0", NEAR_PCI, driver)
        self.far = Port("far0", FAR_PCI, "igb", add_netns("far"))
        for port in (self.far, self.near):
            defer(port.give_back)
        # a probe waits half a second for the hardware; two can wait at once
        with concurrent.futures.ThreadPoolExecutor() as pool:
            list(pool.map(Port.bind, (self.far, self.near)))
        self._prepare_far()
        if up:
            for port in (self.far, self.near):
                port.up(carrier=False)
            for port in (self.far, self.near):
                port.wait_carrier()

    def _prepare_far(self):
        """Make it a mere end of a wire.

        A sender that is moved to another CPU, and so to another transmit queue, would overtake itself: there is one.
        Frames that must wait for it, as those behind the very first one, leave in their order: fq_codel, which Debian's
        kernel takes by itself, lets flows overtake each other.  And a queue that is full for 5 s, because the emulated
        processor that shall empty it has more to do, would be hung to the stack's watchdog, and the port be reset, in the
        middle of a test of the other port: it is never full.
        """
        cmd("ethtool -L far0 combined 1 && ethtool -G far0 tx 4096 && tc qdisc replace dev far0 root pfifo limit 10000 &&"
            f"echo {FAR_BYTES} >/sys/class/net/far0/queues/tx-0/byte_queue_limits/limit_min", netns="far")
        if os.path.exists(KMEMLEAK):
            defer(self.release_far)

    @staticmethod
    def release_far():
        """Give the far port back the queues that were taken from it.

        When it goes, igb of 7.3 frees only the vectors of queues that it has: those of queues that were taken away with
        ethtool -L are leaked (igb_free_q_vectors() looks at num_q_vectors), unless they are given back before.
        """
        cmd("ip link set far0 down && ethtool -L far0 combined 8", netns="far", check=False)

    def addresses(self):
        """Addresses .1 and .2, ::1 and ::2 on near and far; from here on the two may speak on their own."""
        for port, number in ((self.near, 1), (self.far, 2)):
            set_ipv6(True, port.ifname, port.netns)
            ip(f"addr add 192.0.2.{number}/24 dev {port.ifname}", netns=port.netns)
            ip(f"addr add 2001:db8::{number}/64 dev {port.ifname} nodad", netns=port.netns)

    def know_each_other(self):
        """Nobody asks who has one of those addresses, or answers: for while frames are counted."""
        for port, other, number in ((self.near, self.far, 2), (self.far, self.near, 1)):
            for address in (f"192.0.2.{number}", f"2001:db8::{number}"):
                ip(f"neigh replace {address} lladdr {other.mac} dev {port.ifname} nud permanent", netns=port.netns)

    def interrupts(self):
        """{interrupt number: (name, [count per CPU])} of the near port."""
        rows = {}
        numbers = os.listdir(f"{self.near.sysfs}/msi_irqs")
        with open("/proc/interrupts", encoding="ascii") as table:
            cpus = len(table.readline().split())
            for line in table:
                words = line.split()
                number = words[0].rstrip(":")
                if number in numbers:
                    rows[int(number)] = (words[-1], [int(word) for word in words[1:1 + cpus]])
        return rows

    def reload(self):
        """Take the near port's driver out and in again; the far port's own driver only lets go of the near port."""
        self.near.unbind()
        if self.near.driver != self.far.driver:
            cmd(f"rmmod {self.near.driver}")
        self.near.bind()
