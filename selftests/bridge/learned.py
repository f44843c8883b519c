#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=240
"""An address that the bridge has learned gets a queue once it is busy, and loses it before a frame could go wrong."""

from lib import Bed, bridge, expect_eq, expect_in, ip, mac, main, patience, wait_until
from lib.bridged import Bridged, entries, events, frames_by, handled, is_settled, load_bridge, queue_of
from lib.flow import TapFlow
from lib.guests import HOST, add_taps, expect_at, make_busy, queues, says, wait_queues
from lib.tap import Tap

GUEST, OTHER = mac(0x20), mac(0x21)


def set_up(bed):
    load_bridge()
    bridged = Bridged(bed)
    return bridged, add_taps(bridged, "tap0", "tap1")


def promoted(bed):
    """One stream, before, during and after its address has a queue."""
    bridged, (tap, other) = set_up(bed)
    tap.write(says(GUEST))
    wait_until(lambda: "not busy" in getattr(entries().get((GUEST, 0)), "reason", ""), 5, "the address is known, but idle")
    expect_eq(queues(bed), {})
    with handled(bed) as now:
        flow = TapFlow(bed, 1, GUEST, tap)
        queue = wait_until(lambda: queue_of(GUEST), 8, "the busy address has a queue")
        wait_until(lambda: frames_by("tap0")["direct"] > 300, 20, "frames go directly")
        expect_eq(bridged.offloaded("tap0"), [GUEST])
        expect_eq(entries()[GUEST, 0].kind, "learned")
        # nobody knows the address any more, so everybody gets its frames
        expect_eq(other.numbers(timeout=0.1), [])
        bridge(f"fdb del {GUEST} dev tap0 master")
        wait_until(lambda: not queues(bed), 5, "the queue is free")
        goal = len(flow.seen) + 200
        wait_until(lambda: len(flow.seen) >= goal, 10, "frames by the default queue")
        flow.stop()
    expect_eq(set(now.rx), {0, queue})
    expect_eq(sum(now.rx.values()), flow.sent)


def is_at(port):
    return bridge(f"fdb get {GUEST} br br0", json=True)[0]["ifname"] == port


def from_the_wire(bridged):
    """The guest has moved to another host, as a frame for everybody shows, which comes by the default queue."""
    bridged.sender.send(says(GUEST))
    wait_until(lambda: is_at("near0"), 2, "the bridge has seen it")


def by_a_direct_frame(bridged):
    """The same, as a frame shows that has come by the queue of another guest, where frames go directly.

    It does so twice, with the guest back here in between: the queue has seen the address before.
    """
    bridged.static(OTHER, "tap1")
    wait_until(lambda: queue_of(OTHER), 5, "the other guest has a queue")
    for port, send in (("near0", lambda frame: bridged.sender.send(frame)), ("tap0", bridged.home.write)):
        send(says(GUEST, OTHER))
        wait_until(lambda there=port: is_at(there), 2, f"at {port}")
    with handled(bridged.bed, "tap1") as now:
        bridged.sender.burst(OTHER, HOST, 20)
        bridged.sender.send(says(GUEST, OTHER))
    expect_in("direct", now.by)
    bridge(f"fdb del {OTHER} dev tap1 master")


def made_dynamic_and_deleted(_):
    bridge(f"fdb replace {GUEST} dev tap0 master static")
    bridge(f"fdb replace {GUEST} dev tap0 master dynamic")
    bridge(f"fdb del {GUEST} dev tap0 master")


# how an address moves: {what: (what is done, who gets its frames then, who has a queue then)}
BOTH, ONE, NONE = ("tap0", "tap1"), ("tap1",), ()
MOVES = {
    "deleted": (lambda bridged: bridge(f"fdb del {GUEST} dev tap0 master"), BOTH, NONE),
    "made one of a user, that may age, and deleted": (made_dynamic_and_deleted, BOTH, NONE),
    "flushed": (lambda bridged: bridge("fdb flush dev br0"), BOTH, NONE),
    "replaced": (lambda bridged: bridge(f"fdb replace {GUEST} dev tap1 master static"), ONE, ONE),
    "replaced, to age": (lambda bridged: bridge(f"fdb replace {GUEST} dev tap1 master dynamic"), ONE, NONE),
    "is on the wire": (lambda bridged: bridge(f"fdb replace {GUEST} dev near0 master static"), NONE, NONE),
    "learned from the other tap": (lambda bridged: bridged.away.write(says(GUEST)), ONE, NONE),
    "learned from the wire": (from_the_wire, NONE, NONE),
    "learned from a direct frame": (by_a_direct_frame, NONE, NONE),
    "is the host's": (lambda bridged: bridge(f"fdb replace {GUEST} dev br0 self local"), NONE, NONE),
}


def moved(bed):
    """The very next frame goes where the bridge now has the address, and the queue is free again."""
    bridged, taps = set_up(bed)
    bridged.home, bridged.away = taps
    for name, (move, getting, having) in MOVES.items():
        bridge("fdb flush dev br0")
        queue = make_busy(bridged, taps[0], GUEST)
        with handled(bed, "tap0") as now:
            expect_at(bridged, taps, GUEST, ("tap0",), name)
        expect_eq(now.rx, {queue: 20}, name)
        expect_in("direct", now.by, name)

        move(bridged)
        # so few that they bring no queue by load
        expect_at(bridged, taps, GUEST, getting, f"{name}, the next frames", count=4)
        wait_queues(bed, having, name)
        wait_until(is_settled, 5, "settled")
        with handled(bed) as now:
            expect_at(bridged, taps, GUEST, getting, f"{name}, later", count=4)
        expect_eq(now.rx, {queue if having else 0: 4}, name)


def aged(bed):
    """Nobody has heard of the guest for long, however many frames there are for it."""
    bridged, taps = set_up(bed)
    make_busy(bridged, taps[0], GUEST)
    ip("link set br0 type bridge ageing_time 200")

    def gone():
        bridged.sender.burst(GUEST, HOST, 20)
        return not entries().get((GUEST, 0))

    wait_until(gone, 15, "the address has aged", poll=0.1)
    wait_queues(bed, ())
    for tap in taps:
        tap.frames(quiet=0.2)
    with handled(bed) as now:
        expect_at(bridged, taps, GUEST, BOTH)
    expect_eq(now.rx, {0: 20})


def speaks(bed):
    """A guest that speaks does not age, and its queue stays as it is, without a gap."""
    bridged, (tap, other) = set_up(bed)
    make_busy(bridged, tap, GUEST)
    tap.write(says(GUEST))
    ip(f"link set br0 type bridge ageing_time {int(patience(2) * 100)}")
    before, flow = events(), TapFlow(bed, 2, GUEST, tap)
    for turn in range(8):
        goal = len(flow.seen) + 50
        wait_until(lambda least=goal: len(flow.seen) >= least, 10, "frames")
        tap.write(says(GUEST))
        expect_eq(other.numbers(timeout=0.5), [], f"turn {turn}")
    flow.stop()
    expect_eq(events(), before)


def port_leaves(bed):
    """The guest's port goes: out of the bridge, down, away."""
    bridged, taps = set_up(bed)

    def close():
        taps[0].close()
        wait_until(lambda: "tap0" not in {row["ifname"] for row in ip("link", json=True)}, 5, "the tap is gone")

    def again():
        taps[0] = Tap("tap0")
        bridged.add("tap0")

    ways = ((lambda: ip("link set tap0 nomaster"), lambda: ip("link set tap0 master br0")),
            (lambda: ip("link set tap0 down"), lambda: ip("link set tap0 up")), (close, again))
    for number, (leave, back) in enumerate(ways):
        make_busy(bridged, taps[0], GUEST)
        leave()
        expect_at(bridged, taps[1:], GUEST, ONE, f"way {number}, the next frames")
        wait_queues(bed, (), f"way {number}")
        with handled(bed) as now:
            expect_at(bridged, taps[1:], GUEST, ONE, f"way {number}, later")
        expect_eq(now.rx, {0: 20})
        back()


def bridge_goes(bed):
    """The uplink leaves the bridge, the bridge is deleted: the NIC's frames are the host's."""
    bridged, taps = set_up(bed)
    for leave, back in ((lambda: ip("link set near0 nomaster"), lambda: ip("link set near0 master br0")),
                        (lambda: ip("link del br0"), None)):
        make_busy(bridged, taps[0], GUEST)
        leave()
        expect_at(bridged, taps, GUEST, NONE, "the next frames")
        wait_queues(bed, ())
        with handled(bed) as now:
            expect_at(bridged, taps, bed.near.mac, NONE, "later")
        expect_eq(now.rx, {0: 20})
        if back:
            back()


if __name__ == "__main__":
    main(promoted, moved, aged, speaks, port_leaves, bridge_goes, setup=Bed)
