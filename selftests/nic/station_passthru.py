#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A passthru macvlan wants all of the port's frames: it gets no queue, and works."""

from lib import BROADCAST, Bed, Capture, Station, Steering, expect_eq, mac, main


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


if __name__ == "__main__":
    main(passthru, setup=Bed)
