#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: solo timeout=120
"""The card is torn out while commands and traffic run: everything ends with an error, nothing hangs."""

import threading
import time

from lib import (Bed, CommandError, KernelLog, Qmp, Stream, comment, ethtool, expect_eq, expect_in, expect_le, expect_true,
                 ip, mac, main, patience, wait_until)

COMMANDS = ("ethtool -L {} combined 4", "ethtool -L {} combined 1", "ethtool -S {}", "ethtool -d {}", "ethtool -e {}",
            "ethtool -G {} rx 256 tx 256", "ethtool -G {} rx 512 tx 512", "ethtool -C {} rx-usecs 10", "ethtool -r {}",
            "ethtool -N {} flow-type ether dst " + mac(0x20) + " action 0 loc 1", "ethtool -N {} delete 1",
            "ethtool -t {} online", "ip link set {} mtu 3000", "ip link set {} promisc on", "ip link set {} promisc off",
            "ip link set {} down", "ip link set {} up")
LIMIT = 10  # seconds for one command


class Commands(threading.Thread):
    """All the commands in turn; how long each took and what it said after the card was gone."""

    def __init__(self, near):
        super().__init__(daemon=True)
        self.near, self.gone, self.stopping = near, threading.Event(), threading.Event()
        self.longest, self.refused, self.rounds = (0, ""), {}, 0

    def run(self):
        while not self.stopping.is_set():
            for command in COMMANDS:
                self.one(command.format(self.near))
            self.rounds += self.gone.is_set()

    def one(self, command):
        gone = self.gone.is_set()
        began = time.monotonic()
        try:
            tool, _, words = command.partition(" ")
            (ethtool if tool == "ethtool" else ip)(words)
        except CommandError as error:
            if gone:
                self.refused[command] = error.output
        self.longest = max(self.longest, (time.monotonic() - began, command))


def commands_end(bed):
    near, log = bed.near.ifname, KernelLog(at_end=True)
    # none from near to far: an emulated card that is torn out while it sends takes the emulator with it
    streams = (Stream(bed.far, bed.near),)
    for stream in streams:
        stream.wait_moving()
    commands = Commands(near)
    commands.start()
    wait_until(lambda: commands.longest[0], what="commands run")
    Qmp().tear_out("near")
    commands.gone.set()
    wait_until(lambda: commands.rounds >= 2, 60, "two rounds of commands without the card")
    commands.stopping.set()
    commands.join(patience(30))
    expect_true(not commands.is_alive())
    comment(f"longest: {commands.longest}")
    expect_le(commands.longest[0], patience(LIMIT), commands.longest[1])
    expect_in(f"ethtool -S {near}", commands.refused)
    for command, output in commands.refused.items():
        expect_true("No such device" in output or "Network is down" in output or "not present" in output
                    or "No such file" in output, f"{command}: {output}")
    lines = log.lines()
    expect_eq(sum("the device is gone" in line for line in lines), 1, lines)
    for stream in streams:
        stream.stopping.set()
        stream.thread.join()

    # and the driver lets go of what is no longer there
    began = time.monotonic()
    bed.near.unbind()
    expect_le(time.monotonic() - began, patience(LIMIT))


if __name__ == "__main__":
    main(commands_end, setup=Bed)
