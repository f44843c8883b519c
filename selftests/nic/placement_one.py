#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: cpus=1 timeout=120
# invariant: A1
"""With one processor all queues are its."""

from lib import Bed, Placement, Steering, expect_eq, main
from lib.placement import expect_polled, steer_to_all


def all_of_them(bed):
    with open("/sys/devices/system/cpu/online", encoding="ascii") as text:
        expect_eq(text.read().strip(), "0")
    steer, placement = Steering(bed), Placement()
    steer_to_all(steer)
    expect_polled(steer, placement, dict.fromkeys(range(8), 0))


if __name__ == "__main__":
    main(all_of_them, setup=Bed)
