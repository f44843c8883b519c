# SPDX-License-Identifier: GPL-2.0-only
"""Make the kernel's allocations fail on request; needs a kernel built for it."""

import contextlib
import os

from .ktap import Skip

DEBUGFS = "/sys/kernel/debug"


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
