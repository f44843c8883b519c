# SPDX-License-Identifier: GPL-2.0-only
"""Run the kernel's own driver tests in a virtual host and compare with what is expected.

usage: run.py [pattern...]      a pattern is a file ("ping.py", "hw/csum.py") or a glob ("hw/*")

From the environment: DRIVER (of the near port: vmq, igb, or both), JOBS, SLOW and ACCEL as in qemu/run.py, RECORD=1
(take what came out as what is expected from now on).
"""

import fnmatch
import os
import queue
import re
import sys
import threading
import time

sys.path.insert(0, f"{os.path.dirname(os.path.dirname(os.path.abspath(__file__)))}/qemu")
import run as runner  # noqa: E402  pylint: disable=wrong-import-position
import vm  # noqa: E402  pylint: disable=wrong-import-position

import outcome  # noqa: E402  pylint: disable=wrong-import-position
import report  # noqa: E402  pylint: disable=wrong-import-position

SUITE = "/opt/linux/tools/testing/selftests/drivers/net"
INSIDE = "/vmq/selftests/upstream/inside.py"
LIMIT = 360 * runner.SLOW  # seconds a file may take, as the suite itself says in its file "settings"
LONG = ("gro.py", "ping.py", "xdp.py", "hw/toeplitz.py", "hw/tso.py")  # first, that two hosts end together


def programs(directory):
    """What the kernel's own Makefile of that directory runs."""
    with open(f"{SUITE}/{directory}Makefile", encoding="utf-8") as file:
        text = file.read().replace("\\\n", " ")
    words = re.search(r"^TEST_PROGS\s*:?=(.*)$", text, re.MULTILINE)[1].split()
    return [f"{directory}{word}" for word in words if word.endswith(".py")]


def select(patterns):
    files = [*programs(""), *programs("hw/")]
    patterns = [word for pattern in patterns for word in pattern.replace(",", " ").split()]
    for pattern in patterns:
        if not fnmatch.filter(files, pattern):
            sys.exit(f"T={pattern} names no file; there are:\n  " + "\n  ".join(files))
    return [name for name in files if not patterns or any(fnmatch.fnmatchcase(name, word) for word in patterns)]


class Lane:
    """A virtual host at a time, and a new one when it is of no more use."""

    def __init__(self, run):
        self.run = run
        self.host = None

    def get(self):
        if not self.host:
            self.host = self.run.new_host({})
            self.host.receive(time.monotonic() + runner.BOOT_LIMIT)
        return self.host

    def drop(self):
        if self.host:
            self.host.stop()
        self.host = None

    def run_file(self, name, driver):
        """What the file printed, how it ended, and what went wrong with the host."""
        environment = {"VMQ_DRIVER": driver, "VMQ_UPSTREAM": name, "VMQ_SLOW": str(runner.SLOW)}
        text, end = "", None
        try:
            host = self.get()
            host.send({"name": name, "path": INSIDE, "timeout": LIMIT, "env": environment})
            deadline = time.monotonic() + LIMIT + runner.GRACE
            while not end:
                message = host.receive(deadline)
                if message["event"] == "end":
                    end = message
                else:
                    text += message["text"]
        except vm.Dead as error:
            self.drop()
            return text, None, str(error)
        if end["timed_out"] or end["kernel"] or end["dirty"]:
            self.drop()
        return text, end, None


def work(run, driver, files, results):
    lane = Lane(run)
    try:
        while True:
            try:
                name = files.get_nowait()
            except queue.Empty:
                return
            began = time.monotonic()
            text, end, dead = lane.run_file(name, driver)
            cases = outcome.read(text, end, dead)
            with open(f"{run.logs}/{name.replace('/', '-')}.log", "w", encoding="utf-8") as file:
                file.write(text)
            with run.lock:
                results[name] = cases
                print(f"{driver} {name:<26} {outcome.summary(cases):<36} {time.monotonic() - began:5.1f} s", flush=True)
    finally:
        lane.drop()


def run_files(driver, names, jobs):
    run = runner.Run(runner.make_logs(), len(names))
    print(f"{driver}: {len(names)} files of the kernel's tests, virtual hosts: {jobs}, "
          f"logs in {os.path.relpath(run.logs, vm.CHECKOUT)}", flush=True)
    files, results = queue.SimpleQueue(), {}
    for name in sorted(names, key=lambda name: name not in LONG):
        files.put(name)
    threads = [threading.Thread(target=work, args=(run, driver, files, results), daemon=True) for _ in range(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def run_driver(driver, names):
    results = run_files(driver, names, int(os.environ.get("JOBS") or 2))
    again = report.doubtful(driver, results)
    if again:
        print(f"{driver}: once more, alone, for some tests wait no longer than a fast machine needs", flush=True)
        results.update(run_files(driver, again, 1))
    return results


def main():
    began = time.monotonic()
    files = select(sys.argv[1:])
    drivers = {"": ["vmq"], "both": ["igb", "vmq"]}.get(os.environ.get("DRIVER", ""), [os.environ.get("DRIVER")])
    good = True
    for driver in drivers:
        good &= report.judge(driver, run_driver(driver, files), bool(os.environ.get("RECORD")))
    print(f"{time.monotonic() - began:.0f} s")
    sys.exit(0 if good else 1)


main()
