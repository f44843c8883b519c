#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bench: driver=vmq peer=igb_macvtap_transmit target=0.9
"""A vmq station: a macvtap with a queue of its own."""

from lib import main
from lib.meter import Bench, NOBODYS_MAC, READER


def vmq_station_transmit(bench):
    bench.station("vm1")
    bench.transmit(f"macvtap:vm1/{NOBODYS_MAC}/{READER}")


if __name__ == "__main__":
    main(vmq_station_transmit, setup=Bench)
