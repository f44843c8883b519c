#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bench: driver=igb
"""igb to the host's stack: a UDP socket."""

from lib import main
from lib.meter import Bench


def igb_host(bench):
    bench.own_address()
    bench.receive("udp", bench.near.mac)


if __name__ == "__main__":
    main(igb_host, setup=Bench)
