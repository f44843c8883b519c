# SPDX-License-Identifier: GPL-2.0-only
"""What a file of the kernel's tests printed, as {case: (state, note)}; a state is pass, fail, skip or xfail."""

import collections
import re

STATES = ("pass", "fail", "skip", "xfail")
RESULT = re.compile(r"^(ok|not ok) \d+ ([^\s#]+)(?: # (\w+) ?(.*))?$")
WHOLE = "(file)"  # a case that stands for all: the file ended before or between its cases


def _why(pending):
    """The line that says most about a failure."""
    for pattern in (r"# Check failed (.*)", r"# Exception\|\s*(\w*(?:Error|Ex|Exception|Failure|Terminate)\b.*)",
                    r"#\s+STDERR:? ?(.*)", r"^(\w[\w.]*(?:Error|Ex|Exception)\b.*)"):
        found = [match[1] for line in pending if (match := re.match(pattern, line))]
        if found:
            return found[-1][:200]
    return ""


def _cases(text):
    """Results so far, how many were promised, and what was printed after the last."""
    cases, planned, pending = {}, None, []
    for line in text.splitlines():
        if match := re.match(r"1\.\.(\d+)$", line):
            planned = int(match[1])
        elif match := RESULT.match(line):
            good, name, directive, note = match.groups()
            directive = (directive or "").lower()
            state = directive if directive in ("skip", "xfail") else "pass" if good == "ok" else "fail"
            cases[name.partition(".")[2] or WHOLE] = (state, note or ("" if state == "pass" else _why(pending)))
            pending = []
        else:
            pending.append(line)
    return cases, planned, pending


def read(text, end, dead):
    cases, planned, pending = _cases(text)
    problems = [dead] if dead else []
    if end:
        problems += ["not finished in time"] if end["timed_out"] else []
        problems += [f"kernel: {line}" for line in end["kernel"]]
        problems += [f"cannot be undone: {line}" for line in end["dirty"]]
    if not problems and not cases and not planned:
        # skipped before the first case: an exit status, or an exception that nobody caught
        why = _why(pending)
        state = "skip" if end["status"] == 4 or "KsftSkipEx" in why else "xfail" if "KsftXfailEx" in why else "fail"
        cases[WHOLE] = (state, why or f"exit status {end['status']}")
    elif not problems and len(cases) != planned and WHOLE not in cases:
        problems.append(f"{len(cases)} of {planned} cases ran: {_why(pending)}")
    if problems:
        cases[WHOLE] = ("fail", "; ".join(problems)[:300])
    return cases


def count(cases):
    return collections.Counter(state for state, _ in cases.values())


def summary(cases):
    counts = count(cases)
    return ", ".join(f"{counts[state]} {state}" for state in STATES if counts[state]) or "nothing"
