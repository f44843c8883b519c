#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120
# invariant: A1 A5
"""What the user writes to smp_affinity is obeyed at once, for this queue only, and outlives whatever is done to the port."""

from lib import Bed, Placement, Steering, ethtool, ip, mac, main, write
from lib.placement import expect_polled, steer_to_all

CHOSEN = {1: 2, 2: 0, 7: 3}
OTHERS = {0: 0, 3: 3, 4: 1, 5: 2, 6: 3}


def irqs(bed):
    """{queue: number of its interrupt}"""
    return {int(name[-1]): number for number, (name, _) in bed.interrupts().items() if name.startswith("near0-q")}


def choose(bed, choice):
    numbers = irqs(bed)
    for queue, cpu in choice.items():
        write(f"/proc/irq/{numbers[queue]}/smp_affinity_list", str(cpu))


def obeyed_and_kept(bed):
    steer, placement = Steering(bed), Placement()
    steer_to_all(steer)
    wanted = {**CHOSEN, **OTHERS}
    choose(bed, CHOSEN)
    # x86 without interrupt remapping moves a vector when it next comes
    steer.expect(*((mac(0x10 + queue), None, queue) for queue in CHOSEN))
    expect_polled(steer, placement, wanted)

    bed.near.down()
    bed.near.up()
    expect_polled(steer, placement, wanted)

    write(f"{bed.near.sysfs}/reset", "1")
    bed.near.wait_carrier()
    expect_polled(steer, placement, wanted)

    ethtool(f"-G {steer.near} rx 256 tx 128")
    ip(f"link set {steer.near} mtu 4000")
    expect_polled(steer, placement, wanted)

    steer.clear()
    ethtool(f"-L {steer.near} combined 1")
    ethtool(f"-L {steer.near} combined 8")
    steer_to_all(steer)
    expect_polled(steer, placement, wanted)


if __name__ == "__main__":
    main(obeyed_and_kept, setup=Bed)
