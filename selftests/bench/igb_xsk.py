#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bench: driver=igb
"""igb and an AF_XDP socket, zero-copy."""

from lib import main
from lib.meter import Bench


def igb_xsk(bench):
    bench.receive(f"xsk:{bench.near.ifname}", bench.near.mac)


if __name__ == "__main__":
    main(igb_xsk, setup=Bench)
