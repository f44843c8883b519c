#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=240
"""All kinds of ports, and whoever listens, counts or filters on the way: each still sees what it saw."""

import fcntl
import os
import struct

from lib import (Bed, Capture, CommandError, Skip, add_netns, bridge, cmd, defer, ethtool, expect_eq, expect_ge, expect_in,
                 expect_le, expect_not_in, ip, mac, main, set_ipv6, tc, tcp, wait_until, write)
from lib.bridged import Bridged, entries, expect_direct, expect_numbers, handled, is_settled, load_bridge, wait_promoted
from lib.guests import HOST, add_taps, expect_at, says, who_gets
from lib.tap import IFF_NO_PI, IFF_TAP, TUNSETIFF, Tap

GUEST, OTHER = mac(0x20), mac(0x21)
MOST_ENTRIES = 4096  # VMQ_BRIDGE_MAX_ENTRIES
IFF_MULTI_QUEUE = 0x0100


def set_up(bed, **options):
    load_bridge()
    bridged = Bridged(bed)
    tap, = add_taps(bridged, "tap0", **options)
    bridged.static(GUEST, "tap0")
    return bridged, tap, wait_promoted(GUEST)


def expect_all(bridged, tap, queue, direct, count=40, **options):
    """All come to the tap by the queue; @direct: without the bridge."""
    with handled(bridged.bed, tap.name) as now:
        expect_at(bridged, (tap,), GUEST, (tap.name,), count=count, **options)
    expect_eq(now.rx, {queue: count})
    if direct:
        expect_ge(now.by.get("direct", 0), count - 3)
    else:
        expect_eq(now.by.get("direct", 0), 0)
    return now.by


def veth(bed):
    """A container: frames go directly into its namespace."""
    load_bridge()
    bridged = Bridged(bed)
    add_netns("guest")
    ip("link add g0 type veth peer name peer netns guest")
    set_ipv6(False, "peer", "guest")
    ip(f"link set peer address {GUEST} up", netns="guest")
    bridged.add("g0")
    bridged.wait_forwarding("g0")
    bridged.static(GUEST, "g0")
    queue = wait_promoted(GUEST)
    catch = Capture("peer", "guest")
    for size in (60, 1500):
        wait_until(is_settled, 5, "settled")
        with handled(bed) as now:
            bridged.sender.burst(GUEST, HOST, 200, size=size)
            expect_numbers(catch.numbers(200), 200)
        expect_direct(now, queue, 200, 5)
    catch.socket.close()
    # its carrier goes with the other end, and comes back
    for state in ("down", "up"):
        ip(f"link set peer {state}", netns="guest")
        wait_until(is_settled, 5, "settled")
        with handled(bed) as now:
            bridged.sender.burst(GUEST, HOST, 20)
        expect_eq(now.by.get("direct", 0) > 0, state == "up", now.by)


def offloads(bed):
    """TCP in long pieces, everything in it once and in order; the rest directly."""
    bridged, tap, queue = set_up(bed, offloads=True)
    expect_all(bridged, tap, queue, True)
    payload, count = bytes(range(200)) * 5, 64
    frames = [tcp(GUEST, HOST, "192.0.2.20", "192.0.2.80", 7, 9, payload, seq=1 + at * len(payload)) for at in range(count)]
    with handled(bed) as now:
        bridged.sender.send(*frames)
        pieces = [frame for frame in tap.frames(timeout=3, quiet=0.3) if frame[:14] == frames[0][:14]]
    expect_eq(now.rx, {queue: count})
    expect_eq(now.by.get("TCP for GRO", 0), count)
    order = [struct.unpack_from("!I", piece, 38)[0] for piece in pieces]
    expect_eq(order, sorted(set(order)), "in order")
    expect_eq(b"".join(piece[54:54 + struct.unpack_from("!H", piece, 16)[0] - 40] for piece in pieces), payload * count)


class Queues(Tap):
    """A tap with two queues, both read."""

    def __init__(self, name):  # pylint: disable=super-init-not-called
        self.name, self.header = name, 0
        self.files = [os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK) for _ in range(2)]
        for file in self.files:
            defer(os.close, file)
            fcntl.ioctl(file, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI | IFF_MULTI_QUEUE))
        ip(f"link set {name} up")

    def frames(self, *_, **options):  # pylint: disable=arguments-differ
        found = []
        for self.file in self.files:
            found += super().frames(**options)
        return found


def multiqueue(bed):
    """The kernel chooses the tap's queue, as it does for the bridge: one flow, one queue."""
    load_bridge()
    bridged, tap = Bridged(bed), Queues("tap0")
    bridged.add("tap0")
    bridged.wait_forwarding("tap0")
    bridged.static(GUEST, "tap0")
    expect_all(bridged, tap, wait_promoted(GUEST), True, count=100)


class Informed(Tap):
    """A tap that has a header of its own in front of each frame."""

    def attach(self, name, _):
        self.header = 4  # struct tun_pi
        fcntl.ioctl(self.file, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP))


def packet_info(bed):
    load_bridge()
    bridged, tap = Bridged(bed), Informed("tap0")
    bridged.add("tap0")
    bridged.wait_forwarding("tap0")
    bridged.static(GUEST, "tap0")
    expect_all(bridged, tap, wait_promoted(GUEST), True)


def backup_port(bed):
    """A port without carrier has its frames go to another one."""
    load_bridge()
    bridged = Bridged(bed)
    taps = add_taps(bridged, "tap0", "tap1")
    bridged.static(GUEST, "tap0")
    queue = wait_promoted(GUEST)
    bridge("link set dev tap0 backup_port tap1")
    for state, name in (("off", "tap1"), ("on", "tap0")):
        ip(f"link set tap0 carrier {state}")
        bridged.wait_state("tap0", {"off": "disabled", "on": "forwarding"}[state])
        wait_until(is_settled, 5, "settled")
        with handled(bed) as now:
            expect_at(bridged, taps, GUEST, (name,), f"carrier {state}")
        expect_eq(now.rx, {queue: 20})
        expect_eq(now.by.get("direct", 0) > 0, state == "on", now.by)


def crowd(bed):
    """One guest with more addresses than there is room for keeps the others from a queue no longer than it has them."""
    bridged, tap, _ = set_up(bed)
    other, = add_taps(bridged, "tap1")
    for index in range(MOST_ENTRIES + 50):
        tap.write(says(f"02:00:00:0c:{index >> 8:02x}:{index & 255:02x}"))
    other.write(says(OTHER))
    wait_until(lambda: len(entries()) == MOST_ENTRIES, 10, "there is no more room")
    expect_not_in((OTHER, 0), entries())
    bridge("fdb flush dev br0 brport tap0")
    wait_until(lambda: (OTHER, 0) in entries(), 10, "the other guest's address is known, though it has not spoken again")
    expect_le(len(entries()), 2)


def small_mtu(bed):
    """What is too long for the port is for nobody, to the byte."""
    bridged, tap, queue = set_up(bed)
    ip("link set tap0 mtu 500")
    wait_until(is_settled, 5, "settled")
    # a header, and room for a tag, come on top
    for size, arrives in ((60, True), (514, True), (518, True), (519, False), (1000, False)):
        with handled(bed) as now:
            expect_at(bridged, (tap,), GUEST, ("tap0",) if arrives else (), f"{size} bytes", size=size)
        expect_eq(now.rx, {queue: 20})
        expect_eq(now.by.get("direct", 0) > 0, arrives, f"{size} bytes: {now.by}")


def qdisc(bed):
    """A queueing discipline counts every frame; without one they go directly again."""
    bridged, tap, queue = set_up(bed)
    for kind in ("netem limit 1000", "tbf rate 100mbit burst 100kb latency 1s", "prio", "fq"):
        tc(f"qdisc replace dev tap0 root {kind}")
        before = sent(tap.name)
        expect_all(bridged, tap, queue, True)
        # and what the bridge may say of its own
        expect_in(sent(tap.name) - before, range(40, 44), kind)
        tc("qdisc del dev tap0 root")
        expect_all(bridged, tap, queue, True)
    # all of them are lost there
    tc("qdisc replace dev tap0 root netem loss 100%")
    expect_eq(who_gets(bridged, (tap,), GUEST), {})
    tc("qdisc replace dev tap0 root netem delay 30ms")
    expect_all(bridged, tap, queue, True)


def sent(ifname):
    return next(row for row in tc(f"-s qdisc show dev {ifname} root", json=True) if row.get("root"))["packets"]


def captures(bed):
    """Who listens on the uplink, on the tap or on all sees every frame."""
    bridged, tap, queue = set_up(bed)
    for port, outgoing in (("near0", False), ("tap0", True)):
        expect_all(bridged, tap, queue, True)
        catch = Capture(port, promisc=True, outgoing=outgoing)
        expect_all(bridged, tap, queue, port == "tap0", count=40)
        expect_eq(catch.numbers(40), list(range(40)), port)
        catch.socket.close()
        expect_all(bridged, tap, queue, True)
    # on the bridge itself: promiscuous, it gets what passes through
    catch = Capture("br0", promisc=True)
    expect_all(bridged, tap, queue, False)
    expect_eq(catch.numbers(40), list(range(40)), "br0")
    catch.socket.close()
    expect_all(bridged, tap, queue, True)


def needs_nft():
    try:
        cmd("nft list ruleset")
    except CommandError as error:
        raise Skip("this kernel has no nf_tables") from error


def netfilter(bed):
    """A rule takes effect with the next frame, and ends with the next."""
    needs_nft()
    bridged, tap, queue = set_up(bed)
    for hook in ("prerouting", "forward", "postrouting"):
        expect_all(bridged, tap, queue, True)
        cmd("nft -f -", stdin=f"add table bridge t\nadd chain bridge t c {{ type filter hook {hook} priority 0; }}\n"
                              f"add rule bridge t c ether daddr {GUEST} drop\n")
        defer(cmd, "nft flush ruleset")
        expect_eq(who_gets(bridged, (tap,), GUEST), {}, hook)
        cmd("nft flush chain bridge t c")
        expect_all(bridged, tap, queue, False)
        cmd("nft flush ruleset")
        expect_at(bridged, (tap,), GUEST, ("tap0",), "the rule is gone")


def netdev_hooks(bed):
    """The same at the uplink's ingress and the tap's egress."""
    needs_nft()
    bridged, tap, queue = set_up(bed)
    for hook, port in (("ingress", "near0"), ("egress", "tap0")):
        cmd("nft -f -", stdin=f"add table netdev t\nadd chain netdev t c {{ type filter hook {hook} device {port} "
                              f"priority 0; }}\nadd rule netdev t c ether daddr {GUEST} drop\n")
        defer(cmd, "nft flush ruleset")
        expect_eq(who_gets(bridged, (tap,), GUEST), {}, hook)
        cmd("nft flush ruleset")
        expect_all(bridged, tap, queue, True)


def classifiers(bed):
    """clsact drops, or lets through and counts, from the next frame on."""
    bridged, tap, queue = set_up(bed)
    for port, way in (("near0", "ingress"), ("tap0", "egress")):
        expect_all(bridged, tap, queue, True)
        tc(f"qdisc add dev {port} clsact")
        tc(f"filter add dev {port} {way} protocol all prio 1 flower dst_mac {GUEST} action drop")
        expect_eq(who_gets(bridged, (tap,), GUEST), {}, f"{port} {way}")
        tc(f"filter del dev {port} {way} protocol all prio 1")
        tc(f"filter add dev {port} {way} protocol all prio 1 flower dst_mac {GUEST} action pass")
        expect_all(bridged, tap, queue, way == "egress")
        rows = tc(f"-s filter show dev {port} {way}", json=True)
        counts = [row["options"]["actions"][0]["stats"]["packets"] for row in rows if "actions" in row.get("options", {})]
        expect_eq(counts, [40], f"{port} {way}")
        tc(f"qdisc del dev {port} clsact")
        expect_all(bridged, tap, queue, True)


def rps(bed):
    """Where the host spreads what it receives, it does so with a guest's frames: as if they came by a queue of the port's own."""
    bridged, tap, queue = set_up(bed)
    ethtool("-L near0 combined 2")
    defer(ethtool, "-L near0 combined 1")
    path = "/sys/class/net/near0/queues/rx-0/rps_cpus"
    for cpus in ("c", "0"):
        write(path, cpus)
        wait_until(is_settled, 5, "settled")
        by = expect_all(bridged, tap, queue, cpus == "0")
        expect_eq(by.get("RPS", 0), 40 if cpus == "c" else 0)


if __name__ == "__main__":
    main(veth, offloads, multiqueue, packet_info, backup_port, crowd, small_mtu, qdisc, captures, netfilter, netdev_hooks, classifiers,
         rps, setup=Bed)
