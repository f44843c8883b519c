# SPDX-License-Identifier: GPL-2.0-only
"""Is the bench right?  A loop of known length in the receive path must move the figure by its length."""

import os
import shutil
import subprocess
import sys

import host as measured
import rows as bench
import vm

ROW = "vmq_host"
TURNS = 100
LENGTH = 1 + 2 * TURNS
LOOP = f'\tasm volatile("mov ${TURNS}, %%ecx\\n1:\\tdec %%ecx\\n\\tjnz 1b" ::: "ecx", "cc");\n'
PLACE = "\tconsumer = vmq_rx_consumer("
COPY = f"{measured.BUILD}/looped"
TOLERANCE = 0.0005  # of the figure


def build_looped():
    """A driver with the loop, as a user builds one; the directory of its modules."""
    shutil.rmtree(COPY, ignore_errors=True)
    os.makedirs(COPY)
    for name in ("Makefile", "VERSION", "drivers", "include"):
        if os.path.isdir(name):
            shutil.copytree(name, f"{COPY}/{name}")
        elif os.path.exists(name):
            shutil.copy(name, COPY)
    path = f"{COPY}/drivers/vmq/vmq_rx.c"
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if text.count(PLACE) != 1:
        sys.exit(f"{path} has no place for the loop; see {__file__}")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace(PLACE, LOOP + PLACE))
    kernel = vm.kernel_version()
    subprocess.run(["make", "-s", "-C", COPY, "modules", f"KVER={kernel}", f"KDIR=/lib/modules/{kernel}/build"],
                   check=True, stdout=subprocess.DEVNULL)
    return f"{COPY}/build/modules-{kernel}"


def main():
    os.chdir(vm.CHECKOUT)
    measured.build()
    modules = build_looped()
    rows = {row.name: row for row in bench.all_rows()}
    environment = {"VMQ_SIZES": "60 1500", "VMQ_BATCHES": "64"}
    nothing = {(size, 64): 0 for size in (60, 1500)}
    host = measured.MeasuredHost(f"{vm.CHECKOUT}/build/logs/bench")
    try:
        host.boot()
        without = bench.measure(host, rows[ROW], environment, nothing)
        looped = bench.measure(host, rows[ROW], {**environment, "VMQ_MODULES": modules}, nothing)
    except (measured.Failed, vm.Dead) as error:
        sys.exit(f"bench: {error}")
    finally:
        host.stop()
    wrong = 0
    for before, after in zip(without, looped):
        moved = after["instructions"] - before["instructions"]
        wrong += abs(moved - LENGTH) > TOLERANCE * before["instructions"]
        print(f"{before['size']:>5} bytes: {before['instructions']:.2f}, with {LENGTH} instructions more "
              f"{after['instructions']:.2f}: moved by {moved:.2f}")
    sys.exit(1 if wrong else 0)


main()
