#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bench: driver=vmq peer=igb_bridge_tap target=0.5
"""vmq, a queue for the tap, past the Linux bridge."""

from lib import main
from lib.bridged import load_bridge, wait_promoted
from lib.meter import Bench, READER


def vmq_bridge_direct(bench):
    load_bridge()
    bench.bridge_tap("tap0")
    wait_promoted(READER)
    bench.receive("tap:tap0", READER)


if __name__ == "__main__":
    main(vmq_bridge_direct, setup=Bench)
