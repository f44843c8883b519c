# SPDX-License-Identifier: GPL-2.0-only
"""Run random programs, and compare what the NIC does with what the oracle says, frame by frame."""

import dataclasses
import errno
import itertools
import random
import struct
import threading
import time

from .client import SINKS, Refused
from .frames import BROADCAST, MAGIC, ethernet, number, numbered
from .bed import mac
from .ktap import Fail, patience, wait_until
from .oracle import MISSED, PORT, Oracle, is_group
from .program import FOREIGN_GROUP, GROUP, Program, Stream, streams

OUTLETS = [f"s{index}" for index in range(SINKS)]
NUMBER = struct.Struct("!II")  # of a numbered frame
AT_ONCE = 100  # frames that may be on their way: every ring holds more
FLYING = 56  # of them during an operation
MARKER, PROBE = 0, 1  # flows that are not part of a program
# frames that change hands in these are neither lost nor late: they are somebody's at every moment
LOSSLESS = ("set", "move", "complete", "rule", "channels", "free", "alloc", "rename")
SETTLING = ("promisc", "up", "reset", "vlan_filter")


class Disagreement(Exception):
    """Driver and oracle do not say the same."""


@dataclasses.dataclass
class Sent:
    """One frame: who may get it, whether somebody must, who has got it."""
    stream: Stream
    wire: bytes
    targets: tuple
    needed: bool
    got: object = None


@dataclasses.dataclass
class Step:
    operation: tuple
    seed: int
    flying: bool

    def __str__(self):
        return f"{' '.join(str(word) for word in self.operation)}{'  (frames on their way)' if self.flying else ''}"


class Fuzz:
    """One program from the beginning to its end, or to the first disagreement."""

    flows = itertools.count(PROBE + 1)

    def __init__(self, machine, pool, per_op):
        self.machine = machine
        self.pool = pool
        self.per_op = per_op
        self.oracle = Oracle(machine.own, (GROUP,))
        self.known = {}
        self.flow_of = {}
        self.next_seq = {}
        self.last_seq = {}
        self.sent = {}
        self.stations = set()
        self.missing = 0
        self.markers = itertools.count(1)
        self.marked = 0
        self.probed = False
        self.frames = self.operations = 0
        self.settle()

    # frames

    def _expect(self, stream, targets, needed):
        if stream not in self.flow_of:
            head, tail = ethernet(stream.address, stream.source, stream.kind, MAGIC + bytes(8), vlan=stream.vid,
                                  pcp=stream.pcp, size=stream.size).split(MAGIC)
            self.flow_of[stream] = next(self.flows), head + MAGIC, tail[8:]
        flow, head, tail = self.flow_of[stream]
        seq = self.next_seq.get(flow, 0)
        self.next_seq[flow] = seq + 1
        wire = head + NUMBER.pack(flow, seq) + tail
        self.sent[flow, seq] = Sent(stream, wire, targets, needed)
        self.missing += needed
        self.frames += 1
        return wire

    def _target(self, stream):
        return self.oracle.target(stream.address, stream.vid)

    def _frames(self, seed, count):
        """@count frames of some streams, mixed."""
        rng = random.Random(seed)
        some = streams(seed, self.pool, self.oracle.own, max(4, min(24, count // 3)))
        some = [self.known.setdefault(stream, stream) for stream in some]
        return [rng.choice(some) for _ in range(count)]

    def _count(self, seed):
        return random.Random(~seed & 0xffffffff).randint(0, 2 * self.per_op)

    def _marker(self):
        return numbered(BROADCAST, mac(0xfe), next(self.markers), MARKER)

    def _arrived(self, netdev, data, tci):
        """One frame on one netdev."""
        sink = PORT if netdev == self.machine.near else netdev
        found = number(data)
        if not found or not (sink == PORT or sink in self.stations or sink in OUTLETS):
            return
        flow, seq = found
        if flow in (MARKER, PROBE):
            if sink == PORT:
                self.marked = max(self.marked, seq if flow == MARKER else 0)
                self.probed |= flow == PROBE
            return
        sent = self.sent.get(found)
        if not sent:
            raise Disagreement(f"{sink} got flow {flow} number {seq} of a program before")
        via_stack = sink == PORT and any(target in self.stations for target in sent.targets)
        copied = is_group(sent.stream.address) and sink in self.stations
        if not via_stack and not copied:
            self._judge(sent, flow, seq, sink, data, tci)

    def _judge(self, sent, flow, seq, sink, data, tci):
        tag = None if sent.stream.vid is None else sent.stream.pcp << 13 | sent.stream.vid
        wire = sent.wire if tag is None else sent.wire[:12] + sent.wire[16:]
        wrong = None
        if sent.got:
            wrong = f"twice, by {sent.got} and {sink}"
        elif sink not in sent.targets:
            wrong = f"{sink} got what is for {' or '.join(map(str, sent.targets))}"
        elif seq < self.last_seq.get(flow, -1):
            wrong = f"{sink} got it after number {self.last_seq[flow]}"
        elif (data, tci) != (wire, tag):
            wrong = f"{sink} got {data.hex()} with tag {tci}, sent was {wire.hex()} with {tag}"
        if wrong:
            raise Disagreement(f"{wrong}: {sent.stream}, flow {flow} number {seq}")
        sent.got = sink
        self.last_seq[flow] = seq
        self.missing -= sent.needed

    def _collect(self, wait):
        for frame in self.machine.net.frames(wait):
            self._arrived(*frame)

    def _wait(self, marker):
        """Until all is there that must come, and the marker behind it."""
        deadline = time.monotonic() + patience(8)
        while self.missing or self.marked < marker:
            if time.monotonic() > deadline:
                lost = [f"{sent.targets}: {sent.stream}, flow {key[0]} number {key[1]}"
                        for key, sent in self.sent.items() if sent.needed and not sent.got]
                self.missing = 0
                raise Disagreement(f"{len(lost)} frames lost, marker {self.marked} of {marker}; for " + "; ".join(lost[:3]))
            self._collect(0.2)

    def _close_batch(self):
        self.machine.send([self._marker()])
        self._wait(next(self.markers) - 1)

    def still(self, seed, count):
        """Frames while nothing else happens: each has one target."""
        if not self.oracle.up:
            return
        for start in range(0, count, AT_ONCE):
            batch, wanted = [], {}
            for stream in self._frames(seed + start, min(AT_ONCE, count - start)):
                if id(stream) not in wanted:
                    target = self._target(stream)
                    maybe = target == MISSED and self.oracle.may_miss(stream.address, stream.vid)
                    wanted[id(stream)] = ((PORT,) if maybe else (target,)), not maybe and target != MISSED
                batch.append(self._expect(stream, *wanted[id(stream)]))
            self.machine.send(batch)
            self._close_batch()

    def settle(self):
        """The stack sets some things a moment later than it is told: wait until frames show it."""
        if not self.oracle.up:
            return
        self.machine.wait_carrier()

        def right():
            self.probed, marker = False, next(self.markers)
            self.machine.send([numbered(FOREIGN_GROUP, mac(0xfe), 0, PROBE), numbered(BROADCAST, mac(0xfe), marker, MARKER)])
            deadline = time.monotonic() + 0.5
            while self.marked < marker and time.monotonic() < deadline:
                self._collect(0.1)
            return self.marked == marker and self.probed == self.oracle.promisc

        try:
            wait_until(right, 15)
        except Fail:
            raise Disagreement(f"promiscuous mode does not become {self.oracle.promisc}, or nothing arrives") from None

    # operations

    def _carry_out(self, operation):
        """Run it, and compare the answer."""
        errors = self.oracle.errors(operation)
        if operation[0] == "complete":
            wanted = [self.oracle.status(queue) for queue in operation[1:]]
            answers = self.machine.run(operation)
            for queue, status, allowed in zip(operation[1:], answers, wanted):
                self._compare(f"complete {queue}", "EOPNOTSUPP" if status == -errno.EOPNOTSUPP else
                              errno.errorcode.get(-status), allowed)
                if not status:
                    self.oracle.completed(queue)
            return
        answer = self.machine.run(operation)
        self._compare(" ".join(map(str, operation)), answer, errors)
        if not answer:
            self.oracle.apply(operation)
        if operation[0] == "station":
            self.stations.add(operation[1])

    @staticmethod
    def _compare(what, answer, allowed):
        if answer not in (allowed or {None}):
            raise Disagreement(f"{what}: answered {answer}, allowed is {' or '.join(map(str, allowed or {None}))}")

    def flying(self, operation, seed):
        """Frames that are on their way during an operation: exactly one has each, and no flow gets out of order."""
        chosen = self._frames(seed, FLYING)
        before = {stream: (self._target(stream), self.oracle.may_miss(stream.address, stream.vid)) for stream in chosen}
        batch = [self._expect(stream, (), False) for stream in chosen]
        keys = list(self.sent)[-len(batch):]
        begun, ended = threading.Event(), threading.Event()
        slow = operation[0] in ("rule", "unrule", "channels", "vlan", "unvlan") or operation[0].startswith("station")

        def send():
            for index, frame in enumerate(batch):
                if index == 8:
                    begun.set()
                if index == len(batch) - 8:
                    ended.wait()
                if slow and 8 < index < len(batch) - 8:
                    time.sleep(0.0015)
                self.machine.send([frame])

        thread = threading.Thread(target=send, daemon=True)
        thread.start()
        begun.wait()
        try:
            self._carry_out(operation)
        finally:
            ended.set()
            thread.join()
        for key in keys:
            self._allow(self.sent[key], before[self.sent[key].stream], operation[0] in LOSSLESS)
        self._close_batch()

    def _allow(self, sent, before, lossless):
        """Who may have a frame that was on its way."""
        old, optional = before
        new = self._target(sent.stream)
        optional = optional or self.oracle.may_miss(sent.stream.address, sent.stream.vid)
        sent.targets = (old,) if old == new else (old, new)
        if optional:
            sent.targets += (PORT,)
        if MISSED in sent.targets:
            # a filter and the VLAN that it lets in go one after the other: between them no filter matches
            sent.targets += (self.oracle.stack(sent.stream.address, sent.stream.vid),)
        through_stack = PORT in sent.targets and any(target in self.stations for target in sent.targets)
        sent.needed = MISSED not in sent.targets and not optional and not through_stack and (old == new or lossless)
        self.missing += sent.needed

    def _check_states(self):
        states = {name: row[1] for name, row in self.machine.client.queues().items()}
        wanted = {name: self.oracle.state(name) for name in self.oracle.queues}
        if states != wanted:
            raise Disagreement(f"states of queues: {states}, should be {wanted}")
        overlaps = self.machine.client.overlaps()
        if overlaps:
            raise Disagreement(f"consumers were called twice at once: {overlaps}")

    def step(self, step):
        self.operations += 1
        if step.flying and self.oracle.up:
            self.flying(step.operation, step.seed)
        else:
            self._carry_out(step.operation)
        self._check_states()
        if step.operation[0] in SETTLING:
            self.settle()
        self.still(step.seed + 1, self._count(step.seed))

    def finish(self):
        for frame in self.machine.quiet(0.05):
            self._arrived(*frame)


def run_steps(machine, pool, per_op, steps, finish=True):
    """(the run, the step that disagreed or None, why)"""
    fuzz = Fuzz(machine, pool, per_op)
    done = []
    why = None
    try:
        for step in steps(fuzz.oracle):
            if fuzz.oracle.possible(step.operation):
                done.append(step)
                fuzz.step(step)
        if finish:
            fuzz.finish()
    except Disagreement as error:
        why = str(error)
    except (Fail, Refused) as error:
        why = f"{type(error).__name__}: {error}"
    machine.clean(fuzz.oracle)
    for _ in machine.quiet(0.05):
        pass
    return fuzz, done, why


def run_program(machine, seed, operations, per_op):
    """(the run, its steps, what was wrong or None)"""
    program = Program(seed)

    def steps(oracle):
        for _ in range(operations):
            yield Step(*program.step(oracle))

    fuzz, done, why = run_steps(machine, program.pool, per_op, steps)
    return fuzz, done, why, program.pool


def shrink(machine, pool, per_op, steps, seconds):
    """A shorter program that still shows it."""
    deadline = time.monotonic() + seconds
    size = max(1, len(steps) // 2)
    while size and time.monotonic() < deadline:
        start = 0
        while start < len(steps) - 1 and time.monotonic() < deadline:
            # the last step is the one that disagreed
            fewer = steps[:start] + steps[min(start + size, len(steps) - 1):]
            _, done, why = run_steps(machine, pool, per_op, lambda _oracle, kept=fewer: iter(kept))
            if why:
                steps = done
            else:
                start += size
        size //= 2
    return steps
