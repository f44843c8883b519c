# SPDX-License-Identifier: GPL-2.0-only
"""The virtual host that is measured: one processor, virtual time is the number of instructions, a counter around it."""

import json
import os
import subprocess
import sys
import time

TOOLS = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, f"{os.path.dirname(os.path.dirname(TOOLS))}/qemu")
import vm  # noqa: E402  pylint: disable=wrong-import-position

BUILD = f"{vm.CHECKOUT}/build/bench"
ROWS = f"{vm.CHECKOUT}/selftests/bench"
MARKS = f"{BUILD}/marks"
BOOT_LIMIT, ROW_LIMIT = 600, 900  # seconds
COMPILE = "gcc -O2 -Wall -Wextra -Wno-unused-parameter -Werror"
# periodic work that would fall into one measurement and not into the next
QUIET_KERNEL = " nowatchdog tsc=nowatchdog nokaslr transparent_hugepage=never damon_stat.enabled=0"


class Failed(Exception):
    """A row could not be measured, and why."""


def build():
    """The meter for the inside and the counter for the outside."""
    os.makedirs(BUILD, exist_ok=True)
    for line in (f"{COMPILE} -o {BUILD}/meter meter.c readers.c senders.c xsk.c -lbpf",
                 f"{COMPILE} -fPIC -shared -fvisibility=hidden -o {BUILD}/count.so count.c calls.c tree.c table.c"):
        subprocess.run(line.split(), cwd=TOOLS, check=True)


class MeasuredHost(vm.VirtualHost):
    """Both ports are on a hub inside QEMU, not on sockets: what is sent is received in the same moment."""

    def __init__(self, logs, profile=False):
        self.profile = profile
        self.symbols = []  # the last row's, if it was asked for them
        super().__init__(logs, vm.prepare(), {"cpus": "1"})

    def command_base(self, initrd):
        command = super().command_base(initrd)
        command[command.index("-accel") + 1] = "tcg,thread=single"
        plugin = f"{BUILD}/count.so,out={MARKS}" + (",profile=on" if self.profile else "")
        return command + ["-icount", "shift=0", "-plugin", plugin]

    def environment(self):
        return QUIET_KERNEL

    def command_ports(self):
        command = []
        for slot, (name, mac) in enumerate((("near", vm.NEAR_MAC), ("far", vm.FAR_MAC)), 1):
            command += [
                "-netdev", f"hubport,id={name}-wire,hubid=0",
                "-device", f"pcie-root-port,id={name}-slot,chassis={slot},slot={slot},addr={slot + 3}.0",
                "-device", f"igb,id={name},bus={name}-slot,netdev={name}-wire,mac={mac}",
            ]
        return command

    def boot(self):
        self.receive(time.monotonic() + BOOT_LIMIT)
        return self

    def run(self, row, environment):
        """What a row prints for its cells, and where its marks begin in the counter's file."""
        start = os.path.getsize(MARKS)
        self.send({"name": row.name, "path": row.path, "timeout": ROW_LIMIT,
                   "env": {"VMQ_DRIVER": row.driver, **environment}})
        output = ""
        while True:
            message = self.receive(time.monotonic() + ROW_LIMIT)
            if message["event"] == "end":
                break
            output += message["text"]
        if message["status"] or "\nnot ok" in output:
            raise Failed(f"{row.name}:\n{output}")
        if message["kernel"] or message["dirty"]:
            raise Failed(f"{row.name}: the kernel complains, or something is left: {message['kernel']} {message['dirty']}")
        lines = output.splitlines()
        self.symbols = [line.split()[1] for line in lines if line.startswith("symbols ")]
        return [json.loads(line.partition(" ")[2]) for line in lines if line.startswith("bench ")], start
