# SPDX-License-Identifier: GPL-2.0-or-later
"""
Ethernet frames with NTP in them, built and read byte by byte, written from the specifications and
not from the server under test. Only what the machine tests send or look at; wire.py carries them.
"""
import dataclasses
import ipaddress
import struct

ETHERTYPE_IP4, ETHERTYPE_IP6, ETHERTYPE_ARP, ETHERTYPE_VLAN = 0x0800, 0x86DD, 0x0806, 0x8100
UDP, ICMP6 = 17, 58
NTP_PORT = 123
# NTP counts from 1900, Unix from 1970 (RFC 5905 figure 4).
UNIX_TO_NTP = 2208988800
ERA = 1 << 32
NTP_FORMAT = "!BBbbII4sQQQQ"


def checksum(data):
    """The Internet checksum (RFC 1071); 0 over data that carries a right one."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def pseudo_header(source, destination, protocol, length):
    """What a UDP or ICMPv6 checksum covers besides the datagram (RFC 768; RFC 8200 sec. 8.1)."""
    numbers = struct.pack("!BBH", 0, protocol, length) if source.version == 4 else \
        struct.pack("!II", length, protocol)
    return source.packed + destination.packed + numbers


def unix_to_wire(nanoseconds):
    """Unix time in ns as 64 bits of NTP time, era left out."""
    seconds, rest = divmod(nanoseconds, 10**9)
    return (seconds + UNIX_TO_NTP) % ERA << 32 | (rest << 32) // 10**9


def wire_to_unix(wire, near):
    """64 bits of NTP time as Unix time in ns, in the era that brings it closest to `near`."""
    in_era = (wire >> 32) * 10**9 + ((wire & (ERA - 1)) * 10**9 >> 32) - UNIX_TO_NTP * 10**9
    return in_era + round((near - in_era) / (ERA * 10**9)) * ERA * 10**9


@dataclasses.dataclass
class Ntp:
    """The 48 octets of RFC 5905 figure 8; timestamps as 64-bit integers."""

    leap: int = 0
    version: int = 4
    mode: int = 3
    stratum: int = 0
    poll: int = 0
    precision: int = 0
    root_delay: int = 0
    root_dispersion: int = 0
    reference_id: bytes = b"\0\0\0\0"
    reference: int = 0
    origin: int = 0
    receive: int = 0
    transmit: int = 0

    def pack(self):
        first = self.leap << 6 | self.version << 3 | self.mode
        return struct.pack(NTP_FORMAT, first, self.stratum, self.poll, self.precision,
                           self.root_delay, self.root_dispersion, self.reference_id,
                           self.reference, self.origin, self.receive, self.transmit)

    @classmethod
    def unpack(cls, data):
        first, *rest = struct.unpack(NTP_FORMAT, data[:48])
        return cls(first >> 6, first >> 3 & 7, first & 7, *rest)


@dataclasses.dataclass
class Datagram:
    """A UDP datagram with the frame around it. tags: VLAN TCIs, outermost first."""

    source_mac: bytes
    destination_mac: bytes
    source: object
    destination: object
    source_port: int
    destination_port: int
    payload: bytes
    tags: tuple = ()
    hops: int = 64
    dont_fragment: bool = True
    # Found when read, ignored when built:
    checksums_right: bool = True
    trailer: bytes = b""

    def ntp(self):
        return Ntp.unpack(self.payload)

    def build(self):
        length = 8 + len(self.payload)
        head = struct.pack("!HHH", self.source_port, self.destination_port, length)
        pseudo = pseudo_header(self.source, self.destination, UDP, length)
        right = checksum(pseudo + head + b"\0\0" + self.payload) or 0xFFFF
        udp = head + struct.pack("!H", right) + self.payload
        packet = self._ip_header(len(udp)) + udp
        kind = ETHERTYPE_IP4 if self.source.version == 4 else ETHERTYPE_IP6
        frame = self.destination_mac + self.source_mac
        for tag in self.tags:
            frame += struct.pack("!HH", ETHERTYPE_VLAN, tag)
        frame += struct.pack("!H", kind) + packet
        return frame + bytes(max(0, 60 - len(frame)))

    def _ip_header(self, length):
        if self.source.version == 6:
            return struct.pack("!IHBB", 6 << 28, length, UDP, self.hops) + \
                self.source.packed + self.destination.packed
        flags = 0x4000 if self.dont_fragment else 0
        header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + length, 0x1234, flags, self.hops, UDP, 0)
        header += self.source.packed + self.destination.packed
        return header[:10] + struct.pack("!H", checksum(header)) + header[12:]


@dataclasses.dataclass
class Frame:
    """A frame down to what follows the Ethernet header and its tags."""

    destination_mac: bytes
    source_mac: bytes
    tags: tuple
    kind: int
    body: bytes


def read_frame(data):
    kind, at, tags = struct.unpack("!H", data[12:14])[0], 14, ()
    while kind == ETHERTYPE_VLAN:
        tag, kind = struct.unpack("!HH", data[at:at + 4])
        tags, at = tags + (tag,), at + 4
    return Frame(data[:6], data[6:12], tags, kind, data[at:])


def read_datagram(frame):
    """The UDP datagram in a frame, or None when it holds none."""
    body = frame.body
    if frame.kind == ETHERTYPE_IP4 and body[9] == UDP and body[0] == 0x45:
        length, at, hops = struct.unpack("!H", body[2:4])[0], 20, body[8]
        source, destination = (ipaddress.IPv4Address(body[i:i + 4]) for i in (12, 16))
        right = checksum(body[:20]) == 0
        whole = bool(body[6] & 0x40)
    elif frame.kind == ETHERTYPE_IP6 and body[6] == UDP:
        length, at, hops = 40 + struct.unpack("!H", body[4:6])[0], 40, body[7]
        source, destination = (ipaddress.IPv6Address(body[i:i + 16]) for i in (8, 24))
        right, whole = True, True
    else:
        return None
    udp = body[at:length]
    ports = struct.unpack("!HHHH", udp[:8])
    pseudo = pseudo_header(source, destination, UDP, len(udp))
    # Over IPv4 a sum of 0 means that there is none (RFC 768), over IPv6 it is wrong (RFC 8200).
    right = right and ports[2] == len(udp) and (
        checksum(pseudo + udp) == 0 if ports[3] else source.version == 4)
    return Datagram(frame.source_mac, frame.destination_mac, source, destination, ports[0],
                    ports[1], udp[8:], frame.tags, hops, whole, right, body[length:])


def answer_to_arp(frame, mac, has):
    """The reply to an ARP request for an address that has(address) says is ours, or None."""
    if frame.kind != ETHERTYPE_ARP or frame.body[6:8] != b"\0\1":
        return None
    asked = frame.body[24:28]
    if not has(ipaddress.IPv4Address(asked)):
        return None
    tags = b"".join(struct.pack("!HH", ETHERTYPE_VLAN, tag) for tag in frame.tags)
    reply = frame.body[:6] + b"\0\2" + mac + asked + frame.body[8:18]
    return frame.source_mac + mac + tags + struct.pack("!H", ETHERTYPE_ARP) + reply + bytes(18)


def answer_to_solicitation(frame, mac, has):
    """The neighbour advertisement for a solicitation (RFC 4861 sec. 4.3, 4.4), or None."""
    body = frame.body
    if frame.kind != ETHERTYPE_IP6 or body[6] != ICMP6 or body[40] != 135:
        return None
    source, asked = ipaddress.IPv6Address(body[8:24]), ipaddress.IPv6Address(body[48:64])
    if not has(asked) or source.is_unspecified:
        return None
    text = struct.pack("!BBHI", 136, 0, 0, 0x60000000) + asked.packed + b"\2\1" + mac
    right = checksum(pseudo_header(asked, source, ICMP6, len(text)) + text)
    text = text[:2] + struct.pack("!H", right) + text[4:]
    header = struct.pack("!IHBB", 6 << 28, len(text), ICMP6, 255) + asked.packed + source.packed
    tags = b"".join(struct.pack("!HH", ETHERTYPE_VLAN, tag) for tag in frame.tags)
    return frame.source_mac + mac + tags + struct.pack("!H", ETHERTYPE_IP6) + header + text
