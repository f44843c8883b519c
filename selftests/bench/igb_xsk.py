#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bench: driver=igb
"""igb and an AF_XDP socket, zero-copy."""

import time

from lib import main
from lib.meter import Bench


def igb_xsk(bench):
    bench.receive(f"xsk:{bench.near.ifname}", bench.near.mac)
    # the kernel gives a dead socket's queue back later, and warns when the port has gone before
    time.sleep(1)


if __name__ == "__main__":
    main(igb_xsk, setup=Bench)
