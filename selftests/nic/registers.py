#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: solo timeout=90
"""The driver touches no register that the emulated chip does not have, but those that are known to be real."""

import os
import re

from lib import NEAR_PCI, CommandError, Port, Qmp, cmd, comment, defer, ethtool, expect_eq, expect_ge, ip, mac, main, write

EVENTS = ("e1000e_wrn_regs_write_unknown", "e1000e_wrn_regs_read_unknown", "e1000e_wrn_regs_write_ro")
LOG = "build/logs/last/registers.log"
# of the data sheet, not of the emulator; what each is for stands in i82576_regs.h
REAL = {
}


def commands(near):
    """Most of what the driver can do."""
    for words in ("-L {} combined 8", "-G {} rx 256 tx 256", "-C {} rx-usecs 30", "-S {}", "-S {} --all-groups", "-d {}",
                  "-e {} length 128", "-r {}", "-A {} autoneg off rx on tx off", "-A {} autoneg on rx on tx on",
                  "-K {} rxvlan off txvlan off rx-vlan-filter off", "-K {} rxvlan on txvlan on rx-vlan-filter on",
                  "-s {} autoneg off speed 100 duplex full", "-s {} autoneg on", "-p {} 1",
                  "-K {} l2-fwd-offload on", "-K {} l2-fwd-offload off", "-L {} combined 8",
                  *(f"-N {{}} flow-type ether dst {mac(0x20 + queue)} action {queue} loc {queue}" for queue in range(8)),
                  "-N {} flow-type ether dst " + mac(0x40) + " vlan 7 m 0xf000 action 3 loc 9", "-t {} offline"):
        try:
            ethtool(words.format(near))
        except CommandError as error:
            comment(error)
    for words in ("mtu 9000", "mtu 1500", "promisc on", "promisc off", "allmulticast on", "allmulticast off",
                  f"address {mac(0x31)}", "down", "up"):
        ip(f"link set {near} {words}")
    ip(f"link add link {near} name vlan7 type vlan id 7")
    ip("link del vlan7")


def nothing_unknown():
    qmp = Qmp()
    # the far port's driver stays away: the emulator does not say whose register it was
    near = Port("near0", NEAR_PCI, "vmq")
    defer(near.unbind)
    qmp.hmp(f"logfile /vmq/{LOG}")
    for event in EVENTS:
        qmp("trace-event-set-state", name=event, enable=True, ignore_unavailable=True)
        defer(qmp, "trace-event-set-state", name=event, enable=False, ignore_unavailable=True)
    write("/proc/sys/vm/drop_caches", "3")
    near.bind()
    near.up()
    commands(near.ifname)
    write(f"{near.sysfs}/reset", "1")
    near.wait_carrier()
    near.unbind()
    qmp.hmp("log none")
    path = f"{os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))}/{LOG}"
    text = cmd(f"cat {path}")
    lines = [line for line in text.splitlines() if "e1000e_wrn_regs" in line]
    found = {}
    for line in lines:
        way, register = re.search(r"wrn_regs_(\w+).*?(0x[0-9a-f]+)", line).groups()
        found.setdefault((way, int(register, 16)), line)
    comment(f"{len(lines)} lines")
    expect_ge(len(text), 1)
    expect_eq({key: line for key, line in found.items() if key[1] not in REAL}, {})


if __name__ == "__main__":
    main(nothing_unknown)
