#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: solo timeout=60 ends="told: (vmq_pci_shutdown"
"""The machine is switched off while its ports send and receive: the port is told, and nobody complains."""

import time

from lib import Bed, Fail, Traffic, cmd, main, patience, write

TRACING = "/sys/kernel/tracing"


def switch_off(bed):
    # once the machine is off there is nobody to ask: the console has to say that the driver was called
    write(f"{TRACING}/kprobe_events", "p:told vmq_pci_shutdown")
    write(f"{TRACING}/events/kprobes/told/enable", "1")
    write("/proc/sys/kernel/tracepoint_printk", "1")
    with Traffic(bed):
        cmd("busybox poweroff -f", check=False)
        time.sleep(patience(30))
    raise Fail("the machine is still on")


if __name__ == "__main__":
    main(switch_off, setup=Bed)
