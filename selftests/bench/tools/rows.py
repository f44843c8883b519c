# SPDX-License-Identifier: GPL-2.0-only
"""The rows of the bench, and what the counter says of their cells."""

import glob
import os
import re
import statistics

from host import MARKS, ROWS, Failed

SENDER = "sender"
QUIET, BETWEEN, BUSY, AFTER = range(4)
PHASE = 800_000_000  # ns
BATCHES_A_WINDOW = 8
DISTURBANCE = 6_000  # instructions
OTHER_FRAMES = 10  # a port may send these beside: the stack looks for routers and joins groups


class Row:
    """A file; its line "# bench:" names the driver, the peer it is compared with and the ratio it shall have."""

    def __init__(self, path):
        self.path = path
        self.name = os.path.basename(path).removesuffix(".py")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        words = re.search(r"^# bench: (.*)$", text, re.MULTILINE)[1].split()
        header = dict(word.split("=") for word in words)
        self.driver = header["driver"]
        self.peer = header.get("peer")
        self.target = float(header["target"]) if "target" in header else None
        # how often it is set up and measured; the cheapest counts
        self.setups = int(header.get("setups", 1))
        self.title = re.search(r'^"""(.*?)\.?"""$', text, re.MULTILINE)[1]


def all_rows():
    """The sender first: the others need what it costs. Then each peer right before what is compared with it."""
    rows = {row.name: row for row in map(Row, sorted(glob.glob(f"{ROWS}/*.py")))}
    return sorted(rows.values(), key=lambda row: (row.name != SENDER, row.peer or row.name, bool(row.peer)))


def choose(names):
    """All rows, or these with their peers; "own" is vmq's without a peer.  The sender is always needed."""
    rows = all_rows()
    if names == ["own"]:
        return [row for row in rows if row.driver == "vmq" or row.name == SENDER]
    unknown = set(names) - {row.name for row in rows}
    if unknown:
        raise SystemExit(f"no such row: {' '.join(sorted(unknown))}; there are:\n  "
                         + "\n  ".join(row.name for row in rows))
    peers = {row.peer for row in rows if row.name in names}
    return [row for row in rows if not names or row.name in names or row.name in peers or row.name == SENDER]


class Cell:
    """What the counter has seen: at each mark (counted, idle), and counted at the end of each window in between."""

    def __init__(self):
        self.marks = []
        self.looks = []

    def windows(self, phase):
        """Instructions from each look to the next."""
        looks = self.looks[phase]
        return [after - before for before, after in zip(looks, looks[1:])]

    def cost(self, batches):
        """What a window with batches costs more than a quiet one."""
        quiet = usual(self.windows(QUIET), "quiet")
        busy = self.windows(BUSY)
        # pktgen begins when it likes, so the first and the last window have fewer batches than the others
        full = sorted(busy)[-(batches // BATCHES_A_WINDOW) // 2]
        limit = full - (full - quiet) / BATCHES_A_WINDOW / 2
        return usual([window for window in busy if window > limit], "busy") - quiet

    def virtual_time_agrees(self):
        """The second method: all instructions, the idle loop's included, against the clock the guest slept by."""
        return abs(sum(self.marks[AFTER]) - sum(self.marks[BUSY]) - PHASE) < 20_000


def read_marks(start):
    """[Cell], from a position in the counter's file on."""
    cells = []
    with open(MARKS, encoding="ascii") as file:
        file.seek(start)
        for line in file:
            if line.startswith("+"):
                cells[-1].looks[-1].append(int(line[2:]))
            elif not line.startswith(("@", "^")):
                phase, counted, idle = map(int, line.split())
                if phase == QUIET:
                    cells.append(Cell())
                cells[-1].marks.append((counted, idle))
                cells[-1].looks.append([])
    return cells


def usual(windows, phase):
    """The mean of those in which nothing else has happened: no driver's watchdog, no kernel thread."""
    limit = sorted(windows)[len(windows) // 4] + DISTURBANCE
    kept = [cost for cost in windows if cost < limit]
    if len(kept) < len(windows) / 3:
        raise Failed(f"of {len(windows)} {phase} windows only {len(kept)} are alike: {windows}")
    return statistics.mean(kept)


def is_received(row, cell):
    """Whether somebody gets the frames"""
    return row.name != SENDER and cell["way"] == "receive"


def check(row, cell, counter):
    """Fails when a cell's frames were not sent and received, each once, or not in the time for them."""
    if cell["late"] or not counter.virtual_time_agrees():
        raise Failed(f"{row.name}: the processor was busy for longer than a phase: {cell}")
    if not 0 <= cell["sent"] - cell["frames"] - cell["warm_up"] <= OTHER_FRAMES:
        raise Failed(f"{row.name}: the port that sends has not sent every frame once: {cell}")
    if is_received(row, cell) and cell["received"] != cell["frames"]:
        raise Failed(f"{row.name}: not every frame arrived once: {cell}")


def run_checked(host, row, environment):
    """[(cell, its Cell)] of one set-up of a row"""
    found, start = host.run(row, environment)
    counted = read_marks(start)
    if not found or len(counted) != len(found):
        raise Failed(f"{row.name}: {len(found)} cells, {len(counted)} marks")
    for cell, counter in zip(found, counted):
        check(row, cell, counter)
    return list(zip(found, counted))


def measure_once(host, row, environment, sender):
    """The cells of one set-up of a row, with their instructions a frame"""
    cells = []
    for cell, counter in run_checked(host, row, environment):
        cost = counter.cost(cell["frames"] // cell["batch"]) / BATCHES_A_WINDOW / cell["batch"]
        if is_received(row, cell):
            cost -= sender[cell["size"], cell["batch"]]
        cells.append({**cell, "row": row.name, "instructions": round(cost, 2)})
    return cells


def measure(host, row, environment, sender):
    """The cells of a row; @sender is what the sender's own row has found."""
    setups = [measure_once(host, row, environment, sender) for _ in range(row.setups)]
    return [min(same, key=lambda cell: cell["instructions"]) for same in zip(*setups)]
