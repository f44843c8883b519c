#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120
# invariant: A1
"""Each queue is polled on one CPU: by default spread over the cores, the first one left to the default queue."""

from lib import Bed, Placement, Station, Steering, expect_eq, expect_ge, mac, main, write

# 4 CPUs, each a core of its own
SPREAD = {0: 0, 1: 1, 2: 2, 3: 3, 4: 1, 5: 2, 6: 3, 7: 1}


def irq_of(bed, queue):
    """Number of the queue's interrupt, and how often it has come on each CPU."""
    return next((number, counts) for number, (name, counts) in bed.interrupts().items() if name == f"near0-q{queue}")


def affinity(bed, queue):
    with open(f"/proc/irq/{irq_of(bed, queue)[0]}/smp_affinity_list", encoding="ascii") as text:
        return text.read().strip()


def polled_on(steer, placement):
    """{queue: CPU} when each queue has got some frames."""
    placement.clear()
    steer.expect(*((mac(0x10 + queue), None, queue) for queue in range(1, 8)))
    cpus = placement.cpus()
    expect_eq({queue: sum(counts.values()) for queue, counts in cpus.items()}, {0: 1, **{q: 1 << q for q in range(1, 8)}})
    return {queue: list(counts) for queue, counts in sorted(cpus.items())}


def with_rules(bed):
    steer = Steering(bed)
    for queue in range(1, 8):
        steer.rule(queue, mac(0x10 + queue), queue)
    return steer, Placement()


def spread(bed):
    steer, placement = with_rules(bed)
    before = {queue: irq_of(bed, queue)[1] for queue in SPREAD}
    expect_eq(polled_on(steer, placement), {queue: [cpu] for queue, cpu in SPREAD.items()})
    for queue, cpu in SPREAD.items():
        expect_eq(affinity(bed, queue), str(cpu), f"queue {queue}")
        came = [now - then for now, then in zip(irq_of(bed, queue)[1], before[queue])]
        expect_ge(came[cpu], 1, f"interrupts of queue {queue}")
        expect_eq(sum(came), came[cpu], f"interrupts of queue {queue} on other CPUs: {came}")


def station(bed):
    steer, placement = Steering(bed, channels=1), Placement()
    steer.offload()
    Station(steer, "vm0", mac(0x20))
    write(f"/proc/irq/{irq_of(bed, 7)[0]}/smp_affinity_list", "3")
    # x86 without interrupt remapping moves a vector when it next comes
    steer.expect_on(7, mac(0x20))
    placement.clear()
    steer.expect_on(7, mac(0x20))
    expect_eq(placement.cpus()[7], {3: 2})


if __name__ == "__main__":
    main(spread, station, setup=Bed)
