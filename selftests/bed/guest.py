#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: driver=igb timeout=240
"""The bed's virtual machines: a KVM guest on a macvtap gets its frames and answers."""

from lib import Bed, Capture, Guest, Sender, defer, expect_eq, ip, load_kvm, mac, main, ping


def bed_with_kvm():
    load_kvm()
    return Bed()


def guest_answers(bed):
    near, far = bed.near.ifname, bed.far.ifname
    bed.addresses()
    ip(f"link add link {near} name vm1 address {mac(0x20)} type macvtap mode bridge")
    defer(ip, "link del vm1")
    ip("link set vm1 up")
    guest = Guest("macvtap:vm1", mac(0x20), ["192.0.2.20/24"]).wait_ready()

    ping("192.0.2.20", netns="far")
    catch = Capture(far, "far", ethertype=0x88B5)
    Sender(far, "far").burst(mac(0x20), bed.far.mac, 200, to=catch)
    expect_eq(catch.numbers(), list(range(200)))
    expect_eq(guest.counts(), {"frames": 200, "misordered": 0, "duplicates": 0, "last": 199})


if __name__ == "__main__":
    main(guest_answers, setup=bed_with_kvm)
