#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bench: driver=vmq setups=3 peer=igb_bridge_tap target=1.0
"""vmq, the Linux bridge, a tap."""

from lib import main
from lib.meter import Bench, READER


def vmq_bridge_tap(bench):
    bench.bridge_tap("tap0")
    bench.receive("tap:tap0", READER)


if __name__ == "__main__":
    main(vmq_bridge_tap, setup=Bench)
