#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bench: driver=igb setups=3
"""A tap, the Linux bridge, igb."""

from lib import main
from lib.meter import Bench, NOBODYS_MAC, READER


def igb_bridge_tap_transmit(bench):
    bench.bridge_tap("tap0", NOBODYS_MAC)
    bench.transmit(f"tap:tap0/{NOBODYS_MAC}/{READER}")


if __name__ == "__main__":
    main(igb_bridge_tap_transmit, setup=Bench)
