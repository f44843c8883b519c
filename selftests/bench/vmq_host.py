#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bench: driver=vmq peer=igb_host target=1.0
"""vmq to the host's stack: a UDP socket."""

from lib import main
from lib.meter import Bench


def vmq_host(bench):
    bench.own_address()
    bench.receive("udp", bench.near.mac)


if __name__ == "__main__":
    main(vmq_host, setup=Bench)
