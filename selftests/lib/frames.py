# SPDX-License-Identifier: GPL-2.0-only
"""Build Ethernet frames, and read those that tests build."""

import ipaddress
import struct

ETH_P_TEST = 0x88B5  # reserved for local experiments: no protocol of the kernel answers it
ETH_P_IP = 0x0800
ETH_P_IPV6 = 0x86DD
ETH_P_8021Q = 0x8100
MAGIC = b"vmqtest!"
BROADCAST = "ff:ff:ff:ff:ff:ff"
MINIMUM = 60


def mac_bytes(text):
    return bytes.fromhex(text.replace(":", ""))


def mac_text(data):
    return ":".join(f"{byte:02x}" for byte in data)


def ethernet(dst, src, ethertype, payload, vlan=None, pcp=0, dei=0, size=0, tpid=ETH_P_8021Q):
    """A frame without its check sum, padded to @size or the minimum; @vlan None means no tag at all."""
    tag = b"" if vlan is None else struct.pack("!HH", tpid, pcp << 13 | dei << 12 | vlan)
    frame = mac_bytes(dst) + mac_bytes(src) + tag + struct.pack("!H", ethertype) + payload
    return frame.ljust(max(size, MINIMUM), b"\0")


def numbered(dst, src, seq, flow=0, **options):
    """A frame that carries a flow and a sequence number; options are those of ethernet()."""
    return ethernet(dst, src, ETH_P_TEST, MAGIC + struct.pack("!II", flow, seq), **options)


def number(frame):
    """(flow, sequence number) of a numbered() frame, or None."""
    at = frame.find(MAGIC, 14, 64)
    return struct.unpack_from("!II", frame, at + len(MAGIC)) if at > 0 else None


def crc32c(data):
    """The check sum of SCTP."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def _ip(src, dst, protocol, body):
    """(ethertype, IP packet, pseudo header of the next protocol's check sum)"""
    src, dst = ipaddress.ip_address(src), ipaddress.ip_address(dst)
    if src.version == 6:
        head = struct.pack("!IHBB", 6 << 28, len(body), protocol, 64) + src.packed + dst.packed
        return ETH_P_IPV6, head + body, src.packed + dst.packed + struct.pack("!II", len(body), protocol)
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 0, 0x4000, 64, protocol, 0, src.packed, dst.packed)
    head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
    return ETH_P_IP, head + body, src.packed + dst.packed + struct.pack("!HH", protocol, len(body))


def udp(dst, src, ip_dst, ip_src, dport, sport, payload=b"", bad_checksum=False, **options):
    """An Ethernet frame with a UDP packet, IPv4 or IPv6 by its addresses."""
    body = struct.pack("!HHHH", sport, dport, 8 + len(payload), 0) + payload
    _, _, pseudo = _ip(ip_src, ip_dst, 17, body)
    check = (checksum(pseudo + body) or 0xFFFF) ^ (0x5555 if bad_checksum else 0)
    body = body[:6] + struct.pack("!H", check) + body[8:]
    ethertype, packet, _ = _ip(ip_src, ip_dst, 17, body)
    return ethernet(dst, src, ethertype, packet, **options)


def tcp(dst, src, ip_dst, ip_src, dport, sport, payload=b"", seq=1, flags=0x10, bad_checksum=False, **options):
    """An Ethernet frame with a TCP segment, by default a bare acknowledgement."""
    body = struct.pack("!HHIIBBHHH", sport, dport, seq, 1, 5 << 4, flags, 0xFFFF, 0, 0) + payload
    _, _, pseudo = _ip(ip_src, ip_dst, 6, body)
    check = checksum(pseudo + body) ^ (0x5555 if bad_checksum else 0)
    body = body[:16] + struct.pack("!H", check) + body[18:]
    ethertype, packet, _ = _ip(ip_src, ip_dst, 6, body)
    return ethernet(dst, src, ethertype, packet, **options)


def sctp(dst, src, ip_dst, ip_src, dport, sport, payload=b"", bad_checksum=False, **options):
    """An Ethernet frame with an SCTP packet."""
    body = struct.pack("!HHII", sport, dport, 1, 0) + payload
    check = crc32c(body) ^ (0x5555 if bad_checksum else 0)
    body = body[:8] + struct.pack("<I", check) + body[12:]
    ethertype, packet, _ = _ip(ip_src, ip_dst, 132, body)
    return ethernet(dst, src, ethertype, packet, **options)


def ipv4_fragments(frame, size, ident):
    """The same packet in two Ethernet frames, the first one with @size bytes, a multiple of 8, of what follows the IP header."""
    length = struct.unpack_from("!H", frame, 16)[0]
    body = frame[34:14 + length]
    found = []
    for part, flags in ((body[:size], 0x2000), (body[size:], size // 8)):
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(part), ident, flags, 64, frame[23], 0) + frame[26:34]
        head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
        found.append((frame[:14] + head + part).ljust(MINIMUM, b"\0"))
    return found


def wrong_checksums(frame):
    """Which check sums of an untagged TCP or UDP frame are wrong: a list of "ip" and "l4"."""
    wrong = []
    if struct.unpack_from("!H", frame, 12)[0] == ETH_P_IP:
        head = (frame[14] & 15) * 4
        length, protocol = struct.unpack_from("!H", frame, 16)[0], frame[23]
        addresses = frame[26:34]
        if checksum(frame[14:14 + head]):
            wrong.append("ip")
    else:
        head = 40
        length, protocol = 40 + struct.unpack_from("!H", frame, 18)[0], frame[20]
        addresses = frame[22:54]
    body = frame[14 + head:14 + length]
    # for short packets the pseudo headers of both versions have the same sum
    if checksum(addresses + struct.pack("!HH", protocol, len(body)) + body):
        wrong.append("l4")
    return wrong
