# SPDX-License-Identifier: GPL-2.0-only
"""How long a frame takes from the wire to the reader, in virtual time; default moderation.  latency.py [row...]

The table is also in build/bench/latency.json.
"""

import json
import sys

import host as measured
import rows as bench
import vm

RESULT = f"{measured.BUILD}/latency.json"
HEAD = f"{'us, from the sender to the reader':<34}{'one in flight':>20}{'half load, bursts of 64':>26}{'one every':>12}\n" \
       f"{'':<34}{'p50':>10}{'p99':>10}{'p50':>15}{'p99':>11}{'':>12}"
# nobody reads what they drop, or when
NO_READER = (bench.SENDER, "igb_drop", "igb_xsk")


def has_reader(row):
    return not row.name.endswith("_transmit") and row.name not in NO_READER


def measure(host, row):
    """The row's two cells; fails when a frame is lost."""
    cells, _ = host.run(row, {"VMQ_LATENCY": "1"})
    for cell in cells:
        if cell["received"] != cell["frames"]:
            raise measured.Failed(f"{row.name}: not every frame arrived once: {cell}")
    return cells


def line(name, cells):
    alone, half = ([cell[which] / 1000 for which in ("p50", "p99", "period")] for cell in cells)
    return f"{name:<34}{alone[0]:>10.1f}{alone[1]:>10.1f}{half[0]:>15.1f}{half[1]:>11.1f}{half[2]:>12.0f}"


def main():
    rows = {row.name: row for row in bench.all_rows() if has_reader(row)}
    if set(sys.argv[1:]) - set(rows):
        sys.exit("make bench-latency T='<row> ...'; there are:\n  " + "\n  ".join(rows))
    measured.build()
    host = measured.MeasuredHost(f"{vm.CHECKOUT}/build/logs/bench")
    result = {}
    try:
        host.boot()
        print(HEAD)
        for name in sys.argv[1:] or rows:
            result[name] = measure(host, rows[name])
            print(line(name, result[name]), flush=True)
    except (measured.Failed, vm.Dead) as error:
        sys.exit(f"bench: {error}")
    finally:
        host.stop()
    with open(RESULT, "w", encoding="utf-8") as file:
        json.dump({"kernel": vm.kernel_version(), "rows": result}, file, indent=1)


main()
