# SPDX-License-Identifier: GPL-2.0-only
"""What a virtual host is asked at the end of its life, with all drivers gone.  Only a debug kernel has answers."""

import base64
import os
import time

KMEMLEAK = "/sys/kernel/debug/kmemleak"
COVERAGE = "/sys/kernel/debug/gcov/vmq"
OLD_ENOUGH = 6  # seconds; kmemleak says nothing about younger objects


def _kmemleak(word):
    with open(KMEMLEAK, "w", encoding="ascii") as file:
        file.write(word)


def forget_leaks():
    """What the boot leaked is not the tests' doing."""
    if os.path.exists(KMEMLEAK):
        _kmemleak("clear")


def leaks():
    """kmemleak's report, in lines; None if there is no kmemleak."""
    if not os.path.exists(KMEMLEAK):
        return None
    time.sleep(OLD_ENOUGH)
    # an object whose content changes is not reported before the second time
    for _ in range(2):
        _kmemleak("scan")
    with open(KMEMLEAK, encoding="ascii", errors="replace") as file:
        return file.read().splitlines()


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
