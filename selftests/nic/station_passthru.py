#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A passthru macvlan wants all of the port's frames, one in source mode has no address: neither gets a queue, both work."""

from lib import BROADCAST, Bed, Capture, KernelLog, Sender, Station, Steering, expect_eq, expect_in, ip, mac, main


def passthru(bed):
    steer = Steering(bed, channels=1)
    steer.offload()
    Station(steer, "vm0", bed.near.mac, mode="passthru")
    expect_eq(steer.owners(), {0: ("default", steer.near)})
    catch = Capture("vm0", "vm0")
    steer.expect((bed.near.mac, None, 0), (mac(0x44), None, 0))
    got = [frame.data[:6].hex(":") for frame in catch.frames(7)]
    # macvlan hands broadcasts on from a work, which may be done before the frames that were there before
    expect_eq(sorted(got), [bed.near.mac] * 2 + [mac(0x44)] * 4 + [BROADCAST])


def source(bed):
    """It is told so: macvlan asks for a queue for it."""
    steer = Steering(bed, channels=1)
    steer.offload()
    log = KernelLog(at_end=True)
    Station(steer, "vm0", mac(0x20), mode="source")
    expect_in("vm0 gets no queue of its own: its mode has no address to steer by", "".join(log.lines()))
    expect_eq(steer.owners(), {0: ("default", steer.near)})
    ip(f"link set vm0 type macvlan macaddr add {mac(0x40)}", netns="vm0")
    catch = Capture("vm0", "vm0")
    sender = Sender(bed.far.ifname, bed.far.netns)
    sender.burst(bed.near.mac, mac(0x40), 4)
    sender.burst(bed.near.mac, mac(0x41), 4)
    expect_eq(catch.numbers(4), list(range(4)))
    catch.expect_none()


if __name__ == "__main__":
    main(passthru, source, setup=Bed)
