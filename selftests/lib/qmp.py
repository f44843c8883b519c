# SPDX-License-Identifier: GPL-2.0-only
"""Drive the QEMU that runs this virtual host: pull the cable, unplug the card, inject errors."""

import json
import os

from .bed import NEAR_PCI, mac
from .ktap import Skip, defer, wait_until
from .ports import virtio_port


class QmpError(Exception):
    pass


class Qmp:
    """The names inside QEMU: devices `near` and `far` in the slots `near-slot` and `far-slot`."""

    def __init__(self):
        try:
            self.port = os.open(virtio_port("vmq.qmp"), os.O_RDWR)
        except FileNotFoundError as error:
            raise Skip("this host cannot reach a QEMU around it") from error
        defer(os.close, self.port)
        self.pending = b""
        self.serial = os.getpid() << 16
        self.events = []
        # an earlier test may have done this; then QEMU answers with an error, which is as good
        self._exchange("qmp_capabilities", {})

    def _exchange(self, command, arguments):
        self.serial += 1
        request = {"execute": command, "arguments": arguments, "id": self.serial}
        os.write(self.port, json.dumps(request).encode() + b"\n")
        while True:
            while b"\n" not in self.pending:
                self.pending += os.read(self.port, 4096)
            line, self.pending = self.pending.split(b"\n", 1)
            reply = json.loads(line)
            if reply.get("id") == self.serial:
                return reply
            if "event" in reply:
                self.events.append(reply)

    def __call__(self, command, **arguments):
        """qmp("set_link", name="near", up=False); an underscore in an argument's name stands for a hyphen."""
        reply = self._exchange(command, {name.replace("_", "-"): value for name, value in arguments.items()})
        if "error" in reply:
            raise QmpError(f"{command}: {reply['error']['desc']}")
        return reply["return"]

    def hmp(self, line):
        """A command of the human monitor, for what QMP has not: pcie_aer_inject_error."""
        output = self("human-monitor-command", command_line=line)
        if "rror" in output:
            raise QmpError(f"{line}: {output.strip()}")
        return output

    def cable(self, port, plugged):
        self("set_link", name=port, up=plugged)

    def unplug(self, port):
        """As if the card's button was pressed: the guest is asked."""
        self("device_del", id=port)

    def tear_out(self, port):
        """The card is gone without a word: the guest is not asked."""
        self("qom-set", path=f"/machine/peripheral/{port}", property="realized", value=False)

    def plug(self, name):
        """A new card in the near port's slot, seen by the guest."""
        self("device_add", driver="igb", id=name, bus="near-slot", netdev="near-wire", mac=mac(1))
        wait_until(lambda: os.path.exists(f"/sys/bus/pci/devices/{NEAR_PCI}"), 15, "the new card is seen")

    def aer(self, port, error):
        """Errors are injected at the slot, QEMU's 82576 passes none on."""
        return self.hmp(f"pcie_aer_inject_error {port}-slot {error}")
