# SPDX-License-Identifier: GPL-2.0-only
"""Many commands for ip, bridge or tc, without a process for each."""

import subprocess

from .ktap import Fail, defer


class Batch:
    """A tool in batch mode until the end of the case."""

    MARK = "no-such-object"

    def __init__(self, tool):
        self.tool = tool
        self.process = subprocess.Popen([tool, "-force", "-batch", "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True)
        defer(self.close)

    def run(self, lines):
        """Run all lines, whatever becomes of each; what the tool complained of."""
        # the tool says so when it does not know an object, and then it has done what stands before
        self.process.stdin.write("\n".join([*lines, self.MARK]) + "\n")
        self.process.stdin.flush()
        complaints = []
        while self.MARK not in (line := self.process.stderr.readline()):
            if not line:
                raise Fail(f"{self.tool} has ended: {complaints}")
            complaints.append(line)
        return complaints

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stderr.close()
