#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bench: driver=igb
"""A macvtap and igb."""

from lib import main
from lib.meter import Bench, NOBODYS_MAC, READER


def igb_macvtap_transmit(bench):
    bench.macvtap("vm1")
    bench.transmit(f"macvtap:vm1/{NOBODYS_MAC}/{READER}")


if __name__ == "__main__":
    main(igb_macvtap_transmit, setup=Bench)
