#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Two NICs at once, each in a bridge of its own; macvtaps beside a bridge get what they got."""

import copy

from lib import FAR_PCI, Bed, Port, Station, Steering, expect_eq, expect_ge, ip, mac, main, number, numbered
from lib.bridged import Bridged, entries, frames_by, load_bridge, wait_promoted
from lib.guests import HOST, add_taps, expect_at
from lib.ktap import defer
from lib.tap import Macvtap

GUEST, OTHER, MACVTAP = mac(0x20), mac(0x21), mac(0x22)
COUNT = 300


def second_nic(bed):
    """The other end of the wire, driven by vmq as well; in this file no case wants igb there after that."""
    bed.release_far()
    bed.far.give_back()
    both = copy.copy(bed)
    both.far = Port("near1", FAR_PCI, "vmq")
    defer(both.far.give_back)
    both.far.bind()
    both.far.up()
    both.near.wait_carrier()
    return both


def expect_read(tap, address, count):
    """Frames for an address, each once and in order, from a macvtap's file."""
    def wanted(frame):
        return frame[:6] == bytes.fromhex(address.replace(":", "")) and number(frame)

    expect_eq([number(frame)[1] for frame in tap.frames(count, wanted=wanted) + tap.frames(wanted=wanted)], list(range(count)))


def two_nics(bed):
    """From a guest of one bridge to a guest of the other, by the wire: each NIC steers what it receives."""
    bed = second_nic(bed)
    load_bridge()
    bridges = Bridged(bed), Bridged(bed, "br1", uplink="near1")
    taps = add_taps(bridges[0], "tap0") + add_taps(bridges[1], "tap1")
    rows = (GUEST, "near0", taps[0]), (OTHER, "near1", taps[1])
    for bridged, (address, _, tap) in zip(bridges, rows):
        bridged.static(address, tap.name)
    for (address, uplink, tap), (source, _, sender) in (rows, rows[::-1]):
        queue = wait_promoted(address)
        expect_eq((queue, entries()[address, 0].uplink), (7, uplink))
        before = frames_by(tap.name)["direct"]
        for at in range(COUNT):
            sender.write(numbered(address, source, at))
            if at % 50 == 49:
                expect_eq(tap.numbers(50), list(range(at - 49, at + 1)))
        expect_ge(frames_by(tap.name)["direct"] - before, COUNT * 9 // 10)


def station_of_another_nic(bed):
    """A macvtap with a queue on the other NIC keeps it, and gets what comes for it from the bridge's guest."""
    bed = second_nic(bed)
    bed.near, bed.far = bed.far, bed.near
    steering = Steering(bed, channels=1)
    steering.offload()
    station = Station(steering, "vm0", MACVTAP, kind="macvtap", netns=False)
    file = Macvtap("vm0")
    load_bridge()
    bridged = Bridged(bed, uplink="near0")
    tap, = add_taps(bridged, "tap0")
    bridged.static(GUEST, "tap0")
    wait_promoted(GUEST)
    expect_eq(station.queue, 7)
    for at in range(COUNT):
        tap.write(numbered(MACVTAP, GUEST, at))
    expect_read(file, MACVTAP, COUNT)
    for at in range(COUNT):
        file.write(numbered(GUEST, MACVTAP, at))
    expect_eq(tap.numbers(COUNT), list(range(COUNT)))


def macvtap_on_a_vlan(bed):
    """A macvtap on a VLAN device of the bridge's NIC gets its frames, and the guest of the same address its own."""
    ip("link add link near0 name near0.10 type vlan id 10")
    defer(ip, "link del near0.10")
    ip("link set near0.10 up")
    ip(f"link add link near0.10 name vm0 address {GUEST} type macvtap mode bridge")
    ip("link set vm0 up")
    file = Macvtap("vm0")
    load_bridge()
    bridged = Bridged(bed)
    taps = add_taps(bridged, "tap0")
    bridged.static(GUEST, "tap0")
    wait_promoted(GUEST)
    bridged.sender.burst(GUEST, HOST, 20, vlan=10)
    expect_read(file, GUEST, 20)
    expect_eq([tap.numbers(timeout=0.2) for tap in taps], [[]])
    expect_at(bridged, taps, GUEST, ("tap0",))


if __name__ == "__main__":
    main(macvtap_on_a_vlan, two_nics, station_of_another_nic, setup=Bed)
