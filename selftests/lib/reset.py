# SPDX-License-Identifier: GPL-2.0-only
"""Put the virtual host back to how it booted, between two tests."""

import json
import os
import subprocess

from .bed import FAR_PCI, NEAR_PCI

MODULES = ("vmq_fault", "vmq_client", "vmq_vdpa", "vmq_bridge", "vmq", "igb")
INSTANCES = "/sys/kernel/tracing/instances"
LIMIT = 120  # seconds for one step, which a debug kernel may need


def _run(*words):
    """None, or what went wrong."""
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=LIMIT, check=False)
    except subprocess.TimeoutExpired:
        return f"{' '.join(words)}: still running after {LIMIT} s"
    return f"{' '.join(words)}: {done.stderr.strip()}" if done.returncode else None


def _virtual_links():
    links = json.loads(subprocess.run(["ip", "-j", "link"], capture_output=True, check=True).stdout)
    return [link["ifname"] for link in links
            if link["ifname"] != "lo" and not os.path.exists(f"/sys/class/net/{link['ifname']}/device")]


def _loaded():
    with open("/proc/modules", encoding="ascii") as table:
        names = {line.split()[0] for line in table}
    return [name for name in MODULES if name in names]


def _remove_trace_instances():
    """One that is left makes each later test that wants it fail."""
    problems = []
    names = os.listdir(INSTANCES) if os.path.isdir(INSTANCES) else []
    for name in (name for name in names if name.startswith("vmq")):
        try:
            with open(f"{INSTANCES}/{name}/events/enable", "w", encoding="ascii") as enable:
                enable.write("0")
            os.rmdir(f"{INSTANCES}/{name}")
        except OSError as error:
            problems.append(f"{INSTANCES}/{name}: {error}")
    return problems


def reset():
    """Return what could not be put back; then this virtual host is of no more use."""
    problems = _remove_trace_instances()
    namespaces = os.listdir("/run/netns") if os.path.isdir("/run/netns") else []
    for name in namespaces:
        problems.append(_run("ip", "netns", "del", name))
    for name in _virtual_links():
        # deleting one end of a pair takes the other along
        if os.path.exists(f"/sys/class/net/{name}"):
            problems.append(_run("ip", "link", "del", name))
    for module in _loaded():
        problems.append(_run("rmmod", module))
    if os.path.exists("/sys/module/nf_tables"):
        problems.append(_run("nft", "flush", "ruleset"))
    for address in (NEAR_PCI, FAR_PCI):
        device = f"/sys/bus/pci/devices/{address}"
        if not os.path.exists(device):
            problems.append(f"{address} is gone")
            continue
        with open(f"{device}/driver_override", "w", encoding="ascii") as override:
            override.write("\n")
    return [problem for problem in problems if problem]
