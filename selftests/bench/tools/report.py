# SPDX-License-Identifier: GPL-2.0-only
"""The result for people: a table, a chart, and the committed copies of both.

usage: report.py table RESULT | chart RESULT | accept RESULT
"""

import itertools
import json
import sys

import rows as bench
import vm

DOCUMENT = f"{vm.CHECKOUT}/Documentation/performance.rst"
CHART = f"{vm.CHECKOUT}/Documentation/performance.svg"
BASELINE = f"{bench.ROWS}/baseline.json"
BEGIN, END = ".. the result begins; make bench-accept writes it", ".. the result ends"
TARGETS_BEGIN, TARGETS_END = ".. the targets begin; make bench-accept writes them", ".. the targets end"
SIZES, BATCHES = (60, 256, 1500), (1, 8, 64)
WIDTH, BAR, LABEL = 860, 15, 230
COLOURS = {"vmq": ("#f4b183", "#c55a11"), "igb": ("#b4c7d1", "#5b7f95")}
TITLE = "Instructions a frame, 64 frames in a batch: 60 bytes (dark), 1500 bytes (light)"


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        sys.exit(f"there is no result in {path}")


def load(path):
    """{(row, size, batch): instructions}"""
    return {(cell["row"], cell["size"], cell["batch"]): cell["instructions"] for cell in read(path)["cells"]}


def kernel_of(path):
    return read(path)["kernel"]


def sizes_of(result):
    return sorted({size for _, size, _ in result})


def columns_of(result):
    """(size, batch) of all that was measured"""
    return sorted({(size, batch) for _, size, batch in result})


def ratio(result, row, size, batch):
    peer = result.get((row.peer, size, batch))
    return result[row.name, size, batch] / peer if peer else None


def table(result):
    """Instructions a frame; below the row of a peer, what is compared with it, and the ratio for batches of 64."""
    sizes, columns = sizes_of(result), columns_of(result)
    lines = [f"{'bytes':<24}" + "".join(f"{size:>9}" for size, _ in columns)
             + "   ratio at 64".ljust(8 * len(sizes)) + "     target",
             f"{'frames in a batch':<24}" + "".join(f"{batch:>9}" for _, batch in columns)
             + "".join(f"{size:>8}" for size in sizes)]
    for row in bench.all_rows():
        if not any(name == row.name for name, _, _ in result):
            continue
        cells = [result.get((row.name, *column)) for column in columns]
        line = f"{row.name:<24}" + "".join(f"{'-' if cell is None else f'{cell:,.0f}':>9}" for cell in cells)
        if row.peer:
            ratios = [ratio(result, row, size, 64) for size in sizes if (row.name, size, 64) in result]
            line += "".join(f"{value:>8.3f}" for value in ratios if value) + f"   <= {row.target}"
        lines.append(line)
    return lines


def chart(result):
    """Bars for batches of 64, a peer and what is compared with it side by side; empty without such batches."""
    sizes = [size for size in (60, 1500) if (size, 64) in columns_of(result)]
    shown = [row for row in bench.all_rows() if sizes and (row.name, sizes[0], 64) in result and row.name != bench.SENDER]
    longest = max([result[row.name, size, 64] for row in shown for size in sizes], default=1)
    parts, y = [], 34
    for row in shown:
        y += 6 if row.peer else 14
        parts.append(f'<text x="{LABEL - 8}" y="{y + BAR}" text-anchor="end">{row.name}</text>')
        for size in sizes:
            value = result[row.name, size, 64]
            width = value / longest * (WIDTH - LABEL - 70)
            colour = COLOURS[row.driver][size == 60]
            parts.append(f'<rect x="{LABEL}" y="{y}" width="{width:.0f}" height="{BAR - 2}" fill="{colour}"/>'
                         f'<text x="{LABEL + width + 5:.0f}" y="{y + BAR - 4}">{value:,.0f}</text>')
            y += BAR
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y + 16}" font-family="sans-serif" '
            'font-size="12"><!-- SPDX-License-Identifier: GPL-2.0-only -->'
            f'<rect width="100%" height="100%" fill="white"/><text x="10" y="20">{TITLE}</text>')
    return "\n".join([head, *parts, "</svg>", ""])


def targets(result):
    """The ratio of each cell of the rows that have a target, and how many meet it."""
    cells = list(itertools.product(BATCHES, SIZES))
    lines = [f"{'frames in a batch':<26}" + "".join(f"{batch:>7}" for batch, _ in cells),
             f"{'bytes':<26}" + "".join(f"{size:>7}" for _, size in cells) + "   target   met by"]
    for row in bench.all_rows():
        if row.target:
            ratios = [ratio(result, row, size, batch) for batch, size in cells]
            met = sum(value <= row.target for value in ratios)
            lines.append(f"{row.name:<26}" + "".join(f"{value:>7.3f}" for value in ratios)
                         + f"   <= {row.target:<5} {met} of {len(cells)}")
    return lines


def replace(text, begin, end, lines):
    head, rest = text.split(begin)
    block = "".join(f"    {line}".rstrip() + "\n" for line in lines)
    return f"{head}{begin}\n\n::\n\n{block}\n{end}{rest.split(end)[1]}"


def accept(path):
    """Renew what is committed: the baseline of the gate, the tables and the chart."""
    result, data = load(path), read(path)
    if set(result) != set(itertools.product((row.name for row in bench.all_rows()), SIZES, BATCHES)):
        sys.exit("a baseline has every row, size and batch: make bench-accept without T, SIZES and BATCHES")
    with open(BASELINE, "w", encoding="utf-8") as file:
        lines = [json.dumps(cell) for cell in data["cells"]]
        file.write(f'{{"kernel": "{data["kernel"]}", "cells": [\n' + ",\n".join(lines) + "\n]}\n")
    with open(CHART, "w", encoding="utf-8") as file:
        file.write(chart(result))
    with open(DOCUMENT, encoding="utf-8") as file:
        text = file.read()
    text = replace(text, BEGIN, END, [f"Linux {data['kernel']}", "", *table(result)])
    text = replace(text, TARGETS_BEGIN, TARGETS_END, targets(result))
    with open(DOCUMENT, "w", encoding="utf-8") as file:
        file.write(text)


def main():
    what, path = sys.argv[1:]
    if what == "table":
        print("\n".join(table(load(path))))
    elif what == "chart":
        print(chart(load(path)), end="")
    elif what == "accept":
        accept(path)
        print("renewed: the baseline, the table and the chart; commit them with what has changed")


if __name__ == "__main__":
    main()
