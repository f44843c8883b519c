#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bench: driver=igb
"""igb and an XDP program that drops."""

from lib import main
from lib.meter import Bench


def igb_drop(bench):
    bench.receive(f"drop:{bench.near.ifname}", bench.near.mac)


if __name__ == "__main__":
    main(igb_drop, setup=Bench)
