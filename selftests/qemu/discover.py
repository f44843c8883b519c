# SPDX-License-Identifier: GPL-2.0-only
"""Find tests, read what they demand, and share them out among virtual hosts."""

import collections
import fnmatch
import os
import shlex
import sys

import vm

SELFTESTS = f"{vm.CHECKOUT}/selftests"
NO_TESTS = ("lib", "qemu", "demo", "bench")
DEFAULT_TIMEOUT = 60
HOST_OPTIONS = ("cpus", "mem", "cpu", "native-hotplug", "suspend")
KNOWN = (*HOST_OPTIONS, "solo", "timeout", "driver", "expect-log", "ends")


class Test:
    """An executable file; its lines "# bed: word word=value" say what it needs."""

    def __init__(self, path):
        self.path = path
        self.name = os.path.splitext(os.path.relpath(path, SELFTESTS))[0]
        self.options = {}
        self.invariants = []
        with open(path, encoding="utf-8") as file:
            for line in file:
                if not line.startswith("#"):
                    break
                if line.startswith("# bed:"):
                    self.read_header(line[len("# bed:"):])
                elif line.startswith("# invariant:"):
                    self.invariants += line[len("# invariant:"):].split()
        seconds = os.environ.get("TIMEOUT") or self.options.get("timeout", DEFAULT_TIMEOUT)
        self.timeout = int(seconds) * float(os.environ.get("SLOW") or 1)

    def read_header(self, text):
        for word in shlex.split(text):
            key, _, value = word.partition("=")
            if key not in KNOWN:
                sys.exit(f"{self.path}: unknown word in its header: {word}; known: {' '.join(KNOWN)}")
            self.options[key] = value

    @property
    def host_key(self):
        return tuple((key, self.options.get(key)) for key in HOST_OPTIONS)


def discover():
    tests = []
    for directory in sorted(os.listdir(SELFTESTS)):
        base = f"{SELFTESTS}/{directory}"
        if directory in NO_TESTS or not os.path.isdir(base):
            continue
        for name in sorted(os.listdir(base)):
            path = f"{base}/{name}"
            if name.endswith(".py") and os.access(path, os.X_OK):
                tests.append(Test(path))
    return tests


def matches(test, pattern):
    pattern = pattern.removeprefix("./").removeprefix("selftests/").removesuffix(".py").rstrip("/")
    return test.name == pattern or test.name.startswith(f"{pattern}/") or fnmatch.fnmatchcase(test.name, pattern)


def select(patterns):
    tests = discover()
    patterns = [word for pattern in patterns for word in pattern.replace(",", " ").split()]
    for pattern in patterns:
        if not any(matches(test, pattern) for test in tests):
            sys.exit(f"T={pattern} names no test; there are:\n  " + "\n  ".join(test.name for test in tests))
    chosen = [test for test in tests if not patterns or any(matches(test, pattern) for pattern in patterns)]
    if not chosen:
        sys.exit("there are no tests")
    return chosen


def batches(tests, jobs):
    """Lists of tests that can share a virtual host; long lists are cut so that every job has work."""
    groups = collections.defaultdict(list)
    result = []
    for test in tests:
        if "solo" in test.options:
            result.append([test])
        else:
            groups[test.host_key].append(test)
    share = max(1, -(-len(tests) // jobs))
    for group in groups.values():
        pieces = -(-len(group) // share)
        size = -(-len(group) // pieces)
        result += [group[start:start + size] for start in range(0, len(group), size)]
    return sorted(result, key=lambda batch: -sum(test.timeout for test in batch))
