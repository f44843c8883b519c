#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bench: driver=igb
"""What the frames cost that nobody receives: subtracted from all that is received."""

from lib import main
from lib.meter import Bench, NOBODYS_MAC


def sender(bench):
    bench.receive("none", NOBODYS_MAC)


if __name__ == "__main__":
    main(sender, setup=Bench)
