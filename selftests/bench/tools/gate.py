# SPDX-License-Identifier: GPL-2.0-only
"""vmq's own rows against the committed baseline: fails when one has become dearer, or has no figure.  gate.py RESULT

From the environment, as run.py: SIZES, BATCHES.
"""

import itertools
import os
import sys

import report
import rows as bench

MOST = 1.02


def judge(key, now, then):
    """Print what has become of a cell; whether that is not allowed."""
    name, size, batch = key
    cell = f"bench/{name:<24} {size:>5} bytes, {batch:>2} a batch:"
    if now is None or then is None:
        print(f"FAIL {cell} {'was not measured' if now is None else 'has no baseline; make bench-accept'}")
        return True
    dearer = now > then * MOST
    print(f"{'FAIL' if dearer else 'ok':<4} {cell} {now:9.1f}, was {then:9.1f}: {100 * (now / then - 1):+.2f} %")
    return dearer


def main():
    result, baseline = report.load(sys.argv[1]), report.load(report.BASELINE)
    names = [row.name for row in bench.all_rows() if row.driver == "vmq"]
    wanted = itertools.product(names, *(map(int, os.environ[name].split()) for name in ("SIZES", "BATCHES")))
    failed = [key for key in wanted if judge(key, result.get(key), baseline.get(key))]
    kernels = [report.kernel_of(path) for path in (sys.argv[1], report.BASELINE)]
    if kernels[0] != kernels[1]:
        print(f"measured with Linux {kernels[0]}, the baseline with {kernels[1]}: a difference may be the kernel's")
    if failed:
        print("dearer than allowed; if that is on purpose: make bench-accept")
    sys.exit(1 if failed else 0)


main()
