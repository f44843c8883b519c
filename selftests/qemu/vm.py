# SPDX-License-Identifier: GPL-2.0-only
"""The virtual host: one QEMU with two 82576 ports wired back to back."""

import json
import os
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time

import initramfs

HERE = os.path.dirname(os.path.abspath(__file__))
CHECKOUT = os.path.dirname(os.path.dirname(HERE))
BUILD = f"{CHECKOUT}/build/qemu"
HOST_MODULES = ("9pnet_virtio", "9p", "overlay")
GUEST_MODULES = ("virtio_net",)
NEAR_MAC = "00:00:5e:00:53:01"
FAR_MAC = "00:00:5e:00:53:02"
DEBUG = bool(initramfs.ROOT)
# AMD's virtualization with nested paging, less what QEMU does not emulate and would warn about
EMULATED_CPU = "EPYC,+svm,+npt,-fxsr-opt,-misalignsse,-osvw,-topoext,-nrip-save,-xsavec"
COMMAND_LINE = (
    "console=ttyS0 loglevel=7 panic=-1 oops=panic random.trust_cpu=1 mitigations=off apparmor=0 audit=0 "
    # an emulated CPU may wait for a real one longer than a watchdog likes
    "watchdog_thresh=60 rcupdate.rcu_cpu_stall_timeout=120 workqueue.watchdog_thresh=120 "
    # a test may have trace events said on the console; until then they are not
    "tp_printk tp_printk_stop_on_boot"
    + (" panic_on_warn=1 page_poison=1 slab_debug=FZP" if DEBUG else "")
)


class Dead(Exception):
    """The virtual host ended, or gave no answer in time."""


def kernel_version():
    """The newest kernel in the tree, or the debug kernel."""
    names = os.listdir(f"{initramfs.ROOT}/lib/modules")
    return max(names, key=lambda name: [int(number) for number in re.findall(r"\d+", name)])


def unpack_kernel():
    """The kernel as an ELF file: started that way, a host is up 2 seconds sooner than if it had to unpack itself."""
    if DEBUG:
        return f"{initramfs.ROOT}/boot/vmlinux-{kernel_version()}"
    path = f"{BUILD}/vmlinux-{kernel_version()}"
    if os.path.exists(path):
        return path
    with open(f"/boot/vmlinuz-{kernel_version()}", "rb") as file:
        image = file.read()
    # see Documentation/arch/x86/boot.rst: setup_sects, payload_offset, payload_length (the last word is the size)
    setup_sectors = image[0x1F1]
    offset, length = struct.unpack_from("<II", image, 0x248)
    start = (setup_sectors + 1) * 512 + offset
    with open(f"{path}.{os.getpid()}", "wb") as out:
        subprocess.run(["zstd", "-dc"], input=image[start:start + length - 4], stdout=out, check=True)
    os.rename(out.name, path)
    return path


def build_responder():
    """The guest's program; static, for there is no C library in a guest."""
    path = f"{BUILD}/responder"
    source = f"{HERE}/responder.c"
    if not os.path.exists(path) or os.path.getmtime(path) < os.path.getmtime(source):
        subprocess.run(["gcc", "-static", "-O2", "-Wall", "-Werror", "-o", f"{path}.{os.getpid()}", source], check=True)
        os.rename(f"{path}.{os.getpid()}", path)
    with open(path, "rb") as file:
        return file.read()


def prepare():
    """Everything a virtual host and the guests inside boot from; the initramfs of the host."""
    os.makedirs(BUILD, exist_ok=True)
    unpack_kernel()
    kernel = kernel_version()
    host, guest = f"{BUILD}/host-{kernel}.cpio", f"{BUILD}/guest-{kernel}.cpio"
    responder = ("bin/responder", build_responder())
    for path, script, modules, files in (
            (host, "host-initramfs.sh", HOST_MODULES, ()),
            (guest, "guest-initramfs.sh", GUEST_MODULES, (responder,)),
            (f"{BUILD}/guest-iperf3-{kernel}.cpio", "guest-initramfs.sh", GUEST_MODULES,
             (responder, *initramfs.program("/usr/bin/iperf3")))):
        with open(f"{HERE}/{script}", encoding="utf-8") as file:
            initramfs.build(path, kernel, modules, file.read(), files)
    return host


class VirtualHost:
    """Options are the `# bed:` words of a test: cpus, mem, cpu, native-hotplug, suspend."""

    def __init__(self, logs, initrd, options, shell=False):
        self.logs = logs
        self.options = options
        self.shell = shell
        self.started = time.monotonic()
        self.buffer = b""
        os.makedirs(logs, exist_ok=True)
        self.scratch = tempfile.TemporaryDirectory(prefix="vmq-")
        self.control, control = socket.socketpair()
        self.wire = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        for end in self.wire:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        keep = (control.fileno(), *(end.fileno() for end in self.wire))
        command = [*self.command_base(initrd), *self.command_channels(control.fileno()), *self.command_ports()]
        with open(f"{logs}/qemu.log", "wb") as log:
            log.write((" ".join(command) + "\n").encode())
            log.flush()
            # QEMU must not outlive this program, however that ends
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *command],
                stdin=None if shell else subprocess.DEVNULL, stdout=None if shell else log, stderr=log, pass_fds=keep)
        control.close()
        for end in self.wire:
            end.close()

    def command_base(self, initrd):
        accel = os.environ.get("ACCEL", "tcg")
        cpu = self.options.get("cpu", "host" if accel == "kvm" else EMULATED_CPU)
        line = COMMAND_LINE + self.environment()
        command = [
            "qemu-system-x86_64", "-machine", "q35", "-accel", "kvm" if accel == "kvm" else "tcg,thread=multi",
            "-cpu", cpu, "-smp", self.options.get("cpus", "4"), "-m", self.options.get("mem", "2G"),
            "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none",
            "-kernel", unpack_kernel(), "-initrd", initrd, "-append", line,
            "-fsdev", "local,id=tree,path=/,security_model=none,readonly=on,multidevs=remap",
            *self.virtio("virtio-9p-pci,fsdev=tree,mount_tag=tree", 8),
            "-fsdev", f"local,id=checkout,path={CHECKOUT},security_model=none,readonly=on,multidevs=remap",
            *self.virtio("virtio-9p-pci,fsdev=checkout,mount_tag=checkout", 9),
        ]
        if "native-hotplug" in self.options:
            command += ["-global", "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off"]
        return command

    def virtio(self, device, slot):
        """Linux has no way to put the root file system's device to sleep but to leave it alone, in a slot of its own."""
        if "suspend" not in self.options:
            return ["-device", device]
        return ["-device", f"pcie-root-port,id=slot{slot},chassis={slot},slot={slot},addr={slot + 3}.0",
                "-device", f"{device},bus=slot{slot},x-pcie-pm-no-soft-reset=on"]

    def environment(self):
        """Words of the kernel's command line that it hands to the first program as its environment."""
        if not self.shell:
            return ""
        size = shutil.get_terminal_size()
        words = {"VMQ_SHELL": "1", "VMQ_DRIVER": os.environ.get("DRIVER") or "vmq",
                 "TERM": os.environ.get("TERM", "dumb"), "LINES": size.lines, "COLUMNS": size.columns}
        return "".join(f" {name}={value}" for name, value in words.items())

    def command_channels(self, control):
        """Console, the runner's control channel, and QEMU's own monitor for the tests inside."""
        qmp = f"{self.scratch.name}/qmp"
        return [
            "-serial", f"file:{self.logs}/console.log",
            *self.virtio("virtio-serial-pci,id=channels", 10),
            "-chardev", f"socket,id=control,fd={control}", "-device", "virtserialport,chardev=control,name=vmq.control",
            "-chardev", f"socket,id=qmp,path={qmp},server=on,wait=off", "-mon", "chardev=qmp,mode=control",
            "-chardev", f"socket,id=qmp-client,path={qmp}", "-device", "virtserialport,chardev=qmp-client,name=vmq.qmp",
            *(("-chardev", "stdio,id=tty,signal=off", "-device", "virtconsole,chardev=tty") if self.shell else ()),
        ]

    def command_ports(self):
        """The wire is a pair of datagram sockets: a frame waits in it for a receiver, a hub would lose it."""
        command = []
        for slot, (name, mac, end) in enumerate(zip(("near", "far"), (NEAR_MAC, FAR_MAC), self.wire), 1):
            command += [
                "-netdev", f"dgram,id={name}-wire,local.type=fd,local.str={end.fileno()}",
                "-device", f"pcie-root-port,id={name}-slot,chassis={slot},slot={slot},addr={slot + 3}.0",
                "-device", f"igb,id={name},bus={name}-slot,netdev={name}-wire,mac={mac}",
            ]
        return command

    def send(self, message):
        try:
            self.control.sendall(json.dumps(message).encode() + b"\n")
        except OSError as error:
            raise Dead("the virtual host is gone") from error

    def receive(self, deadline):
        """The next message from the agent inside."""
        while b"\n" not in self.buffer:
            ready, _, _ = select.select([self.control], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise Dead("the virtual host gave no answer in time")
            data = self.control.recv(65536)
            if not data:
                raise Dead("the virtual host ended")
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        try:
            return json.loads(line)
        except ValueError as error:
            raise Dead(f"the virtual host speaks nonsense: {line[:200]!r}") from error

    def ended(self):
        """Whether it has been switched off, and not just stopped to answer."""
        try:
            return self.process.wait(10) == 0
        except subprocess.TimeoutExpired:
            return False

    def stop(self):
        self.control.close()
        try:
            # the agent powers off when its channel closes
            self.process.wait(0 if self.process.poll() is not None else 5)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        self.scratch.cleanup()
