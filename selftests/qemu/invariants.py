# SPDX-License-Identifier: GPL-2.0-only
"""Which of the contract's invariants (Documentation/contract.rst) a run has shown, by which tests.

Tests name them in a header line, "# invariant: C1 L3".  Those that no emulator can show, and those that are held in
another way on purpose, are rows of two tables in Documentation/hardware/82576.rst, with the reason.
"""

import collections
import re

import vm

GROUPS = {"C": "Classification", "L": "Life cycle", "O": "Delivery, order, isolation", "S": "Security",
          "A": "Affinity and persistence", "P": "What is said is so"}
TABLES = {"hardware": "Shown on hardware only", "decided": "Decided otherwise"}
CONTRACT = f"{vm.CHECKOUT}/Documentation/contract.rst"
CHIP = f"{vm.CHECKOUT}/Documentation/hardware/82576.rst"


def rows_below(heading, path):
    """{id: text} from the document's table below a heading; its rows begin with the id."""
    with open(path, encoding="utf-8") as file:
        text = file.read().partition(f"\n{heading}\n")[2]
    rows = {}
    last = None
    for line in text.splitlines()[2:]:
        match = re.match(r"([CLOSAP]\d+) {2,}(\S.*)$", line)
        if match:
            last = match[1]
            rows[last] = match[2]
        elif last and re.match(r" {2,}\S", line):
            rows[last] += f" {line.strip()}"
        elif last and line.startswith("="):
            break
    return rows


def ids_of(group):
    return list(rows_below(GROUPS[group], CONTRACT))


def all_ids():
    return [name for group in GROUPS for name in ids_of(group)]


def excused():
    """{id: (word, reason)} of what no test has to show."""
    return {name: (word, reason) for word, heading in TABLES.items() for name, reason in rows_below(heading, CHIP).items()}


def state(states):
    """Of an invariant, from those of its tests."""
    if "failed" in states:
        return "FAIL"
    return "pass" if "passed" in states else "not run"


def unknown(tests):
    """Names in headers that the contract does not have."""
    known = set(all_ids())
    return [f"{test.name}: {name}" for test in tests for name in test.invariants if name not in known]


def table(results):
    """Lines for people.  @results: (test, its state) of all that ran."""
    shown = collections.defaultdict(dict)
    for test, outcome in results:
        for name in test.invariants:
            # of a test that ran several times its failure counts
            if shown[name].get(test.name) != "failed":
                shown[name][test.name] = outcome
    excuses = excused()
    lines = []
    for group, title in GROUPS.items():
        names = ids_of(group)
        states = {name: state(shown[name].values()) for name in names}
        open_ = [name for name in names if states[name] != "pass"]
        lines.append(f"{names[0]}-{names[-1]}  {title}: {len(names) - len(open_)} of {len(names)} shown" + ("" if open_ else ", all"))
        for name in open_:
            if states[name] == "FAIL":
                bad = " ".join(sorted(test for test, outcome in shown[name].items() if outcome == "failed"))
                lines.append(f"  {name:<4} FAIL     {bad}")
            elif name in excuses:
                lines.append(f"  {name:<4} {excuses[name][0]:<8} {excuses[name][1]}")
            else:
                lines.append(f"  {name:<4} not run  {' '.join(sorted(shown[name]))}".rstrip())
    return lines, shown


def write(path, results):
    """The whole table, with the tests of each, into a file; returns the short one."""
    lines, shown = table(results)
    excuses = excused()
    with open(path, "w", encoding="utf-8") as file:
        for name in all_ids():
            outcome = state(shown[name].values())
            word, reason = excuses.get(name, (outcome, ""))
            outcome = word if outcome == "not run" else outcome
            tests = " ".join(f"{test}{'' if how == 'passed' else f' ({how})'}" for test, how in sorted(shown[name].items()))
            file.write(f"{name:<4} {outcome:<9} {tests or reason}".rstrip() + "\n")
    return lines
