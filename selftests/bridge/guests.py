#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: solo timeout=300 mem=3G
"""Two KVM guests on taps of one bridge, one with vhost: a queue and a CPU each with no configuration; iperf3 every way."""

import json

from lib import (Bed, Guest, allowed_cpus, cmd, comment, expect_eq, expect_ge, expect_in, ip, mac, main, ping, queue_table, wait_until)
from lib.bridged import Bridged, entries, frames_by, handled, load_bridge, queue_of
from lib.sockets import Capture

GUESTS = {"tap1": (mac(0x11), "192.0.2.11"), "tap2": (mac(0x12), "192.0.2.12")}
FRAMES = 500


def start(bed):
    bridged = Bridged(bed)
    guests = {}
    for index, (name, (address, inet)) in enumerate(GUESTS.items()):
        cmd("modprobe tun", check=False)
        ip(f"tuntap add {name} mode tap vnet_hdr")
        bridged.add(name)
        guests[name] = Guest(f"tap:{name}", address, [f"{inet}/24"], vhost=bool(index), memory=192, iperf3=True)
    for guest in guests.values():
        guest.wait_ready()
    return bridged, guests


def wait_for_queues(bridged):
    """By load: frames from the wire, until the bridge's module has seen enough of them."""
    def promoted():
        for address, _ in GUESTS.values():
            bridged.sender.burst(address, bridged.bed.far.mac, 20)
        return all(queue_of(address) for address, _ in GUESTS.values())

    wait_until(promoted, 15, "both guests have queues", poll=0.2)


def own_queues(bed, bridged, guests):
    wait_for_queues(bridged)
    queues = {name: queue_of(address) for name, (address, _) in GUESTS.items()}
    comment(f"queues {queues}")
    cpus = [allowed_cpus(queue_table(bed)[queue][1]) for queue in queues.values()]
    expect_eq([len(one) for one in cpus], [1, 1])
    expect_eq(len(set.union(*cpus)), 2, "a CPU of its own for each guest")
    for name, (address, _) in GUESTS.items():
        expect_eq(entries()[address, 0].kind, "learned")
        expect_eq(bridged.offloaded(name), [address])
        guests[name].clear()
        echoes = Capture(bed.far.ifname, "far", ethertype=0x88b5)
        with handled(bed) as now:
            bridged.sender.burst(address, bed.far.mac, FRAMES, to=echoes)
        expect_eq(now.rx, {queues[name]: FRAMES})
        expect_ge(now.by.get("direct", 0), FRAMES * 9 // 10)
        counts = guests[name].counts()
        expect_eq((counts["frames"], counts["misordered"], counts["duplicates"]), (FRAMES, 0, 0), name)


def iperf3(netns, server, options=""):
    """Mbit/s, by the receiver; Fail if nothing goes."""
    result = json.loads(cmd(f"iperf3 -J -n 4M -c {server} {options}", netns=netns, timeout=60))
    received = result["end"]["sum_received"]
    expect_ge(received["bytes"], 3 << 20)
    return f"{received['bits_per_second'] / 1e6:.0f}"


def every_way(bed, guests):
    ip("addr add 192.0.2.2/24 dev far0", netns="far")
    ip("addr add 192.0.2.1/24 dev br0")
    one, two = (inet for _, inet in GUESTS.values())
    for address in (one, two):
        ping(address, netns="far")
        ping(address)
    for address in (one, two):
        comment(f"Mbit/s, emulated: wire to {address} {iperf3('far', address)}, back {iperf3('far', address, '-R')}, "
                f"host to {address} {iperf3(None, address)}, back {iperf3(None, address, '-R')}")
    for name, server in (("tap1", two), ("tap2", one)):
        guests[name].run(f"iperf3 -n 4M -c {server} >/dev/null")
    expect_in("TCP for GRO", dict(frames_by()))


def guests_on_taps(bed):
    load_bridge()
    bridged, guests = start(bed)
    own_queues(bed, bridged, guests)
    every_way(bed, guests)


if __name__ == "__main__":
    main(guests_on_taps, setup=Bed)
