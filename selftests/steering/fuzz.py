#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=900
# invariant: C1 C2 C3 C4 C5 C6 C7 C8 C9 C10 C11 C13 L1 L3 L5 L7 L14 L16 L18 O3 O5 O6 O7 A5
"""Random programs and random frames: the NIC does what an oracle says that knows the contract and not the driver.

In `make check` the programs are always the same; `make fuzz` runs others, and one again: see README.rst.
"""

import os
import time

from lib import Bed, Fail, comment, ethtool, expect_ge, main
from lib.fuzzing import run_program, shrink
from lib.machine import Machine

PROGRAM = 125  # operations of a program; each program begins with an empty NIC
SEED = int(os.environ.get("VMQ_FUZZ_SEED") or 20251)
OPERATIONS = int(os.environ.get("VMQ_FUZZ_OPS") or 2125)
FRAMES = int(os.environ.get("VMQ_FUZZ_FRAMES") or 24000)
SECONDS = float(os.environ.get("VMQ_FUZZ_TIME") or 0)
SHRINKING = float(os.environ.get("VMQ_FUZZ_SHRINK") or 90)  # seconds


def report(machine, seed, per_op, steps, why, pool):
    comment(f"fuzz: seed {seed}, step {len(steps)}: {why}")
    comment(f"fuzz: again: make fuzz SEED={seed} OPS={PROGRAM} FRAMES={per_op * PROGRAM}")
    for index, step in enumerate(steps, 1):
        comment(f"fuzz:   {index:3} {step}")
    fewer = shrink(machine, pool, per_op, steps, SHRINKING)
    comment(f"fuzz: {len(fewer)} of these steps are enough:")
    for step in fewer:
        comment(f"fuzz:   {step}  [frames {step.seed}]")


def against_the_oracle(bed):
    machine = Machine(bed)
    ethtool(f"-K {machine.near} l2-fwd-offload on")
    per_op = max(1, round(FRAMES / OPERATIONS))
    began = time.monotonic()
    frames = operations = programs = 0
    comment(f"fuzz: seeds from {SEED}, programs of {PROGRAM} operations with {per_op} frames each")
    while operations < OPERATIONS or (SECONDS and time.monotonic() < began + SECONDS):
        seed = SEED + programs
        fuzz, steps, why, pool = run_program(machine, seed, PROGRAM, per_op)
        programs += 1
        frames += fuzz.frames
        operations += fuzz.operations
        if why:
            report(machine, seed, per_op, steps, why, pool)
            raise Fail(f"after {frames} frames and {operations} operations, with seed {seed}: {why}")
        if SECONDS and time.monotonic() > began + SECONDS:
            break
        comment(f"fuzz: {programs} programs, {operations} operations, {frames} frames, 0 disagreements, "
                f"{time.monotonic() - began:.0f} s")
    if not SECONDS:
        expect_ge(frames, operations)


if __name__ == "__main__":
    main(against_the_oracle, setup=Bed)
