#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120
"""More unicast addresses than the chip has entries: all arrive, and filters get their entries nevertheless."""

from lib import (Bed, Capture, CommandError, Sender, bridge, cmd, defer, deltas, ethtool, expect_eq, expect_raises, ip, mac,
                 main, number)

FURTHER = [mac(number) for number in range(0x40, 0x40 + 30)]  # the chip has 24 entries


def host_frames(bed, catch, addresses):
    """Sequence numbers, by address, of those frames that the stack counts as its own."""
    sender = Sender(bed.far.ifname, bed.far.netns)
    for seq, address in enumerate(addresses):
        sender.burst(address, mac(2), 1, start=seq, to=catch)
    return [number(frame.data)[1] for frame in catch.frames()]


def further_addresses(bed):
    near = bed.near.ifname
    ethtool(f"-L {near} combined 8")
    defer(ethtool, f"-L {near} combined 1")
    cmd("bridge -batch -", stdin="".join(f"fdb add {address} dev {near} self\n" for address in FURTHER))
    defer(lambda: cmd("bridge -batch -", stdin="".join(f"fdb del {address} dev {near} self\n" for address in FURTHER)))
    shown = {row["mac"] for row in bridge(f"fdb show dev {near}", json=True)}
    expect_eq(set(FURTHER) - shown, set())
    catch = Capture(near)
    with deltas(near) as delta:
        expect_eq(host_frames(bed, catch, FURTHER + [bed.near.mac]), list(range(31)))
    delta.expect_rx({0: 31})

    # 23 filters fill the table; the port's own further addresses are still heard
    for location, target in enumerate(range(0x80, 0x80 + 23)):
        ethtool(f"-N {near} flow-type ether dst {mac(target)} action {1 + location % 7} loc {location}")
        defer(ethtool, f"-N {near} delete {location}")
    with deltas(near) as delta:
        expect_eq(host_frames(bed, catch, FURTHER + [bed.near.mac]), list(range(31)))
    delta.expect_rx({0: 31})
    with deltas(near) as delta:
        host_frames(bed, catch, [mac(target) for target in range(0x80, 0x80 + 23)])
    delta.expect_rx({queue: 4 if queue <= 2 else 3 for queue in range(1, 8)})


def port_address(bed):
    near = bed.near.ifname
    old = bed.near.mac
    defer(ip, f"link set {near} address {old}")
    for address in (mac(0x31), "02:11:22:33:44:55"):
        ip(f"link set {near} address {address}")
        expect_eq(bed.near.mac, address)
        catch = Capture(near)
        with deltas(near) as delta:
            Sender(bed.far.ifname, bed.far.netns).burst(address, mac(2), 20, to=catch)
        # 0 is PACKET_HOST: for us, not for somebody else
        expect_eq([frame.kind for frame in catch.frames()], [0] * 20)
        delta.expect_rx({0: 20})
    for address in ("00:00:00:00:00:00", "01:00:5e:00:53:01"):
        with expect_raises(CommandError):
            ip(f"link set {near} address {address}")
        expect_eq(bed.near.mac, "02:11:22:33:44:55")


if __name__ == "__main__":
    main(further_addresses, port_address, setup=Bed)
