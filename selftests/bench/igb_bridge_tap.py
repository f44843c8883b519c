#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bench: driver=igb setups=3
"""igb, the Linux bridge, a tap."""

from lib import main
from lib.meter import Bench, READER


def igb_bridge_tap(bench):
    bench.bridge_tap("tap0")
    bench.receive("tap:tap0", READER)


if __name__ == "__main__":
    main(igb_bridge_tap, setup=Bench)
