# SPDX-License-Identifier: GPL-2.0-only
"""Network namespaces."""

import contextlib
import os

from .commands import ip
from .ktap import defer

CLONE_NEWNET = 0x40000000


@contextlib.contextmanager
def inside(name):
    """Sockets opened in this block belong to the namespace for good; None is the present one."""
    if name is None:
        yield
        return
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    away = os.open(f"/run/netns/{name}", os.O_RDONLY)
    os.setns(away, CLONE_NEWNET)
    try:
        yield
    finally:
        os.setns(home, CLONE_NEWNET)
        os.close(home)
        os.close(away)


def add_netns(name):
    """A namespace until the end of the case, silent because it speaks no IPv6."""
    ip(f"netns add {name}")
    defer(ip, f"netns del {name}")
    set_ipv6(False, netns=name)
    ip("link set lo up", netns=name)
    return name


def set_ipv6(enable, ifname="all", netns=None):
    with inside(netns):
        for where in (ifname, "default") if ifname == "all" else (ifname,):
            with open(f"/proc/sys/net/ipv6/conf/{where}/disable_ipv6", "w", encoding="ascii") as knob:
                knob.write("0" if enable else "1")
