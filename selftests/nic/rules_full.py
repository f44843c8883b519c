#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=240
# invariant: P1
"""Address and VLAN tables can be used to their last entry; the next rule works in software until there is room. There are
128 locations for rules; when all are taken the next rule is refused."""

from lib import Bed, CommandError, KernelLog, Steering, cmd, deltas, expect_eq, expect_in, expect_raises, mac, main

ADDRESSES = 23  # of 24: the port's own address has one
VLANS = 31  # of 32: priority tags have one
LOCATIONS = 128


def expect_in_software(steer, address, vlan, reason):
    """Its frames arrive on the default queue and are handed to the rule's own, and the log has said so."""
    expect_eq(steer.places()[(address, vlan or "any")], reason)
    with deltas(steer.near) as delta:
        steer.expect((address, vlan, 0))
    expect_eq({queue: count for queue, count in delta.rx("redirected").items() if count}, {0: 2})


def every_address_entry(bed):
    steer = Steering(bed)
    for number in range(ADDRESSES):
        steer.rule(number, mac(0x40 + number), 1 + number % 7)
    expect_eq(set(steer.places().values()), {"hardware"})
    log = KernelLog(at_end=True)
    steer.rule(ADDRESSES, mac(0x40 + ADDRESSES), 1)
    expect_in("is steered in software: the chip's address entries are all in use", "".join(log.lines()))
    expect_in_software(steer, mac(0x57), None, "the chip's address entries are all in use")
    steer.expect((mac(0x40), None, 1), (mac(0x4b), None, 5), (mac(0x56), None, 2))

    steer.delete(3)
    expect_eq(set(steer.places().values()), {"hardware"})
    steer.expect((mac(0x57), None, 1), (mac(0x43), None, 0), (mac(0x44), None, 5))


def one_address_has_one_entry(bed):
    """In however many VLANs it is steered."""
    steer = Steering(bed)
    steer.rule(0, mac(0x40), 1)
    for number in range(1, ADDRESSES):
        steer.rule(number, mac(0x40 + number), 2 + number % 5)
    steer.rule(100, mac(0x40), 7, vlan=10)
    steer.expect((mac(0x40), 10, 7), (mac(0x40), None, 1))


def every_vlan_entry(bed):
    steer = Steering(bed)
    for vlan in range(1, VLANS + 1):
        steer.rule(vlan, mac(0x10), 1 + vlan % 6, vlan=vlan)
    expect_eq(set(steer.places().values()), {"hardware"})
    steer.rule(100, mac(0x11), 7, vlan=100)
    expect_in_software(steer, mac(0x11), 100, "the chip's VLAN entries are all in use")
    steer.expect(*((mac(0x10), vlan, 1 + vlan % 6) for vlan in (1, 7, 16, VLANS)))

    steer.delete(7)
    expect_eq(set(steer.places().values()), {"hardware"})
    steer.expect((mac(0x11), 100, 7), (mac(0x10), 7, None), (mac(0x10), 8, 3))


def every_location(bed):
    """Sixteen addresses in eight VLANs: all of that fits into the chip."""
    steer = Steering(bed)
    wanted = {loc: (mac(0x40 + loc % 16), 1 + loc // 16, 1 + loc % 16 % 7) for loc in range(LOCATIONS)}
    add = f"ethtool -N {steer.near} flow-type ether"
    cmd("\n".join(["set -e", *(f"{add} dst {address} vlan {vlan} m 0xf000 action {queue}"
                               for address, vlan, queue in wanted.values())]), timeout=90)
    expect_eq(steer.rules(), wanted)
    expect_eq(set(steer.places().values()), {"hardware"})

    before, log = steer.tables(), KernelLog(at_end=True)
    for location in ("", "loc 128"):
        with expect_raises(CommandError, location) as error:
            cmd(f"{add} dst {mac(0x50)} action 1 {location}")
        if not location:
            expect_in("No space left on device", error.exception.output)
            expect_in("ethtool -N: all 128 locations are taken", "".join(log.lines()))
    expect_eq((steer.rules(), steer.tables()), (wanted, before))
    steer.expect((mac(0x40), 1, 1), (mac(0x4f), 8, 2), (mac(0x50), None, 0))

    # one that has a location may be replaced, and one that is given up is found
    steer.rule(127, mac(0x4f), 2, vlan=9)
    steer.delete(77)
    expect_in("ID 77", cmd(f"{add} dst {mac(0x50)} action 1"))
    steer.expect((mac(0x50), None, 1), (mac(0x4f), 9, 2), (mac(0x40), 1, 1))


if __name__ == "__main__":
    main(every_address_entry, one_address_has_one_entry, every_vlan_entry, every_location, setup=Bed)
