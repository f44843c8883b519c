# SPDX-License-Identifier: GPL-2.0-only
"""Measure rows of the bench in one virtual host: run.py [row...], or run.py own: vmq's rows without their peers.

From the environment: SIZES, BATCHES (which), OUT (the file for the result, JSON).
"""

import json
import os
import sys
import time

import host as measured
import rows as bench
import vm


def run(chosen, environment, out):
    """Rows that cannot be measured are named, and the others go on; whether there were none."""
    began = time.monotonic()
    # whoever reads it shall not find an older one
    if os.path.exists(out):
        os.unlink(out)
    measured.build()
    host = measured.MeasuredHost(f"{vm.CHECKOUT}/build/logs/bench")
    cells, sender, failed = [], {}, []
    try:
        host.boot()
        print(f"     host up after {time.monotonic() - began:.0f} s", flush=True)
        for row in chosen:
            try:
                found = bench.measure(host, row, environment, sender)
            except measured.Failed as error:
                failed.append(row.name)
                print(f"FAIL {error}", flush=True)
                continue
            if row.name == bench.SENDER:
                sender = {(cell["size"], cell["batch"]): cell["instructions"] for cell in found}
            cells += found
            figures = " ".join(f"{cell['instructions']:8.1f}" for cell in found)
            print(f"{time.monotonic() - began:4.0f} s {row.name:<24} {figures}", flush=True)
    finally:
        host.stop()
    with open(out, "w", encoding="utf-8") as file:
        json.dump({"kernel": vm.kernel_version(), "cells": cells}, file, indent=1)
    if failed:
        print(f"could not be measured: {' '.join(failed)}")
    return not failed


def main():
    environment = {f"VMQ_{name}": os.environ[name] for name in ("SIZES", "BATCHES") if os.environ.get(name)}
    out = os.environ.get("OUT") or f"{measured.BUILD}/result.json"
    try:
        if not run(bench.choose(sys.argv[1:]), environment, out):
            sys.exit(1)
    except vm.Dead as error:
        sys.exit(f"bench: {error}")


if __name__ == "__main__":
    main()
