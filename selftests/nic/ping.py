#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The port speaks IPv4 and IPv6 with the other end of the wire, large packets included."""

from lib import Bed, main, ping


def speaks(bed):
    bed.addresses()
    for address in ("192.0.2.2", "2001:db8::2"):
        for size in (56, 1400, 4000):
            ping(address, options=f"-s {size}")


if __name__ == "__main__":
    main(speaks, setup=Bed)
