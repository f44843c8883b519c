#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=180 expect-log="NETDEV WATCHDOG"
"""A transmit timeout is the tx reporter's: it resets the port, or waits for the user if the user wants that."""

import time

from lib import (Bed, KernelLog, Traffic, comment, defer, devlink, expect_eq, expect_in, main, stall_transmit, statistics,
                 wait_until)

UNTOUCHED = 8  # seconds in which nobody may reset the port: more than one period of the watchdog


def health(bed, command, name="tx", options="", json=False):
    return devlink(f"health {command} pci/{bed.near.pci} reporter {name}{options}", json=json)


def reporter(bed, name="tx"):
    return health(bed, "show", name, json=True)["health"][f"pci/{bed.near.pci}"][0]


def stalled(bed):
    """The queues that have been given descriptors which were not handed back."""
    queues = health(bed, "diagnose", json=True)["queues"]
    return [row["queue"] for row in queues if row["ring"]["head"] != row["ring"]["tail"]]


def expect_working(bed):
    bed.near.wait_carrier()
    with Traffic(bed):
        pass
    expect_eq(reporter(bed)["state"], "healthy")
    expect_eq(health(bed, "diagnose", json=True)["up"], True)


def by_itself(bed):
    stall_transmit(bed)
    wait_until(lambda: reporter(bed)["recover"] == 1, 20, "the timeout is recovered from")
    expect_working(bed)
    expect_eq(reporter(bed)["error"], 1)
    expect_eq(reporter(bed, "rx")["error"], 0)
    expect_eq(statistics(bed.near.ifname)["tx_timeouts"], 1)

    # the dump is of the queue that stood still, before the reset
    queues = health(bed, "dump show", json=True)["queues"]
    expect_eq(len(queues), 1)
    expect_eq(queues[0]["ring"]["head"] != queues[0]["ring"]["tail"], True)
    comment(f"{queues[0]['ring']} {queues[0]['chip']}")
    health(bed, "dump clear")


def by_the_user(bed):
    health(bed, "set", options=" auto_recover false")
    defer(health, bed, "set", options=" auto_recover true")
    before, log = reporter(bed), KernelLog(at_end=True)
    stall_transmit(bed)
    wait_until(lambda: reporter(bed)["error"] > before["error"], 20, "the timeout is reported")
    expect_eq(reporter(bed)["state"], "error")
    expect_in("last_dump_time", reporter(bed))
    stuck = stalled(bed)
    expect_eq(len(stuck), 1, "queues that stand still")

    until = time.monotonic() + UNTOUCHED
    wait_until(lambda: time.monotonic() > until or reporter(bed)["state"] != "error", UNTOUCHED + 5, "nothing happens")
    expect_eq((reporter(bed)["state"], reporter(bed)["recover"]), ("error", before["recover"]))
    expect_eq(stalled(bed), stuck)
    expect_eq([line for line in log.lines() if "resetting" in line], [])

    health(bed, "recover")
    expect_eq((reporter(bed)["state"], reporter(bed)["recover"]), ("healthy", before["recover"] + 1))
    expect_eq(len([line for line in log.lines() if "resetting" in line]), 1)
    expect_eq(stalled(bed), [])
    # once a period of the watchdog, until the reset
    errors = reporter(bed)["error"]
    expect_working(bed)
    expect_eq(reporter(bed)["error"], errors)
    health(bed, "dump clear")


def by_the_other_reporter(bed):
    """One reset heals both directions."""
    health(bed, "set", options=" auto_recover false")
    defer(health, bed, "set", options=" auto_recover true")
    health(bed, "test")
    wait_until(lambda: reporter(bed)["state"] == "error", 10, "the test event is reported")
    health(bed, "test", "rx")
    wait_until(lambda: reporter(bed, "rx")["recover"] == 1, 10, "the other one is recovered from")
    expect_working(bed)


if __name__ == "__main__":
    main(by_itself, by_the_user, by_the_other_reporter, setup=Bed)
