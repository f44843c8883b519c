# SPDX-License-Identifier: GPL-2.0-only
"""Inside the virtual host: the ports and addresses the kernel's tests ask for, then one file of theirs, unmodified.

See tools/testing/selftests/drivers/net/README.rst in the kernel for what the words mean.
"""

import os
import sys

from lib import Bed, cmd, ethtool, ip, set_ipv6, write

SUITE = "/opt/linux/tools/testing/selftests/drivers/net"
GUEST_PREFIX = "2001:db8:2::"


def main():
    # what the suite's file "config" wants to be built into the kernel
    cmd("modprobe -a configfs pppoe")
    if not os.path.ismount("/sys/kernel/config"):
        cmd("mount -t configfs configfs /sys/kernel/config")
    set_ipv6(True)
    bed = Bed()
    bed.addresses()
    set_ipv6(True, netns="far")
    # several cases want a channel to spare; vmq begins with one, igb with one per processor
    ethtool(f"-L {bed.near.ifname} combined 4")
    # a test that takes the port down must not take the next one's addresses
    for where in ("all", "default", bed.near.ifname):
        write(f"/proc/sys/net/ipv6/conf/{where}/keep_addr_on_down", "1")
    ip(f"-6 route add {GUEST_PREFIX}/64 via 2001:db8::1", netns="far")
    path = f"{SUITE}/{os.environ['VMQ_UPSTREAM']}"
    environment = {
        "HOME": "/root", "LANG": "C.UTF-8", "TERM": "dumb", "PYTHONDONTWRITEBYTECODE": "1",
        "PATH": f"/opt/packages/usr/sbin:{os.environ['PATH']}",
        "NETIF": bed.near.ifname, "LOCAL_V4": "192.0.2.1", "LOCAL_V6": "2001:db8::1",
        "REMOTE_V4": "192.0.2.2", "REMOTE_V6": "2001:db8::2", "REMOTE_TYPE": "netns", "REMOTE_ARGS": "far",
        "LOCAL_PREFIX_V6": f"{GUEST_PREFIX}/64",
    }
    os.chdir(os.path.dirname(path))
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, path], environment)


main()
