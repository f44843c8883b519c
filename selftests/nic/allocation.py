#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=1500
"""Every allocation of a command fails once: the command says so, nothing has changed, and it works the next time."""

import glob
import os

from lib import (Bed, Station, Steering, Traffic, carrier_changes, cmd, comment, defer, devlink, ethtool, expect_eq, expect_ge,
                 expect_in, expect_not_in, expect_true, fail_in, failures_in, mac, main, need_fault_injection,
                 of_function, of_module, wait_until, write)
from lib.bed import MODULES

EACH = 12  # of so many allocations, the first and the last, each one fails; of those between one in ever more
FIRST = 10  # of a function's own
MOST = 20000  # more than any command makes


def settings(near):
    # what a refused `ethtool -K` has asked for, the kernel keeps in mind
    return [ethtool(f"{option} {near}").replace(" [requested on]", "") for option in ("-l", "-g", "-n", "-k")]


def use_small_rings(bed):
    """Of the many buffers of a ring each is the same allocation."""
    need_fault_injection()
    ethtool(f"-G {bed.near.ifname} rx 64 tx 64")
    defer(ethtool, f"-G {bed.near.ifname} rx 512 tx 512")


def chosen(total, each):
    """Numbers of allocations: at both ends each one, in between ever fewer."""
    number = 1
    while number <= total:
        yield number
        number += max(1, min(number, total - number) // each)


def each_allocation(code, command, check, sites=(), each=EACH):
    """Fail one allocation after the other of those that @code makes for @command.

    @check is called after each time.  Each of the functions @sites is met by one of the failures at least.
    """
    refused, suffered, seen = 0, 0, set()

    def fail(number):
        nonlocal refused, suffered
        failure = fail_in(number, command)
        check(failure)
        seen.update(failure.sites)
        refused += failure.status != 0
        suffered += failure.status == 0

    with failures_in(code):
        whole = fail_in(MOST, command)
        check(whole)
        expect_eq(whole.status, 0, f"{command}, where nothing failed: {whole.output}")
        for number in chosen(MOST - whole.left, each):
            fail(number)
    for site in sites:
        # of those left out; the first of a function may be one that the kernel says nothing about
        number = 0
        while site not in seen and number < FIRST:
            number += 1
            with failures_in(of_function(site)):
                fail(number)
    comment(f"{command}: {MOST - whole.left} allocations, failures refused it {refused} times, {suffered} times it went on; "
            f"met in {' '.join(sorted(seen))}")
    for site in sites:
        expect_in(site, seen, command)
    return refused


def by_ethtool(bed):
    """Ring sizes, channels, rules: while frames pass, which notice nothing."""
    use_small_rings(bed)
    near = bed.near.ifname
    before = carrier_changes(near)
    defer(ethtool, f"-L {near} combined 1")

    def each(command, undo, sites, says="Cannot allocate memory", undo_always=False):
        wanted = settings(near)

        def check(failure):
            if failure.status:
                expect_in(says, failure.output, command)
                expect_eq(settings(near), wanted, f"{command}: {failure}")
            if undo_always or not failure.status:
                ethtool(undo.format(near))
                expect_eq(settings(near), wanted, f"{command}, undone: {failure}")
            traffic.wait_moving()

        expect_ge(each_allocation(of_module("vmq"), f"exec ethtool {command.format(near)}", check, sites), 1)

    with Traffic(bed) as traffic:
        each("-G {} rx 128 tx 128", "-G {} rx 64 tx 64", ("vmq_resize", "vmq_tx_ring_alloc"))
        each("-L {} combined 4", "-L {} combined 1", ("vmq_channel_set", "vmq_rx_ring_alloc"))
        each("-K {} l2-fwd-offload on", "-K {} l2-fwd-offload off", ("vmq_set_features",),
             says="Could not change any device features", undo_always=True)
        ethtool(f"-L {near} combined 4")
        each("-N {} flow-type ether dst " + mac(0x20) + " action 3 loc 1", "-N {} delete 1", ("__vmq_filter_set",))
    expect_eq(traffic.tx.lost, 0)
    expect_eq(carrier_changes(near), before)


def up(bed):
    """The interface stays down if it cannot come up."""
    use_small_rings(bed)
    near = bed.near.ifname

    def check(failure):
        flags = bed.near.link()["flags"]
        if failure.status:
            expect_in("Cannot allocate memory", failure.output)
            expect_not_in("UP", flags, str(failure))
        else:
            expect_in("UP", flags, str(failure))
            bed.near.down()

    bed.near.down()
    expect_ge(each_allocation(of_module("vmq"), f"exec ip link set {near} up", check,
                              ("vmq_up", "vmq_rx_ring_alloc", "vmq_tx_ring_alloc", "vmq_irq_request_queue",
                               "vmq_irq_request_other")), 1)
    bed.near.up()
    with Traffic(bed):
        pass


def station(bed):
    """A station comes up with a queue or without one, and then leaves none taken."""
    use_small_rings(bed)
    steer = Steering(bed, channels=1)
    steer.offload()
    defer(steer.offload, False)
    owners = steer.owners()
    one = Station(steer, "vm0", mac(0x20), up=False)
    one.add_vlan(7)

    def check(failure):
        expect_eq(failure.status, 0, failure.output)
        if failure.left:
            expect_true(one.queue, "a queue of its own")
        one.down()
        expect_eq(steer.owners(), owners, str(failure))

    command = "exec ip -n vm0 link set vm0 up"
    each_allocation(of_module("vmq"), command, check, ("vmq_station_add", "vmq_rx_ring_alloc"))
    # behind those for a ring's pages, of which there are more or less each time
    each_allocation(of_function("__vmq_filter_set"), command, check, ("__vmq_filter_set",))
    one.up()
    with one.catching(4):
        steer.expect((one.address, None, one.queue), (mac(0x21), None, 0))
        steer.sender.burst(one.address, mac(0x10), 2)


def recover(bed):
    """A reset that fails for want of memory leaves the port down; the next one brings it back."""
    use_small_rings(bed)
    reporter = f"pci/{bed.near.pci} reporter tx"
    devlink(f"health set {reporter} auto_recover false")
    defer(devlink, f"health set {reporter} auto_recover true")

    def break_it():
        devlink(f"health test {reporter}")
        wait_until(lambda: '"state":"error"' in devlink(f"-j health show {reporter}"), 5, "an error")

    def check(failure):
        if failure.status:
            expect_in("Cannot allocate memory", failure.output)
            devlink(f"health recover {reporter}")
        bed.near.wait_carrier()
        break_it()

    break_it()
    expect_ge(each_allocation(of_module("vmq"), f"exec devlink health recover {reporter}", check,
                              ("vmq_reset", "vmq_up", "vmq_rx_ring_alloc"), each=4), 3)
    devlink(f"health recover {reporter}")
    with Traffic(bed):
        pass


def probe(bed):
    """A port without a driver stays without one, until there is memory."""
    need_fault_injection()

    def check(failure):
        expect_eq(bed.near.bound, None if failure.status else "vmq", str(failure))
        bed.near.unbind()

    bed.near.unbind()
    expect_ge(each_allocation(of_module("vmq"), f"echo {bed.near.pci} > /sys/bus/pci/drivers/vmq/bind", check,
                              ("vmq_pci_probe", "vmq_irq_alloc_vectors")), 1)
    bed.near.bind()
    bed.near.up()
    with Traffic(bed):
        pass


def each_of_a_load(module, *made):
    """The module is loaded in full, with the directories it @made, or not at all; it may lack those in debugfs."""
    need_fault_injection()
    path = glob.glob(f"{MODULES}/**/{module}.ko", recursive=True)[0]
    debugfs = f"/sys/kernel/debug/{module}"

    def check(failure):
        for directory in (f"/sys/module/{module}", *made):
            expect_eq(os.path.exists(directory), not failure.status, f"{directory}: {failure}")
        if not failure.status:
            cmd(f"rmmod {module}")
        wait_until(lambda: not os.path.exists(debugfs), 5, "debugfs is as before")

    expect_ge(each_allocation(of_function("do_init_module"), f"exec insmod {path}", check), 1)


def load_bridge_module(bed):
    each_of_a_load("vmq_bridge")
    with Traffic(bed):
        pass


def load_module(bed):
    need_fault_injection()
    bed.near.unbind()
    write(f"{bed.near.sysfs}/driver_override", "nobody")
    cmd("rmmod vmq")
    each_of_a_load("vmq", "/sys/bus/pci/drivers/vmq")
    bed.near.bind()
    bed.near.up()
    with Traffic(bed):
        pass


if __name__ == "__main__":
    main(by_ethtool, up, station, recover, probe, load_bridge_module, load_module, setup=Bed)
