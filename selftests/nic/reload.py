#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=180
"""The module is loaded and unloaded many times and leaves nothing behind."""

import os

from lib import Bed, Traffic, comment, expect_eq, expect_in, expect_le, expect_true, main

# a debug kernel takes long, keeps for a while what was freed, and finds by itself, at the end, what was not
DEBUG = os.path.exists("/sys/kernel/debug/kmemleak")
TIMES = 10 if DEBUG else 50
# bytes of memory that 50 reloads may seem to keep, because of caches and per-CPU lists: of what the kernel counts as its
# own, and of all that is nowhere counted, which pages from the page allocator and rings are
ENOUGH, ENOUGH_UNCOUNTED = 2 << 20, 16 << 20


def kernel_memory():
    """Bytes that the kernel holds for itself; bytes that are neither free nor a program's nor a cache's."""
    with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as drop:
        drop.write("3")
    with open("/proc/meminfo", encoding="ascii") as table:
        rows = {line.split(":")[0]: int(line.split()[1]) << 10 for line in table}
    counted = sum(rows[name] for name in ("SUnreclaim", "VmallocUsed", "Percpu", "KernelStack", "PageTables"))
    known = sum(rows[name] for name in ("MemFree", "Buffers", "Cached", "SReclaimable", "AnonPages"))
    return counted, rows["MemTotal"] - known


def trace():
    """Where a driver shows up outside its own device."""
    found = [entry for entry in os.listdir("/sys/kernel/debug") if "vmq" in entry]
    with open("/proc/interrupts", encoding="ascii") as table:
        found += [line for line in table if "near0" in line or "vmq" in line]
    with open("/proc/iomem", encoding="ascii") as table:
        found += [line.strip() for line in table if line.rstrip().endswith(": vmq")]
    return found


def leaves_nothing(bed):
    expect_in("vmq", trace())
    with Traffic(bed):
        pass
    # the first rounds fill caches
    for _ in range(5):
        bed.reload()
    bed.near.unbind()
    before = kernel_memory()
    bed.near.bind()
    for number in range(TIMES):
        bed.reload()
        if number % 10 == 0:
            bed.near.up()
            with Traffic(bed):
                pass
    bed.near.unbind()
    after = kernel_memory()
    for what, old, new, enough in zip(("counted", "all"), before, after, (ENOUGH, ENOUGH_UNCOUNTED)):
        comment(f"kernel memory, {what}: {old >> 10} KiB before, {new >> 10} KiB after")
        if not DEBUG:
            expect_le(new - old, enough, what)


def unloaded_is_gone(bed):
    bed.near.unbind()
    expect_eq([line for line in trace() if line != "vmq"], [])
    bed.near.bind()
    expect_true(os.path.isdir(f"/sys/class/net/{bed.near.ifname}"))


if __name__ == "__main__":
    main(leaves_nothing, unloaded_is_gone, setup=Bed)
