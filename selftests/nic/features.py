#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120
"""ethtool -k and -K: every feature that can be changed goes off and on, alone, without the link."""

from lib import Bed, CommandError, Traffic, carrier_changes, defer, ethtool, expect_eq, expect_raises, main

ON = ("rx-checksumming", "tx-checksum-ip-generic", "tx-checksum-sctp", "tx-scatter-gather", "tx-tcp-segmentation",
      "tx-tcp6-segmentation", "rx-vlan-hw-parse", "tx-vlan-hw-insert", "rx-vlan-filter", "ntuple-filters", "highdma")
CHANGEABLE = ("rx-checksum", "tx-checksum-ip-generic", "tx-checksum-sctp", "tx-scatter-gather", "tx-tcp-segmentation",
              "tx-tcp6-segmentation", "rx-vlan-hw-parse", "tx-vlan-hw-insert", "rx-vlan-filter", "rx-ntuple-filter",
              "l2-fwd-offload")
ALIAS = {"rx-checksumming": "rx-checksum", "rx-vlan-offload": "rx-vlan-hw-parse", "tx-vlan-offload": "tx-vlan-hw-insert",
         "ntuple-filters": "rx-ntuple-filter"}


def features(bed):
    """{feature: on}"""
    rows = (line.strip().partition(": ") for line in ethtool(f"-k {bed.near.ifname}").splitlines()[1:])
    return {ALIAS.get(name, name): state.startswith("on") for name, _, state in rows}


def as_loaded(bed):
    shown = features(bed)
    expect_eq({name: shown.get(ALIAS.get(name, name), shown.get(name)) for name in ON}, dict.fromkeys(ON, True))
    expect_eq(shown["l2-fwd-offload"], False, "stations take queues: it is the user who switches that on")
    expect_eq(shown["tx-udp-segmentation"], False, "the chip would make fragments")


def each_off_and_on(bed):
    near = bed.near.ifname
    before, changes = features(bed), carrier_changes(near)
    on = " ".join(name for name in CHANGEABLE if before[name])
    defer(ethtool, f"-K {near} {on.replace(' ', ' on ')} on l2-fwd-offload off")
    with Traffic(bed) as traffic:
        for name in CHANGEABLE:
            states = ("off", "on") if before[name] else ("on", "off")
            for state in states:
                ethtool(f"-K {near} {name} {state}")
                expect_eq(features(bed)[name], state == "on", name)
                traffic.wait_moving()
    expect_eq((traffic.rx.lost, traffic.tx.lost), (0, 0))
    expect_eq(carrier_changes(near), changes)


def what_it_cannot(bed):
    before = features(bed)
    for name in ("rx-gro-hw", "loopback", "tx-udp-segmentation", "rx-all", "no-such-feature"):
        with expect_raises(CommandError, name):
            ethtool(f"-K {bed.near.ifname} {name} on")
    expect_eq(features(bed), before)


if __name__ == "__main__":
    main(as_loaded, each_off_and_on, what_it_cannot, setup=Bed)
