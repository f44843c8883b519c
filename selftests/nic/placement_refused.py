#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# invariant: A2
"""A set of CPUs for a queue that is empty, or of CPUs that are not there or not on, is refused, and changes nothing."""

from lib import Bed, Placement, Steering, defer, expect_eq, expect_raises, mac, main, write


def directory(bed, queue):
    number = next(number for number, (name, _) in bed.interrupts().items() if name == f"near0-q{queue}")
    return f"/proc/irq/{number}"


def chosen(bed, queue):
    with open(f"{directory(bed, queue)}/smp_affinity_list", encoding="ascii") as text:
        return text.read().strip()


def refused(bed):
    steer, placement = Steering(bed), Placement()
    steer.rule(1, mac(0x20), 3)
    write(f"{directory(bed, 3)}/smp_affinity_list", "1")
    # x86 without interrupt remapping moves a vector when it next comes
    steer.expect_on(3, mac(0x20))
    for name, text in (("smp_affinity", "0"), ("smp_affinity_list", "64"), ("smp_affinity_list", "2000"),
                       ("smp_affinity_list", "one"), ("smp_affinity", "100")):
        with expect_raises(OSError, f"{name} {text}"):
            write(f"{directory(bed, 3)}/{name}", text)
        expect_eq(chosen(bed, 3), "1", f"after {name} {text}")
    write("/sys/devices/system/cpu/cpu3/online", "0")
    defer(write, "/sys/devices/system/cpu/cpu3/online", "1")
    with expect_raises(OSError):
        write(f"{directory(bed, 3)}/smp_affinity_list", "3")
    expect_eq(chosen(bed, 3), "1")
    placement.clear()
    steer.expect_on(3, mac(0x20))
    expect_eq(list(placement.cpus()[3]), [1])


if __name__ == "__main__":
    main(refused, setup=Bed)
