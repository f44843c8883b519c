#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=180
"""A bridge that filters VLANs: each frame by its queue to its port, directly, with the tag that the bridge would leave."""

import struct

from lib import Bed, bridge, comment, expect_eq, expect_ge, expect_not_in, ip, mac, main, number, wait_until
from lib.bridged import Bridged, handled, is_settled, load_bridge, queue_of
from lib.guests import HOST, add_taps

ACCESS, TRUNK = mac(0x20), mac(0x21)
COUNT = 20


def tag_of(frame):
    """(VLAN, priority) of a tag in the frame's data, or None."""
    kind, tci = struct.unpack_from("!HH", frame, 12)
    return (tci & 0xfff, tci >> 13) if kind == 0x8100 else None


def vlan(*lines):
    for line in lines:
        bridge(f"vlan {line}")


def set_up(bed):
    """near0 has VLAN 1 as its own, and 10, 20, 30 with tags; tap0 is an access port, tap1 a trunk."""
    bridged = Bridged(bed, options="vlan_filtering 1")
    bridged.taps = add_taps(bridged, "tap0", "tap1")
    vlan("add vid 10 dev near0", "add vid 20 dev near0", "add vid 30 dev near0",
         "del vid 1 dev tap0", "add vid 10 dev tap0 pvid untagged",
         "del vid 1 dev tap1", "add vid 1 dev tap1", "add vid 10 dev tap1", "add vid 20 dev tap1",
         "add vid 30 dev tap1 untagged")
    bridged.static(ACCESS, "tap0", 10)
    for vid in (1, 10, 20, 30):
        bridged.static(TRUNK, "tap1", vid)
    return bridged


def reached(bridged, address, options, wanted=()):
    """{(tap, tag it leaves with): frames}; @wanted, such pairs, are waited for."""
    bridged.sender.burst(address, HOST, COUNT, **options)
    found = {}
    for count in (COUNT, None):
        for tap in bridged.taps:
            if count and tap.name not in {name for name, _ in wanted}:
                continue
            for frame in tap.frames(count, quiet=0.15, wanted=number):
                found.setdefault((tap.name, tag_of(frame)), []).append(number(frame)[1])
    return found


def expect_frames(bridged, rows, queues=None):
    """@rows: [(address, tag it is sent with, {(tap, tag it leaves with)})]; @queues: {address: queue}, or no module."""
    expect_not_in(None, (queues or {}).values(), "addresses without a queue")
    for address, options, wanted in rows:
        note = f"to {address} with {options}"
        if queues is None:
            found = reached(bridged, address, options, wanted)
        else:
            with handled(bridged.bed) as now:
                found = reached(bridged, address, options, wanted)
            queue = queues.get(address, 0) if wanted else None
            if queue is not None:
                expect_eq(now.rx, {queue: COUNT}, note)
            if queue:
                expect_ge(now.by.get("direct", 0), COUNT - 2, note)
        expect_eq(found, {key: list(range(COUNT)) for key in wanted}, note)


def with_and_without(bridged, rows, *promoted):
    """The same without the module and with it."""
    expect_frames(bridged, rows)
    load_bridge()
    queues = {}
    for address, vid in promoted:
        queues[address] = wait_until(lambda key=(address, vid): queue_of(*key), 5, f"{address} has a queue")
    expect_frames(bridged, rows, queues)
    return queues


PLAIN, PRIORITY = {}, {"vlan": 0, "pcp": 5}
ROWS = (
    (ACCESS, {"vlan": 10}, {("tap0", None)}),
    (ACCESS, {"vlan": 10, "pcp": 3}, {("tap0", None)}),
    (TRUNK, {"vlan": 10}, {("tap1", (10, 0))}),
    (TRUNK, {"vlan": 20, "pcp": 6}, {("tap1", (20, 6))}),
    (TRUNK, {"vlan": 30, "pcp": 6}, {("tap1", None)}),
    (TRUNK, PLAIN, {("tap1", (1, 0))}),
    (TRUNK, PRIORITY, {("tap1", (1, 5))}),
    # known in no such VLAN: nobody of it is an access port
    (ACCESS, {"vlan": 20}, {("tap1", (20, 0))}),
    (ACCESS, {"vlan": 40}, set()),
)
MOVED = (
    (ACCESS, PLAIN, {("tap0", None)}),
    (ACCESS, PRIORITY, {("tap0", None)}),
    (TRUNK, PLAIN, {("tap1", (10, 0))}),
    (TRUNK, PRIORITY, {("tap1", (10, 5))}),
    (TRUNK, {"vlan": 10, "pcp": 2}, {("tap1", (10, 2))}),
)
OFF = ((ACCESS, {"vlan": 10, "pcp": 3}, {("tap0", (10, 3)), ("tap1", (10, 3))}),
       (TRUNK, {"vlan": 30}, {("tap0", (30, 0)), ("tap1", (30, 0))}))


def ports(bed):
    """Access port and trunk, tags and priorities."""
    bridged = set_up(bed)
    queues = with_and_without(bridged, ROWS[:-2], (ACCESS, 10), (TRUNK, 20))
    comment(f"queues: {queues}")
    for row in ROWS[-2:]:
        with handled(bed) as now:
            found = reached(bridged, *row)
        expect_eq(set(found), row[2])
        expect_eq(now.by.get("direct", 0), 0)


def pvid(bed):
    """The uplink's own VLAN becomes another, and none."""
    bridged = set_up(bed)
    load_bridge()
    queues = {ACCESS: queue_of(ACCESS, 10), TRUNK: queue_of(TRUNK, 10)}
    expect_frames(bridged, ROWS[5:7], queues)
    vlan("add vid 10 dev near0 pvid")
    expect_eq(set(reached(bridged, *MOVED[0])), MOVED[0][2], "the next frames")
    wait_until(is_settled, 5, "settled")
    expect_frames(bridged, MOVED, queues)
    vlan("add vid 10 dev near0")
    for address in (ACCESS, TRUNK):
        expect_eq(reached(bridged, address, PLAIN), {}, "untagged frames have no VLAN")
    expect_frames(bridged, MOVED[-1:], queues)


def tags_change(bed):
    """A port's frames begin and cease to be tagged; the port leaves the VLAN, and comes back."""
    bridged = set_up(bed)
    load_bridge()
    queues = {TRUNK: queue_of(TRUNK, 20)}
    for line, tag in (("add vid 20 dev tap1 untagged", None), ("add vid 20 dev tap1", (20, 0))):
        vlan(line)
        expect_eq(reached(bridged, TRUNK, {"vlan": 20}, {("tap1", tag)}), {("tap1", tag): list(range(COUNT))}, line)
        wait_until(is_settled, 5, "settled")
        expect_frames(bridged, ((TRUNK, {"vlan": 20}, {("tap1", tag)}),), queues)
    vlan("del vid 20 dev tap1")
    expect_eq(reached(bridged, TRUNK, {"vlan": 20}), {}, "it is in the VLAN no more")
    # what the user has set outlives that
    vlan("add vid 20 dev tap1")
    wait_until(lambda: queue_of(TRUNK, 20), 5, "steered again")
    expect_frames(bridged, ((TRUNK, {"vlan": 20}, {("tap1", (20, 0))}),), queues)


def toggled(bed):
    """VLAN filtering goes off and on: what is known in VLANs is then known to nobody."""
    bridged = set_up(bed)
    load_bridge()
    for _ in range(2):
        ip("link set br0 type bridge vlan_filtering 0")
        expect_eq(set(reached(bridged, *OFF[0])), OFF[0][2], "the next frames")
        wait_until(is_settled, 5, "settled")
        expect_frames(bridged, OFF, {})
        ip("link set br0 type bridge vlan_filtering 1")
        expect_eq(set(reached(bridged, *ROWS[0])), ROWS[0][2], "the next frames")
        wait_until(lambda: queue_of(ACCESS, 10) and queue_of(TRUNK, 20) and is_settled(), 5, "steered again")
        expect_frames(bridged, ROWS[:-2], {ACCESS: queue_of(ACCESS, 10), TRUNK: queue_of(TRUNK, 20)})


def states(bed):
    """One VLAN of a port is blocked, of the guest's and of the uplink."""
    bridged = set_up(bed)
    load_bridge()
    queues = {ACCESS: queue_of(ACCESS, 10), TRUNK: queue_of(TRUNK, 10)}
    for port in ("tap1", "near0"):
        vlan(f"set vid 10 dev {port} state blocking")
        expect_eq(reached(bridged, TRUNK, {"vlan": 10}), {}, f"{port} blocked")
        wait_until(is_settled, 5, "settled")
        expect_eq(reached(bridged, TRUNK, {"vlan": 10}), {}, f"{port} blocked, later")
        expect_frames(bridged, ROWS[3:4], queues)
        vlan(f"set vid 10 dev {port} state forwarding")
        wait_until(is_settled, 5, "settled")
        expect_frames(bridged, ROWS[2:4], queues)


def blocked_before(bed):
    """The same, when the module comes later."""
    bridged = set_up(bed)
    vlan("set vid 10 dev tap1 state blocking")
    load_bridge()
    expect_eq(reached(bridged, TRUNK, {"vlan": 10}), {})
    vlan("set vid 10 dev tap1 state forwarding")
    wait_until(is_settled, 5, "settled")
    expect_frames(bridged, ROWS[2:3], {TRUNK: queue_of(TRUNK, 10)})


if __name__ == "__main__":
    main(ports, pvid, tags_change, toggled, states, blocked_before, setup=Bed)
