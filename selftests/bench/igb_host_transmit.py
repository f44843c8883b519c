#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bench: driver=igb
"""The host's stack, a UDP socket, and igb."""

from lib import main
from lib.meter import Bench, NOBODY


def igb_host_transmit(bench):
    bench.own_address()
    bench.transmit(f"udp:{NOBODY}")


if __name__ == "__main__":
    main(igb_host_transmit, setup=Bench)
