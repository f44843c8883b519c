#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What the port tells of itself: ethtool -i, -d, -e, -T, -P, wake-up, and the message level."""

import re
import select
import socket
import struct
import subprocess

from lib import (Bed, CommandError, Sender, defer, ethtool, expect_eq, expect_in, expect_ne, expect_not_in, expect_raises, mac, main,
                 patience, registers, wait_until)
from lib.frames import numbered

RXDCTL, ENABLED = 0xC028, 1 << 25
RCTL, RXEN = 0x100, 1 << 1
LEDCTL = 0xE00
SO_TIMESTAMPING, TX_SOFTWARE, SOFTWARE = 37, 1 << 1, 1 << 4


def driver(bed):
    shown = ethtool(f"-i {bed.near.ifname}")
    for line in ("driver: vmq", f"bus-info: {bed.near.pci}", "supports-statistics: yes", "supports-test: yes",
                 "supports-eeprom-access: yes", "supports-register-dump: yes"):
        expect_in(f"{line}\n", shown)
    expect_in(f"Permanent address: {bed.near.mac}", ethtool(f"-P {bed.near.ifname}"))


def register_dump(bed):
    near = bed.near.ifname
    ethtool(f"-L {near} combined 3")
    defer(ethtool, f"-L {near} combined 1")
    dump = registers(near)
    expect_eq([bool(dump[RXDCTL + queue * 0x40] & ENABLED) for queue in range(8)], [True] * 3 + [False] * 5)
    expect_eq(bool(dump[RCTL] & RXEN), True)
    bed.near.down()
    dump = registers(near)
    expect_eq([bool(dump[RXDCTL + queue * 0x40] & ENABLED) for queue in range(8)], [False] * 8)
    expect_eq(bool(dump[RCTL] & RXEN), False)
    bed.near.up()


def nvm(bed):
    def read(offset, length):
        shown = ethtool(f"-e {bed.near.ifname} offset {offset} length {length}")
        return "".join(re.findall(r"^0x[0-9a-f]+:\s+((?:[0-9a-f]{2} ?)+)", shown, re.MULTILINE)).split()

    expect_eq(":".join(read(0, 6)), bed.near.mac)
    whole = read(0, 128)
    expect_eq(len(whole), 128)
    expect_eq(read(3, 4), whole[3:7], "from an odd offset")
    # the first 64 words, the check sum among them, add up to 0xbaba
    words = [int(low, 16) | int(high, 16) << 8 for low, high in zip(whole[::2], whole[1::2])]
    expect_eq(sum(words) & 0xFFFF, 0xBABA)
    for words in ("offset 2048 length 2", "offset 2047 length 2"):
        with expect_raises(CommandError, words):
            ethtool(f"-e {bed.near.ifname} {words}")
    with expect_raises(CommandError):
        ethtool(f"-E {bed.near.ifname} magic 0x10c98086 offset 0 value 1")
    expect_eq(":".join(read(0, 6)), bed.near.mac)


def time_stamping(bed):
    shown = ethtool(f"-T {bed.near.ifname}")
    expect_in("software-transmit", shown)
    expect_in("software-receive", shown)
    expect_in("none", re.search(r"(?:PTP Hardware Clock|Hardware timestamp provider).*", shown)[0])


def sent_at(bed):
    """A sender that asks is told when its frame was given to the chip."""
    sender = Sender(bed.near.ifname).socket
    sender.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, TX_SOFTWARE | SOFTWARE)
    sender.send(numbered(mac(2), mac(1), 0))
    queue = select.poll()
    # of an error queue poll tells without being asked
    queue.register(sender, 0)
    expect_eq([event for _, event in queue.poll(patience(3) * 1000)], [select.POLLERR])
    _, ancillary, _, _ = sender.recvmsg(100, 1000, socket.MSG_ERRQUEUE | socket.MSG_DONTWAIT)
    stamps = [struct.unpack_from("qq", data) for _, kind, data in ancillary if kind == SO_TIMESTAMPING]
    expect_eq(len(stamps), 1)
    expect_ne(stamps, [(0, 0)])


def message_level(bed):
    near = bed.near.ifname
    shown = ethtool(near)
    before = re.search(r"Current message level: (0x[0-9a-f]+)", shown)[1]
    defer(ethtool, f"-s {near} msglvl {before}")
    ethtool(f"-s {near} msglvl 0x37")
    expect_in("Current message level: 0x00000037", ethtool(near))


def wake_up(bed):
    """The card cannot, and says so."""
    expect_not_in("Wake-on: g", ethtool(bed.near.ifname))
    with expect_raises(CommandError):
        ethtool(f"-s {bed.near.ifname} wol g")


def identify(bed):
    """The lights blink until the user has seen enough, and are given back."""
    near = bed.near.ifname
    before = registers(near)[LEDCTL]
    with subprocess.Popen(["ethtool", "-p", near]) as blinking:
        try:
            wait_until(lambda: registers(near)[LEDCTL] != before, what="the lights blink")
        finally:
            blinking.terminate()
    expect_eq(registers(near)[LEDCTL], before)


if __name__ == "__main__":
    main(driver, register_dump, nvm, time_stamping, sent_at, message_level, wake_up, identify, setup=Bed)
