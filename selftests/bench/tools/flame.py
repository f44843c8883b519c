# SPDX-License-Identifier: GPL-2.0-only
"""Flame graphs of {stack: instructions}; a stack is the names of functions, the outermost first."""

import html
import zlib

USER = "(user space)"
WIDTH, ROW, HEAD = 1200, 17, 30  # pixels
LETTER = 6.2
LEAST_WIDTH = 0.3
OWN, KERNEL = "#f4a261", "#dfe6ea"


def module_of(name):
    if name == USER:
        return "user space"
    return name.rpartition("[")[2].rstrip("]") if name.endswith("]") else "kernel"


def colour(name):
    """vmq's modules are seen at once; any other has a pale colour of its own, the same in every drawing"""
    module = module_of(name)
    if module.startswith("vmq"):
        return OWN
    return KERNEL if module == "kernel" else f"hsl({zlib.crc32(module.encode()) % 200 + 80},45%,83%)"


class Frame:
    """A function as called by those below it."""

    def __init__(self, name):
        self.name = name
        self.cost = 0  # with what it calls
        self.own = 0
        self.callees = {}

    def callee(self, name):
        return self.callees.setdefault(name, Frame(name))

    def depth(self):
        return 1 + max((callee.depth() for callee in self.callees.values()), default=0)


def root_of(stacks):
    root = Frame("all")
    for stack, cost in stacks.items():
        frame = root
        frame.cost += cost
        for name in stack:
            frame = frame.callee(name)
            frame.cost += cost
        frame.own += cost
    return root


class Drawing:
    """As SVG; callees stand on their caller, from left to right by name."""

    def __init__(self, heading, root, frames):
        self.frames = frames
        self.root = root
        self.height = HEAD + root.depth() * ROW
        self.parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{self.height}" '
                      f'font-family="sans-serif" font-size="11"><text x="4" y="18">{html.escape(heading)}</text>']
        self.draw(root, 0.0, self.height - ROW)
        self.parts += ["</svg>", ""]

    def draw(self, frame, x, y):
        width = frame.cost / self.root.cost * WIDTH
        if width < LEAST_WIDTH:
            return
        self.bar(frame, x, y, width)
        for _, callee in sorted(frame.callees.items()):
            self.draw(callee, x, y - ROW)
            x += callee.cost / self.root.cost * WIDTH

    def bar(self, frame, x, y, width):
        """The name as far as there is room."""
        letters = int((width - 4) / LETTER)
        text = frame.name if len(frame.name) <= letters else frame.name[:letters - 2] + ".."
        label = f'<text x="{x + 3:.1f}" y="{y + 12}">{html.escape(text)}</text>' if letters > 3 else ""
        title = (f"{frame.name}: {frame.cost / self.frames:.1f} instructions a frame, "
                 f"{100 * frame.cost / self.root.cost:.1f} %, {frame.own / self.frames:.1f} of its own")
        self.parts.append(f'<g><title>{html.escape(title)}</title><rect x="{x:.1f}" y="{y}" width="{width:.1f}" '
                          f'height="{ROW - 1}" fill="{colour(frame.name)}" stroke="white" stroke-width="0.5"/>'
                          f'{label}</g>')

    def text(self):
        return "\n".join(self.parts)


def draw(heading, stacks, frames):
    """@frames, over which the instructions are shared"""
    return Drawing(heading, root_of(stacks), frames).text()


def fold(stacks):
    """The form that other tools for flame graphs read: outermost;...;innermost instructions"""
    return "".join(f"{';'.join(stack)} {cost}\n" for stack, cost in sorted(stacks.items()))
