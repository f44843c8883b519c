#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bench: driver=igb
"""igb and a macvtap."""

from lib import main
from lib.meter import Bench, READER


def igb_macvtap(bench):
    bench.macvtap("vm1")
    bench.receive("macvtap:vm1", READER)


if __name__ == "__main__":
    main(igb_macvtap, setup=Bench)
