# SPDX-License-Identifier: GPL-2.0-only
"""Run the standard tools; a failing one raises with what it printed."""

import json
import subprocess

from .ktap import patience

SHELL = frozenset("|&;<>()$`\\\"'*?[]#~={}\n")


class CommandError(Exception):
    def __init__(self, command, status, output):
        super().__init__(f"{command}: exit status {status}\n{output}")
        self.status = status
        self.output = output


def cmd(command, netns=None, check=True, timeout=30, stdin=None):
    """Run a shell command, if asked inside a network namespace, and return what it wrote to stdout."""
    # one program less to start, where it is not needed: a slow host takes a second for each
    words = ["sh", "-c", command] if SHELL.intersection(command) else command.split()
    if netns:
        words = ["ip", "netns", "exec", netns, *words]
    done = subprocess.run(words, capture_output=True, text=True, timeout=patience(timeout), input=stdin, check=False)
    if check and done.returncode:
        raise CommandError(command, done.returncode, (done.stdout + done.stderr).strip())
    return done.stdout


def ping(address, netns=None, options="", count=5, patient=10):
    """Fail unless every one of @count requests is answered within @patient seconds.

    Once one answer has come, ping itself waits for the others no longer than two round trips or an interval.  A busy
    machine takes longer at times, so all requests go out at once, as far as the socket's buffer holds them, and the
    interval is what is waited for.
    """
    cmd(f"ping -c {count} -l {count} -i {patient} -W {patient} -S 400000 {options} {address}", netns=netns,
        timeout=4 * patient)


def _tool(name, arguments, netns, as_json, json_option="-j"):
    option = f" {json_option}" if as_json else ""
    output = cmd(f"{name}{option} {arguments}", netns=netns)
    return json.loads(output or "[]") if as_json else output


def ip(arguments, netns=None, json=False):  # pylint: disable=redefined-outer-name
    return _tool(f"ip{f' -n {netns}' if netns else ''}", arguments, None, json)


def bridge(arguments, netns=None, json=False):  # pylint: disable=redefined-outer-name
    return _tool(f"bridge{f' -n {netns}' if netns else ''}", arguments, None, json)


def tc(arguments, netns=None, json=False):  # pylint: disable=redefined-outer-name
    return _tool(f"tc{f' -n {netns}' if netns else ''}", arguments, None, json)


def ethtool(arguments, netns=None, json=False):  # pylint: disable=redefined-outer-name
    return _tool("ethtool", arguments, netns, json, "--json")


def devlink(arguments, netns=None, json=False):  # pylint: disable=redefined-outer-name
    return _tool("devlink", arguments, netns, json)


def vdpa(arguments, json=False):  # pylint: disable=redefined-outer-name
    return _tool("vdpa", arguments, None, json)


def settings(ifname):
    """What has been set by ethtool, as it shows it, for a comparison."""
    return [ethtool(f"{option} {ifname}") for option in ("-l", "-g", "-c", "-n", "-k", "-a")]
