#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=180
"""The host on its own bridge, guests and the wire speak with each other as on a plain bridge, with queues."""

import json

from lib import Bed, add_netns, bridge, cmd, comment, defer, expect_eq, expect_ge, expect_le, ip, mac, main, ping, set_ipv6, wait_until
from lib.bridged import Bridged, events, handled, load_bridge, queue_of
from lib.guests import queues

GUESTS = {"guest1": mac(0x21), "guest2": mac(0x22)}
NUMBERS = {None: 1, "far": 2, "guest1": 21, "guest2": 22}


def address(who, version):
    return f"192.0.2.{NUMBERS[who]}" if version == 4 else f"2001:db8::{NUMBERS[who]}"


def give_addresses(ifname, netns):
    set_ipv6(True, ifname, netns)
    ip(f"addr add {address(netns, 4)}/24 dev {ifname}", netns=netns)
    ip(f"addr add {address(netns, 6)}/64 dev {ifname} nodad", netns=netns)


def set_up(bed):
    load_bridge()
    bridged = Bridged(bed)
    for name, hardware in GUESTS.items():
        add_netns(name)
        ip(f"link add {name} type veth peer name eth0 netns {name}")
        set_ipv6(False, "eth0", name)
        ip(f"link set eth0 address {hardware} up", netns=name)
        bridged.add(name)
    bridged.wait_forwarding(*GUESTS)
    for ifname, netns in (("br0", None), ("far0", "far"), ("eth0", "guest1"), ("eth0", "guest2")):
        give_addresses(ifname, netns)
        defer(set_ipv6, False, ifname, netns)
    defer(ip, "addr flush dev far0", netns="far")


def keep():
    """The guests have queues for as long as the test lasts."""
    for name, hardware in GUESTS.items():
        bridge(f"fdb replace {hardware} dev {name} master static")
        wait_until(lambda which=hardware: queue_of(which), 5, f"{name} has a queue")


def everybody(bed):
    """Each pings each, before there are queues and with them; the host's address has none."""
    set_up(bed)
    who = list(NUMBERS)
    for _ in range(2):
        for one in who:
            for other in who:
                if one != other:
                    for version in (4, 6):
                        ping(address(other, version), netns=one, count=3)
        if not queues(bed):
            keep()
    expect_eq(sorted(queues(bed).values()), sorted(GUESTS))


def by_its_queue(bed):
    """Echo requests and replies for a guest come by its queue, those for the host by the default queue."""
    set_up(bed)
    keep()
    queue = queue_of(GUESTS["guest1"])
    for version, what in ((4, "direct"), (6, "protocol of the bridge")):
        for netns, other in (("far", "guest1"), ("guest1", "far")):
            ping(address(other, version), netns=netns)
            with handled(bed, "guest1") as now:
                ping(address(other, version), netns=netns)
            expect_ge(now.rx.get(queue, 0), 5)
            expect_eq(set(now.rx) <= {0, queue}, True, now.rx)
            expect_ge(now.by.get(what, 0), 4, now.by)
    ping(address("far", 4))
    with handled(bed) as now:
        ping(address("far", 4))
        ping(address(None, 4), netns="far")
    # replies and requests, five each; the far end may ask a guest up to three times if it is still there
    expect_ge(now.rx.pop(0, 0), 10)
    expect_le(sum(now.rx.values()), 3 * len(GUESTS))


def own_addresses(bed):
    """The bridge gets another address, and one more: neither is ever steered to a queue."""
    set_up(bed)
    keep()
    before = events()
    ip(f"link set br0 address {mac(0x30)}")
    ping(address(None, 4), netns="far")
    ip(f"link add link br0 name macvlan0 address {mac(0x31)} type macvlan mode bridge")
    ip("link set macvlan0 up")
    ip("addr add 192.0.2.31/24 dev macvlan0")
    ping("192.0.2.31", netns="far")
    ping("192.0.2.31", netns="guest1")
    ip("link del macvlan0")
    for hardware in (mac(0x30), mac(0x31)):
        expect_eq(queue_of(hardware), None)
    expect_eq({name: count - before[name] for name, count in events().items()}, dict.fromkeys(events(), 0))


def iperf(server, client, version, *options):
    """Two megabytes of TCP: the sender's and the receiver's report."""
    cmd("iperf3 -s -1 -D -p 5201", netns=server)
    wait_until(lambda: ":5201" in cmd("ss -tln", netns=server), 5, "iperf3 listens")
    output = cmd(f"iperf3 -c {address(server, version)} -p 5201 -n 2M -J {' '.join(options)}", netns=client, timeout=60)
    return json.loads(output)["end"]


def tcp(bed):
    """TCP between guest and wire, both ways, with a queue: it moves, and what it moves comes by the queue."""
    set_up(bed)
    keep()
    queue = queue_of(GUESTS["guest1"])
    for version, way in ((4, ()), (4, ("-R",)), (6, ())):
        with handled(bed, "guest1") as now:
            end = iperf("guest1", "far", version, *way)
        rates = [round(end[which]["bits_per_second"] / 1e6) for which in ("sum_sent", "sum_received")]
        comment(f"IPv{version} {way}: sent and received {rates} Mbit/s, frames {now.rx} {now.by}")
        expect_ge(end["sum_received"]["bytes"], 2 << 20)
        expect_ge(now.rx.get(queue, 0), 20)
        expect_eq(set(now.rx) <= {0, queue}, True, now.rx)
    for server, client in (("guest2", "guest1"), (None, "guest1"), ("guest1", None)):
        end = iperf(server, client, 4)
        expect_ge(end["sum_received"]["bytes"], 2 << 20)


if __name__ == "__main__":
    main(everybody, by_its_queue, own_addresses, tcp, setup=Bed)
