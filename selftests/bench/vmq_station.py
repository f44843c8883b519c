#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bench: driver=vmq peer=igb_macvtap target=0.8
"""A vmq station: a macvtap with a queue of its own."""

from lib import main
from lib.meter import Bench, READER


def vmq_station(bench):
    bench.station("vm1")
    bench.receive("macvtap:vm1", READER)


if __name__ == "__main__":
    main(vmq_station, setup=Bench)
