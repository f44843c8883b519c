#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: cpus=8,cores=4,threads=2 cpu=Nehalem timeout=120
# invariant: A1
"""Where cores have two threads each a queue has a core: its sibling gets none, however many queues there are."""

from lib import Bed, Placement, Steering, expect_eq, main
from lib.placement import expect_polled, steer_to_all

# 4 cores: CPUs 0 and 1, 2 and 3, 4 and 5, 6 and 7
SPREAD = {0: 0, 1: 2, 2: 4, 3: 6, 4: 2, 5: 4, 6: 6, 7: 2}


def siblings(cpu):
    with open(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list", encoding="ascii") as text:
        return text.read().strip().replace("-", ",")


def one_thread_of_each_core(bed):
    expect_eq([siblings(cpu) for cpu in range(8)], [f"{cpu & ~1},{cpu | 1}" for cpu in range(8)], "the host is as it should be")
    steer, placement = Steering(bed), Placement()
    steer_to_all(steer)
    expect_polled(steer, placement, SPREAD)


if __name__ == "__main__":
    main(one_thread_of_each_core, setup=Bed)
