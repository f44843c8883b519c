# SPDX-License-Identifier: GPL-2.0-only
"""Make the kernel's allocations fail on request, which needs a kernel built for it; make the chip fail, or stop sending."""

import collections
import contextlib
import os
import re
import subprocess

from .bed import load, mac
from .commands import cmd
from .counters import statistics
from .kernel_log import KernelLog
from .ktap import Skip, comment, expect_eq, patience
from .sockets import Sender

DEBUGFS = "/sys/kernel/debug"
BUS_MASTER = 1 << 2  # in the PCI command register
ALLOCATIONS = ("failslab", "fail_page_alloc")
EVERYWHERE = (0, (1 << 64) - 1)
NOWHERE = (0, 0)
# ACPI's interpreter (7.3) uses objects that it has freed when an allocation of its own fails
SPARED = "acpi_ns_evaluate"
FRAME = re.compile(r"^ (\w+)\+0x\w+/0x\w+ \[vmq\w*\]$")

# left: how many more allocations it would have taken, 0 if one has failed; sites: our functions on the way to it, if the
# kernel said
Failure = collections.namedtuple("Failure", "left status output sites")


def _set(what, **values):
    for name, value in values.items():
        with open(f"{DEBUGFS}/{what}/{name.replace('_', '-')}", "w", encoding="ascii") as knob:
            knob.write(str(value))


def need_fault_injection(what="failslab"):
    if not os.path.isdir(f"{DEBUGFS}/{what}"):
        raise Skip(f"this kernel has no {what}")


def _set_code(required, spared):
    """Who allocates when an allocation is to fail, and who must not be on the way to it: (start, end) of code."""
    for what in ALLOCATIONS:
        _set(what, require_start=required[0], require_end=required[1], reject_start=spared[0], reject_end=spared[1])


def _addresses(belongs):
    """(start, end) from the first to behind the last function that @belongs, by its line of /proc/kallsyms."""
    with open("/proc/kallsyms", encoding="ascii") as table:
        rows = [line.split() for line in table if " t " in line.lower()]
    starts = sorted(int(row[0], 16) for row in rows)
    found = [int(row[0], 16) for row in rows if belongs(row)]
    behind = [start for start in starts if start > max(found)]
    return min(found), min(behind[0], max(found) + 4096) if behind else max(found) + 4096


def of_module(module):
    """Where a module's code is, for failures_in()."""
    return _addresses(lambda row: row[3:] == [f"[{module}]"])


def of_function(function):
    """Where a function of the kernel or of a module is, for failures_in()."""
    return _addresses(lambda row: row[2] == function)


@contextlib.contextmanager
def failures_in(code):
    """In this block only allocations that this code asks for, or what it calls, count and fail."""
    need_fault_injection()
    if not os.path.exists(f"{DEBUGFS}/failslab/require-start"):
        raise Skip("this kernel's fault injection cannot tell who allocates")
    for what in ALLOCATIONS:
        _set(what, ignore_gfp_wait="N", verbose=2)
    _set_code(code, of_function(SPARED))
    _set("fail_page_alloc", min_order=0)
    try:
        yield
    finally:
        _set_code(EVERYWHERE, NOWHERE)
        for what in ALLOCATIONS:
            _set(what, ignore_gfp_wait="Y")
        _set("fail_page_alloc", min_order=1)


def fail_in(number, command):
    """Run a shell command whose @number-th allocation fails; `exec` in it hands that on to a tool."""
    log = KernelLog(at_end=True)
    words = ["sh", "-c", f"echo {number} > /proc/self/fail-nth && {command}"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        output = process.stdout.read()
        # ended, but still there: what is left of the count tells whether it was used up
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        with open(f"/proc/{process.pid}/fail-nth", encoding="ascii") as knob:
            left = int(knob.read())
        status = process.wait(patience(30))
    sites = [match[1] for match in map(FRAME.match, log.lines()) if match]
    return Failure(left, status, output.strip(), sites)


@contextlib.contextmanager
def failing(what="failslab", probability=10, times=-1, after=0):
    """@probability percent of the allocations of a kind (failslab, fail_page_alloc, fail_function) fail.

    The first @after of them do not; pages are counted one by one.
    """
    need_fault_injection(what)
    space = after + 1 if after else 0
    _set(what, task_filter="N", interval=1, verbose=0, times=times, space=space, probability=probability)
    try:
        yield
    finally:
        _set(what, probability=0, times=0, space=0)


@contextlib.contextmanager
def without_memory(bed):
    """In this block the near port's chip may neither read nor write memory: frames for it wait on the wire."""
    command = int(cmd(f"setpci -s {bed.near.pci} COMMAND"), 16)
    cmd(f"setpci -s {bed.near.pci} COMMAND={command & ~BUS_MASTER:04x}")
    try:
        yield
    finally:
        cmd(f"setpci -s {bed.near.pci} COMMAND={command:04x}")


@contextlib.contextmanager
def chip_fault(fault):
    """In this block the chips that vmq has, or comes to have, have a fault: see modules/vmq_fault.c."""
    load("vmq_fault", parameters=fault)
    try:
        yield
    finally:
        cmd("rmmod vmq_fault")


def stall_transmit(bed):
    """Give the chip frames that it never reports as sent, because meanwhile it may not write to memory.

    The stack's watchdog notices some 5 seconds later; until then, and until a reset, the queue they were on stands still.
    """
    sender = Sender(bed.near.ifname)
    sender.socket.settimeout(1)
    with without_memory(bed):
        before = statistics(bed.near.ifname)["tx_queue_0_packets"]
        try:
            sender.burst(mac(2), mac(1), 400, size=1514)
        except OSError as error:
            comment(f"the queue is full: {error}")
        expect_eq(statistics(bed.near.ifname)["tx_queue_0_packets"], before)
