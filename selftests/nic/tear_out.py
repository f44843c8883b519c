#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: solo timeout=240
"""The card is torn out while commands and traffic run: everything ends with an error, nothing hangs; a new one works."""

import threading
import time

from lib import (Bed, CommandError, KernelLog, Qmp, Stream, Traffic, comment, ethtool, expect_eq, expect_in, expect_le,
                 expect_true, ip, mac, main, patience, wait_until, write)

COMMANDS = ("ethtool -L {} combined 4", "ethtool -L {} combined 1", "ethtool -S {}", "ethtool -d {}", "ethtool -e {}",
            "ethtool -G {} rx 256 tx 256", "ethtool -G {} rx 512 tx 512", "ethtool -C {} rx-usecs 10", "ethtool -r {}",
            "ethtool -N {} flow-type ether dst " + mac(0x20) + " action 0 loc 1", "ethtool -N {} delete 1",
            "ethtool -t {} online", "ethtool -K {} l2-fwd-offload on", "ethtool -K {} l2-fwd-offload off",
            "ip link set {} mtu 3000", "ip link set {} promisc on", "ip link set {} promisc off", "ethtool -t {} offline",
            "ip link set {} down", "ip link set {} up")
# torn out so many seconds after a command was given: what that is in the middle of depends on the machine
MOMENTS = (("ethtool -L {} combined 4", 0.05), ("ethtool -G {} rx 256 tx 256", 0.05), ("ethtool -t {} offline", 0.1),
           ("ethtool -t {} offline", 0.4), ("ethtool -N {} flow-type ether dst " + mac(0x20) + " action 0 loc 1", 0.03),
           ("ip link set {} down", 0.03), ("ip link set {} up", 0.05))
LIMIT, LIMIT_OFFLINE = 10, 40  # seconds for one command; for a test, which takes some while there is a card, too
SAYS = ("No such device", "Network is down", "not present", "No such file", "test result is FAIL")


class Commands(threading.Thread):
    """All the commands in turn; how long each took and what it said after the card was gone."""

    def __init__(self, near, awaited):
        super().__init__(daemon=True)
        self.near, self.gone, self.stopping = near, threading.Event(), threading.Event()
        self.awaited, self.reached = awaited, threading.Event()
        self.longest, self.late, self.refused, self.rounds = (0, ""), [], {}, 0

    def run(self):
        while not self.stopping.is_set():
            for command in COMMANDS:
                if command == self.awaited:
                    self.reached.set()
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
        took = time.monotonic() - began
        self.longest = max(self.longest, (took, command))
        if took > patience(LIMIT_OFFLINE if "offline" in command else LIMIT):
            self.late.append((took, command))


def tear_out(bed, qmp, card, awaited, delay):
    near, log = bed.near.ifname, KernelLog(at_end=True)
    # none from near to far: an emulated card that is torn out while it sends takes the emulator with it
    stream = Stream(bed.far, bed.near)
    stream.wait_moving()
    commands = Commands(near, awaited)
    commands.start()
    expect_true(commands.reached.wait(patience(60)), f"{awaited} is given")
    time.sleep(delay)
    qmp.tear_out(card)
    commands.gone.set()
    wait_until(lambda: commands.rounds >= 2, 60, "two rounds of commands without the card")
    commands.stopping.set()
    commands.join(patience(30))
    expect_true(not commands.is_alive())
    comment(f"{awaited}: the longest: {commands.longest}")
    expect_eq(commands.late, [], "commands that took too long")
    expect_in(f"ethtool -S {near}", commands.refused)
    for command, output in commands.refused.items():
        expect_true(any(text in output for text in SAYS), f"{command}: {output}")
    lines = log.lines()
    expect_eq(sum("the device is gone" in line for line in lines), 1, lines)
    stream.stopping.set()
    stream.thread.join()


def replace(bed, qmp, card):
    """The driver lets go of what is no longer there, and works with what comes instead."""
    began = time.monotonic()
    bed.near.unbind()
    expect_le(time.monotonic() - began, patience(LIMIT))
    write(f"{bed.near.sysfs}/remove", "1")
    qmp.plug(card)
    bed.near.bind()
    bed.near.up()
    with Traffic(bed):
        pass


def commands_end(bed):
    # what was torn out keeps its name
    qmp, card = Qmp(), "near"
    for number, (awaited, delay) in enumerate(MOMENTS):
        tear_out(bed, qmp, card, awaited, delay)
        card = f"near{number}"
        replace(bed, qmp, card)


if __name__ == "__main__":
    main(commands_end, setup=Bed)
