#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# invariant: S5
"""No VM can teach the bridge or the chip where an address is: not by what it is sent, nor by what it sends."""

from lib import Bed, Capture, Client, Sender, Station, Steering, bridge, defer, expect_eq, ip, mac, main, set_ipv6, wait_until

VM, VICTIM = mac(0x20), mac(0x31)


def fdb(address):
    """The bridge port that an address was learned at."""
    rows = bridge("fdb show br br0", json=True)
    return [row["ifname"] for row in rows if row["mac"] == address]


def add_bridge(bed):
    ip("link add br0 type bridge")
    defer(ip, "link del br0")
    ip("link add p0 type veth peer name p0vm")
    defer(ip, "link del p0")
    for name in ("br0", "p0", "p0vm", bed.near.ifname):
        set_ipv6(False, name)
    ip("link set p0 master br0")
    ip(f"link set {bed.near.ifname} master br0")
    defer(ip, f"link set {bed.near.ifname} nomaster")
    for name in ("br0", "p0", "p0vm"):
        ip(f"link set {name} up")


def by_what_it_is_sent(bed):
    """A frame in a VM's queue that pretends to come from another VM is not seen by the bridge, which would believe it."""
    client = Client(bed)
    add_bridge(bed)
    client.open("alice")
    client.ready("alice", "q", "s0", (VM, "any"))
    catch = Capture("s0", promisc=True)
    sender = Sender(bed.far.ifname, bed.far.netns)
    # flooded while a new port is learning only would teach nothing
    wait_until(lambda: bridge("link show dev p0", json=True)[0]["state"] == "forwarding", what="the bridge forwards")
    Sender("p0vm").burst(mac(0x40), VICTIM, 1)
    wait_until(lambda: fdb(VICTIM) == ["p0"], what="the bridge learns")
    sender.burst(VM, VICTIM, 20, to=catch)
    expect_eq(fdb(VICTIM), ["p0"])
    client.clear("q0")
    sender.burst(VM, VICTIM, 1)
    wait_until(lambda: fdb(VICTIM) == [bed.near.ifname], what="without the queue the bridge believes it")


def by_what_it_sends(bed):
    """A station that sends with others' addresses gets none of their frames."""
    steer = Steering(bed, channels=1)
    steer.offload()
    vm, other = Station(steer, "vm0", VM), Station(steer, "vm1", VICTIM)
    catch = Capture(bed.far.ifname, bed.far.netns)
    before = steer.tables()
    for forged in (VICTIM, bed.near.mac, mac(0x40)):
        Sender(vm.name, vm.netns).burst(bed.far.mac, forged, 20, to=catch)
    expect_eq(steer.tables(), before)
    # without promiscuity: that would spread to the port
    stolen = Capture(vm.name, vm.netns)
    with other.catching(2):
        steer.expect((VICTIM, None, other.queue), (bed.near.mac, None, 0))
    # the broadcast that steer.expect() ends with is everybody's
    expect_eq({frame.data[:6].hex(":") for frame in stolen.frames(quiet=0.2)} - {"ff:ff:ff:ff:ff:ff"}, set())


if __name__ == "__main__":
    main(by_what_it_is_sent, by_what_it_sends, setup=Bed)
