# SPDX-License-Identifier: GPL-2.0-only
"""An interactive virtual host on this terminal."""

import subprocess
import sys

import vm


def main():
    if not sys.stdin.isatty():
        sys.exit("make shell needs a terminal")
    options = dict(word.partition("=")[::2] for word in sys.argv[1:])
    print("booting, some 10 seconds", flush=True)
    host = vm.VirtualHost(f"{vm.CHECKOUT}/build/logs/shell", vm.prepare(), options, shell=True)
    try:
        host.process.wait()
    finally:
        host.stop()
        subprocess.run(["stty", "sane"], check=False)


main()
