#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""ethtool -K ntuple off takes all rules away, and no new one is accepted until it is on again."""

from lib import Bed, CommandError, KernelLog, Steering, ethtool, expect_eq, expect_in, expect_raises, mac, main


def off_clears(bed):
    steer = Steering(bed)
    steer.rule(1, mac(0x10), 1)
    steer.rule(2, mac(0x11), 2, vlan=10)
    ethtool(f"-K {steer.near} ntuple off")
    expect_eq(steer.rules(), {})
    steer.expect((mac(0x10), None, 0), (mac(0x11), None, 0), (mac(0x11), 10, None))

    log = KernelLog(at_end=True)
    with expect_raises(CommandError):
        steer.rule(1, mac(0x10), 1)
    expect_in("ntuple is off", "".join(log.lines()))
    ethtool(f"-K {steer.near} ntuple on")
    steer.rule(1, mac(0x10), 1)
    steer.expect_on(1, mac(0x10))


if __name__ == "__main__":
    main(off_clears, setup=Bed)
