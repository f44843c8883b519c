# SPDX-License-Identifier: GPL-2.0-only
"""What the chip's registers hold."""

import re

from .commands import ethtool

ROW = re.compile(r"^0x[0-9a-f]+:\s+((?:[0-9a-f]{2} ?)+)", re.MULTILINE)


def registers(ifname):
    """{offset: value} of those that ethtool -d shows, without those that reading changes."""
    data = b"".join(bytes.fromhex(row) for row in ROW.findall(ethtool(f"-d {ifname} hex on")))
    words = [int.from_bytes(data[at:at + 4], "little") for at in range(0, len(data), 4)]
    return dict(zip(words[::2], words[1::2]))
