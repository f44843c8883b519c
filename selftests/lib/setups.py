# SPDX-License-Identifier: GPL-2.0-only
"""Random bridges, and random frames through them, to see whether vmq_bridge changes what a bridge does.

A set-up is drawn from its seed alone: commands and frames, in rounds.  Everything is as a user would do it.
"""

import random
import struct

from .bed import mac
from .frames import BROADCAST, ETH_P_TEST, MAGIC, ethernet, mac_bytes, tcp, udp

UPLINK = "near0"
PORTS = ("g0", "g1", "g2", "g3")
VIDS = (1, 5, 10, 20)
STATES = {0: "disabled", 1: "listening", 2: "learning", 3: "forwarding", 4: "blocking"}
FLAGS = ("isolated on", "hairpin on", "learning off", "flood off", "mcast_flood off", "bcast_flood off", "locked on",
         "neigh_suppress on", "proxy_arp on", "mcast_to_unicast on", "vlan_tunnel on", "guard on", "root_block on")
WITH_IP = ("proxy_arp",)  # flags that bridge(8) does not know
HOSTS = [mac(0x80 + index) for index in range(4)]  # on the wire
GUESTS = {port: [mac(0x20 + 8 * index + which) for which in range(2)] for index, port in enumerate(PORTS)}
GROUPS = (BROADCAST, "01:00:5e:01:02:03", "33:33:00:00:00:01", "01:80:c2:00:00:00", "01:80:c2:00:00:0e")
ROUNDS, FRAMES = 4, 50


class Setup:
    """One set-up: [(commands, frames)], a round each.  A frame is (port it enters by, its bytes)."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.seed = seed
        self.sequence = 0
        self.filtering = self.random.random() < 0.5
        self.rounds = [(self.first(), self.frames())]
        for _ in range(ROUNDS - 1):
            self.rounds.append(([self.change() for _ in range(self.random.randint(0, 2))], self.frames()))

    @property
    def text(self):
        return "\n".join(str(command) for commands, _ in self.rounds for command in commands)

    def chance(self, probability):
        return self.random.random() < probability

    # commands, each one line for a tool; a tool in batch mode takes a name for the same device for ever, so the index
    # of a new one is always the same

    def first(self):
        draw = self.random
        pvid = draw.choice((0, 1, 1, 1, 5))
        options = [f"vlan_filtering {int(self.filtering)}", f"vlan_default_pvid {pvid}",
                   f"mcast_snooping {draw.randint(0, 1)}"]
        if self.filtering and self.chance(0.1):
            options.append("vlan_protocol 802.1ad")
        lines = [f"ip link add br0 index 1000 type bridge {' '.join(options)}"]
        for port in (UPLINK, *PORTS):
            lines += [f"ip link set {port} master br0", f"ip link set {port} up"]
        lines.append("ip link set br0 up")
        if self.filtering:
            lines += [self.vlan(port) for port in (UPLINK, UPLINK, *PORTS, *PORTS)]
        lines += [self.static(port) for port in PORTS if self.chance(0.8)]
        if self.chance(0.3):
            lines.append(self.static(draw.choice(PORTS)))
        for _ in range(draw.choice((0, 0, 1, 2))):
            lines.append(self.change())
        return lines

    def vlan(self, port):
        draw = self.random
        options = draw.choice(("", "", " untagged", " pvid untagged", " pvid"))
        return f"bridge vlan add vid {draw.choice(VIDS)} dev {port}{options}"

    def static(self, port):
        draw = self.random
        vlan = f" vlan {draw.choice((1, 1, 5, 10, 20))}" if self.filtering else ""
        kind = draw.choice(("static", "static", "static", "static", "dynamic", "extern_learn"))
        return f"bridge fdb replace {draw.choice(GUESTS[port])} dev {port} master {kind}{vlan}"

    def flag(self, opposite=False):
        port, flag = self.random.choice((UPLINK, *PORTS)), self.random.choice(FLAGS)
        if opposite:
            flag = flag.replace(" on", " *").replace(" off", " on").replace(" *", " off")
        if flag.startswith(WITH_IP):
            return f"ip link set dev {port} type bridge_slave {flag}"
        return f"bridge link set dev {port} {flag}"

    def nft(self):
        draw = self.random
        port = draw.choice(PORTS)
        rule = draw.choice((f"ether daddr {GUESTS[port][0]} drop", f"ether type {ETH_P_TEST:#x} counter accept",
                            f"oifname {port} ether saddr {draw.choice(HOSTS)} drop", "udp dport 9 drop"))
        hook = draw.choice(("prerouting", "forward", "postrouting"))
        if "oifname" in rule:
            hook = "postrouting"
        return f"nft add table bridge t; add chain bridge t c_{hook} {{ type filter hook {hook} priority 0; }}; " \
               f"add rule bridge t c_{hook} {rule}"

    def classifier(self):
        draw = self.random
        port, way = draw.choice(((UPLINK, "ingress"), (draw.choice(PORTS), "egress"), (draw.choice(PORTS), "ingress")))
        action = draw.choice(("drop", "pass", "skbedit mark 5", f"pedit ex munge eth src set {mac(0xee)}"))
        return [f"tc qdisc add dev {port} clsact",
                f"tc filter add dev {port} {way} protocol all flower src_mac {draw.choice(HOSTS)} action {action}"]

    def change(self):
        """One command, or a list of them."""
        draw = self.random
        port = draw.choice(PORTS)
        vlan = f" vlan {draw.choice((1, 1, 5, 10))}" if self.filtering else ""
        known = draw.choice(sum(GUESTS.values(), []))
        return draw.choice((
            self.flag, self.flag, lambda: self.flag(opposite=True),
            lambda: f"bridge link set dev {draw.choice((UPLINK, *PORTS))} state {draw.choice((0, 1, 2, 3, 3, 4))}",
            lambda: self.static(port),
            lambda: f"bridge fdb replace {known} dev {port} master {draw.choice(('static', 'dynamic'))}{vlan}",
            lambda: f"bridge fdb del {known} dev {port} master{vlan}",
            lambda: f"bridge fdb replace {known} dev {UPLINK} master static{vlan}",
            lambda: f"bridge fdb replace {known} dev br0 self local{vlan}",
            lambda: "bridge fdb flush dev br0",
            lambda: self.vlan(draw.choice((UPLINK, *PORTS))),
            lambda: f"bridge vlan del vid {draw.choice(VIDS)} dev {draw.choice((UPLINK, *PORTS))}",
            lambda: f"ip link set br0 type bridge vlan_filtering {draw.randint(0, 1)}",
            lambda: f"ip link set br0 promisc {draw.choice(('on', 'off'))}",
            lambda: f"ip link set {port} mtu {draw.choice((300, 1000, 1500))}",
            lambda: f"ip link set {port} {draw.choice(('down', 'up', 'up'))}",
            lambda: f"ip link set {port} nomaster", lambda: f"ip link set {port} master br0",
            lambda: [f"ip link add link {UPLINK} name {UPLINK}.10 index 1002 type vlan id 10", f"ip link set {UPLINK}.10 up"],
            lambda: [f"ip link add link {UPLINK} name {UPLINK}.10 index 1002 type vlan id 10", f"ip link set {UPLINK}.10 up",
                     f"ip link set {port} nomaster", "ip link add br1 index 1001 type bridge", "ip link set br1 up",
                     f"ip link set {port} master br1", f"ip link set {UPLINK}.10 master br1",
                     f"bridge fdb replace {GUESTS[port][0]} dev {port} master static"],
            lambda: f"bridge link set dev {port} backup_port {draw.choice(PORTS)}",
            self.nft, self.classifier))()

    # frames

    def frame(self):
        draw = self.random
        self.sequence += 1
        enters = draw.choice((UPLINK,) * 6 + PORTS)
        own = HOSTS if enters == UPLINK else GUESTS[enters]
        source = draw.choice(own)
        if self.chance(0.02):
            source = draw.choice((*HOSTS, *sum(GUESTS.values(), []), "01:00:5e:00:00:09", "00:00:00:00:00:00"))
        target = draw.choice(sum(GUESTS.values(), []) if self.chance(0.75) else (*HOSTS, *GROUPS, mac(0xdd)))
        tag = {}
        if self.chance(0.35):
            tag = {"vlan": draw.choice((0, *VIDS, 30)), "pcp": draw.randint(0, 7)}
        return enters, self.build(target, source, tag)

    def build(self, target, source, tag):
        draw = self.random
        payload = MAGIC + struct.pack("!II", self.seed & 0xffffffff, self.sequence)
        payload += bytes(draw.choice((0, 0, 20, 200, 300, 1000, 1400)))
        kind = draw.randrange(12)
        four, six = ("192.0.2.20", "192.0.2.80"), ("2001:db8::20", "2001:db8::80")
        if kind < 5:
            return udp(target, source, *four, 9 if kind == 4 else 7, 7, payload, bad_checksum=kind == 3, **tag)
        if kind < 6:
            return udp(target, source, *six, 7, 7, payload, **tag)
        if kind < 7:
            # pushed, so that GRO never holds it: what it would be joined with depends on when the next one comes
            return tcp(target, source, *four, 7, 7, payload, seq=self.sequence * 5000, flags=0x18, **tag)
        if kind < 8:
            return ethernet(target, source, 0x0806, arp(source, payload), **tag)
        if kind < 9:
            return ethernet(target, source, 0x86dd, solicitation(payload), **tag)
        return ethernet(target, source, draw.choice((ETH_P_TEST, ETH_P_TEST, 0x8902, 0x88e3, len(payload))), payload, **tag)

    def frames(self):
        """Runs of frames of one kind, as flows are, and single ones."""
        found = []
        while len(found) < FRAMES:
            enters, frame = self.frame()
            length = self.random.choice((1, 1, 1, 5, 12))
            found.append((enters, frame))
            for _ in range(length - 1):
                self.sequence += 1
                found.append((enters, renumbered(frame, self.sequence)))
        return found[:FRAMES]


def renumbered(frame, sequence):
    """The same frame with another number; a check sum becomes wrong, which bridges do not mind."""
    at = frame.find(MAGIC) + len(MAGIC) + 4
    return frame[:at] + struct.pack("!I", sequence) + frame[at + 4:]


def arp(source, payload):
    """A request, with what makes it unique behind it."""
    return struct.pack("!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, 1, mac_bytes(source), bytes([192, 0, 2, 80]), bytes(6),
                       bytes([192, 0, 2, 20])) + payload


def solicitation(payload):
    """IPv6 neighbour solicitation, near enough for a bridge to look into it."""
    message = bytes([135, 0, 0, 0]) + bytes(4) + bytes.fromhex("20010db8000000000000000000000020") + payload
    source, target = (bytes.fromhex(f"20010db80000000000000000000000{last}") for last in ("80", "20"))
    return struct.pack("!IHBB", 6 << 28, len(message), 58, 255) + source + target + message
