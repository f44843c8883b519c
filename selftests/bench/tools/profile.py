# SPDX-License-Identifier: GPL-2.0-only
"""Where the instructions of paths go: profile.py ROW...

Prints the dearest functions, net of the quiet phase and of the sender. From the environment: SIZES, BATCHES (one of
each; 60 and 64 if not given), TOP (how many functions).
"""

import base64
import bisect
import collections
import json
import os
import sys
import zlib

import host as measured
import rows as bench
import vm

USER = "(user space)"
GRAPH_WIDTH = 1200


class Symbols:
    def __init__(self, packed):
        text = zlib.decompress(base64.b64decode(packed)).decode()
        table = sorted((int(words[0], 16), " ".join(words[2:])) for words in map(str.split, text.splitlines())
                       if words[1] in "tTwW")
        self.addresses = [address for address, _ in table]
        self.names = [name for _, name in table]

    def name(self, address):
        if address < 1 << 63:
            return USER
        # a piece of 16 bytes can begin before the function that it belongs to
        place = bisect.bisect_right(self.addresses, address + 15) - 1
        return self.names[place] if place >= 0 else hex(address)


def read_profile(start, symbols):
    """[{function: (quiet, busy)}], one for each cell."""
    found = []
    with open(measured.MARKS, encoding="ascii") as file:
        file.seek(start)
        for line in file:
            if not line.startswith("@"):
                if line.startswith(f"{bench.QUIET} "):
                    found.append(collections.defaultdict(lambda: [0, 0]))
                continue
            address, quiet, busy = line[1:].split()
            entry = found[-1][symbols.name(int(address, 16))]
            entry[0] += int(quiet)
            entry[1] += int(busy)
    return found


class ProfiledHost(measured.MeasuredHost):
    def profile_row(self, row, environment):
        """[(cell, {function: instructions in the busy phase less those in the quiet one})]"""
        cells, start = self.run(row, {**environment, "VMQ_SYMBOLS": "1"})
        found = read_profile(start, Symbols(self.symbols[-1]))
        return [(cell, {name: busy - quiet for name, (quiet, busy) in costs.items()})
                for cell, costs in zip(cells, found)]


def by_frame(measurement, sender):
    """{function: instructions a frame}, the sender's taken off what is received"""
    cell, costs = measurement
    if cell["way"] != "receive":
        sender = {}
    return {name: (costs.get(name, 0) - sender.get(name, 0)) / cell["frames"] for name in {*costs, *sender}}


def profile(chosen, environment):
    """Yields (row, cell, {function: instructions a frame})."""
    measured.build()
    host = ProfiledHost(f"{vm.CHECKOUT}/build/logs/bench", profile=True)
    try:
        host.boot()
        sender = [costs for _, costs in host.profile_row(bench.all_rows()[0], environment)]
        for row in chosen:
            for measurement, sent in zip(host.profile_row(row, environment), sender):
                yield row, measurement[0], by_frame(measurement, {} if row.name == bench.SENDER else sent)
    finally:
        host.stop()


def title(row, cell, costs):
    return f"{row.name}, {cell['size']} bytes, {cell['batch']} a batch: {sum(costs.values()):.1f} instructions a frame"


def print_table(heading, costs, top):
    total = sum(costs.values())
    print(heading)
    for name, cost in sorted(costs.items(), key=lambda item: -item[1])[:top]:
        print(f"{cost:10.1f} {100 * cost / total:6.1f} %  {name}")
    print(flush=True)


def module_of(name):
    if name == USER:
        return "user space"
    return name.rpartition("[")[2].rstrip("]") if name.endswith("]") else "kernel"


def bar(x, y, width, name, cost):
    """A function, or the module below it; the name as far as there is room"""
    letters = int(width / 6.2)
    colour = "#f4b183" if module_of(name) == "vmq" or name == "vmq" else "#dfe6ea"
    return (f'<g><title>{name}: {cost:.1f}</title><rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="19" '
            f'fill="{colour}" stroke="white"/><text x="{x + 3:.1f}" y="{y + 14}">{name[:letters] if letters > 3 else ""}'
            '</text></g>')


def flame_graph(heading, costs):
    """Two levels: modules below, their functions above. The counter knows no stacks."""
    costs = {name: cost for name, cost in costs.items() if cost > 0}
    total, x = sum(costs.values()), 0.0
    modules = collections.defaultdict(dict)
    for name, cost in costs.items():
        modules[module_of(name)][name] = cost
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{GRAPH_WIDTH}" height="72" font-family="sans-serif" '
             f'font-size="11"><text x="4" y="16">{heading}</text>']
    for module, functions in sorted(modules.items(), key=lambda item: -sum(item[1].values())):
        begin = x
        for name, cost in sorted(functions.items(), key=lambda item: -item[1]):
            width = cost / total * GRAPH_WIDTH
            parts.append(bar(x, 28, width, name, cost))
            x += width
        parts.append(bar(begin, 48, x - begin, module, sum(functions.values())))
    return "\n".join([*parts, "</svg>", ""])


def main():
    environment = {"VMQ_SIZES": os.environ.get("SIZES") or "60", "VMQ_BATCHES": os.environ.get("BATCHES") or "64"}
    rows = {row.name: row for row in bench.all_rows()}
    if not sys.argv[1:] or set(sys.argv[1:]) - set(rows):
        sys.exit("make profile P='<path> ...'; there are:\n  " + "\n  ".join(rows))
    for row, cell, costs in profile([rows[name] for name in sys.argv[1:]], environment):
        print_table(title(row, cell, costs), costs, int(os.environ.get("TOP") or 40))
        stem = f"{measured.BUILD}/profile-{row.name}-{cell['size']}-{cell['batch']}"
        with open(f"{stem}.json", "w", encoding="utf-8") as file:
            json.dump(costs, file, indent=1)
        with open(f"{stem}.svg", "w", encoding="utf-8") as file:
            file.write(flame_graph(title(row, cell, costs), costs))


if __name__ == "__main__":
    main()
