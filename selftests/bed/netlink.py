#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: driver=igb
"""The library's view of queues through netlink agrees with the driver's interrupts, and errors carry the reason."""

import errno

from lib import (Bed, expect_eq, expect_ge, expect_in, expect_raises, main, napis, queue_irq, queues)
from lib.netlink import Netlink, NetlinkError, attribute, read_enums


def queues_lead_to_interrupts(bed):
    near = bed.near.ifname
    found = queues(near)
    expect_ge(len([way for way, _ in found if way == "rx"]), 2)
    for way, number in found:
        expect_in(found[(way, number)]["napi-id"], napis(near))
    expect_in(queue_irq(near, 0), bed.interrupts())


def unknown_device_is_explained(_bed):
    netlink = Netlink()
    with expect_raises(NetlinkError) as error:
        netlink.request(read_enums()["NETDEV_CMD"]["queue-get"], attribute(2, 9999) + attribute(3, 0) + attribute(1, 0))
    expect_eq(error.exception.errno, errno.ENODEV)


if __name__ == "__main__":
    main(queues_lead_to_interrupts, unknown_device_is_explained, setup=Bed)
