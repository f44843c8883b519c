# SPDX-License-Identifier: GPL-2.0-only
"""Compare results with what is expected, and write Documentation/upstream-tests.rst.

expected.tsv    the state of every case with each driver; written by RECORD=1
reasons.toml    written by hand: why cases do not pass
"""

import collections
import fnmatch
import os
import tomllib

import outcome

HERE = os.path.dirname(os.path.abspath(__file__))
EXPECTED = f"{HERE}/expected.tsv"
REASONS = f"{HERE}/reasons.toml"
DOCUMENT = f"{os.path.dirname(os.path.dirname(HERE))}/Documentation/upstream-tests.rst"
DRIVERS = ("vmq", "igb")

Reason = collections.namedtuple("Reason", "drivers cases text unstable behind")


def load_expected():
    """{driver: {file: {case: state}}}"""
    expected = {driver: collections.defaultdict(dict) for driver in DRIVERS}
    if os.path.exists(EXPECTED):
        with open(EXPECTED, encoding="utf-8") as file:
            for line in file:
                if not line.startswith("#"):
                    name, case, *states = line.rstrip("\n").split("\t")
                    for driver, state in zip(DRIVERS, states):
                        if state != "-":
                            expected[driver][name][case] = state
    return expected


def save_expected(expected):
    rows = {(name, case) for driver in DRIVERS for name, cases in expected[driver].items() for case in cases}
    with open(EXPECTED, "w", encoding="utf-8") as file:
        file.write("# SPDX-License-Identifier: GPL-2.0-only\n")
        file.write("\t".join(("# file", "case", *DRIVERS)) + "\n")
        for name, case in sorted(rows):
            states = [expected[driver].get(name, {}).get(case, "-") for driver in DRIVERS]
            file.write("\t".join((name, case, *states)) + "\n")


def load_reasons():
    with open(REASONS, "rb") as file:
        return [Reason(entry.get("drivers", DRIVERS), entry["cases"], " ".join(entry["text"].split()),
                       entry.get("unstable", False), entry.get("behind", False)) for entry in tomllib.load(file)["reason"]]


def reasons_of(reasons, driver, name, case):
    """Numbers of the reasons that speak of a case; a pattern is "file" or "file case"."""
    return [number for number, reason in enumerate(reasons, 1) if driver in reason.drivers and any(
        fnmatch.fnmatchcase(name, words[0]) and (len(words) == 1 or fnmatch.fnmatchcase(case, words[1]))
        for words in (pattern.split() for pattern in reason.cases))]


def is_unstable(driver, name, case, reasons):
    return any(reasons[number - 1].unstable for number in reasons_of(reasons, driver, name, case))


def differences(driver, name, cases, expected, reasons):
    """(what is worse than expected, what is only different) for one file."""
    worse, other = [], []
    for case in {**expected, **cases}:
        state, note = cases.get(case, ("missing", ""))
        before = expected.get(case)
        note = f" ({note})" if note else ""
        if state != before and not is_unstable(driver, name, case, reasons):
            found = worse if before == "pass" or state in ("fail", "missing") else other
            found.append(f"{name} {case}: {state}{note}, expected {before or 'no such case'}")
        elif state not in ("pass", "missing") and not reasons_of(reasons, driver, name, case):
            worse.append(f"{name} {case}: {state}{note}, and reasons.toml does not say why")
    return worse, other


def behind_igb(expected, reasons):
    """Cases that igb passes and vmq does not, though no reason says that this is known: never allowed."""
    return [f"{name} {case}: {state} with vmq, while igb passes" for name, cases in sorted(expected["vmq"].items())
            for case, state in cases.items() if state != "pass" and expected["igb"][name].get(case) == "pass"
            and not any(reasons[number - 1].behind or reasons[number - 1].unstable
                        for number in reasons_of(reasons, "vmq", name, case))]


def doubtful(driver, results):
    """Files that did worse than expected; none if nothing is expected yet."""
    expected, reasons = load_expected(), load_reasons()
    return [name for name, cases in results.items() if name in expected[driver] and any(
        expected[driver][name].get(case) == "pass" != cases.get(case, ("missing",))[0]
        and not is_unstable(driver, name, case, reasons) for case in expected[driver][name])]


def judge(driver, results, record):
    """Say what is not as expected; whether anything is worse."""
    expected, reasons = load_expected(), load_reasons()
    if record:
        for name, cases in results.items():
            expected[driver][name] = {case: state for case, (state, _) in cases.items()}
        save_expected(expected)
    worse, other = [], []
    for name, cases in sorted(results.items()):
        found = differences(driver, name, cases, expected[driver].get(name, {}), reasons)
        worse += found[0]
        other += found[1]
    worse += behind_igb(expected, reasons) if driver == "vmq" else []
    for title, lines in ((f"{driver}: worse than expected", worse),
                         (f"{driver}: different, but no worse (RECORD=1 takes it as expected from now on)", other)):
        if lines:
            print("\n".join((title, *(f"    {line}" for line in lines))))
    with open(DOCUMENT, "w", encoding="utf-8") as file:
        file.write(document(expected, reasons))
    totals = sum((outcome.count(cases) for cases in results.values()), collections.Counter())
    print(f"{driver}: " + ", ".join(f"{totals[state]} {state}" for state in outcome.STATES)
          + (f"; {len(worse)} worse than expected" if worse else "; as expected"), flush=True)
    return not worse


def table(rows):
    """A simple table; the first row is its head."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    rule = "  ".join("=" * width for width in widths)
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
    return "\n".join([rule, lines[0], rule, *lines[1:], rule])


def counts(cases):
    found = collections.Counter(cases.values())
    return " / ".join(str(found[state]) for state in outcome.STATES) if cases else "not run"


def document(expected, reasons):
    names = sorted({name for driver in DRIVERS for name in expected[driver]}, key=lambda name: ("/" in name, name))
    rows = [("File", *(f"{driver}" for driver in DRIVERS), "Notes")]
    used = collections.Counter()
    for name in names:
        numbers = {number for driver in DRIVERS for case, state in expected[driver].get(name, {}).items()
                   if state != "pass" for number in reasons_of(reasons, driver, name, case)}
        used.update(numbers)
        rows.append((name, *(counts(expected[driver].get(name, {})) for driver in DRIVERS),
                     ", ".join(str(number) for number in sorted(numbers)) or "-"))
    sums = [collections.Counter(state for cases in expected[driver].values() for state in cases.values())
            for driver in DRIVERS]
    rows.append(("all", *(" / ".join(str(total[state]) for state in outcome.STATES) for total in sums), "-"))
    notes = []
    for number, reason in enumerate(reasons, 1):
        where = "" if tuple(reason.drivers) == DRIVERS else f" ({' and '.join(reason.drivers)} only)"
        notes.append(f"{number}. {', '.join(f'``{pattern}``' for pattern in reason.cases)}{where}: {reason.text}")
    return HEAD + table(rows) + "\n\n" + NOTES + "\n".join(notes) + "\n"


HEAD = """.. SPDX-License-Identifier: GPL-2.0-only
.. generated by selftests/upstream/report.py from expected.tsv and reasons.toml beside it

========================
The kernel's own tests
========================

``make check-upstream`` runs the test programs that the kernel has for network drivers, unmodified, in the emulated
host: the Python files of ``tools/testing/selftests/drivers/net`` and ``.../drivers/net/hw`` from the source package of
the kernel under test. The port under test is driven by vmq, the other end of its wire by igb in a network namespace::

    make check-upstream                      all of them
    make check-upstream T="ping.py hw/*"     some
    make check-upstream DRIVER=igb           the stock driver on the port under test; DRIVER=both: one, then the other
    make check-upstream RECORD=1             take what comes out as what is expected from now on

The check fails when a case does worse than ``selftests/upstream/expected.tsv`` says, when a file does not end in time,
when the kernel complains, and when a case does not pass and ``selftests/upstream/reasons.toml`` has no reason for it.

Four numbers count the cases that passed, failed, were skipped, and failed as the test itself expects (xfail). The same
kernel, machine and far end gave both columns.

"""

NOTES = """Notes
=====

"""
