#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""ethtool -a, -A and -I -a: pause frames are negotiated, forced, refused and counted as asked."""

from lib import Bed, CommandError, Traffic, defer, ethtool, expect_eq, expect_raises, main, registers, wait_until

CTRL, RFCE, TFCE = 0x0, 1 << 27, 1 << 28


def settings(bed):
    shown = ethtool(f"-a {bed.near.ifname}", json=True)[0]
    return shown["autonegotiate"], shown["rx"], shown["tx"]


def in_use(bed):
    """Whether the chip obeys and sends pause frames."""
    ctrl = registers(bed.near.ifname)[CTRL]
    return bool(ctrl & RFCE), bool(ctrl & TFCE)


def asked_is_done(bed):
    near = bed.near.ifname
    expect_eq(settings(bed), (True, True, True))
    defer(ethtool, f"-A {near} autoneg on rx on tx on")
    for autoneg, rx, tx in ((False, True, False), (False, False, True), (True, True, False), (True, False, False),
                            (True, True, True)):
        words = " ".join(f"{name} {'on' if value else 'off'}" for name, value in
                         (("autoneg", autoneg), ("rx", rx), ("tx", tx)))
        # ethtool fails when nothing changes, so that it does is checked as well
        ethtool(f"-A {near} {words}")
        expect_eq(settings(bed), (autoneg, rx, tx))
        bed.near.wait_carrier()
        if not autoneg:
            # the link must have been seen up; what is negotiated is the other end's matter, too
            wait_until(lambda wanted=(rx, tx): in_use(bed) == wanted, what=f"{words} is in use")
    with Traffic(bed):
        pass


def needs_a_negotiating_link(bed):
    near = bed.near.ifname
    ethtool(f"-s {near} autoneg off speed 100 duplex full")
    defer(ethtool, f"-s {near} autoneg on")
    expect_eq(settings(bed)[0], False)
    with expect_raises(CommandError):
        ethtool(f"-A {near} autoneg on rx off")
    expect_eq(settings(bed), (False, True, True))


def counted(bed):
    """The emulated chip has no pause frames: the counters are there and zero."""
    shown = ethtool(f"-I -a {bed.near.ifname}", json=True)[0]["statistics"]
    expect_eq((shown["tx_pause_frames"], shown["rx_pause_frames"]), (0, 0))


if __name__ == "__main__":
    main(asked_is_done, needs_a_negotiating_link, counted, setup=Bed)
