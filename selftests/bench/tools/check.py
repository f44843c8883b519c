# SPDX-License-Identifier: GPL-2.0-only
"""Is the bench right?  A longer loop in the receive path must move the figure by as much as it is longer."""

import os
import shutil
import subprocess
import sys

import host as measured
import rows as bench
import vm

ROW = "vmq_host"
# two loops, and not one and none: a loop takes a register, and the compiler does the rest in another way
TURNS = (100, 300)
LONGER = 2 * (TURNS[1] - TURNS[0])
LOOP = '\tasm volatile("mov ${turns}, %%ecx\\n1:\\tdec %%ecx\\n\\tjnz 1b" ::: "ecx", "cc");\n'
PLACE = "\tconsumer = vmq_rx_consumer("
TOLERANCE = 0.0005  # of the figure


def build_looped(turns):
    """A driver with the loop, as a user builds one; the directory of its modules."""
    copy = f"{measured.BUILD}/looped-{turns}"
    shutil.rmtree(copy, ignore_errors=True)
    os.makedirs(copy)
    for name in ("Makefile", "VERSION", "drivers", "include"):
        if os.path.isdir(name):
            shutil.copytree(name, f"{copy}/{name}")
        elif os.path.exists(name):
            shutil.copy(name, copy)
    path = f"{copy}/drivers/vmq/vmq_rx.c"
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if text.count(PLACE) != 1:
        sys.exit(f"{path} has no place for the loop; see {__file__}")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace(PLACE, LOOP.replace("{turns}", str(turns)) + PLACE))
    kernel = vm.kernel_version()
    subprocess.run(["make", "-s", "-C", copy, "modules", f"KVER={kernel}", f"KDIR=/lib/modules/{kernel}/build"],
                   check=True, stdout=subprocess.DEVNULL)
    return f"{copy}/build/modules-{kernel}"


def main():
    os.chdir(vm.CHECKOUT)
    measured.build()
    modules = [build_looped(turns) for turns in TURNS]
    row = {row.name: row for row in bench.all_rows()}[ROW]
    environment = {"VMQ_SIZES": "60 1500", "VMQ_BATCHES": "64"}
    nothing = {(size, 64): 0 for size in (60, 1500)}
    host = measured.MeasuredHost(f"{vm.CHECKOUT}/build/logs/bench")
    try:
        host.boot()
        found = [bench.measure(host, row, {**environment, "VMQ_MODULES": path}, nothing) for path in modules]
    except (measured.Failed, vm.Dead) as error:
        sys.exit(f"bench: {error}")
    finally:
        host.stop()
    wrong = 0
    for short, long in zip(*found):
        moved = long["instructions"] - short["instructions"]
        wrong += abs(moved - LONGER) > TOLERANCE * short["instructions"]
        print(f"{short['size']:>5} bytes: {short['instructions']:.2f}, with {LONGER} instructions more "
              f"{long['instructions']:.2f}: moved by {moved:.2f}")
    sys.exit(1 if wrong else 0)


main()
