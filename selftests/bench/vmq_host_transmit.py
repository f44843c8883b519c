#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bench: driver=vmq peer=igb_host_transmit target=0.9
"""The host's stack, a UDP socket, and vmq."""

from lib import main
from lib.meter import Bench, NOBODY


def vmq_host_transmit(bench):
    bench.own_address()
    bench.transmit(f"udp:{NOBODY}")


if __name__ == "__main__":
    main(vmq_host_transmit, setup=Bench)
