#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A frame that cannot be sent is dropped and counted, by reason; those that follow it are sent as ever."""

import glob
import os
import socket
import tempfile

from lib import (BROADCAST, Bed, Capture, Sender, chip_fault, cmd, defer, ethtool, expect_eq, expect_raises, inside, ip, mac, main,
                 numbered, patience, queue_counters, set_ipv6, without_memory, write)

COUNT, VID = 30, 7


class Dropped:
    """How many frames have been dropped since, by reason, and that ip shows the same number."""

    def __init__(self, bed):
        self.bed, self.before = bed, self.now(bed)

    @staticmethod
    def now(bed):
        reasons = {"all": bed.near.link()["stats64"]["tx"]["dropped"]}
        for (way, _, name), value in queue_counters(bed.near.ifname).items():
            if way == "tx" and name.startswith("drop_"):
                reasons[name] = reasons.get(name, 0) + value
        return reasons

    def expect(self, reason, count):
        new = {name: value - self.before[name] for name, value in self.now(self.bed).items()}
        expect_eq({name: value for name, value in new.items() if value}, {reason: count, "all": count})


def send(bed, ifname, catch):
    """Frames that arrive, all and only they."""
    Sender(ifname).burst(mac(2), mac(1), COUNT, start=COUNT, to=catch)
    return catch.frames()


def no_address(bed):
    """The chip cannot be given a frame: the next one does not take its place, nor goes without a tag."""
    near = bed.near.ifname
    # those that are copied need no address of their own
    ethtool(f"--set-tunable {near} tx-copybreak 0")
    defer(ethtool, f"--set-tunable {near} tx-copybreak 256")
    ip(f"link add link {near} name vlan{VID} type vlan id {VID}")
    defer(ip, f"link del vlan{VID}")
    set_ipv6(False, f"vlan{VID}")
    ip(f"link set vlan{VID} up")
    for ifname, tag in ((near, None), (f"vlan{VID}", VID), (near, None)):
        catch, dropped = Capture(bed.far.ifname, "far", promisc=True), Dropped(bed)
        with chip_fault("dma=1"):
            Sender(ifname).burst(mac(2), mac(1), COUNT)
            dropped.expect("drop_dma", COUNT)
        expect_eq([(frame.tci, frame.data) for frame in send(bed, ifname, catch)],
                  [(tag, numbered(mac(2), mac(1), seq)) for seq in range(COUNT, 2 * COUNT)], ifname)


def no_address_of_the_second_piece(bed):
    """Of a frame in two pieces the first has its address already."""
    near, far = bed.near, bed.far
    for port, host, netns in ((near, 1, None), (far, 2, "far")):
        ip(f"addr add 198.51.100.{host}/24 dev {port.ifname}", netns=netns)
        defer(ip, f"addr del 198.51.100.{host}/24 dev {port.ifname}", netns=netns)
    ip(f"neigh replace 198.51.100.2 lladdr {far.mac} nud permanent dev {near.ifname}")
    defer(ip, f"neigh del 198.51.100.2 dev {near.ifname}")
    payload = bytes(range(250)) * 4
    with inside("far"):
        receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with sender, receiver, tempfile.TemporaryFile() as file:
        receiver.bind(("198.51.100.2", 0))
        receiver.settimeout(patience(3))
        sender.connect(receiver.getsockname())
        file.write(payload)
        file.flush()

        def burst():
            # headers and payload are pieces of their own
            for _ in range(COUNT):
                os.sendfile(sender.fileno(), file.fileno(), 0, len(payload))

        dropped = Dropped(bed)
        with chip_fault("dma=2"):
            burst()
            dropped.expect("drop_dma", COUNT)
        burst()
        expect_eq([receiver.recv(2 * len(payload)) for _ in range(COUNT)], [payload] * COUNT)
        receiver.settimeout(patience(0.3))
        with expect_raises(TimeoutError):
            receiver.recv(1)


def the_port_goes_down(bed):
    """What the chip has not sent by then, it does not send later."""
    limits = glob.glob(f"/sys/class/net/{bed.near.ifname}/queues/tx-*/byte_queue_limits")
    for limit in limits:
        defer(write, f"{limit}/limit_min", cmd(f"cat {limit}/limit_min"))
        write(f"{limit}/limit_min", "100000")
    catch, dropped = Capture(bed.far.ifname, "far", promisc=True), Dropped(bed)
    with without_memory(bed):
        Sender(bed.near.ifname).burst(mac(2), mac(1), COUNT)
        expect_eq(sum(int(cmd(f"cat {limit}/inflight")) for limit in limits), COUNT * 60)
        bed.near.down()
        dropped.expect("drop_down", COUNT)
    bed.near.up()
    # one more: the emulated chip still has in mind what it read without memory, though its queue was disabled
    Sender(bed.near.ifname).burst(BROADCAST, mac(1), 1)
    expect_eq([frame.data for frame in send(bed, bed.near.ifname, catch) if frame.kind != socket.PACKET_BROADCAST],
              [numbered(mac(2), mac(1), seq) for seq in range(COUNT, 2 * COUNT)])
    dropped.expect("drop_down", COUNT)


if __name__ == "__main__":
    main(no_address, no_address_of_the_second_piece, the_port_goes_down, setup=Bed)
