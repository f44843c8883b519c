#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=300
"""The drivers' own unit tests: every module *_kunit.ko is loaded, and its suites' results are read."""

import glob
import os
import re

from lib import Fail, Skip, cmd, comment, defer, expect_eq, expect_true, load, main
from lib.bed import MODULES

RESULTS = "/sys/kernel/debug/kunit"


def suites():
    return set(os.listdir(RESULTS)) if os.path.isdir(RESULTS) else set()


def run_module(module):
    before = suites()
    # loading it runs its tests
    load(module, timeout=250)
    defer(cmd, f"rmmod {module}")
    found = suites() - before
    expect_true(found, f"{module} has suites")
    for suite in sorted(found):
        with open(f"{RESULTS}/{suite}/results", encoding="utf-8") as file:
            text = file.read()
        comment(text)
        # a suite's own verdict stands at the line's beginning, its cases' are indented
        verdicts = re.findall(rf"^(ok|not ok) \d+ {re.escape(suite)}\b", text, re.MULTILINE)
        expect_eq(verdicts, ["ok"], suite)


def unit_tests():
    if not os.path.isdir(RESULTS):
        cmd("modprobe kunit", check=False)
    if not os.path.isdir(RESULTS):
        raise Skip("this kernel has no KUnit")
    modules = [os.path.basename(path).removesuffix(".ko")
               for path in sorted(glob.glob(f"{MODULES}/**/*_kunit.ko", recursive=True))]
    if not modules:
        raise Fail("there is no *_kunit.ko: the build makes them for a kernel that has KUnit")
    for module in modules:
        run_module(module)


if __name__ == "__main__":
    main(unit_tests)
