# SPDX-License-Identifier: GPL-2.0-only
"""Which of the contract's invariants a run has shown, by which tests.

Tests name them in a header line, "# invariant: C1 L3".  Those that no emulator can show, and those that are held in
another way on purpose, are rows of two tables in Documentation/hardware/82576.rst, with the reason.
"""

import collections
import re

import vm

GROUPS = {"C": (13, "classification"), "L": (18, "life cycle"), "O": (11, "delivery, order, isolation"),
          "S": (5, "security"), "A": (5, "affinity and persistence"), "P": (2, "what is said is so")}
TABLES = {"hardware": "Shown on hardware only", "decided": "Decided otherwise"}
DOCUMENT = f"{vm.CHECKOUT}/Documentation/hardware/82576.rst"


def all_ids():
    return [f"{group}{number}" for group, (count, _) in GROUPS.items() for number in range(1, count + 1)]


def rows_below(heading, path=DOCUMENT):
    """{id: reason} from the document's table below a heading; its rows begin with the id."""
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


def excused():
    """{id: (word, reason)} of what no test has to show."""
    return {name: (word, reason) for word, heading in TABLES.items() for name, reason in rows_below(heading).items()}


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
    for group, (count, title) in GROUPS.items():
        names = [f"{group}{number}" for number in range(1, count + 1)]
        states = {name: state(shown[name].values()) for name in names}
        open_ = [name for name in names if states[name] != "pass"]
        good = count - len(open_)
        lines.append(f"{group}1-{group}{count}  {title}: {good} of {count} shown" + ("" if open_ else ", all"))
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
