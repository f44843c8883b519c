# SPDX-License-Identifier: GPL-2.0-only
"""Inside the virtual host: run the tests the runner asks for, one after another, and clean up after each."""

import json
import os
import runpy
import select
import signal
import sys
import time
import traceback

sys.path.insert(0, "/vmq/selftests")
from lib.finish import finish, forget_leaks, remember_modules  # noqa: E402
from lib.kernel_log import KernelLog  # noqa: E402
from lib.reset import reset  # noqa: E402
from lib.ports import virtio_port  # noqa: E402

CGROUP = "/sys/fs/cgroup/test"


class Channel:
    def __init__(self):
        self.port = open(virtio_port("vmq.control"), "r+b", buffering=0)
        self.pending = b""

    def send(self, **message):
        data = json.dumps(message).encode() + b"\n"
        while data:
            data = data[self.port.write(data):]

    def receive(self):
        while b"\n" not in self.pending:
            data = self.port.read(4096)
            if not data:
                return None
            self.pending += data
        line, self.pending = self.pending.split(b"\n", 1)
        return json.loads(line)


def kill_leftovers():
    """Everything a test started is in its control group, daemons included."""
    with open(f"{CGROUP}/cgroup.kill", "w", encoding="ascii") as kill:
        kill.write("1")
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        with open(f"{CGROUP}/cgroup.procs", encoding="ascii") as procs:
            if not procs.read():
                return
        time.sleep(0.01)


def start(request):
    """(process, its output).  A child of this program has the library loaded already, which saves a second."""
    output, stdout = os.pipe()
    process = os.fork()
    if process:
        os.close(stdout)
        return process, output
    try:
        with open(f"{CGROUP}/cgroup.procs", "w", encoding="ascii") as procs:
            procs.write("0")
        stdin = os.open("/dev/null", os.O_RDONLY)
        for number, file in enumerate((stdin, stdout, stdout)):
            os.dup2(file, number)
        os.closerange(3, 256)
        os.chdir(os.path.dirname(request["path"]))
        os.environ.update(request["env"])
        if not request["path"].endswith(".py"):
            os.execv(request["path"], [request["path"]])
        sys.argv = [request["path"]]
        runpy.run_path(request["path"], run_name="__main__")
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1 if end.code else 0
    except BaseException:  # pylint: disable=broad-except
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    os._exit(status)


def run(channel, request):
    began = time.monotonic()
    deadline = began + request["timeout"]
    process, output = start(request)
    timed_out = False
    while True:
        ready, _, _ = select.select([output], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            timed_out = True
            break
        data = os.read(output, 65536)
        if not data:
            break
        channel.send(event="output", text=data.decode(errors="replace"))
    if timed_out:
        os.kill(process, signal.SIGKILL)
    _, status = os.waitpid(process, 0)
    kill_leftovers()
    os.close(output)
    return {"status": os.waitstatus_to_exitcode(status), "timed_out": timed_out, "seconds": time.monotonic() - began}


def main():
    channel = Channel()
    log = KernelLog()
    os.makedirs(CGROUP, exist_ok=True)
    forget_leaks()
    channel.send(event="ready", uptime=time.clock_gettime(time.CLOCK_BOOTTIME), kernel=log.complaints())
    while (request := channel.receive()) is not None:
        if "finish" in request:
            channel.send(event="finished", **finish())
            continue
        log.mark(f"test {request['name']} begins")
        result = run(channel, request)
        remember_modules()
        dirty = reset()
        log.mark(f"test {request['name']} ends")
        channel.send(event="end", kernel=log.complaints(), dirty=dirty, **result)


main()
