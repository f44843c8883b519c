#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The port speaks IPv4 and IPv6 with the other end of the wire, large packets included."""

from lib import Bed, cmd, expect_in, main


def ping(bed):
    bed.addresses()
    for address in ("192.0.2.2", "2001:db8::2"):
        for size in (56, 1400, 4000):
            expect_in(" 5 received", cmd(f"ping -c 5 -i 0.05 -W 10 -s {size} {address}"))


if __name__ == "__main__":
    main(ping, setup=Bed)
