# SPDX-License-Identifier: GPL-2.0-only
"""How long a frame takes from the wire to the reader, in virtual time; default moderation.  latency.py [row...]"""

import sys

import host as measured
import rows as bench
import vm

ROWS = ("igb_host", "vmq_host", "igb_macvtap", "vmq_station", "igb_bridge_tap", "vmq_bridge_tap")
HEAD = f"{'us, from the sender to the reader':<32}{'one in flight':>22}{'half load, bursts of 64':>26}\n" \
       f"{'':<32}{'p50':>11}{'p99':>11}{'p50':>15}{'p99':>11}"


def main():
    rows = {row.name: row for row in bench.all_rows()}
    measured.build()
    host = measured.MeasuredHost(f"{vm.CHECKOUT}/build/logs/bench")
    try:
        host.boot()
        print(HEAD)
        for name in sys.argv[1:] or ROWS:
            cells, _ = host.run(rows[name], {"VMQ_LATENCY": "1"})
            figures = "".join(f"{cell['p50'] / 1000:>{width}.1f}{cell['p99'] / 1000:>11.1f}"
                              for cell, width in zip(cells, (11, 15)))
            print(f"{name:<32}{figures}", flush=True)
            for cell in cells:
                if cell["received"] != cell["frames"]:
                    print(f"    of {cell['frames']} frames {cell['received']} arrived")
    except (measured.Failed, vm.Dead) as error:
        sys.exit(f"bench: {error}")
    finally:
        host.stop()


main()
