# SPDX-License-Identifier: GPL-2.0-only
"""Build an initramfs: busybox, one init script, and kernel modules with all they depend on."""

import lzma
import os
import pathlib
import re
import stat
import subprocess

# a layer (see in-tree.sh) that has a kernel has it to be booted: the debug kernel
ROOT = "/opt" if os.path.isdir("/opt/lib/modules") else ""


def module_closure(kernel, names):
    """Paths of the modules, dependencies first, relative to the kernel's module directory."""
    base = f"{ROOT}/lib/modules/{kernel}"
    needs = {}
    with open(f"{base}/modules.dep", encoding="utf-8") as table:
        for line in table:
            module, _, rest = line.partition(":")
            needs[module] = rest.split()
    with open(f"{base}/modules.builtin", encoding="utf-8") as table:
        builtin = {stem(line.strip()) for line in table}
    by_name = {stem(path): path for path in needs}
    order = []
    for name in names:
        if name in builtin:
            continue
        path = by_name[name]
        # modules.dep lists what a module needs in the reverse of load order
        for module in [*reversed(needs[path]), path]:
            if module not in order:
                order.append(module)
    return order


def stem(path):
    return os.path.basename(path).split(".ko")[0].replace("-", "_")


class Cpio:
    """A "newc" archive, the format the kernel unpacks."""

    def __init__(self, path):
        self.out = open(path, "wb")
        self.inode = 0

    def add(self, name, mode, data=b""):
        self.inode += 1
        head = name.encode() + b"\0"
        fields = (self.inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(head), 0)
        self.out.write(b"070701" + b"".join(b"%08X" % field for field in fields))
        self.out.write(head + b"\0" * (-(110 + len(head)) % 4))
        self.out.write(data + b"\0" * (-len(data) % 4))

    def close(self):
        self.add("TRAILER!!!", 0)
        self.out.close()


def program(path):
    """A dynamic program and what it needs, for build()."""
    listed = subprocess.run(["ldd", path], capture_output=True, text=True, check=True).stdout
    # the C library loads the last one when a thread is cancelled, and ends the program if it is not there
    paths = [path, *re.findall(r"(/\S+) \(0x", listed), "/lib/x86_64-linux-gnu/libgcc_s.so.1"]
    files = []
    for name in paths:
        with open(name, "rb") as file:
            files.append((name.lstrip("/"), file.read()))
    return files


def build(path, kernel, modules, init, files=()):
    """Write the initramfs; @files are (name in the archive, bytes) of further programs."""
    temporary = f"{path}.{os.getpid()}"
    cpio = Cpio(temporary)
    for directory in ("bin", "dev", "proc", "sys", "mod", "new"):
        cpio.add(directory, stat.S_IFDIR | 0o755)
    with open("/usr/bin/busybox", "rb") as busybox:
        cpio.add("bin/busybox", stat.S_IFREG | 0o755, busybox.read())
    cpio.add("bin/sh", stat.S_IFLNK | 0o777, b"busybox")
    for number, module in enumerate(module_closure(kernel, modules)):
        with open(f"{ROOT}/lib/modules/{kernel}/{module}", "rb") as packed:
            data = packed.read()
        data = lzma.decompress(data) if module.endswith(".xz") else data
        # numbered, so that the shell's sorted *.ko is the load order
        cpio.add(f"mod/{number:02}-{stem(module)}.ko", stat.S_IFREG | 0o644, data)
    parents = {str(parent) for name, _ in files for parent in pathlib.PurePath(name).parents} - {".", "bin"}
    for parent in sorted(parents):
        cpio.add(parent, stat.S_IFDIR | 0o755)
    for name, data in files:
        cpio.add(name, stat.S_IFREG | 0o755, data)
    cpio.add("init", stat.S_IFREG | 0o755, init.encode())
    cpio.close()
    os.rename(temporary, path)
