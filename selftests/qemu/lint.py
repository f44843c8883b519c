# SPDX-License-Identifier: GPL-2.0-only
"""Rules that no compiler enforces, and the checkers that do not come with one.  Runs inside the tree."""

import ast
import collections
import glob
import os
import re
import subprocess
import sys
import time

CHECKOUT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MOST_LINES_FILE, MOST_LINES_FUNCTION, MOST_COLUMNS_C = 600, 60, 100
CHECKPATCH = "/opt/scripts/checkpatch.pl"
# lists of initializers, macros that are nothing without an option of the kernel's, separators of words
NO_STYLE = ("COMPLEX_MACRO", "MACRO_ARG_UNUSED", "QUOTED_WHITESPACE_BEFORE_NEWLINE")
PACKET_PATH = ("vmq_rx.c", "vmq_tx.c", "vmq_ring.c", "vmq_ring.h")


def sources(*patterns):
    found = set()
    for pattern in patterns:
        found.update(glob.glob(pattern, recursive=True))
    return sorted(path for path in found if not path.startswith("build/") and not path.endswith(".mod.c"))


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [(number, line.rstrip("\n")) for number, line in enumerate(file, 1)]


def quoted_includes(*patterns):
    for path in sources(*patterns):
        for number, line in lines(path):
            match = re.match(r'\s*#\s*include\s+"(.*)"', line)
            if match:
                yield path, number, match[1]


def include_rules():
    """design: the chip knows vmq_hw.h, the core knows no chip, the other modules know only <net/vmq.h>"""
    problems = []
    for path, number, name in quoted_includes("drivers/vmq/hw/*.[ch]"):
        base = os.path.basename(name)
        if base not in ("vmq_hw.h", "vmq_desc.h") and not os.path.exists(f"drivers/vmq/hw/{name}"):
            problems.append(f"{path}:{number}: a chip's back end includes {name}")
    for path, number, name in quoted_includes("drivers/vmq/*.[ch]"):
        if "hw/" in name:
            problems.append(f"{path}:{number}: the core includes {name} of a chip")
    for path, number, name in quoted_includes("drivers/vmq_bridge/*.[ch]", "drivers/vmq_vdpa/*.[ch]"):
        if not os.path.exists(f"{os.path.dirname(path)}/{name}") or ".." in name:
            problems.append(f"{path}:{number}: includes {name}, which is not its own; <net/vmq.h> is the contract")
    return problems


def packet_path_calls_no_chip():
    return [f"drivers/vmq/{name}:{number}: an op of the chip in the packet path"
            for name in PACKET_PATH if os.path.exists(f"drivers/vmq/{name}")
            for number, line in lines(f"drivers/vmq/{name}") if re.search(r"\bops->\w+\(", line)]


def no_kernel_versions():
    return [f"{path}:{number}: asks for a kernel version; ask for the missing name, in a header"
            for path in sources("drivers/**/*.c", "tools/**/*.c") for number, line in lines(path)
            if re.search(r"LINUX_VERSION_CODE|KERNEL_VERSION\(", line)]


def c_functions(path):
    """(name's line, first line, last line, has a switch)"""
    head, start, switch = "", None, False
    for number, line in lines(path):
        if re.match(r"[a-zA-Z].*[){]$", line):
            head = line
        if line == "{":
            start, switch = number, False
        elif line == "}" and start:
            yield head, start, number, switch
            start = None
        switch = switch or "switch (" in line


def python_functions(path):
    with open(path, encoding="utf-8") as file:
        for node in ast.walk(ast.parse(file.read())):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield node.name, node.lineno, node.end_lineno, False


def sizes():
    problems = []
    c_files = sources("drivers/**/*.[ch]", "include/**/*.h", "tools/**/*.[ch]", "selftests/**/*.[ch]")
    python_files = sources("selftests/**/*.py", "tools/**/*.py")
    for path in [*c_files, *python_files, *sources("selftests/**/*.sh", "tools/**/*.sh")]:
        count = len(lines(path))
        if count > MOST_LINES_FILE:
            problems.append(f"{path}: {count} lines, has probably become two nouns")
        # a message for people is never broken, so that it can be searched for
        problems += [f"{path}:{number}: longer than {MOST_COLUMNS_C} columns" for number, line in lines(path)
                     if path in c_files and len(line.expandtabs(8)) > MOST_COLUMNS_C and '"' not in line]
        if not any("SPDX-License-Identifier" in line for _, line in lines(path)[:3]):
            problems.append(f"{path}: no SPDX line")
    for files, functions in ((c_files, c_functions), (python_files, python_functions)):
        for path in files:
            problems += [f"{path}:{first}: {last - first} lines: {name}"
                         for name, first, last, switch in functions(path)
                         if last - first > MOST_LINES_FUNCTION and not switch]
    return problems


def run(*words):
    """What a checker prints, if it is not content."""
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip().splitlines() if done.returncode else []


def python_scripts():
    files = [path for path in sources("selftests/**/*.py", "tools/**/*.py") if not path.endswith("__init__.py")]
    return run("python3", "-m", "pyflakes", *files)


def shell_scripts():
    files = [path for path in sources("selftests/**/*", "tools/**/*", ".ci/*") if os.path.isfile(path)
             and re.match(rb"#!/bin/(ba|busybox )?sh", open(path, "rb").read(32))]
    busybox = [path for path in files if path.endswith("-initramfs.sh")]
    rest = [path for path in files if path not in busybox]
    options = ["shellcheck", "--external-sources", "--severity=info", "--format=gcc"]
    return run(*options, "--shell=busybox", *busybox) + run(*options, *rest)


def compiler_and_sparse():
    # not C=2: for a sparse that it finds too old, the kernel's check would do nothing, and say so in a line of the log
    problems = run("selftests/qemu/build.sh", "KBUILD_CHECKSRC=2", f"CHECK={CHECKOUT}/selftests/qemu/sparse.sh")
    with open("build/logs/build.log", encoding="utf-8") as log:
        if "CHECK" not in log.read():
            problems.append("sparse has not run")
    return problems


def kernel_style():
    """The kernel's own checker comes with the debug kernel's sources only; None without."""
    if not os.path.exists(CHECKPATCH):
        return None
    command = ("perl", CHECKPATCH, "--no-tree", "--terse", "--no-summary", f"--max-line-length={MOST_COLUMNS_C}",
               "--ignore", ",".join(NO_STYLE), "-f")
    return run(*command, *sources("drivers/**/*.[ch]", "include/**/*.h", "selftests/modules/*.[ch]"))


CHECKS = (include_rules, packet_path_calls_no_chip, no_kernel_versions, sizes, python_scripts, shell_scripts,
          kernel_style, compiler_and_sparse)


def main():
    os.chdir(CHECKOUT)
    count = collections.Counter()
    for check in CHECKS:
        began = time.monotonic()
        problems = check()
        label = "skip" if problems is None else "FAIL" if problems else "ok"
        count[label] += 1
        print(f"{label:<4} lint/{check.__name__:<27} {time.monotonic() - began:5.1f} s", flush=True)
        for problem in (problems or [])[:60]:
            print(f"       {problem}")
    print(f"{count['ok']} passed, {count['FAIL']} failed, {count['skip']} skipped")
    sys.exit(1 if count["FAIL"] else 0)


main()
