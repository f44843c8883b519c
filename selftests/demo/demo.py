#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: solo timeout=270
"""Two KVM guests with a hardware queue each, on macvtaps and then on a bridge: who gets which frame, on which CPU."""

from lib import (Bed, Capture, Guest, Sender, allowed_cpus, cmd, comment, expect_eq, expect_ge, expect_in, ip, mac,
                 main, queue_counters, queue_table, wait_until)
from lib.bridged import frames_by, load_bridge, queue_of

FRAMES = 500
STRAYS = 100
GUESTS = {"vm1": (mac(0x11), "192.0.2.11"), "vm2": (mac(0x12), "192.0.2.12")}
STRANGER = mac(0x99)


def say(text=" "):
    comment(text)


def run(line, netns=None):
    """Do what the user would type, and show it."""
    say(f"  $ {line}")
    return cmd(line, netns=netns)


def steered(bed):
    """{queue: [(address, VLAN)]} as debugfs tells."""
    found = {}
    with open(f"/sys/kernel/debug/vmq/{bed.near.pci}/filters", encoding="ascii") as table:
        for line in table.readlines()[1:]:
            _, address, vlan, queue = line.split()[:4]
            found.setdefault(int(queue), []).append((address, vlan))
    return found


def received(ifname, queue):
    """(packets, drops) of a queue"""
    counters = {name: value for (way, number, name), value in queue_counters(ifname).items()
                if way == "rx" and number == queue}
    return counters["packets"], sum(value for name, value in counters.items() if name.startswith("drop"))


class Meter:
    """What each queue received, and on which CPUs its interrupts ran, since it was made."""

    def __init__(self, bed):
        self.bed = bed
        self.start = self.read()

    def read(self):
        interrupts = self.bed.interrupts()
        return {queue: (*received(self.bed.near.ifname, queue), interrupts[irq][1])
                for queue, (_, irq) in queue_table(self.bed).items()}

    def rows(self):
        """{queue: (packets, drops, {CPU})}"""
        found = {}
        for queue, (packets, dropped, cpus) in self.read().items():
            packets_before, dropped_before, cpus_before = self.start[queue]
            ran = {cpu for cpu, (now, then) in enumerate(zip(cpus, cpus_before)) if now > then}
            found[queue] = (packets - packets_before, dropped - dropped_before, ran)
        return found


def print_table(bed, rows):
    who, what = queue_table(bed), steered(bed)
    say(f"  {'queue':5} {'MAC':17} {'VLAN':8} {'CPU':>3} {'IRQ':>3} {'consumer':9} {'packets':>7} {'drops':>5}")
    for queue, (packets, dropped, cpus) in rows.items():
        consumer, irq = who[queue]
        address, vlan = what.get(queue, [("all others" if queue == 0 else "-", "-")])[0]
        cpu = ",".join(map(str, sorted(cpus))) or "-"
        say(f"  {queue:5} {address:17} {vlan:8} {cpu:>3} {irq:3} {consumer:9} {packets:7} {dropped:5}")


def start_guests(bed):
    near = bed.near.ifname
    say()
    say("Two virtual machines, each on a macvtap, as libvirt makes them:")
    run(f"ethtool -K {near} l2-fwd-offload on")
    for name, (address, _) in GUESTS.items():
        run(f"ip link add link {near} name {name} type macvtap mode bridge")
        run(f"ip link set {name} address {address} up")
    say("  ... two KVM guests with stock virtio-net are booting on them (half a minute)")
    guests = {name: Guest(f"macvtap:{name}", address, [f"{inet}/24"]) for name, (address, inet) in GUESTS.items()}
    for guest in guests.values():
        guest.wait_ready()
    return guests


def check(bed, rows, guests):
    """The demo is right if each frame was where the table says, and nowhere else."""
    who = queue_table(bed)
    of_guest = {consumer: queue for queue, (consumer, _) in who.items() if consumer in GUESTS}
    expect_eq(sorted(of_guest), sorted(GUESTS), "each guest has a queue of its own")
    for name, queue in of_guest.items():
        packets, dropped, cpus = rows[queue]
        expect_eq((packets, dropped), (FRAMES, 0), f"frames of {name} on queue {queue}")
        expect_eq(cpus, allowed_cpus(who[queue][1]), f"CPU of {name}")
        expect_eq(guests[name].counts()["frames"], FRAMES, f"frames inside {name}")
    expect_eq(rows[0][0], STRAYS, "stray frames on queue 0")
    idle = {queue: rows[queue][0] for queue in rows if queue and queue not in of_guest.values()}
    expect_eq(set(idle.values()), {0}, "frames on other queues")
    cpus = [tuple(rows[queue][2]) for queue in of_guest.values()]
    expect_eq(len(set(cpus)), len(cpus), "a CPU of its own for each guest")


def send_and_show(bed, guests):
    """Frames from the wire to each guest and to nobody; the table of what came where."""
    say()
    say(f"From the wire: {FRAMES} frames to each guest, {STRAYS} to {STRANGER}, which is nobody's:")
    far = bed.far.ifname
    sender = Sender(far, "far")
    for guest in guests.values():
        guest.clear()
    meter = Meter(bed)
    for address, _ in GUESTS.values():
        sender.burst(address, bed.far.mac, FRAMES, to=Capture(far, "far", ethertype=0x88B5))
    before = meter.rows()[0][0]
    sender.burst(STRANGER, bed.far.mac, STRAYS)
    wait_until(lambda: meter.rows()[0][0] >= before + STRAYS, 5, "the strays have come")
    rows = meter.rows()
    say()
    print_table(bed, rows)
    check(bed, rows, guests)


def reachable(bed):
    """Ping; then only what is counted: no neighbour is looked for any more."""
    say("They are reachable from the wire:")
    ip(f"addr add 192.0.2.2/24 dev {bed.far.ifname}", netns="far")
    for _, inet in GUESTS.values():
        expect_in(" 0% packet loss", run(f"ping -c 3 -l 3 -i 10 {inet}", netns="far"))
    ip(f"addr flush dev {bed.far.ifname}", netns="far")


def on_macvtaps(bed):
    guests = start_guests(bed)
    say()
    reachable(bed)
    send_and_show(bed, guests)
    say()
    say("Each guest's frames arrived on its own queue and CPU, and inside the guest; the strays on queue 0.")
    for name, guest in guests.items():
        guest.stop()
        ip(f"link del {name}")


def start_guests_on_bridge(bed):
    say()
    say("The same on a Linux bridge, as it is set up anywhere; the module is all that is new:")
    say("  $ insmod vmq_bridge.ko")
    load_bridge()
    run("ip link add br0 type bridge")
    run(f"ip link set {bed.near.ifname} master br0")
    run("ip link set br0 up")
    cmd("modprobe tun")
    for name in GUESTS:
        run(f"ip tuntap add {name} mode tap vnet_hdr")
        run(f"ip link set {name} master br0 up")
    say("  ... two KVM guests with stock virtio-net are booting on the taps")
    guests = {name: Guest(f"tap:{name}", address, [f"{inet}/24"]) for name, (address, inet) in GUESTS.items()}
    for guest in guests.values():
        guest.wait_ready()
    return guests


def on_a_bridge(bed):
    guests = start_guests_on_bridge(bed)
    say()
    reachable(bed)
    sender = Sender(bed.far.ifname, "far")

    def promoted():
        for address, _ in GUESTS.values():
            sender.burst(address, bed.far.mac, 20)
        return all(queue_of(address) for address, _ in GUESTS.values())

    wait_until(promoted, 15, "both guests have queues", poll=0.2)
    say()
    say("Both are busy, so each has got a queue. The bridge knows:")
    for line in run("bridge fdb show br br0 | grep offload").splitlines():
        say(f"  {line}")
    before = frames_by()["direct"]
    send_and_show(bed, guests)
    direct = frames_by()["direct"] - before
    say()
    say(f"{direct} of {FRAMES * len(GUESTS)} frames went from their queue straight to the tap; the bridge saw the others, to learn.")
    expect_ge(direct, FRAMES * len(GUESTS) * 9 // 10)


def demo(bed):
    say(f"A virtual host with an 82576 ({bed.near.ifname}, driver vmq); its wire ends at a second port.")
    on_macvtaps(bed)
    on_a_bridge(bed)


if __name__ == "__main__":
    main(demo, setup=Bed)
