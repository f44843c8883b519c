# SPDX-License-Identifier: GPL-2.0-only
"""Where the instructions of paths go: profile.py ROW...

Prints the dearest functions, net of the quiet phase and of the sender, and draws a flame graph of their call stacks.
From the environment: SIZES, BATCHES (one of each; 60 and 64 if not given), TOP (how many functions).
"""

import base64
import bisect
import collections
import json
import os
import sys
import zlib

import flame
import host as measured
import rows as bench
import vm

PIECE = 16  # bytes
TOLERANCE = 0.01


class Symbols:
    def __init__(self, packed):
        text = zlib.decompress(base64.b64decode(packed)).decode()
        table = sorted((int(words[0], 16), " ".join(words[2:])) for words in map(str.split, text.splitlines())
                       if words[1] in "tTwW")
        self.addresses = [address for address, _ in table]
        self.names = [name for _, name in table]

    def name(self, address):
        if address < 1 << 63:
            return flame.USER
        place = bisect.bisect_right(self.addresses, address) - 1
        return self.names[place] if place >= 0 else hex(address)


class Profile:
    """Of a cell: {stack: [quiet, busy]}; a stack is the names of functions, the last one is where it was counted."""

    def __init__(self, symbols):
        self.symbols = symbols
        self.calls = {}  # {number of a call stack: (its caller's, address to return to)}
        self.known = {0: ()}
        self.stacks = collections.defaultdict(lambda: [0, 0])

    def callers(self, number):
        if number not in self.known:
            below, address = self.calls[number]
            self.known[number] = (*self.callers(below), self.symbols.name(address - 1))
        return self.known[number]

    def read_call(self, number, below, address):
        self.calls[int(number)] = int(below), int(address, 16)

    def read_count(self, address, quiet, busy, number):
        # a piece can begin before the function that it belongs to
        name = self.symbols.name(int(address, 16) + PIECE - 1)
        entry = self.stacks[(*self.callers(int(number)), name)]
        entry[0] += int(quiet)
        entry[1] += int(busy)


def read_profiles(start, symbols):
    """[Profile], one for each cell."""
    found = []
    with open(measured.MARKS, encoding="ascii") as file:
        file.seek(start)
        for line in file:
            if line.startswith("^"):
                found[-1].read_call(*line[1:].split())
            elif line.startswith("@"):
                found[-1].read_count(*line[1:].split())
            elif line.startswith(f"{bench.QUIET} "):
                found.append(Profile(symbols))
    return found


class ProfiledHost(measured.MeasuredHost):
    def profile_row(self, row, environment):
        """[(cell, {stack: instructions in the busy phase less those in the quiet one})]"""
        start = os.path.getsize(measured.MARKS)
        checked = bench.run_checked(self, row, {**environment, "VMQ_SYMBOLS": "1"})
        found = read_profiles(start, Symbols(self.symbols[-1]))
        return [(cell, {stack: busy - quiet for stack, (quiet, busy) in profile.stacks.items()})
                for (cell, _), profile in zip(checked, found)]


def without(costs, sender):
    return {stack: costs.get(stack, 0) - sender.get(stack, 0) for stack in {*costs, *sender}}


def profile(chosen, environment):
    """Yields (row, cell, {stack: instructions}), the sender's taken off what is received."""
    measured.build()
    host = ProfiledHost(f"{vm.CHECKOUT}/build/logs/bench", profile=True)
    try:
        host.boot()
        sender = [costs for _, costs in host.profile_row(bench.all_rows()[0], environment)]
        for row in chosen:
            for (cell, costs), sent in zip(host.profile_row(row, environment), sender):
                received = row.name != bench.SENDER and cell["way"] == "receive"
                yield row, cell, without(costs, sent) if received else costs
    finally:
        host.stop()


def by_function(stacks, frames):
    """{function: instructions a frame}"""
    costs = collections.Counter()
    for stack, cost in stacks.items():
        costs[stack[-1]] += cost
    return {name: cost / frames for name, cost in costs.items()}


def title(row, cell, costs):
    return f"{row.name}, {cell['size']} bytes, {cell['batch']} a batch: {sum(costs.values()):.1f} instructions a frame"


def print_table(heading, costs, top):
    total = sum(costs.values())
    print(heading)
    for name, cost in sorted(costs.items(), key=lambda item: -item[1])[:top]:
        print(f"{cost:10.1f} {100 * cost / total:6.1f} %  {name}")
    print(flush=True)


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def write_files(row, cell, costs, stacks):
    """What the phases do not have in common but by chance can come out below nothing, and cannot be drawn."""
    stem = f"{measured.BUILD}/profile-{row.name}-{cell['size']}-{cell['batch']}"
    drawn = {stack: cost for stack, cost in stacks.items() if cost > 0}
    table, graph = sum(costs.values()), sum(drawn.values()) / cell["frames"]
    if graph - table > TOLERANCE * table:
        print(f"the flame graph has {graph:.1f}: what is less with frames than without is not in it\n")
    write(f"{stem}.json", json.dumps(costs, indent=1))
    write(f"{stem}.svg", flame.draw(title(row, cell, costs), drawn, cell["frames"]))
    write(f"{stem}.folded", flame.fold(drawn))


def main():
    environment = {"VMQ_SIZES": os.environ.get("SIZES") or "60", "VMQ_BATCHES": os.environ.get("BATCHES") or "64"}
    rows = {row.name: row for row in bench.all_rows()}
    if not sys.argv[1:] or set(sys.argv[1:]) - set(rows):
        sys.exit("make profile P='<path> ...'; there are:\n  " + "\n  ".join(rows))
    try:
        for row, cell, stacks in profile([rows[name] for name in sys.argv[1:]], environment):
            costs = by_function(stacks, cell["frames"])
            print_table(title(row, cell, costs), costs, int(os.environ.get("TOP") or 40))
            write_files(row, cell, costs, stacks)
    except (measured.Failed, vm.Dead) as error:
        sys.exit(f"profile: {error}; build/logs/bench/qemu.log may say why")


if __name__ == "__main__":
    main()
