# SPDX-License-Identifier: GPL-2.0-only
"""The "netdev" generic netlink family: which queue has which NAPI instance and interrupt, and its statistics.

Just enough netlink for dumps and simple requests.  The family's numbers are read from the kernel's own header.
"""

import os
import re
import socket
import struct

from .netns import inside

HEADER = "/usr/include/linux/netdev.h"

NETLINK_GENERIC = 16
NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP = 1, 4, 0x300
NLMSG_ERROR, NLMSG_DONE = 2, 3
NLA_TYPE_MASK = 0x3FFF
SOL_NETLINK, NETLINK_EXT_ACK = 270, 11
NLM_F_CAPPED, NLM_F_ACK_TLVS = 0x100, 0x200
NLMSGERR_ATTR_MSG = 1
GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME = 16, 3, 1, 2
QUEUE_TYPES = ("rx", "tx")
QSTATS_SCOPE_QUEUE = 1
NESTED = ("dmabuf", "io-uring", "xsk", "lease", "info")


def read_enums(path=HEADER):
    """{"NETDEV_A_QUEUE": {"id": 1, "napi-id": 4, ...}, "NETDEV_CMD": {"queue-get": 10, ...}, ...}"""
    with open(path, encoding="ascii") as header:
        blocks = re.findall(r"enum\s*\{(.*?)\};", header.read(), re.DOTALL)
    found = {}
    for block in blocks:
        prefix = re.search(r"__(\w+)_MAX,", block)[1]
        found[prefix] = {}
        following = 0
        for name, value in re.findall(rf"^\s*{prefix}_(\w+)(?: = (\d+))?,", block, re.MULTILINE):
            number = int(value) if value else following
            following = number + 1
            found[prefix][name.lower().replace("_", "-")] = number
    return found


class NetlinkError(OSError):
    """The kernel refused; its own words are in the message."""


def attribute(kind, value):
    """A netlink attribute; integers are 32 bits wide."""
    data = value if isinstance(value, bytes) else struct.pack("=I", value)
    return (struct.pack("=HH", 4 + len(data), kind) + data).ljust((4 + len(data) + 3) & ~3, b"\0")


def attributes(data):
    """[(number, value)]"""
    found = []
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        found.append((kind & NLA_TYPE_MASK, data[4:length]))
        data = data[(length + 3) & ~3:]
    return found


def decode(data, names):
    """{name: value}"""
    result = {}
    for kind, value in attributes(data):
        name = next((name for name, number in names.items() if number == kind), f"attribute-{kind}")
        result[name] = value if name in NESTED else int.from_bytes(value, "little")
    return result


class Netlink:
    """One generic netlink family, in the namespace where the object was made."""

    def __init__(self, family="netdev", netns=None):
        with inside(netns):
            self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
        self.socket.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
        self.serial = 0
        self.family = GENL_ID_CTRL
        reply = self.request(CTRL_CMD_GETFAMILY, attribute(CTRL_ATTR_FAMILY_NAME, family.encode() + b"\0"))
        self.family = struct.unpack("=H", dict(attributes(reply[0]))[CTRL_ATTR_FAMILY_ID])[0]

    def request(self, command, body=b"", dump=False, version=1):
        """The payloads of the answers."""
        self.serial += 1
        flags = NLM_F_REQUEST | (NLM_F_DUMP if dump else NLM_F_ACK)
        head = struct.pack("=IHHII", 20 + len(body), self.family, flags, self.serial, 0)
        self.socket.send(head + struct.pack("=BBH", command, version, 0) + body)
        answers = []
        while True:
            data = self.socket.recv(1 << 20)
            while data:
                length, kind, flags, serial, _ = struct.unpack_from("=IHHII", data)
                message, data = data[16:length], data[(length + 3) & ~3:]
                if serial != self.serial:
                    continue
                if kind in (NLMSG_ERROR, NLMSG_DONE):
                    self._check(kind, flags, message)
                    return answers
                answers.append(message[4:])

    @staticmethod
    def _check(kind, flags, message):
        error = -struct.unpack_from("=i", message)[0] if len(message) >= 4 else 0
        if not error:
            return
        extra = b""
        if flags & NLM_F_ACK_TLVS:
            skip = 4
            if kind == NLMSG_ERROR:
                request = struct.unpack_from("=I", message, 4)[0]
                skip += 16 if flags & NLM_F_CAPPED else (request + 3) & ~3
            extra = dict(attributes(message[skip:])).get(NLMSGERR_ATTR_MSG, b"")
        raise NetlinkError(error, extra.rstrip(b"\0").decode() or os.strerror(error))

    def close(self):
        self.socket.close()


def dump(what, ifname, netns=None, **extra):
    """All answers of "queue", "napi", "qstats" or "page-pool" for one device, as dicts."""
    enums = read_enums()
    names = enums[f"NETDEV_A_{what.upper().replace('-', '_')}"]
    with inside(netns):
        index = socket.if_nametoindex(ifname)
    body = attribute(names["ifindex"], index)
    for name, value in extra.items():
        body += attribute(names[name.replace("_", "-")], value)
    netlink = Netlink(netns=netns)
    try:
        # a page-pool dump does not take a device
        answers = netlink.request(enums["NETDEV_CMD"][f"{what}-get"], b"" if what == "page-pool" else body, dump=True)
    finally:
        netlink.close()
    rows = [decode(answer, names) for answer in answers]
    return [row for row in rows if row.get("ifindex") == index]


def queues(ifname, netns=None):
    """{("rx" or "tx", number): {"napi-id": ...}}"""
    return {(QUEUE_TYPES[row["type"]], row["id"]): row for row in dump("queue", ifname, netns)}


def napis(ifname, netns=None):
    """{NAPI id: {"irq": ..., "defer-hard-irqs": ...}}"""
    return {row["id"]: row for row in dump("napi", ifname, netns)}


def queue_stats(ifname, netns=None):
    """{("rx" or "tx", number): {"rx-packets": ...}}"""
    rows = dump("qstats", ifname, netns, scope=struct.pack("=Q", QSTATS_SCOPE_QUEUE))
    return {(QUEUE_TYPES[row["queue-type"]], row["queue-id"]): row for row in rows}


def device_stats(ifname, netns=None):
    """{"rx-packets": ...}"""
    return dump("qstats", ifname, netns)[0]


def page_pools(ifname, netns=None):
    """[{"id": ..., "napi-id": ..., "inflight": ...}]"""
    return dump("page-pool", ifname, netns)


def queue_irq(ifname, number, way="rx", netns=None):
    """The interrupt that serves a queue, or None."""
    return napis(ifname, netns)[queues(ifname, netns)[(way, number)]["napi-id"]].get("irq")
