# SPDX-License-Identifier: GPL-2.0-only
"""Make the kernel's allocations fail on request, which needs a kernel built for it; make the chip stop sending."""

import contextlib
import os

from .bed import mac
from .commands import cmd
from .counters import statistics
from .ktap import Skip, comment, defer, expect_eq
from .sockets import Sender

DEBUGFS = "/sys/kernel/debug"
BUS_MASTER = 1 << 2  # in the PCI command register


def _set(what, **values):
    for name, value in values.items():
        with open(f"{DEBUGFS}/{what}/{name.replace('_', '-')}", "w", encoding="ascii") as knob:
            knob.write(str(value))


def need_fault_injection(what="failslab"):
    if not os.path.isdir(f"{DEBUGFS}/{what}"):
        raise Skip(f"this kernel has no {what}")


@contextlib.contextmanager
def fail_nth(number):
    """The @number-th allocation (1 is the next one) that this process makes in the kernel fails."""
    need_fault_injection()
    path = "/proc/thread-self/fail-nth"
    with open(path, "w", encoding="ascii") as knob:
        knob.write(str(number))
    try:
        yield
    finally:
        with open(path, "w", encoding="ascii") as knob:
            knob.write("0")


@contextlib.contextmanager
def failing(what="failslab", probability=10, times=-1, only_this_process=False):
    """@probability percent of the allocations of a kind (failslab, fail_page_alloc, fail_function) fail."""
    need_fault_injection(what)
    only = "Y" if only_this_process else "N"
    _set(what, task_filter=only, interval=1, verbose=0, times=times, probability=probability)
    if only_this_process:
        with open("/proc/self/make-it-fail", "w", encoding="ascii") as knob:
            knob.write("1")
    try:
        yield
    finally:
        _set(what, probability=0, times=0)


def stall_transmit(bed):
    """Give the chip frames that it never reports as sent, because meanwhile it may not write to memory.

    The stack's watchdog notices some 5 seconds later; until then, and until a reset, the queue they were on stands still.
    """
    command = int(cmd(f"setpci -s {bed.near.pci} COMMAND"), 16)
    defer(cmd, f"setpci -s {bed.near.pci} COMMAND={command:04x}")
    cmd(f"setpci -s {bed.near.pci} COMMAND={command & ~BUS_MASTER:04x}")
    sender = Sender(bed.near.ifname)
    sender.socket.settimeout(1)
    before = statistics(bed.near.ifname)["tx_queue_0_packets"]
    try:
        sender.burst(mac(2), mac(1), 400, size=1514)
    except OSError as error:
        comment(f"the queue is full: {error}")
    expect_eq(statistics(bed.near.ifname)["tx_queue_0_packets"], before)
    cmd(f"setpci -s {bed.near.pci} COMMAND={command:04x}")
