# SPDX-License-Identifier: GPL-2.0-only
"""What a virtual host is asked at the end of its life, with all drivers gone.  Only a debug kernel has answers."""

import base64
import os
import re
import time

KMEMLEAK = "/sys/kernel/debug/kmemleak"
COVERAGE = "/sys/kernel/debug/gcov/vmq"
OLD_ENOUGH = 6  # seconds; kmemleak says nothing about younger objects
NAMELESS = re.compile(r"^(\s+)0x([0-9a-f]{16})$")

_modules = {}  # {address: name} of all that were there when a test ended


def _kmemleak(word):
    with open(KMEMLEAK, "w", encoding="ascii") as file:
        file.write(word)


def forget_leaks():
    """What the boot leaked is not the tests' doing."""
    if os.path.exists(KMEMLEAK):
        _kmemleak("clear")


def remember_modules():
    """To be called before modules are unloaded: the kernel has no names for their code any more when leaks are found."""
    with open("/proc/modules", encoding="ascii") as table:
        for line in table:
            words = line.split()
            _modules[int(words[5], 16)] = words[0]


def _with_module(line):
    """A line of a back trace, with the module that was there, for objdump or addr2line."""
    match = NAMELESS.match(line)
    address = int(match[2], 16) if match else 0
    begins = max((begin for begin in _modules if begin <= address), default=None)
    return f"{line} [{_modules[begins]} + {address - begins:#x}]" if begins else line


def leaks():
    """kmemleak's report, in lines; None if there is no kmemleak."""
    if not os.path.exists(KMEMLEAK):
        return None
    time.sleep(OLD_ENOUGH)
    # an object whose content changes is not reported before the second time
    for _ in range(2):
        _kmemleak("scan")
    with open(KMEMLEAK, encoding="ascii", errors="replace") as file:
        return [_with_module(line) for line in file.read().splitlines()]


def coverage():
    """{path in the checkout: gcov's counters} of our modules, if they were built for that."""
    counters = {}
    for directory, _, names in os.walk(COVERAGE):
        for name in names:
            path = f"{directory}/{name}"
            if name.endswith(".gcda"):
                with open(path, "rb") as file:
                    counters[os.path.relpath(path, COVERAGE)] = base64.b64encode(file.read()).decode()
    return counters


def finish():
    return {"leaks": leaks(), "coverage": coverage()}
