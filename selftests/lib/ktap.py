# SPDX-License-Identifier: GPL-2.0-only
"""Test cases, expectations and undo.

A failed expectation is reported with its place and the case goes on; an exception ends the case.  An undo is
registered with defer() right after the change it belongs to and runs at the end of the case, last one first, however
the case ended.
"""

import linecache
import os
import sys
import time
import traceback

_undo = []
_failures = 0


class Skip(Exception):
    """This case cannot run here, and why."""


class Fail(Exception):
    """This case cannot go on, and why."""


def comment(text):
    for line in str(text).splitlines():
        print(f"# {line}", flush=True)


def explain(error):
    """The exception, and the lines of the test (and of the library, briefly) that led to it."""
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.name != "_run_case":
            comment(f"{os.path.basename(frame.filename)}:{frame.lineno}: {frame.line}")
    comment(f"  {type(error).__name__}: {error}")


def _failed(what, note):
    global _failures
    _failures += 1
    # the nearest caller outside the library is the test itself
    frame = sys._getframe(1)  # pylint: disable=protected-access
    while os.path.dirname(frame.f_code.co_filename) == os.path.dirname(__file__):
        frame = frame.f_back
    path, line = frame.f_code.co_filename, frame.f_lineno
    comment(f"{os.path.basename(path)}:{line}: {linecache.getline(path, line).strip()}")
    comment(f"  {what}" + (f" ({note})" if note else ""))
    return False


def _short(value, limit=300):
    text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}... ({len(text)} characters)"


def _difference(value, wanted):
    """What is wrong, in a line: for long lists only where they part."""
    if isinstance(value, list) and isinstance(wanted, list) and len(wanted) > 8:
        pairs = enumerate(zip(value, wanted))
        at = next((index for index, (one, other) in pairs if one != other), min(len(value), len(wanted)))
        return (f"got {len(value)} items, expected {len(wanted)}; they part at [{at}]: "
                f"got {_short(value[at:at + 8])}, expected {_short(wanted[at:at + 8])}")
    return f"expected {_short(wanted)}, got {_short(value)}"


def expect_true(value, note=""):
    return bool(value) or _failed(f"expected something true, got {_short(value)}", note)


def expect_eq(value, wanted, note=""):
    return value == wanted or _failed(_difference(value, wanted), note)


def expect_ne(value, unwanted, note=""):
    return value != unwanted or _failed(f"expected anything but {unwanted!r}", note)


def expect_ge(value, least, note=""):
    return value >= least or _failed(f"expected at least {least!r}, got {_short(value)}", note)


def expect_le(value, most, note=""):
    return value <= most or _failed(f"expected at most {most!r}, got {_short(value)}", note)


def expect_in(item, container, note=""):
    return item in container or _failed(f"expected {_short(item)} in {_short(container)}", note)


def expect_not_in(item, container, note=""):
    return item not in container or _failed(f"expected no {_short(item)} in {_short(container)}", note)


class expect_raises:  # pylint: disable=invalid-name
    """`with expect_raises(CommandError) as error:`; the exception is in error.exception afterwards."""

    def __init__(self, kind, note=""):
        self.kind, self.note, self.exception = kind, note, None

    def __enter__(self):
        return self

    def __exit__(self, kind, exception, _trace):
        self.exception = exception
        if kind is None:
            _failed(f"expected {self.kind.__name__}, nothing was raised", self.note)
        return kind is not None and issubclass(kind, self.kind)


def patience(seconds):
    """A time limit here: longer where everything is slower, as with a debug kernel."""
    return seconds * float(os.environ.get("VMQ_SLOW") or 1)


def wait_until(condition, timeout=5, what="a condition", poll=0.02):
    """Poll until the condition is true and return its value; Fail when the time is up."""
    deadline = time.monotonic() + patience(timeout)
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Fail(f"not within {patience(timeout):g} s: {what}")
        time.sleep(poll)


def defer(function, *args, **kwargs):
    """Call the function at the end of the case."""
    _undo.append((function, args, kwargs))


def _run_deferred(down_to=0):
    clean = True
    while len(_undo) > down_to:
        function, args, kwargs = _undo.pop()
        try:
            function(*args, **kwargs)
        except Exception as error:  # pylint: disable=broad-except
            clean = False
            comment(f"while undoing with {function.__name__}{args}:")
            explain(error)
    return clean


def _run_case(case, *args):
    """(passed, directive)"""
    global _failures
    _failures, base = 0, len(_undo)
    skipped, broken = None, False
    try:
        case(*args)
    except Skip as reason:
        skipped = f" # SKIP {reason}"
    except Exception as error:  # pylint: disable=broad-except
        explain(error)
        broken = True
    clean = _run_deferred(base)
    if skipped and clean:
        return True, skipped
    return clean and not broken and not _failures, ""


def main(*cases, setup=None):
    """Run the cases, each with what setup() returned if there is one, print KTAP and exit."""
    print("KTAP version 1", flush=True)
    print(f"1..{len(cases)}", flush=True)
    args, problem, failed = (), None, 0
    if setup:
        try:
            args = (setup(),)
        except Skip as reason:
            problem = (True, f" # SKIP {reason}")
        except Exception as error:  # pylint: disable=broad-except
            explain(error)
            problem = (False, f" # set-up failed: {type(error).__name__}")
    for number, case in enumerate(cases, 1):
        good, directive = problem or _run_case(case, *args)
        failed += not good
        print(f"{'ok' if good else 'not ok'} {number} {case.__name__}{directive}", flush=True)
    if not _run_deferred():
        failed += 1
    sys.exit(1 if failed else 0)
