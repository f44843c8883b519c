# SPDX-License-Identifier: GPL-2.0-only
"""The rows of the bench, and what the counter says of their cells."""

import glob
import os
import re

from host import MARKS, ROWS, Failed

SENDER = "sender"
QUIET, BETWEEN, BUSY, AFTER = range(4)


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
        self.title = re.search(r'^"""(.*?)\.?"""$', text, re.MULTILINE)[1]


def all_rows():
    """The sender first: the others need what it costs. Then each peer right before what is compared with it."""
    rows = {row.name: row for row in map(Row, sorted(glob.glob(f"{ROWS}/*.py")))}
    return sorted(rows.values(), key=lambda row: (row.name != SENDER, row.peer or row.name, bool(row.peer)))


def choose(names):
    rows = all_rows()
    unknown = set(names) - {row.name for row in rows}
    if unknown:
        raise SystemExit(f"no such row: {' '.join(sorted(unknown))}; there are:\n  "
                         + "\n  ".join(row.name for row in rows))
    peers = {row.peer for row in rows if row.name in names}
    return [row for row in rows if not names or row.name in names or row.name in peers or row.name == SENDER]


def read_marks(start):
    """[[(counted, idle) of each phase]], a list for each cell, from a position in the counter's file on."""
    cells = []
    with open(MARKS, encoding="ascii") as file:
        file.seek(start)
        for line in file:
            if line.startswith("@"):
                continue
            phase, counted, idle = map(int, line.split())
            if phase == QUIET:
                cells.append([])
            cells[-1].append((counted, idle))
    return cells


def instructions(marks):
    """What the busy phase has cost more than the quiet one."""
    return marks[AFTER][0] - marks[BUSY][0] - (marks[BETWEEN][0] - marks[QUIET][0])


def virtual_time_agrees(marks):
    """The second method: all instructions, the idle loop's included, against the clock the guest slept by."""
    spent = sum(marks[AFTER]) - sum(marks[BUSY])
    return abs(spent - 800_000_000) < 20_000


def measure(host, row, environment, sender):
    """The cells of a row; @sender is what the sender's own row has found."""
    cells, start = host.run(row, environment)
    marks = read_marks(start)
    if len(marks) != len(cells):
        raise Failed(f"{row.name}: {len(cells)} cells, {len(marks)} marks")
    for cell, phases in zip(cells, marks):
        frames = cell["frames"]
        if cell["late"] or not virtual_time_agrees(phases):
            raise Failed(f"{row.name}: the processor was busy for longer than a phase: {cell}")
        if row.name != SENDER and cell["way"] == "receive" and cell["received"] != frames:
            raise Failed(f"{row.name}: frames were lost: {cell}")
        cost = instructions(phases)
        if row.name != SENDER and cell["way"] == "receive":
            cost -= sender[cell["size"], cell["batch"]]
        cell.update(row=row.name, cost=cost, instructions=round(cost / frames, 2))
    return cells
