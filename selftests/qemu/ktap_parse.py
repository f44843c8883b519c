# SPDX-License-Identifier: GPL-2.0-only
"""What became of one test."""

import re

from closing import COMPLAINT


class Verdict:
    """A test passed only if it said so: a plan, every result of it, and a clean exit."""

    def __init__(self, console):
        self.console = console
        self.output = ""
        self.seconds = 0.0
        self.state = "failed"
        self.note = ""
        self.reasons = []

    @property
    def label(self):
        return {"passed": "ok", "failed": "FAIL", "skipped": "skip"}[self.state]

    def fail(self, *reasons):
        self.state = "failed"
        self.reasons += reasons

    def skip(self, reason):
        self.state = "skipped"
        self.note = f"  {reason}"

    def judge(self, end, test):
        """Whether the virtual host can be used again."""
        self.seconds = end["seconds"]
        plan = re.search(r"^1\.\.(\d+)", self.output, re.MULTILINE)
        results = re.findall(r"^(ok|not ok) \d+(.*)$", self.output, re.MULTILINE)
        skips = [text for _, text in results if "# SKIP" in text]
        self.state = "passed"
        if end["timed_out"]:
            self.fail(f"not finished after {test.timeout} s")
        elif end["status"]:
            self.fail(f"exit status {end['status']}")
        elif not plan or len(results) != int(plan[1]) or any(word != "ok" for word, _ in results):
            self.fail("exit status 0, but its results are not complete")
        expected = test.options.get("expect-log")
        kernel = [line for line in end["kernel"] if not (expected and re.search(expected, line))]
        self.fail_for(kernel)
        if end["dirty"]:
            self.fail(*(f"cannot be undone: {line}" for line in end["dirty"]))
        if self.state == "passed" and results and len(skips) == len(results):
            self.skip(skips[0].partition("# SKIP")[2].strip())
        return not (end["timed_out"] or kernel or end["dirty"])

    def judge_end(self, ended, kernel, test):
        """Of a test that switches the machine off; @ended: it was, @kernel: its log since the test began."""
        self.state = "passed"
        said = test.options["ends"]
        if not ended or "not ok" in self.output:
            self.fail("the virtual host was not switched off", *kernel[-15:])
        elif not any(said in line for line in kernel):
            self.fail(f"its kernel did not say {said!r}", *kernel[-15:])
        self.fail_for([line for line in kernel if COMPLAINT.search(line)])

    def fail_for(self, kernel):
        if kernel:
            self.fail(*(f"kernel: {line}" for line in kernel))

    def details(self):
        """The comments of failing cases, without those of good ones."""
        lines, pending = [], []
        for line in self.output.splitlines():
            if line.startswith("not ok"):
                lines += [*pending, line]
                pending = []
            elif line.startswith("ok"):
                pending = []
            elif not re.match(r"KTAP|1\.\.", line):
                pending.append(line)
        return [*(lines + pending)[-40:], *self.reasons]
