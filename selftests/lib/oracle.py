# SPDX-License-Identifier: GPL-2.0-only
"""Who must get a frame: the contract's truth table and state table, written down a second time.

Nothing here asks the driver, and nothing was taken from it: not which filters are in the chip, not which queue has which
number.  An operation is asked for in two steps: errors() says how it may be refused (an empty set: it must not be; None
in the set: it may also succeed), apply() carries it out after it has succeeded.
"""

import dataclasses

QUEUES = 7  # that can be handed out
MOST_VLANS = 31  # of the port itself, before it is allowed to give up filtering VLANs
PORT = "port"
MISSED = None  # nobody gets it


def is_group(address):
    return int(address[:2], 16) & 1 == 1


@dataclasses.dataclass
class Queue:
    owner: str
    sink: str
    exact: bool
    complete: bool = False


@dataclasses.dataclass
class Filter:
    owner: str
    address: str
    test: object  # "any", "untagged" or a VLAN
    target: str  # a queue, PORT or a station
    channel: int = 0  # of a rule: the stack is the same, but the channel cannot be taken away

    @property
    def key(self):
        return self.address, self.test


@dataclasses.dataclass
class Station:
    address: str
    up: bool = False
    offloaded: bool = False  # it asked for a queue when it was opened, and its address was free
    queue: bool = False
    vlans: set = dataclasses.field(default_factory=set)


class Oracle:
    """The port, all its queues, filters and stations, as the contract sees them."""

    def __init__(self, own, groups=()):
        self.own = own
        self.groups = set(groups)
        self.owners = set()
        self.queues = {}
        self.filters = {}
        self.stations = {}
        self.vlans = set()  # VLAN devices on the port
        self.channels = 1
        self.up = True
        self.promisc = False
        self.vlan_filter = True
        self.offload = True

    # where a frame goes

    def registered(self):
        """VLANs that somebody in the stack wants."""
        return self.vlans.union(*(station.vlans for station in self.stations.values()))

    def known(self):
        """And those that filters name.  A filter is about one address: it asks for nobody's broadcasts."""
        return self.registered() | {filter_.test for filter_ in self.filters.values() if isinstance(filter_.test, int)}

    def admits(self, address, vid):
        if not vid or self.promisc or not self.vlan_filter:
            return True
        return vid in (self.registered() if is_group(address) else self.known())

    def counts(self, filter_):
        return filter_.target not in self.queues or self.queues[filter_.target].complete

    def match(self, address, vid):
        """The filter that has the frame, or None."""
        found = {filter_.test: filter_ for filter_ in self.filters.values()
                 if filter_.address == address and self.counts(filter_)}
        return found.get(vid or "untagged") or found.get("any")

    def stack(self, address, vid):
        """Who gets what has reached the port's own stack: its VLAN devices come before macvlan."""
        if not vid or vid not in self.vlans:
            for name, station in self.stations.items():
                if station.up and station.address == address:
                    return name
        return PORT

    def target(self, address, vid):
        """Who gets the frame; @vid is None for an untagged one."""
        if not self.up or not self.admits(address, vid):
            return MISSED
        if is_group(address):
            heard = self.promisc or address in self.groups or address == "ff:ff:ff:ff:ff:ff"
            return PORT if heard else MISSED
        filter_ = self.match(address, vid)
        if not filter_ or filter_.target == PORT:
            return self.stack(address, vid)
        return self.queues[filter_.target].sink if filter_.target in self.queues else filter_.target

    def may_miss(self, address, vid):
        """Frames of unknown VLANs may arrive while the port has more VLANs than the chip can filter."""
        return not self.admits(address, vid) and len(self.registered()) >= MOST_VLANS

    # what the events of the state table may answer

    def state(self, queue):
        filters = any(filter_.target == queue for filter_ in self.filters.values())
        if self.queues[queue].complete:
            return "running" if filters else "paused"
        return "set" if filters else "allocated"

    def taken(self, address, test, but=None):
        return any(filter_.key == (address, test) for name, filter_ in self.filters.items() if name != but)

    def room(self):
        stations = sum(station.queue for station in self.stations.values())
        return QUEUES - (self.channels - 1) - len(self.queues) - stations

    def possible(self, operation):
        """Whether all that it names is there, which it may not be in a program from which something was removed."""
        kind, *words = operation
        there = {"queue": self.queues, "filter": self.filters, "station": self.stations, "owner": self.owners}
        asked = {"close": ("owner",), "alloc": ("owner",), "complete": ("queue",) * len(words), "free": ("queue",),
                 "rename": ("queue",), "set": ("owner", "", "target"), "move": ("filter", "target"), "clear": ("filter",),
                 "station_up": ("station",), "station_down": ("station",), "station_gone": ("station",),
                 "station_address": ("station",), "station_vlan": ("station",), "station_unvlan": ("station",)}
        for what, word in zip(asked.get(kind, ()), words):
            if what == "target" and word != PORT and word not in self.queues or what in there and word not in there[what]:
                return False
        return (kind != "unrule" or f"rule{words[0]}" in self.filters) and (kind != "unvlan" or words[0] in self.vlans) and (
            kind != "station_unvlan" or words[1] in self.stations[words[0]].vlans)

    def errors(self, operation):
        check = getattr(self, f"_errors_{operation[0]}", None)
        return check(*operation[1:]) if check else set()

    def _errors_alloc(self, _owner, _queue, _sink, _buffers, _exact):
        return set() if self.room() > 0 else {"ENOSPC"}

    def status(self, queue):
        """What one queue of a batch may be answered."""
        if self.queues[queue].complete:
            return {"EINVAL"}
        return {None, "EOPNOTSUPP"} if self.queues[queue].exact else set()

    def _errors_free(self, queue):
        return {"EBUSY"} if self.state(queue) in ("set", "running") else set()

    def _target_errors(self, owner, target):
        if target == PORT:
            return set()
        if self.queues[target].owner != owner:
            return {"EPERM"}
        return {None, "EOPNOTSUPP"} if self.queues[target].exact else set()

    def _errors_set(self, owner, _filter, target, address, test):
        errors = self._target_errors(owner, target)
        if is_group(address) or int(address.replace(":", ""), 16) == 0 or test in (0, 4095):
            errors = errors - {None} | {"EINVAL"}
        if self.taken(address, test):
            errors = errors - {None} | {"EEXIST"}
        return errors

    def _errors_move(self, filter_, target):
        return self._target_errors(self.filters[filter_].owner, target)

    def _errors_rule(self, loc, address, test, channel):
        errors = set()
        if channel >= self.channels:
            errors.add("EINVAL")
        if self.taken(address, test, but=f"rule{loc}"):
            errors.add("EEXIST")
        return errors

    def _errors_channels(self, count):
        if any(name.startswith("rule") and filter_.channel >= count for name, filter_ in self.filters.items()):
            return {"EINVAL"}
        more = count - self.channels
        if more <= 0:
            return set()
        if more > self.room():
            return {"EBUSY"}
        # channels are numbered from 0 up: one of these numbers may be in use
        return set() if self.room() == QUEUES - (self.channels - 1) else {None, "EBUSY"}

    # what an operation does

    def apply(self, operation):
        do = getattr(self, f"_do_{operation[0]}", None)
        if do:
            do(*operation[1:])

    def _released(self):
        """A queue is free: stations that wait for one come first."""
        for station in self.stations.values():
            if station.offloaded and not station.queue and self.room() > 0:
                station.queue = True

    def _do_open(self, owner):
        self.owners.add(owner)

    def _do_close(self, owner):
        self.owners.discard(owner)
        self.filters = {name: filter_ for name, filter_ in self.filters.items() if filter_.owner != owner}
        self.queues = {name: queue for name, queue in self.queues.items() if queue.owner != owner}
        self._released()

    def _do_alloc(self, owner, queue, sink, _buffers, exact):
        self.queues[queue] = Queue(owner, sink, exact)

    def completed(self, queue):
        self.queues[queue].complete = True

    def _do_free(self, queue):
        del self.queues[queue]
        self._released()

    def _do_set(self, owner, name, target, address, test):
        self.filters[name] = Filter(owner, address, test, target)

    def _do_move(self, name, target):
        self.filters[name].target = target

    def _do_clear(self, name):
        del self.filters[name]

    def _do_rule(self, loc, address, test, channel):
        self.filters[f"rule{loc}"] = Filter("channels", address, test, PORT, channel)

    def _do_unrule(self, loc):
        del self.filters[f"rule{loc}"]

    def _do_channels(self, count):
        fewer = count < self.channels
        self.channels = count
        if fewer:
            self._released()

    # stations

    def _do_station(self, name, address):
        self.stations[name] = Station(address)

    def _listen(self, name):
        """Filters of a station: its untagged frames, and the VLANs on top of it.  A key that is in use stays where it is."""
        station = self.stations[name]
        for test in ["untagged", *sorted(station.vlans)]:
            if not self.taken(station.address, test):
                self.filters[f"{name}/{test}"] = Filter("stations", station.address, test, name)

    def _unlisten(self, name):
        self.filters = {key: filter_ for key, filter_ in self.filters.items() if filter_.target != name}

    def _do_station_up(self, name):
        station = self.stations[name]
        station.up = True
        if self.offload and not self.taken(station.address, "untagged"):
            station.offloaded = True
            station.queue = self.room() > 0
            self._listen(name)

    def _do_station_down(self, name):
        station = self.stations[name]
        station.up = station.offloaded = station.queue = False
        self._unlisten(name)
        self._released()

    def _do_station_gone(self, name):
        self._do_station_down(name)
        del self.stations[name]

    def _do_station_address(self, name, address):
        station = self.stations[name]
        self._unlisten(name)
        station.address = address
        if station.offloaded:
            self._listen(name)

    def _do_station_vlan(self, name, vid):
        station = self.stations[name]
        station.vlans.add(vid)
        if station.offloaded and not self.taken(station.address, vid):
            self.filters[f"{name}/{vid}"] = Filter("stations", station.address, vid, name)

    def _do_station_unvlan(self, name, vid):
        self.stations[name].vlans.discard(vid)
        self.filters.pop(f"{name}/{vid}", None)

    # the port

    def _do_vlan(self, vid):
        self.vlans.add(vid)

    def _do_unvlan(self, vid):
        self.vlans.discard(vid)

    def _do_own(self, address):
        self.own = address

    def _do_promisc(self, enable):
        self.promisc = enable

    def _do_vlan_filter(self, enable):
        self.vlan_filter = enable

    def _do_offload(self, enable):
        self.offload = enable
        if not enable:
            for name, station in self.stations.items():
                station.offloaded = station.queue = False
                self._unlisten(name)
            self._released()

    def _do_down(self):
        self.up = False

    def _do_up(self):
        self.up = True
