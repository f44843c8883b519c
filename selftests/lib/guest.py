# SPDX-License-Identifier: GPL-2.0-only
"""Virtual machines on the virtual host: KVM on an emulated AMD SVM, the host's own kernel, one virtio network card."""

import os
import re
import select
import socket
import subprocess
import tempfile
import time

from .bed import CHECKOUT
from .commands import cmd
from .ktap import Fail, Skip, comment, defer

BOOT_LIMIT = 90
KERNEL = f"{CHECKOUT}/build/qemu/vmlinux-{os.uname().release}"
INITRAMFS = f"{CHECKOUT}/build/qemu/guest-{os.uname().release}.cpio"
WITH_IPERF3 = f"{CHECKOUT}/build/qemu/guest-iperf3-{os.uname().release}.cpio"
COMMAND_LINE = ("console=ttyS0 quiet loglevel=3 panic=-1 mitigations=off random.trust_cpu=1 apparmor=0 audit=0 "
                "cryptomgr.notests tsc=reliable no_timer_check")


def load_kvm():
    if not os.path.exists("/dev/kvm"):
        cmd("modprobe kvm_amd 2>/dev/null || modprobe kvm_intel", check=False)
    if not os.path.exists("/dev/kvm"):
        raise Skip("this host has no KVM")


class Guest:
    """A machine with one card, until the end of the case; wait_ready() before use.

    @nic is "macvtap:NAME", "tap:NAME" or "vdpa:/dev/vhost-vdpa-N".  @addresses are for the guest's eth0.  @cpus is a
    list for all of the machine's threads.  Inside, a responder counts numbered test frames and sends each back; with
    @iperf3 there is a server of that, too, and run() can be a client.
    """

    def __init__(self, nic, mac, addresses=(), cpus=None, vhost=False, memory=160, iperf3=False):
        load_kvm()
        if vhost:
            cmd("modprobe vhost_net")
        options = COMMAND_LINE + (f" guest_ip={','.join(addresses)}" if addresses else "")
        pinned = ["taskset", "-c", ",".join(map(str, cpus))] if cpus else []
        self.command = [
            # of all machines the old PC is up first: half the time of a microvm, which has no timer to calibrate by
            *pinned, "qemu-system-x86_64", "-M", "pc", "-accel", "kvm", "-cpu", "host", "-m", f"{memory}M", "-smp", "1",
            "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-kernel", KERNEL,
            "-initrd", WITH_IPERF3 if iperf3 else INITRAMFS, "-append", options, "-serial", "chardev:console",
            "-device", f"virtio-net-pci,romfile=,netdev=wire,mac={mac}",
        ]
        self.nic, self.vhost = nic, vhost
        self.start()
        defer(self.stop)

    def start(self):
        self.files, self.pending = [], b""
        self.started = time.monotonic()
        self.errors = tempfile.TemporaryFile()
        self.console, console = socket.socketpair()
        netdev = self.netdev(self.nic, self.vhost)
        keep = (console.fileno(), *(file.fileno() for file in self.files))
        self.process = subprocess.Popen(
            [*self.command, "-netdev", netdev, "-chardev", f"socket,id=console,fd={console.fileno()}"],
            stdin=subprocess.DEVNULL, stderr=self.errors, pass_fds=keep)
        for file in (console, *self.files):
            file.close()

    def said(self):
        """What the machine's QEMU has complained of."""
        self.errors.seek(0)
        return self.errors.read().decode(errors="replace")

    def netdev(self, nic, vhost):
        kind, _, name = nic.partition(":")
        onoff = "on" if vhost else "off"
        if kind == "macvtap":
            with open(f"/sys/class/net/{name}/ifindex", encoding="ascii") as index:
                self.files.append(open(f"/dev/tap{index.read().strip()}", "r+b", buffering=0))
            return f"tap,id=wire,fd={self.files[-1].fileno()},vhost={onoff}"
        if kind == "tap":
            return f"tap,id=wire,ifname={name},script=no,downscript=no,vhost={onoff}"
        if kind == "vdpa":
            return f"vhost-vdpa,id=wire,vhostdev={name}"
        raise ValueError(nic)

    def line(self, timeout):
        """The next line the guest writes on its console, or None."""
        deadline = time.monotonic() + timeout
        while b"\n" not in self.pending:
            if not select.select([self.console], [], [], max(0, deadline - time.monotonic()))[0]:
                return None
            data = self.console.recv(4096)
            if not data:
                raise Fail(f"the guest ended; its last words: {self.pending!r}")
            self.pending += data
        line, self.pending = self.pending.split(b"\n", 1)
        return line.decode(errors="replace").strip()

    def wait_for(self, pattern, timeout):
        """Read the console until a line matches."""
        deadline = time.monotonic() + timeout
        seen = []
        while (line := self.line(max(0, deadline - time.monotonic()))) is not None:
            if match := re.search(pattern, line):
                return match
            seen.append(line)
        raise Fail(f"the guest did not say {pattern!r} within {timeout} s, but {seen[-5:]} {self.pending[-200:]!r}")

    def wait_ready(self, timeout=BOOT_LIMIT):
        try:
            self.wait_for("vmq-guest-ready", timeout)
        except Fail:
            # the emulated processor's virtualization fails now and then, before the guest has seen a frame
            if "KVM internal error" not in self.said():
                raise Fail(f"the guest does not start; QEMU said: {self.said()[-500:]}") from None
            comment("KVM internal error in the emulated processor; the guest is started again")
            self.stop()
            self.start()
            self.wait_for("vmq-guest-ready", timeout)
        self.seconds = time.monotonic() - self.started
        comment(f"guest ready after {self.seconds:.1f} s")
        return self

    def ask(self, command, pattern, timeout=5):
        self.console.sendall(command.encode() + b"\n")
        return self.wait_for(pattern, timeout)

    def counts(self):
        """{"frames", "misordered", "duplicates", "last"} of the numbered frames that reached the guest."""
        line = self.ask("count", "frames=.*")[0]
        return {name: int(value) for name, value in (word.split("=") for word in line.split())}

    def clear(self):
        self.ask("clear", "cleared")

    def echo(self, enable):
        self.ask(f"echo {'on' if enable else 'off'}", "echo o")

    def run(self, command, timeout=60):
        """Run a command inside; Fail if it fails."""
        self.console.sendall(f"run {command}\n".encode())
        status = int(self.wait_for(r"run ended (\d+)", timeout)[1])
        if status:
            raise Fail(f"{command} in the guest: status {status}")

    def pause(self, stop=True):
        """Freeze the machine, or let it go on."""
        self.process.send_signal(19 if stop else 18)

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.console.close()
        self.errors.close()
