# SPDX-License-Identifier: GPL-2.0-only
"""Random programs for the NIC, and random frames.

A program is a list of steps.  Each has an operation, written down with all its arguments, and a seed of its own for the
frames that follow it, so that a step means the same in a program from which others were removed.
"""

import dataclasses
import random

from .bed import mac
from .frames import BROADCAST
from .oracle import PORT

GROUP, FOREIGN_GROUP = "01:00:5e:00:00:01", "01:00:5e:00:53:b0"
UNKNOWN = (4000, 4001, 4094)  # VLANs that nobody ever names
RINGS = (128, 256, 512, 1024)
MOST_FILTERS = 60

# operation: how often
WEIGHTS = {
    "alloc": 12, "complete": 12, "set": 30, "move": 24, "clear": 10, "free": 6, "rename": 1, "close": 1,
    "rule": 8, "unrule": 4, "channels": 2, "station": 2, "station_up": 4, "station_down": 2, "station_gone": 1,
    "station_address": 2, "station_vlan": 3, "station_unvlan": 1, "vlan": 2, "unvlan": 1, "own": 1, "ring": 0.5,
    "mtu": 0.3, "promisc": 0.5, "vlan_filter": 0.7, "offload": 0.3, "reset": 0.15, "down": 0.2,
}
# what makes nobody wait while frames are on their way
IN_FLIGHT = ("alloc", "complete", "set", "move", "clear", "free", "rename", "rule", "unrule", "channels", "station",
             "station_up", "station_down", "station_address", "station_vlan", "station_unvlan", "vlan", "unvlan")


@dataclasses.dataclass
class Pool:
    """What a program is about: many addresses, many VLANs, or few of both so that they meet often."""
    addresses: list
    stations: list
    vids: list
    weights: dict

    @classmethod
    def of(cls, rng):
        addresses, stations, vids = rng.choice(((5, 2, 4), (5, 3, 4), (4, 0, 5), (40, 2, 3), (6, 1, 45), (12, 6, 6)))
        weights = dict(WEIGHTS)
        if rng.random() < 0.3:
            # now and then a program that does little but what it likes best
            for name in rng.sample(sorted(weights), 4):
                weights[name] *= 4
        return cls([mac(0x20 + index) for index in range(addresses)], [mac(0x60 + index) for index in range(stations)],
                   list(range(10, 10 + vids)), weights)


def near_miss(rng, address):
    """Another unicast address, a bit away."""
    number = int(address.replace(":", ""), 16) ^ 1 << rng.choice([bit for bit in range(48) if bit != 40])
    return ":".join(f"{number:012x}"[at:at + 2] for at in range(0, 12, 2))


class Program:
    """Makes operations up as it goes, most of them such that the contract allows them."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.pool = Pool.of(self.rng)
        self.names = 0

    def _name(self, kind):
        self.names += 1
        return f"{kind}{self.names}"

    def step(self, oracle):
        """(operation, seed of its frames, whether some are on their way meanwhile)"""
        rng = self.rng
        while True:
            if not oracle.up and rng.random() < 0.4:
                operation = ("up",)
            elif not oracle.owners:
                operation = ("open", "alice")
            else:
                kind = rng.choices(list(self.pool.weights), list(self.pool.weights.values()))[0]
                operation = getattr(self, f"_make_{kind}")(oracle)
            if operation:
                break
        flying = oracle.up and operation[0] in IN_FLIGHT and rng.random() < 0.5
        return operation, rng.getrandbits(32), flying

    def _address(self, oracle):
        rng, roll = self.rng, self.rng.random()
        if self.pool.stations and roll < 0.2:
            return rng.choice(self.pool.stations)
        return oracle.own if roll < 0.25 else rng.choice(self.pool.addresses)

    def _test(self):
        return self.rng.choice(("any", "untagged", self.rng.choice(self.pool.vids), self.rng.choice(self.pool.vids)))

    # the contract

    def _make_close(self, oracle):
        if len(oracle.owners) == 1 or self.rng.random() < 0.4:
            return ("open", "bob") if "bob" not in oracle.owners else None
        return ("close", "bob")

    def _make_alloc(self, oracle):
        if oracle.room() <= 0 and self.rng.random() < 0.7:
            return None
        return ("alloc", self.rng.choice(sorted(oracle.owners)), self._name("q"), f"s{self.rng.randrange(8)}",
                self.rng.choice((0, 0, 128, 300)), self.rng.random() < 0.1)

    def _make_complete(self, oracle):
        fresh = [name for name, queue in oracle.queues.items() if not queue.complete]
        if self.rng.random() < 0.04 and oracle.queues:
            fresh = sorted(oracle.queues)
        self.rng.shuffle(fresh)
        return ("complete", *fresh[:self.rng.choice((1, 1, 2, 7))]) if fresh else None

    def _queue(self, oracle, owner, strange=0.02):
        mine = [name for name, queue in oracle.queues.items() if queue.owner == owner or self.rng.random() < strange]
        return self.rng.choice(mine) if mine and self.rng.random() > 0.08 else PORT

    def _make_set(self, oracle):
        if len(oracle.filters) >= MOST_FILTERS:
            return None
        owner = self.rng.choice(sorted(oracle.owners))
        address, test = self._address(oracle), self._test()
        if oracle.taken(address, test) and self.rng.random() < 0.9:
            return None
        if self.rng.random() < 0.02:
            address, test = self.rng.choice(((GROUP, test), ("00:00:00:00:00:00", test), (address, 0), (address, 4095)))
        return ("set", owner, self._name("f"), self._queue(oracle, owner), address, test)

    def _mine(self, oracle):
        return [name for name, filter_ in oracle.filters.items() if filter_.owner in oracle.owners]

    def _make_move(self, oracle):
        mine = self._mine(oracle)
        if not mine:
            return None
        filter_ = self.rng.choice(mine)
        return ("move", filter_, self._queue(oracle, oracle.filters[filter_].owner))

    def _make_clear(self, oracle):
        mine = self._mine(oracle)
        return ("clear", self.rng.choice(mine)) if mine else None

    def _make_free(self, oracle):
        empty = [name for name in oracle.queues if oracle.state(name) in ("allocated", "paused")]
        if self.rng.random() < 0.05:
            empty = sorted(oracle.queues)
        return ("free", self.rng.choice(empty)) if empty else None

    def _make_rename(self, oracle):
        return ("rename", self.rng.choice(sorted(oracle.queues)), self._name("n")) if oracle.queues else None

    # channels

    def _make_rule(self, oracle):
        channel = self.rng.randrange(oracle.channels + (self.rng.random() < 0.03))
        return ("rule", self.rng.randrange(12), self._address(oracle),
                "any" if self.rng.random() < 0.5 else self.rng.choice(self.pool.vids), channel)

    def _make_unrule(self, oracle):
        rules = [int(name[4:]) for name in oracle.filters if name.startswith("rule")]
        return ("unrule", self.rng.choice(rules)) if rules else None

    def _make_channels(self, oracle):
        count = self.rng.choice((1, 1, 2, 3, 4, 8))
        return ("channels", count) if count != oracle.channels else None

    # stations

    def _some(self, oracle, wanted=lambda station: True):
        names = [name for name, station in oracle.stations.items() if wanted(station)]
        return self.rng.choice(names) if names else None

    def _free_address(self, oracle):
        used = {station.address for station in oracle.stations.values()}
        free = [address for address in self.pool.stations if address not in used and address != oracle.own]
        return self.rng.choice(free) if free else None

    def _make_station(self, oracle):
        address = self._free_address(oracle)
        return ("station", self._name("v"), address) if address and len(oracle.stations) < 5 else None

    def _make_station_up(self, oracle):
        name = self._some(oracle, lambda station: not station.up)
        return ("station_up", name) if name else None

    def _make_station_down(self, oracle):
        name = self._some(oracle, lambda station: station.up)
        return ("station_down", name) if name else None

    def _make_station_gone(self, oracle):
        name = self._some(oracle)
        return ("station_gone", name) if name else None

    def _make_station_address(self, oracle):
        name, address = self._some(oracle), self._free_address(oracle)
        if not name or not address:
            return None
        station = oracle.stations[name]
        # whether a station whose new address is steered already keeps something is nobody's promise
        if any(oracle.taken(address, test) for test in ("untagged", *station.vlans)):
            return None
        return ("station_address", name, address)

    def _make_station_vlan(self, oracle):
        name, vid = self._some(oracle), self.rng.choice(self.pool.vids)
        return ("station_vlan", name, vid) if name and vid not in oracle.stations[name].vlans else None

    def _make_station_unvlan(self, oracle):
        name = self._some(oracle, lambda station: station.vlans)
        return ("station_unvlan", name, self.rng.choice(sorted(oracle.stations[name].vlans))) if name else None

    # the port

    def _make_vlan(self, oracle):
        vid = self.rng.choice(self.pool.vids)
        return ("vlan", vid) if vid not in oracle.vlans else None

    def _make_unvlan(self, oracle):
        return ("unvlan", self.rng.choice(sorted(oracle.vlans))) if oracle.vlans else None

    def _make_own(self, oracle):
        address = self.rng.choice((mac(1), mac(0x10), self.rng.choice(self.pool.addresses)))
        return ("own", address) if address != oracle.own else None

    def _make_ring(self, _oracle):
        return ("ring", self.rng.choice(RINGS), self.rng.choice(RINGS))

    def _make_mtu(self, _oracle):
        return ("mtu", self.rng.choice((1500, 1400, 9000)))

    def _make_promisc(self, oracle):
        return ("promisc", not oracle.promisc)

    def _make_vlan_filter(self, oracle):
        return ("vlan_filter", not oracle.vlan_filter)

    def _make_offload(self, oracle):
        return ("offload", not oracle.offload)

    def _make_reset(self, _oracle):
        return ("reset",)

    def _make_down(self, oracle):
        return ("down",) if oracle.up else None


@dataclasses.dataclass(frozen=True)
class Stream:
    """Frames that are alike: they have one target, and stay in order."""
    address: str
    vid: object
    pcp: int
    source: str
    size: int
    kind: int


def streams(seed, pool, own, count):
    """@count random streams; the same for the same seed."""
    rng = random.Random(seed)
    addresses = pool.addresses[:12] + pool.stations * 2
    if len(pool.addresses) > 12:
        addresses += rng.sample(pool.addresses[12:], 12)
    found = []
    for _ in range(count):
        roll = rng.random()
        address = rng.choice(addresses)
        if roll < 0.06:
            address = near_miss(rng, address)
        elif roll < 0.16:
            address = rng.choice((own, BROADCAST, BROADCAST, GROUP, FOREIGN_GROUP))
        vid = rng.choice((None, None, None, 0, *rng.choices(pool.vids, k=4), rng.choice(UNKNOWN)))
        pcp = 0 if vid is None else rng.choice((0, 0, 3, 5, 7))
        found.append(Stream(address, vid, pcp, rng.choice((mac(0xfe), mac(0xfd))), rng.choice((64, 64, 70, 128, 300, 900)),
                            rng.choice((0x88b5, 0x88b6, 0x9000, 0x88b5 if vid is None else 0x8100))))
    return found
