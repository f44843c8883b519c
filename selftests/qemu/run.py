# SPDX-License-Identifier: GPL-2.0-only
"""Run selftests in virtual hosts, as few as possible, and say what came of it.

usage: run.py [pattern...]      a pattern is a test ("nic/filters"), a directory ("nic") or a glob ("*/fil*")

From the environment: JOBS (virtual hosts side by side), DRIVER (of the near port), ACCEL (tcg or kvm), TIMES (how
often to run each test), SLOW (all time limits are this many times as long), TIMEOUT (the time limit of every test, in
seconds), WITHIN (no test begins after that many seconds; what is left over counts as skipped), VMQ_FUZZ_* (for
steering/fuzz), VMQ_SETUPS_* (for bridge/equivalence), CYCLES (for steering/cycles).  With --follow what tests say about
themselves is printed at once.
"""

import collections
import os
import queue
import shutil
import sys
import threading
import time

import closing
import discover
import invariants
import ktap_parse
import vm

SLOW = float(os.environ.get("SLOW") or 1)
WITHIN = float(os.environ.get("WITHIN") or "inf")
BOOT_LIMIT = 120 * SLOW  # seconds until the agent must have answered
GRACE = 60 * SLOW  # seconds a test may exceed its own limit, for cleaning up, before the virtual host counts as hung
KEEP_RUNS = 10
FOLLOW = "--follow" in sys.argv


class Run:
    """All that the threads share: where logs go, what has been found."""

    def __init__(self, logs, total):
        self.logs = logs
        self.total = total
        self.began = time.monotonic()
        self.counts = collections.Counter()
        self.lock = threading.Lock()
        self.hosts = 0
        self.results = []
        self.initrd = vm.prepare()
        self.ktap = open(f"{logs}/results.ktap", "w", encoding="utf-8")
        self.ktap.write(f"KTAP version 1\n1..{total}\n")

    def new_host(self, options):
        with self.lock:
            self.hosts += 1
            number = self.hosts
        return vm.VirtualHost(f"{self.logs}/host{number}", self.initrd, options)

    def finished(self, name, verdict):
        """One line for the reader, the details of a failure below it, everything into the KTAP file."""
        log = f"{self.logs}/{name.replace('/', '-')}.log"
        with open(log, "w", encoding="utf-8") as file:
            file.write(verdict.output)
        with self.lock:
            self.counts[verdict.state] += 1
            number = sum(self.counts.values())
            print(f"{verdict.label:<4} {name:<32} {verdict.seconds:5.1f} s{verdict.note}", flush=True)
            if verdict.state == "failed":
                for line in verdict.details():
                    print(f"       {line}")
                print(f"     log: {os.path.relpath(log, vm.CHECKOUT)}, kernel: {verdict.console}", flush=True)
            for line in verdict.output.splitlines():
                self.ktap.write(f"  {line}\n")
            directive = f" # SKIP{verdict.note}" if verdict.state == "skipped" else ""
            self.ktap.write(f"{'not ok' if verdict.state == 'failed' else 'ok'} {number} {name}{directive}\n")
            self.ktap.flush()


def run_test(host, test):
    """(verdict, whether the virtual host can be used again)"""
    console = os.path.relpath(f"{host.logs}/console.log", vm.CHECKOUT)
    verdict = ktap_parse.Verdict(console)
    began = time.monotonic()
    environment = {name: value for name, value in os.environ.items() if name.startswith(("VMQ_FUZZ_", "VMQ_SETUPS_")) or name == "CYCLES"}
    environment |= {"VMQ_DRIVER": test.options.get("driver") or os.environ.get("DRIVER") or "vmq", "VMQ_SLOW": str(SLOW)}
    try:
        host.send({"name": test.name, "path": test.path, "timeout": test.timeout, "env": environment})
        while True:
            message = host.receive(began + test.timeout + GRACE)
            if message["event"] == "end":
                break
            verdict.output += message["text"]
            if FOLLOW:
                print(message["text"], end="", flush=True)
    except vm.Dead as error:
        verdict.seconds = time.monotonic() - began
        if "ends" in test.options:
            verdict.judge_end(host.ended(), closing.since_test(f"{host.logs}/console.log"), test)
            return verdict, False
        verdict.fail(f"{error}; its kernel log:", *closing.excerpt(f"{host.logs}/console.log"))
        return verdict, False
    usable = verdict.judge(message, test)
    if vm.DEBUG and verdict.state == "failed" and message["kernel"]:
        verdict.reasons += closing.excerpt(f"{host.logs}/console.log")
    return verdict, usable


def tail(path, count=15):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return [line.rstrip() for line in file.readlines()[-count:]]
    except OSError:
        return ["(there is none)"]


def boot(run, options, another=True):
    """One that dies is followed by another: nothing of vmq's is in it yet, but an emulated processor may have run an
    instruction that the kernel was just patching ("Oops: int3").
    """
    host = run.new_host(options)
    try:
        message = host.receive(time.monotonic() + BOOT_LIMIT)
    except vm.Dead as error:
        host.stop()
        error.logs = host.logs
        if not another:
            raise
        print(f"     host {os.path.basename(host.logs)} died while booting ({error}): another one", flush=True)
        return boot(run, options, another=False)
    print(f"     host {os.path.basename(host.logs)} up after {time.monotonic() - host.started:.1f} s", flush=True)
    for line in message["kernel"]:
        print(f"     kernel, while booting: {line}", flush=True)
    return host


def check_remains(run, host):
    """What a host's whole life has leaked fails the run, under the host's name."""
    began = time.monotonic()
    problems = closing.close(host, SLOW)
    if problems:
        name = os.path.basename(host.logs)
        verdict = ktap_parse.Verdict(os.path.relpath(f"{host.logs}/console.log", vm.CHECKOUT))
        verdict.seconds = time.monotonic() - began
        verdict.output = "".join(f"# {line}\n" for line in problems)
        verdict.fail("what its drivers have left behind is above")
        run.finished(f"{name}/leaks", verdict)
    elif vm.DEBUG:
        print(f"     host {os.path.basename(host.logs)} leaks nothing", flush=True)


def leave_out(run, test):
    verdict = ktap_parse.Verdict("")
    verdict.skip(f"not begun within {WITHIN:.0f} s")
    run.finished(test.name, verdict)
    run.results.append((test, verdict.state))


def run_batch(run, batch):
    """Run a list of tests with the same demands on the virtual host, in one if nothing goes wrong."""
    host = None
    try:
        for test in batch:
            if time.monotonic() - run.began > WITHIN:
                leave_out(run, test)
                continue
            if host is None:
                try:
                    host = boot(run, test.options)
                except vm.Dead as error:
                    console = f"{error.logs}/console.log"
                    verdict = ktap_parse.Verdict(console)
                    verdict.fail(f"while booting: {error}", *tail(console), *tail(console.replace("console", "qemu")))
                    run.finished(test.name, verdict)
                    run.results.append((test, verdict.state))
                    continue
            verdict, usable = run_test(host, test)
            run.finished(test.name, verdict)
            run.results.append((test, verdict.state))
            if not usable:
                host.stop()
                host = None
        if host:
            check_remains(run, host)
    finally:
        if host:
            host.stop()


def worker(run, batches):
    while True:
        try:
            batch = batches.get_nowait()
        except queue.Empty:
            return
        run_batch(run, batch)


def make_logs():
    base = f"{vm.CHECKOUT}/build/logs"
    os.makedirs(base, exist_ok=True)
    for old in sorted(name for name in os.listdir(base) if name.startswith("run-"))[:-KEEP_RUNS + 1]:
        shutil.rmtree(f"{base}/{old}", ignore_errors=True)
    name = time.strftime("run-%Y%m%d-%H%M%S")
    os.makedirs(f"{base}/{name}", exist_ok=True)
    last = f"{base}/last"
    if os.path.islink(last):
        os.unlink(last)
    os.symlink(name, last)
    return f"{base}/{name}"


def main():
    tests = discover.select([word for word in sys.argv[1:] if word != "--follow"]) * int(os.environ.get("TIMES") or 1)
    jobs = int(os.environ.get("JOBS") or 2)
    wrong = invariants.unknown(tests)
    if wrong:
        sys.exit(f"no such invariant: {', '.join(wrong)}")
    logs = make_logs()
    run = Run(logs, len(tests))
    print(f"{len(tests)} tests, {jobs} virtual hosts side by side, logs in {os.path.relpath(logs, vm.CHECKOUT)}",
          flush=True)
    batches = queue.SimpleQueue()
    for batch in discover.batches(tests, jobs):
        batches.put(batch)
    threads = [threading.Thread(target=worker, args=(run, batches), daemon=True) for _ in range(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    table = invariants.write(f"{logs}/invariants", run.results)
    if len(tests) == len(discover.discover()):
        print("invariants of the contract (tests of each: build/logs/last/invariants)")
        print("\n".join(f"  {line}" for line in table))
    counts = run.counts
    summary = f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped"
    with open(f"{logs}/summary", "w", encoding="ascii") as file:
        file.write(f"{summary}\n")
    print(summary, flush=True)
    # a test without a verdict is a failure of this program, never a success
    sys.exit(0 if not counts["failed"] and sum(counts.values()) == len(tests) and counts["passed"] else 1)


if __name__ == "__main__":
    main()
