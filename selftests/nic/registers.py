#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: solo timeout=120
"""The driver touches no register that the emulated chip does not have, as far as a copper port goes."""

import re

from lib import NEAR_PCI, CommandError, Port, Qmp, comment, defer, ethtool, expect_eq, expect_true, ip, mac, main, write
from lib.bed import CHECKOUT

EVENTS = ("e1000e_wrn_regs_write_unknown", "e1000e_wrn_regs_read_unknown", "e1000e_wrn_regs_write_ro")
LOG = "build/logs/last/registers.log"
REAL = ("0x2434", "0x2438", "0x243c")  # RDFPCQ(1) to (3): the emulated chip has but the first


def accesses(log):
    """{(kind of access, register): the emulator's complaint}"""
    found = {}
    with open(f"{CHECKOUT}/{log}", encoding="utf-8") as lines:
        for line in lines:
            if "e1000e_wrn_regs" in line:
                kind, register = re.search(r"wrn_regs_(\w+).*?(0x[0-9a-f]+)", line).groups()
                found.setdefault((kind, register), line.strip())
    return found


def commands(near):
    """Most of what the driver can do."""
    for words in ("-L {} combined 8", "-G {} rx 256 tx 256", "-C {} rx-usecs 30", "-S {}", "-S {} --all-groups", "-d {}",
                  "-e {} length 128", "-r {}", "-A {} autoneg off rx on tx off", "-A {} autoneg on rx on tx on",
                  "-K {} rxvlan off txvlan off rx-vlan-filter off", "-K {} rxvlan on txvlan on rx-vlan-filter on",
                  "-s {} autoneg off speed 100 duplex full", "-s {} autoneg on", "-p {} 1",
                  "-K {} l2-fwd-offload on", "-K {} l2-fwd-offload off", "-L {} combined 8",
                  *(f"-N {{}} flow-type ether dst {mac(0x20 + queue)} action {queue} loc {queue}" for queue in range(8)),
                  *(f"-N {{}} delete {queue}" for queue in range(8)),
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
    defer(qmp.hmp, "log none")
    qmp.hmp("log " + ",".join(f"trace:{event}" for event in EVENTS))
    qmp.hmp(f"logfile /vmq/{LOG}.igb")
    near.bind("igb")
    near.unbind()
    expect_true(accesses(f"{LOG}.igb"), "igb is known to touch some: this test can see them")

    qmp.hmp(f"logfile /vmq/{LOG}")
    near.bind("vmq")
    near.up()
    commands(near.ifname)
    write(f"{near.sysfs}/reset", "1")
    near.wait_carrier()
    near.unbind()
    found = {access: text for access, text in accesses(LOG).items() if access[1] not in REAL}
    expect_eq(found, {})


if __name__ == "__main__":
    main(nothing_unknown)
