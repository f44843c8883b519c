#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120
"""devlink shows what each queue is at, keeps a dump, and a test event goes the way of an error."""

from lib import (Bed, Capture, CommandError, KernelLog, Sender, Station, Steering, cmd, devlink, ethtool, expect_eq, expect_in,
                 expect_raises, mac, main, queue_irq, wait_until)

DESCRIPTOR = 16  # bytes
LONGEST = 4096  # a receive ring is always as long as the chip allows


def reporter(bed, name):
    shown = devlink(f"health show pci/{bed.near.pci} reporter {name}", json=True)["health"]
    return shown[f"pci/{bed.near.pci}"][0]


def health(bed, command, name, json=False):
    return devlink(f"health {command} pci/{bed.near.pci} reporter {name}", json=json)


def rows(bed, name):
    """{queue: what is said of it}"""
    return {row["queue"]: row for row in health(bed, "diagnose", name, json=True)["queues"]}


def healthy(bed):
    for name in ("rx", "tx"):
        shown = reporter(bed, name)
        expect_eq((shown["state"], shown["error"], shown["recover"]), ("healthy", 0, 0))
        expect_eq((shown["auto_recover"], shown["auto_dump"], shown["grace_period"]), (True, True, 0))


def diagnose(bed):
    steer = Steering(bed, channels=3)
    steer.offload()
    Station(steer, "vm1", mac(0x20))
    shown = rows(bed, "rx")
    expect_eq({queue: (row["owner"], row["consumer"]) for queue, row in shown.items() if "ring" in row},
              {0: ("default", steer.near), 1: ("channel", steer.near), 2: ("channel", steer.near), 7: ("station", "vm1")})
    expect_eq(sorted(shown), list(range(8)))
    expect_eq([shown[queue]["irq"] for queue in range(3)], [queue_irq(steer.near, queue) for queue in range(3)])
    for queue, row in shown.items():
        expect_eq(row["vector"], queue)
        with open(f"/proc/irq/{row['irq']}/smp_affinity_list", encoding="ascii") as cpus:
            expect_eq(row["cpus"], cpus.read().strip())

    # frames move the indexes of their queue and of no other
    steer.expect((mac(0x20), None, 7))
    after = rows(bed, "rx")
    for queue in (1, 2):
        expect_eq(after[queue]["ring"], shown[queue]["ring"])
    expect_eq(after[7]["ring"]["head"], shown[7]["ring"]["head"] + 2)
    expect_eq(after[7]["chip"], {"enabled": True, "head": after[7]["ring"]["head"], "tail": after[7]["ring"]["tail"]})

    catch = Capture(bed.far.ifname, bed.far.netns)
    Sender(steer.near).burst(mac(2), mac(1), 20, to=catch)
    wait_until(lambda: sum(row["ring"]["head"] for row in rows(bed, "tx").values()) >= 20, 5, "sent frames are handed back")
    for row in rows(bed, "tx").values():
        expect_eq((row["chip"]["enabled"], row["stopped"]), (True, False))
        expect_eq(row["chip"]["head"], row["ring"]["tail"])


def diagnose_down(bed):
    bed.near.down()
    for name in ("rx", "tx"):
        expect_eq(health(bed, "diagnose", name, json=True)["up"], False)
        expect_eq([queue for queue, row in rows(bed, name).items() if "ring" in row], [])
    bed.near.up()
    expect_eq(health(bed, "diagnose", "rx", json=True)["up"], True)


def dump(bed):
    """One is kept until it is cleared."""
    near = bed.near.ifname
    ethtool(f"-L {near} combined 1")
    ethtool(f"-G {near} tx 256 rx 1024")
    first = health(bed, "dump show", "rx", json=True)
    expect_eq(len(first["registers"]["RDH"]), 8)
    expect_eq(int(first["registers"]["RDT"][0], 16), first["queues"][0]["chip"]["tail"])
    expect_eq([len(row.get("descriptors", [])) for row in first["queues"]], [LONGEST * DESCRIPTOR] + [0] * 7)
    ethtool(f"-L {near} combined 3")
    expect_eq(health(bed, "dump show", "rx", json=True), first)
    health(bed, "dump clear", "rx")
    second = health(bed, "dump show", "rx", json=True)
    expect_eq([len(row.get("descriptors", [])) for row in second["queues"]], [LONGEST * DESCRIPTOR] * 3 + [0] * 5)
    transmit = health(bed, "dump show", "tx", json=True)
    expect_eq([len(row["descriptors"]) for row in transmit["queues"]], [256 * DESCRIPTOR] * 8)
    for name in ("rx", "tx"):
        health(bed, "dump clear", name)
    ethtool(f"-L {near} combined 1")
    ethtool(f"-G {near} tx 512 rx 512")


def test_event(bed):
    """A dump is stored, the port reset, and everything is as it was."""
    steer = Steering(bed, channels=4)
    steer.rule(1, mac(0x20), 3)
    for number, (name, what) in enumerate((("rx", "receive test event"), ("tx", "transmit test event"))):
        log, lines = KernelLog(at_end=True), []
        expect_eq("last_dump_time" in reporter(bed, name), False)
        health(bed, "test", name)
        wait_until(lambda name=name: reporter(bed, name)["recover"] == 1, 10, "the test event is recovered from")
        shown = reporter(bed, name)
        expect_eq((shown["state"], shown["error"]), ("healthy", 1))
        expect_in("last_dump_time", shown)
        lines = "\n".join(log.lines())
        expect_in(f"{steer.near}: {what}", lines)
        expect_in(f"{steer.near}: resetting", lines)
        expect_eq(reporter(bed, "tx")["error"], number)
        bed.near.wait_carrier()
        steer.expect((mac(0x20), None, 3), (mac(1), None, 0))
        expect_eq(len(health(bed, "dump show", name, json=True)["queues"]), 8)
        health(bed, "dump clear", name)


def nothing_to_recover(bed):
    """Of a healthy port nothing is reset."""
    log = KernelLog(at_end=True)
    for name in ("rx", "tx"):
        before = reporter(bed, name)
        health(bed, "recover", name)
        expect_eq(reporter(bed, name), before)
    expect_eq([line for line in log.lines() if "resetting" in line], [])


def while_down(bed):
    """A port that is down is reset, and stays down."""
    before = reporter(bed, "tx")["recover"]
    bed.near.down()
    health(bed, "test", "tx")
    wait_until(lambda: reporter(bed, "tx")["recover"] == before + 1, 10, "the test event is recovered from")
    expect_eq(health(bed, "diagnose", "tx", json=True)["up"], False)
    bed.near.up()
    catch = Capture(bed.near.ifname)
    Sender(bed.far.ifname, bed.far.netns).burst(mac(1), mac(2), 20, to=catch)
    expect_eq(catch.numbers(20), list(range(20)))


def refused(bed):
    for command in (f"health diagnose pci/{bed.near.pci} reporter fw", f"health set pci/{bed.near.pci} reporter no auto_recover true"):
        with expect_raises(CommandError, command):
            cmd(f"devlink {command}")


if __name__ == "__main__":
    main(healthy, diagnose, diagnose_down, dump, test_event, nothing_to_recover, while_down, refused, setup=Bed)
