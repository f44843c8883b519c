#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bench: driver=igb
"""pktgen and igb, a whole batch with one write to the tail."""

from lib import main
from lib.meter import Bench


def igb_bare_transmit(bench):
    bench.transmit_bare()


if __name__ == "__main__":
    main(igb_bare_transmit, setup=Bench)
