#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: solo timeout=60 ends="vmq 0000:01:00.0: shutdown"
"""The machine is switched off while its ports send and receive: the port is told, and nobody complains."""

import time

from lib import Bed, Fail, Traffic, cmd, main, patience, write


def switch_off(bed):
    # each device that is told is named
    write("/sys/module/kernel/parameters/initcall_debug", "1")
    with Traffic(bed):
        cmd("busybox poweroff -f", check=False)
        time.sleep(patience(30))
    raise Fail("the machine is still on")


if __name__ == "__main__":
    main(switch_off, setup=Bed)
