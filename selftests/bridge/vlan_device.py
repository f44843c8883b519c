#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120
"""Bridges on VLAN devices: frames are steered to queues and then go the ordinary way, beside bridges on the NIC itself."""

from lib import Bed, bridge, defer, expect_eq, expect_ge, ip, mac, main, wait_until
from lib.bridged import Bridged, handled, is_settled, load_bridge, wait_promoted
from lib.guests import add_taps, expect_at, make_busy, queues, wait_queues

GUEST, OTHER = mac(0x20), mac(0x21)


def add_vlan(bed, vid):
    ip(f"link add link {bed.near.ifname} name near0.{vid} type vlan id {vid}")
    defer(ip, f"link del near0.{vid}")
    return f"near0.{vid}"


def expect_steered(bridged, taps, address, name, queue, direct, **options):
    """All by the queue, to one tap; directly or not at all so."""
    wait_until(is_settled, 5, "settled")
    with handled(bridged.bed) as now:
        expect_at(bridged, taps, address, (name,), **options)
    expect_eq(now.rx, {queue: 20})
    if direct:
        expect_ge(now.by.get("direct", 0), 18)
    else:
        expect_eq(now.by, {"VLAN device": 20})


def alone(bed):
    load_bridge()
    bridged = Bridged(bed, "br10", uplink=add_vlan(bed, 10))
    taps = add_taps(bridged, "tap0", "tap1")
    bridged.static(GUEST, "tap0")
    queue = wait_promoted(GUEST)
    expect_eq(bridged.offloaded("tap0"), [GUEST])
    expect_steered(bridged, taps, GUEST, "tap0", queue, False, vlan=10)
    # what is for the same address in other VLANs, or in none, is the host's
    with handled(bed) as now:
        expect_at(bridged, taps, GUEST, ())
        expect_at(bridged, taps, GUEST, (), vlan=20)
    # the NIC of a bridge does not filter VLANs, so the queue gets them; but it gives them back
    expect_eq(now.by, {})
    expect_eq(set(now.rx) <= {0, queue}, True, now.rx)
    # a learned one
    other = make_busy(bridged, taps[1], OTHER, wire={"vlan": 10})
    expect_steered(bridged, taps, OTHER, "tap1", other, False, vlan=10)
    bridge(f"fdb del {GUEST} dev tap0 master")
    expect_at(bridged, taps, GUEST, ("tap0", "tap1"), vlan=10)
    wait_queues(bed, ("tap1",))



def three_bridges(bed):
    """The NIC in one bridge, VLAN devices on it in two others, each with a tap."""
    load_bridge()
    found = {}
    for name, vid in (("br0", 0), ("br10", 10), ("br20", 20)):
        bridged = Bridged(bed, name, uplink=add_vlan(bed, vid) if vid else None)
        found[vid] = bridged, add_taps(bridged, f"tap{vid}")[0]
    return found, [tap for _, tap in found.values()]


def beside_the_nic(bed):
    """Each bridge's guest by its queue, directly where the bridge is on the NIC itself."""
    found, taps = three_bridges(bed)
    for vid, (bridged, tap) in found.items():
        bridged.static(mac(0x30 + vid), tap.name)
    wait_queues(bed, ("tap0", "tap10", "tap20"))
    of = {port: queue for queue, port in queues(bed).items()}
    for vid, (bridged, tap) in found.items():
        expect_eq(bridged.offloaded(tap.name), [mac(0x30 + vid)])
        tag = {"vlan": vid} if vid else {}
        expect_steered(bridged, taps, mac(0x30 + vid), tap.name, of[tap.name], not vid, **tag)


def same_address(bed):
    """All three bridges have a guest with the same address.

    A NIC in a bridge does not filter VLANs, so the chip cannot tell them apart; they are told apart in software.
    """
    found, taps = three_bridges(bed)
    for bridged, tap in found.values():
        bridged.static(GUEST, tap.name)
    wait_queues(bed, ("tap0", "tap10", "tap20"))
    (plain, _), (ten, _), (twenty, _) = found.values()
    for bridged, tap in found.values():
        wait_until(lambda which=(bridged, tap): which[0].offloaded(which[1].name) == [], 3, "no mark")
    for _ in range(2):
        expect_steered(plain, taps, GUEST, "tap0", 0, True)
        expect_steered(ten, taps, GUEST, "tap10", 0, False, vlan=10)
        expect_steered(twenty, taps, GUEST, "tap20", 0, False, vlan=20)
    # a VLAN that has no device is of the bridge on the NIC
    expect_steered(plain, taps, GUEST, "tap0", 0, True, vlan=30)
    # what one bridge moves or forgets, the others still know
    bridge(f"fdb replace {GUEST} dev near0.10 master dynamic")
    wait_queues(bed, ("tap0", "tap20"))
    expect_at(ten, taps, GUEST, (), vlan=10)
    bridge(f"fdb del {GUEST} dev tap20 master")
    wait_queues(bed, ("tap0",))
    of = {port: queue for queue, port in queues(bed).items()}
    expect_steered(plain, taps, GUEST, "tap0", of["tap0"], True)
    wait_until(lambda: plain.offloaded("tap0") == [GUEST], 3, "a mark")
    ip("link del br10")
    expect_steered(plain, taps, GUEST, "tap0", of["tap0"], True)


def priority_tags(bed):
    """A VLAN device for VLAN 0 gets what has a priority tag; in a bridge, it brings that and nothing else there."""
    load_bridge()
    bridged = Bridged(bed)
    taps = add_taps(bridged, "tap0")
    bridged.static(GUEST, "tap0")
    wait_queues(bed, ("tap0",))
    expect_at(bridged, taps, GUEST, ("tap0",), vlan=0)
    add_vlan(bed, 0)
    expect_at(bridged, taps, GUEST, (), "to the VLAN device", vlan=0)
    expect_at(bridged, taps, GUEST, ("tap0",))
    ip("link set near0 nomaster")
    ip("link set near0.0 master br0 up")
    bridged.uplink = "near0.0"
    bridged.wait_forwarding()
    expect_at(bridged, taps, GUEST, (), "not by the VLAN device")
    expect_at(bridged, taps, GUEST, ("tap0",), "by the VLAN device", vlan=0)
    expect_eq(queues(bed), {})


def two_bridges(bed):
    """A bridge that has nothing to do with the NIC knows the same address."""
    load_bridge()
    bridged = Bridged(bed)
    taps = add_taps(bridged, "tap0")
    bridged.static(GUEST, "tap0")
    queue = wait_promoted(GUEST)
    ip("link add inner type bridge")
    defer(ip, "link del inner")
    ip("link set inner up")
    ip("link add d0 type dummy")
    defer(ip, "link del d0")
    ip("link set d0 master inner up")
    bridge(f"fdb add {GUEST} dev d0 master static")
    expect_steered(bridged, taps, GUEST, "tap0", queue, True)
    wait_queues(bed, ("tap0",))
    ip("link del inner")
    ip("link add inner type bridge")
    expect_steered(bridged, taps, GUEST, "tap0", queue, True)


if __name__ == "__main__":
    main(alone, beside_the_nic, same_address, priority_tags, two_bridges, setup=Bed)
