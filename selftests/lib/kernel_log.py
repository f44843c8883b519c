# SPDX-License-Identifier: GPL-2.0-only
"""Read the kernel's log and pick out what no test may cause."""

import errno
import os
import re

COMPLAINT = re.compile(
    r"WARNING: |BUG: |Oops|general protection|KASAN|UBSAN|KCSAN|kmemleak: \d|refcount_t: |DMA-API: (?!preallocated|debugging)"
    r"|INFO: possible |suspicious RCU|INFO: (rcu|task)\S* .*(stall|blocked)|NETDEV WATCHDOG|Kernel panic"
    r"|page allocation failure|stalled pool shutdown|unregister_netdevice: waiting|Bad page|nobody cared"
    r"|non-static key|turning off the locking|scheduling while atomic|sleeping function called|possible recursive locking")


def name_error(match):
    """The name of an error: a kernel without CONFIG_SYMBOLIC_ERRNAME prints %pe as a number."""
    name = errno.errorcode.get(int(match[1]))
    return f"(-{name})" if name else match[0]


class KernelLog:
    """A reader of /dev/kmsg that starts at the oldest record still there, or at the end."""

    def __init__(self, at_end=False):
        # a file, which is closed when nobody knows the reader any more
        self.kmsg = open(os.open("/dev/kmsg", os.O_RDWR | os.O_NONBLOCK), "r+b", buffering=0)
        if at_end:
            os.lseek(self.kmsg.fileno(), 0, os.SEEK_END)

    def lines(self):
        """All messages since the last call, errors in parentheses by name."""
        lines = []
        while True:
            try:
                record = os.read(self.kmsg.fileno(), 8192).decode(errors="replace")
            except BlockingIOError:
                return lines
            except BrokenPipeError:
                lines.append("(the kernel log overflowed: messages were lost)")
                continue
            head, _, text = record.partition(";")
            # bit 3 and up of the priority are the facility: 0 is the kernel itself
            if int(head.split(",")[0]) >> 3 == 0:
                lines.append(re.sub(r"\(-(\d+)\)", name_error, text.split("\n")[0]))

    def complaints(self, unless=None):
        return [line for line in self.lines() if COMPLAINT.search(line) and not (unless and re.search(unless, line))]

    def mark(self, text):
        """Say in the log what happens now."""
        os.write(self.kmsg.fileno(), f"vmq-selftest: {text}\n".encode())
