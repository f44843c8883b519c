# SPDX-License-Identifier: GPL-2.0-only
"""vmq's own rows against the committed baseline: fails when one has become dearer.  gate.py RESULT"""

import sys

import report
import rows as bench

MOST = 1.02


def main():
    result, baseline = report.load(sys.argv[1]), report.load(report.BASELINE)
    own = {row.name for row in bench.all_rows() if row.driver == "vmq"}
    failed = missing = 0
    for key, now in sorted(result.items()):
        if key[0] not in own:
            continue
        then = baseline.get(key)
        if then is None:
            missing += 1
            continue
        dearer = now > then * MOST
        failed += dearer
        name, size, batch = key
        print(f"{'FAIL' if dearer else 'ok':<4} bench/{name:<24} {size:>5} bytes, {batch:>2} a batch: {now:9.1f}, "
              f"was {then:9.1f}: {100 * (now / then - 1):+.2f} %")
    if missing:
        print(f"{missing} cells have no baseline; make bench-accept")
    if failed:
        print("dearer than allowed; if that is on purpose: make bench-accept")
    sys.exit(1 if failed or missing else 0)


main()
