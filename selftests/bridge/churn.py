#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=300
"""The module, bridges, ports and guests come and go under full traffic; a bystander's stream notices nothing."""

import itertools
import threading
import time

from lib import (Bed, Sender, add_netns, cmd, comment, defer, devlink, expect_eq, expect_ge, ip, mac, main, patience, wait_until,
                 write)
from lib.bed import MODULES
from lib.bridged import Bridged, entries, frames_by, load_bridge
from lib.flow import SOURCE, TapFlow
from lib.frames import numbered
from lib.guests import add_taps, expect_at, wait_queues
from lib.tap import Tap

ROUNDS = int(200 / patience(1))  # fewer where everything is slower
BYSTANDER, COMING, VLAN_GUEST = mac(0x20), mac(0x21), mac(0x22)


class Noise:
    """Frames for guests that come and go, without end."""

    def __init__(self, bed, *targets):
        self.sender = Sender(bed.far.ifname, bed.far.netns)
        self.frames = [numbered(address, SOURCE, at, 99, **options) for address, options in targets for at in range(8)]
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        defer(self.stop)

    def run(self):
        while not self.stopping.wait(0.005):
            self.sender.send(*self.frames, pace=False)

    def stop(self):
        self.stopping.set()
        self.thread.join()


def left_over(bed):
    """What queues and resources say when nobody has a queue, line by line."""
    with open(f"/sys/kernel/debug/vmq/{bed.near.pci}/queues", encoding="ascii") as file:
        table = [line.split()[:4] for line in file.read().splitlines()]
    return table + devlink(f"resource show pci/{bed.near.pci}").splitlines()


def run(tool, *lines):
    """One process for all lines.  One for all rounds would take a new tap for the old one of that name."""
    cmd(f"{tool} -batch -", stdin="\n".join(lines) + "\n")


class Churn:
    """br0 on the NIC with the bystander and a port that comes and goes; br10, on a VLAN device, does so itself."""

    def __init__(self, bed):
        self.bed = bed
        ip("link add link near0 name near0.10 type vlan id 10")
        defer(ip, "link del near0.10")
        ip("link set near0.10 up")
        self.plain = Bridged(bed)
        self.tap, = add_taps(self.plain, "tap0")
        self.plain.static(BYSTANDER, "tap0")
        self.coming, self.vlan_tap = Tap("tap1"), Tap("tap2")
        run("ip", "link set tap1 master br0")
        self.statics()
        self.bridge_comes()

    def statics(self):
        run("bridge", f"fdb replace {COMING} dev tap1 master static")

    def bridge_comes(self):
        run("ip", "link add br10 type bridge", "link set near0.10 master br10", "link set tap2 master br10 up",
            "link set br10 up")
        run("bridge", f"fdb replace {VLAN_GUEST} dev tap2 master static")

    def module(self):
        cmd("rmmod vmq_bridge")
        cmd(f"insmod {MODULES}/vmq_bridge/vmq_bridge.ko")

    def bridges(self):
        run("ip", "link del br10")
        self.bridge_comes()

    def port(self):
        run("ip", "link set tap1 nomaster", "link set tap1 master br0")
        self.statics()

    def guest(self):
        self.coming.close()
        self.coming = Tap("tap1")
        run("ip", "link set tap1 master br0 up")
        self.statics()

    def address(self):
        run("bridge", f"fdb del {COMING} dev tap1 master", f"fdb replace {COMING} dev tap1 master static")

    def drain(self):
        for tap in (self.coming, self.vlan_tap):
            while tap.read() is not None:
                pass


def again_and_again(bed):
    write("/sys/kernel/rcu_expedited", "1")
    defer(write, "/sys/kernel/rcu_expedited", "0")
    churn = Churn(bed)
    before = left_over(bed)
    load_bridge()
    wait_queues(bed, ("tap0", "tap1", "tap2"))
    flow = TapFlow(bed, 1, BYSTANDER, churn.tap)
    noise = Noise(bed, (COMING, {}), (VLAN_GUEST, {"vlan": 10}))
    began, direct = time.monotonic(), 0
    steps = itertools.cycle((churn.module, churn.bridges, churn.port, churn.guest, churn.address))
    for _, step in zip(range(ROUNDS), steps):
        if step == churn.module:
            direct += frames_by("*")["direct"]
        step()
        churn.drain()
    comment(f"{ROUNDS} rounds in {time.monotonic() - began:.0f} s, {flow.sent} frames to the bystander, {direct} directly")
    wait_queues(bed, ("tap0", "tap1", "tap2"))
    noise.stop()
    flow.stop()
    expect_ge(direct, 1000)
    cmd("rmmod vmq_bridge")
    for now, then in zip(left_over(bed), before, strict=True):
        expect_eq(now, then)


def steered(bed):
    """br0 with two guests that have queues."""
    load_bridge()
    bridged = Bridged(bed)
    taps = add_taps(bridged, "tap0", "tap1")
    for address, name in ((BYSTANDER, "tap0"), (COMING, "tap1")):
        bridged.static(address, name)
    wait_queues(bed, ("tap0", "tap1"))
    return bridged, taps


def goes_and_comes(bed, go, come):
    """Under traffic to both guests the NIC goes; when it is back in the bridge, so are the queues."""
    bridged, taps = steered(bed)
    for turn in range(5):
        noise = Noise(bed, (BYSTANDER, {}), (COMING, {}))
        goal = frames_by()["direct"] + 100
        wait_until(lambda least=goal: frames_by()["direct"] >= least, 10, "frames go directly")
        go()
        noise.stop()
        expect_eq(entries(), {}, f"turn {turn}")
        come()
        ip("link set near0 master br0 up")
        bed.near.wait_carrier()
        wait_queues(bed, ("tap0", "tap1"))
        for tap in taps:
            tap.frames(quiet=0.1)
        expect_at(bridged, taps, BYSTANDER, ("tap0",))


def driver_goes(bed):
    goes_and_comes(bed, bed.near.unbind, bed.near.bind)


def namespace_changes(bed):
    def go():
        ip("link set near0 netns other")
        wait_until(lambda: not entries(), 5, "no entries")

    add_netns("other")
    goes_and_comes(bed, go, lambda: ip("link set near0 netns 1", netns="other"))


if __name__ == "__main__":
    main(again_and_again, driver_goes, namespace_changes, setup=Bed)
