#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=900
"""Every allocation of a command fails once: the command says so, nothing has changed, and it works the next time."""

from lib import (Bed, CommandError, Traffic, carrier_changes, cmd, defer, ethtool, expect_eq, expect_ge, expect_in, mac, main,
                 need_fault_injection)

MOST = 400  # allocations of one command; more would be no longer ours


def settings(near):
    return [ethtool(f"{option} {near}") for option in ("-l", "-g", "-n")]


def each_allocation(bed, command, undo):
    """Fail the 1st, 2nd, ... allocation of @command until it succeeds without having met its failure."""
    near = bed.near.ifname
    wanted = settings(near)
    failures = 0
    for number in range(1, MOST):
        # the shell hands the setting on to the tool that it becomes
        script = f"echo {number} > /proc/self/fail-nth && exec {command.format(near)}"
        try:
            cmd(f"bash -c '{script}'")
        except CommandError as error:
            failures += 1
            if "ENOMEM" in error.output or "allocate memory" in error.output:
                expect_eq(settings(near), wanted, f"after failure {number} of {command}")
            continue
        ethtool(undo.format(near))
        expect_eq(settings(near), wanted)
        break
    expect_ge(failures, 1, command)
    expect_in(number, range(2, MOST), "failures ended")


def commands(bed):
    need_fault_injection()
    with open("/sys/kernel/debug/failslab/ignore-gfp-wait", "w", encoding="ascii") as knob:
        knob.write("N")
    near = bed.near.ifname
    before = carrier_changes(near)
    defer(ethtool, f"-L {near} combined 1")
    with Traffic(bed) as traffic:
        each_allocation(bed, "ethtool -G {} rx 256 tx 256", "-G {} rx 512 tx 512")
        each_allocation(bed, "ethtool -L {} combined 4", "-L {} combined 1")
        ethtool(f"-L {near} combined 4")
        each_allocation(bed, "ethtool -N {} flow-type ether dst " + mac(0x20) + " action 3 loc 1", "-N {} delete 1")
        traffic.wait_moving()
    expect_eq(traffic.tx.lost, 0)
    expect_eq(carrier_changes(near), before)


def up(bed):
    """The interface stays down if it cannot come up, and comes up the next time."""
    need_fault_injection()
    near = bed.near.ifname
    for number in range(1, MOST, 3):
        bed.near.down()
        try:
            cmd(f"bash -c 'echo {number} > /proc/self/fail-nth && exec ip link set {near} up'")
            if number > MOST // 2:
                break
        except CommandError:
            continue
    bed.near.up()
    with Traffic(bed):
        pass


if __name__ == "__main__":
    main(commands, up, setup=Bed)
