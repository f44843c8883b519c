#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A poll that has no end, because frames never cease to come, moves with its interrupt."""

import ctypes
import socket
import struct
import threading

from lib import Bed, Fail, Placement, Sender, Steering, defer, expect_eq, expect_not_in, mac, main, numbered, wait_until, write

ETH_P_ALL = 3
SO_ATTACH_FILTER = 26
SOCKETS = 100
INSTRUCTIONS = 4096  # as many as a filter may have


def slow_down(ifname):
    """A packet socket whose filter takes its time and then wants none of the frames."""
    program = struct.pack("=HBBI", 0x00, 0, 0, 1) * (INSTRUCTIONS - 1) + struct.pack("=HBBI", 0x06, 0, 0, 0)
    buffer = ctypes.create_string_buffer(program)
    packet = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    defer(packet.close)
    packet.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER,
                      struct.pack("@HP", INSTRUCTIONS, ctypes.addressof(buffer)))
    packet.bind((ifname, ETH_P_ALL))


class Flood:
    """Frames without a pause, until the end of the case."""

    def __init__(self, bed, address):
        self.socket = Sender(bed.far.ifname, bed.far.netns).socket
        self.frame = numbered(address, mac(0xfe), 0)
        self.stopping = False
        self.thread = threading.Thread(target=self.run)
        self.thread.start()
        defer(self.stop)

    def run(self):
        while not self.stopping:
            self.socket.send(self.frame)

    def stop(self):
        self.stopping = True
        self.thread.join()


def ends(placement, ifname):
    """How many polls found an end, while 320 frames came on queue 3."""
    placement.clear()
    wait_until(lambda: sum(placement.cpus().get(3, {}).values()) >= 320, 20, "320 frames on queue 3")
    return sum(poll != (64, 64) for poll in placement.polls(ifname))


def flood(bed, steer):
    """More frames for queue 3 than are received: the ring is never empty, a poll never done.  The queue's interrupt."""
    steer.rule(0, mac(0x10), 3)
    for _ in range(SOCKETS):
        slow_down(steer.near)
    Flood(bed, mac(0x10))
    return next(number for number, (name, _) in bed.interrupts().items() if name == f"{steer.near}-q3")


def under_load(bed):
    steer, placement = Steering(bed), Placement()
    number = flood(bed, steer)
    seen = []
    for cpu in (3, 1, 0, 2) * 5:
        write(f"/proc/irq/{number}/smp_affinity_list", str(cpu))
        # two polls, and a bit, may pass on the old one: the vector moves when it next comes
        seen.append((ends(placement, steer.near), ends(placement, steer.near)))
        expect_eq(list(placement.cpus()[3]), [cpu])
        # if the sender had to pause an interrupt has done it, and this has shown nothing
        if sum(max(pair) <= 1 for pair in seen) == 4:
            return
    raise Fail(f"too few moves of a poll that found no end: {seen}")


def deferred(bed):
    """Likewise where a timer polls instead of interrupts, as long as there is something to do."""
    for knob, value in (("napi_defer_hard_irqs", 2), ("gro_flush_timeout", 200000)):
        path = f"/sys/class/net/{bed.near.ifname}/{knob}"
        write(path, str(value))
        defer(write, path, "0")
    under_load(bed)


def without_its_cpu(bed):
    """When the queue's CPU is taken offline the poll goes on elsewhere, and needs no interrupt for each of its rounds."""
    steer, placement = Steering(bed), Placement()
    number = flood(bed, steer)
    write(f"/proc/irq/{number}/smp_affinity_list", "3")
    ends(placement, steer.near)
    online = "/sys/devices/system/cpu/cpu3/online"
    write(online, "0")
    defer(write, online, "1")
    found = []
    for _ in range(20):
        found.append(ends(placement, steer.near))
        expect_not_in(3, placement.cpus()[3])
        if not found[-1]:
            break
    else:
        raise Fail(f"no five polls without an end: {found}")
    write(f"/proc/irq/{number}/smp_affinity_list", "1")
    # two polls, and a bit, may pass on the old one
    ends(placement, steer.near)
    ends(placement, steer.near)
    expect_eq(list(placement.cpus()[3]), [1], "the poll follows once more")


if __name__ == "__main__":
    main(under_load, deferred, without_its_cpu, setup=Bed)
