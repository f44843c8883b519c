# SPDX-License-Identifier: GPL-2.0-only
"""Run one test alone and show what it says while it says it: the demo.

usage: show.py selftests/demo/demo.py
"""

import os
import sys
import time

import discover
import ktap_parse
import run as runner
import vm


def show(text):
    """The words a test means for people are KTAP's comments."""
    for line in text.splitlines():
        if line.startswith("#"):
            print(line[2:], flush=True)


def watch(host, test):
    """Until the test ends; what became of it."""
    verdict = ktap_parse.Verdict(os.path.relpath(f"{host.logs}/console.log", vm.CHECKOUT))
    deadline = time.monotonic() + test.timeout + runner.GRACE
    host.send({"name": test.name, "path": test.path, "timeout": test.timeout, "env": {"VMQ_DRIVER": "vmq"}})
    pending = ""
    while True:
        message = host.receive(deadline)
        if message["event"] == "end":
            verdict.judge(message, test)
            return verdict
        verdict.output += message["text"]
        *lines, pending = (pending + message["text"]).split("\n")
        show("\n".join(lines))


def main():
    test = discover.Test(os.path.abspath(sys.argv[1]))
    logs = runner.make_logs()
    print("starting the virtual host (10 to 20 s)", flush=True)
    host = vm.VirtualHost(f"{logs}/host1", vm.prepare(), test.options)
    try:
        host.receive(time.monotonic() + runner.BOOT_LIMIT)
        verdict = watch(host, test)
    except vm.Dead as error:
        sys.exit(f"{test.name} failed: {error}; log: {os.path.relpath(host.logs, vm.CHECKOUT)}/console.log")
    finally:
        host.stop()
    with open(f"{logs}/{os.path.basename(test.name)}.log", "w", encoding="utf-8") as file:
        file.write(verdict.output)
    if verdict.state != "passed":
        print("\n".join(verdict.reasons))
        sys.exit(f"{test.name} {verdict.state}; log: {os.path.relpath(logs, vm.CHECKOUT)}")
    print(f"\nAll of it as it should be, in {verdict.seconds:.0f} s.")


if __name__ == "__main__":
    main()
