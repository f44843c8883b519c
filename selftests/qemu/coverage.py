# SPDX-License-Identifier: GPL-2.0-only
"""Which lines and branches of our modules the tests have been through; runs inside the tree.

Prints a table and leaves it, with the source lines and functions that never ran, in build/coverage.
From the environment: RUNS, names of the runs in build/logs that count together; the last one.
"""

import collections
import glob
import json
import os
import shutil
import subprocess
import sys

CHECKOUT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OUT = f"{CHECKOUT}/build/coverage"


class Source:
    """What is known of one source file; a header's lines come from every object that includes it."""

    def __init__(self):
        self.lines = collections.Counter()
        self.branches = collections.Counter()
        self.functions = collections.Counter()

    def add(self, report):
        for function in report["functions"]:
            self.functions[function["name"], function["start_line"]] += function["execution_count"]
        for line in report["lines"]:
            self.lines[line["line_number"]] += line["count"]
            for number, branch in enumerate(line["branches"]):
                self.branches[line["line_number"], number] += branch["count"]


def share(counter):
    """Text: how many of the counters are not 0."""
    if not counter:
        return "      -      "
    taken = sum(1 for count in counter.values() if count)
    return f"{taken:5}/{len(counter):<5} {100 * taken // len(counter):3}%"


def merged(directories):
    """One directory with the sum of what each host has counted."""
    total = f"{OUT}/counters"
    shutil.copytree(directories[0], total)
    for directory in directories[1:]:
        following = f"{OUT}/sum"
        subprocess.run(["gcov-tool", "merge", total, directory, "-o", following], check=True, capture_output=True)
        shutil.rmtree(total)
        os.rename(following, total)
    return total


def notes(counters):
    """The compiler's notes on all objects of the drivers, also of those that no host has loaded; not on tests."""
    builds = {os.path.relpath(path, counters) for path in glob.glob(f"{counters}/build/modules-*")}
    found = {os.path.relpath(path, CHECKOUT) for build in builds
             for path in glob.glob(f"{CHECKOUT}/{build}/**/*.gcno", recursive=True)}
    return sorted(path for path in found if not {"tests", "selftests"} & set(path.split("/")))


def read(counters):
    """{path of the source: Source}"""
    sources = collections.defaultdict(Source)
    for path in notes(counters):
        # gcov wants the notes beside the counters; without counters, nothing has run
        beside = f"{counters}/{path}"
        os.makedirs(os.path.dirname(beside), exist_ok=True)
        shutil.copy(f"{CHECKOUT}/{path}", beside)
        done = subprocess.run(["gcov", "--json-format", "--stdout", "--branch-probabilities", beside],
                              capture_output=True, check=True, cwd=os.path.dirname(beside))
        for text in done.stdout.splitlines():
            report = json.loads(text)
            for file in report["files"]:
                source = os.path.normpath(os.path.join(report["current_working_directory"], file["file"]))
                if source.startswith((f"{CHECKOUT}/drivers/", f"{CHECKOUT}/include/")):
                    sources[os.path.relpath(source, CHECKOUT)].add(file)
    return sources


def write_missed(sources):
    with open(f"{OUT}/missed", "w", encoding="utf-8") as out:
        for path, source in sorted(sources.items()):
            with open(f"{CHECKOUT}/{path}", encoding="utf-8") as file:
                text = file.read().splitlines()
            for (name, _), count in sorted(source.functions.items(), key=lambda item: item[0][1]):
                if not count:
                    out.write(f"{path}: {name}() never ran\n")
            for number in sorted(number for number, count in source.lines.items() if not count):
                out.write(f"{path}:{number}: {text[number - 1].strip()}\n")


def table(sources):
    rows = [f"{'':<40} {'lines':>16} {'branches':>16}"]
    total = Source()
    for path, source in sorted(sources.items()):
        rows.append(f"{path:<40} {share(source.lines):>16} {share(source.branches):>16}")
        total.lines.update({(path, key): count for key, count in source.lines.items()})
        total.branches.update({(path, key): count for key, count in source.branches.items()})
    rows.append(f"{'all':<40} {share(total.lines):>16} {share(total.branches):>16}")
    return "\n".join(rows)


def main():
    hosts = [path for run in os.environ.get("RUNS", "last").split()
             for path in sorted(glob.glob(f"{CHECKOUT}/build/logs/{run}/host*/"))]
    directories = [f"{host}coverage" for host in hosts if os.path.isdir(f"{host}coverage")]
    if not directories:
        sys.exit("coverage: no host has counted anything; see the log of the run")
    shutil.rmtree(OUT, ignore_errors=True)
    os.makedirs(OUT)
    sources = read(merged(directories))
    text = table(sources)
    with open(f"{OUT}/table", "w", encoding="utf-8") as file:
        file.write(f"{text}\n")
    write_missed(sources)
    print(f"{text}\n{len(directories)} of {len(hosts)} hosts have counted (none that died has); what never ran is in build/coverage/missed")


main()
