# SPDX-License-Identifier: GPL-2.0-only
"""The end of a virtual host's life: has it leaked memory, which lines of our modules has it run?"""

import base64
import os
import sys
import time

import vm

sys.path.insert(0, f"{vm.CHECKOUT}/selftests")
from lib.kernel_log import COMPLAINT  # noqa: E402  pylint: disable=wrong-import-position

LIMIT = 300  # seconds the host has for its answer
MOST_LINES = 40


def since_test(path):
    """A kernel's log from the last test's beginning on."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            # what else lay on a stack is in the log
            lines = [line.rstrip() for line in file if "]  ? " not in line]
    except OSError:
        return ["(there is none)"]
    begins = max((number for number, line in enumerate(lines) if "vmq-selftest: test" in line and "begins" in line),
                 default=0)
    return lines[begins:]


def excerpt(path):
    """Of a kernel's log: the last test's first complaint and what follows; without one, the end."""
    lines = since_test(path)
    for number, line in enumerate(lines):
        if COMPLAINT.search(line):
            return lines[max(0, number - 2):number + MOST_LINES]
    return lines[-15:]


def save_coverage(host, counters):
    """Beside the host's log; coverage.py adds up those of all hosts."""
    for path, data in counters.items():
        target = f"{host.logs}/coverage/{path}"
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as file:
            file.write(base64.b64decode(data))


def close(host, slow):
    """What is wrong, in lines.  The host has no drivers loaded any more."""
    if not vm.DEBUG:
        return []
    try:
        host.send({"finish": True})
        answer = host.receive(time.monotonic() + LIMIT * slow)
    except vm.Dead as error:
        return [f"while looking for leaks: {error}", *excerpt(f"{host.logs}/console.log")]
    save_coverage(host, answer["coverage"])
    if answer["leaks"] is None:
        return ["this debug kernel has no kmemleak"]
    return answer["leaks"]
