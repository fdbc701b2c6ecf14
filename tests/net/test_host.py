#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The host is not disturbed by the program on its interface.

    test_host.py [BUILD]

The same traffic is sent before and while the program is attached and has to fare alike: ping, TCP,
DNS over UDP, NTP to a server behind this host, fragments, and frames of every kind that is to pass,
compared byte for byte. NTP programs that the host itself runs keep their port and their time. A
hundred attaches and detaches under load lose no more than the rings. In namespaces:
`up` - server - `client`.
"""
import contextlib
import re
import signal
import socket
import struct
import sys
import threading
import time

import peers
import tap
from client import Flood, ask, frames
from lab import Lab, wait_for
from server import Server, interface_counters, xdp_of

ETH_P_ALL = 3
SOL_PACKET, PACKET_AUXDATA = 263, 8
TP_STATUS_VLAN_VALID = 1 << 4
UP4, UP6 = "198.51.100.1", "2001:db8:1::1"
SRV4, SRV6 = "192.0.2.1", "2001:db8:2::1"
RING = 256  # of a veth queue (VETH_RING_SIZE)


def set_up(lab):
    """Namespaces and wires; the server routes between client and `up`, where chronyd serves."""
    up, middle, client = (lab.namespace(name) for name in ("up", "server", "client"))
    lab.wire((up, "up0", [UP4 + "/24", UP6 + "/64"]),
             (middle, "up1", ["198.51.100.254/24", "2001:db8:1::fe/64"]))
    lab.wire((middle, "srv0", [SRV4 + "/24", SRV6 + "/64"]),
             (client, "cli0", ["192.0.2.2/24", "2001:db8:2::2/64"]))
    lab.attach_pass(client, "cli0")
    lab.attach_pass(up, "up0")
    for key in ("net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"):
        middle.sysctl(key, 1)
    client.ip("route", "add", "default", "via", SRV4)
    client.ip("-6", "route", "add", "default", "via", SRV6)
    up.ip("route", "add", "default", "via", "198.51.100.254")
    up.ip("-6", "route", "add", "default", "via", "2001:db8:1::fe")
    peers.chronyd_server(up, "up")
    return up, middle, client


# Traffic of programs: each returns something that must not change with the program attached.

def echo_udp(middle, client, address, port, size):
    """A datagram there and back: DNS over UDP, or a fragmented one."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with middle.socket(family, socket.SOCK_DGRAM) as server, \
            client.socket(family, socket.SOCK_DGRAM) as asking:
        server.bind((address, port))
        server.settimeout(2)
        asking.settimeout(2)
        sent = bytes(range(256)) * (size // 256) + bytes(size % 256)
        asking.sendto(sent, (address, port))
        with contextlib.suppress(TimeoutError):
            data, sender = server.recvfrom(65536)
            server.sendto(data, sender)
            return asking.recv(65536) == sent
    return False


def transfer_tcp(middle, client, address):
    """Four megabytes over TCP to port 123 and back to the sender's count."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    total, received = 4 << 20, []
    with middle.socket(family, socket.SOCK_STREAM) as server, \
            client.socket(family, socket.SOCK_STREAM) as sending:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((address, 123))
        server.listen(1)
        server.settimeout(5)
        sending.settimeout(5)

        def take():
            accepted, _ = server.accept()
            with accepted:
                count = 0
                while chunk := accepted.recv(1 << 16):
                    count += len(chunk)
                received.append(count)

        taker = threading.Thread(target=take, daemon=True)
        taker.start()
        sending.connect((address, 123))
        sending.sendall(bytes(total))
        sending.shutdown(socket.SHUT_WR)
        taker.join(10)
    return received == [total]


def ping(client, address, size=56):
    """Three pings, all answered."""
    done = client.run("ping", "-n", "-c", "3", "-i", "0.05", "-W", "2", "-s", str(size), address)
    return " 0% packet loss" in done.stdout


PROGRAMS = [
    ("ping, IPv4", lambda middle, client: ping(client, SRV4)),
    ("ping, IPv6", lambda middle, client: ping(client, SRV6)),
    ("ping in fragments, IPv4", lambda middle, client: ping(client, SRV4, 4000)),
    ("ping in fragments, IPv6", lambda middle, client: ping(client, SRV6, 4000)),
    ("TCP to port 123, IPv4", lambda middle, client: transfer_tcp(middle, client, SRV4)),
    ("TCP to port 123, IPv6", lambda middle, client: transfer_tcp(middle, client, SRV6)),
    ("DNS over UDP, IPv4", lambda middle, client: echo_udp(middle, client, SRV4, 53, 60)),
    ("DNS over UDP, IPv6", lambda middle, client: echo_udp(middle, client, SRV6, 53, 60)),
    ("UDP in fragments, IPv4", lambda middle, client: echo_udp(middle, client, SRV4, 53, 8000)),
    ("UDP in fragments, IPv6", lambda middle, client: echo_udp(middle, client, SRV6, 53, 8000)),
    ("NTP to a server behind this host, IPv4",
     lambda middle, client: answered_by_upstream(client, UP4)),
    ("NTP to a server behind this host, IPv6",
     lambda middle, client: answered_by_upstream(client, UP6)),
]


def answered_by_upstream(client, address):
    """True when a request to the routed address is answered by the chronyd there."""
    answer = wait_for(lambda: ask(client, address), 3)
    return bool(answer) and answer.ntp.stratum == 1


# Frames: sent by hand, and looked at where the server's kernel gets them.

def frame_list(middle, client):
    """(name, frame) of everything that has to reach the kernel as it came."""
    to, sender = middle.mac("srv0"), client.mac("cli0")
    four = {"source": "192.0.2.2", "destination": SRV4}
    six = {"source": "2001:db8:2::2", "destination": SRV6}

    def udp(ends, port, payload, **more):
        source, destination = (frames.ipaddress.ip_address(ends[key])
                               for key in ("source", "destination"))
        return frames.Datagram(sender, more.get("mac", to), source, destination,
                               more.get("source_port", 40000), port, payload,
                               more.get("tags", ())).build()

    request = frames.Ntp(transmit=0x1234567887654321).pack()

    def mode(number):
        return frames.Ntp(mode=number, stratum=1, transmit=99).pack()

    ip4 = bytearray(udp(four, 123, request))
    fragment = bytearray(ip4)
    fragment[20:22] = struct.pack("!H", 0x2000)  # more fragments
    options = ip4[:14] + b"\x46" + ip4[15:34] + b"\x01\x01\x01\x00" + ip4[34:]
    options[16:18] = struct.pack("!H", 80)
    ip6 = udp(six, 123, request)
    extension = ip6[:20] + bytes([60]) + ip6[21:54] + bytes([17, 0, 1, 4, 0, 0, 0, 0]) + ip6[54:]
    extension = extension[:18] + struct.pack("!H", 64) + extension[20:]
    found = [
        ("UDP to another port", udp(four, 124, request)),
        ("UDP from port 123 to another port", udp(four, 40001, request, source_port=123)),
        ("NTP to another address, IPv4", udp({**four, "destination": UP4}, 123, request)),
        ("NTP to another address, IPv6", udp({**six, "destination": UP6}, 123, request)),
        ("NTP to another MAC", udp(four, 123, request, mac=bytes.fromhex("020000000099"))),
        ("NTP to the broadcast address",
         udp({**four, "destination": "255.255.255.255"}, 123, request, mac=b"\xff" * 6)),
        ("NTP to a multicast group", udp({**four, "destination": "224.0.1.1"}, 123, request,
                                         mac=bytes.fromhex("01005e000101"))),
        ("VLAN, UDP to another port", udp(four, 124, request, tags=(5,))),
        ("VLAN with priority, TCP-like", udp(four, 125, request, tags=(0xE005,))),
        ("two VLAN tags, UDP to another port", udp(four, 124, request, tags=(5, 6))),
        ("three VLAN tags, NTP", udp(four, 123, request, tags=(5, 6, 7))),
        ("an IPv4 fragment of NTP", bytes(fragment)),
        ("IPv4 options before NTP", bytes(options)),
        ("an IPv6 extension header before NTP", extension),
        ("an NTP request with an extension field", udp(four, 123, request + bytes(28))),
        ("a frame of an unknown kind", to + sender + b"\x88\xb5" + bytes(range(60))),
        ("a cut IPv4 header", to + sender + b"\x08\x00" + b"\x45\x00\x00\x10" + bytes(46)),
    ]
    found += [(f"NTP mode {number}, {name}", udp(ends, 123, mode(number)))
              for number in (1, 2, 4, 5) for name, ends in (("IPv4", four), ("IPv6", six))]
    return found


class Tap:
    """Reads what the kernel of a namespace is handed on an interface, tags included."""

    def __init__(self, namespace, interface):
        self.socket = namespace.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.socket.bind((interface, ETH_P_ALL))
        self.socket.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.socket.settimeout(0.3)

    def take(self, wanted):
        """The incoming frame that is `wanted`, or None; what else comes is passed over."""
        deadline = time.monotonic() + 0.5
        while time.monotonic() < deadline:
            try:
                data, auxiliary, _, sender = self.socket.recvmsg(4096, 256)
            except TimeoutError:
                return None
            status, _, _, _, _, tag, protocol = struct.unpack("IIIHHHH", auxiliary[0][2][:20])
            if status & TP_STATUS_VLAN_VALID:
                data = data[:12] + struct.pack("!HH", protocol, tag) + data[12:]
            if sender[2] != socket.PACKET_OUTGOING and data == wanted:
                return data
        return None


def pass_frames(middle, client, listed):
    """{name: the frame as the server's kernel saw it}"""
    seen = {}
    listener = Tap(middle, "srv0")
    with client.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
        sender.bind(("cli0", 0))
        for name, frame in listed:
            sender.send(frame)
            seen[name] = listener.take(frame)
    listener.socket.close()
    return seen


def traffic_is_undisturbed(tap_, build):
    """Everything fares as it did before."""
    with Lab("host", build) as lab:
        _, middle, client = set_up(lab)
        listed = frame_list(middle, client)
        fared = {name: run(middle, client) for name, run in PROGRAMS}
        seen = pass_frames(middle, client, listed)
        tap_.check(all(fared.values()), "without the program all of it works", fared)
        tap_.check(all(seen.values()), "without the program all frames reach the kernel",
                   [name for name, frame in seen.items() if not frame])
        server = Server(middle, f"server {UP4} iburst minpoll 0 maxpoll 2").start()
        server.attach("srv0")
        server.attach("up1")
        tap_.check(server.wait_synchronised(20), "synchronised, replies passing the program",
                   server.process.output()[-1500:])
        tap_.check(ask(client, SRV4) and ask(client, SRV6), "requests are answered")
        for name, run in PROGRAMS:
            tap_.check(run(middle, client), f"{name}: as before")
        now = pass_frames(middle, client, listed)
        changed = [name for name in now if now[name] != seen[name]]
        tap_.check(not changed, f"{len(listed)} kinds of frames pass byte for byte as before",
                   changed)
        sent = sent_by_xdp(middle)
        pass_frames(middle, client, listed)
        tap_.check(sent_by_xdp(middle) == sent, "none of them is answered by XDP",
                   server.verdicts())


def sent_by_xdp(middle):
    """How many frames left srv0 by XDP_TX."""
    return sum(count for name, count in interface_counters(middle, "srv0").items()
               if name.endswith("xdp_tx"))


# NTP programs that the host runs for itself.

def own_clients_keep_going(tap_, build):
    """NTPsec (from port 123) and chronyd on this host, as clients of others."""
    with Lab("clients", build) as lab:
        _, middle, client = set_up(lab)
        peers.ntpsec(middle, "ntpsec", UP4, UP6)
        chronyd = peers.chronyd_client(middle, "chronyd", UP4, UP6)
        before = wait_for(lambda: all_reached(middle), 25, 0.5)
        tap_.check(before, "without the program NTPsec is synchronised",
                   peers.ntpq(middle, "-pnw"), chronyd.output())
        holder = holders(middle)
        server = Server(middle, f"server {UP4} iburst minpoll 0 maxpoll 2").start()
        for interface in ("up1", "srv0"):
            server.attach(interface)
        tap_.check(server.wait_synchronised(20), "ntpxdpd is synchronised beside them",
                   server.process.output()[-1500:])
        answer = wait_for(lambda: ask(client, SRV4), 2)
        tap_.check(answer and server.verdicts()["served"] > 0,
                   "clients are answered by XDP although NTPsec holds the port")
        time.sleep(20)  # two polls and a half
        tap_.check(all_reached(middle), "NTPsec stays synchronised, both its replies to port 123",
                   peers.ntpq(middle, "-pnw"))
        reached = peers.chronyc_sources(middle)
        tap_.check(reached and all(mark in "*+" and reach for mark, reach in reached.values()),
                   "chronyd stays synchronised", reached)
        tap_.check(holders(middle) == holder and holder, "the port stays with NTPsec", holder,
                   holders(middle))
        said = [line for line in server.process.output().splitlines()
                if "port 123" in line and "another server" in line]
        tap_.check(said and len(said) == len(set(said)), "ntpxdpd says once that the port is taken",
                   server.process.output()[-1500:])
        tap_.check(server.json("status")["port"]["state"] == "taken", "and `status` says it too",
                   server.run("status").stdout)


def all_reached(namespace):
    """True when NTPsec hears all its servers and has selected one."""
    found = peers.ntpsec_peers(namespace)
    return len(found) == 2 and all(reach & 3 for _, reach in found.values()) and \
        any(mark in "*o" for mark, _ in found.values())


def holders(namespace):
    """Who holds UDP port 123 on which address."""
    listing = namespace.run("ss", "-H", "-l", "-u", "-n", "-p", "sport = :123").stdout
    return sorted(re.findall(r"(\S+:123)\s.*\(\(\"(\w+)\"", listing))


# A hundred times on and off.

def hundred_attaches(tap_, build):
    """No wedge, and at most one ring for each queue and switch."""
    with Lab("hundred", build) as lab:
        _, middle, client = set_up(lab)
        server = Server(middle, f"server {UP4} iburst minpoll 0 maxpoll 2").start()
        tap_.check(server.wait_synchronised(20), "synchronised", server.process.output()[-1500:])
        before = interface_counters(middle, "srv0")
        flood = Flood(client, SRV4, 5000)
        began, bad = time.monotonic(), []
        for turn in range(100):
            for word in ("attach", "detach"):
                done = server.run(word, "srv0")
                if done.returncode != 0:
                    bad.append(f"{word} {turn}: {done.stderr.strip()}")
        took = time.monotonic() - began
        time.sleep(0.5)
        report, after = flood.stop(), interface_counters(middle, "srv0")
        tap_.check(not bad, f"attached and detached 100 times in {took:.0f} s", *bad)
        limit = 200 * RING
        tap_.check(report["lost"] <= limit and report["received"] > report["sent"] / 2,
                   f"{report['lost']} of {report['sent']} lost, at most {limit} (a ring of {RING} "
                   "for each switch)", report["lost_at"][:20])
        tap_.check(report["duplicates"] == 0, "no request is answered twice", report["duplicates"])
        shown = []
        for name in sorted(after):
            changed = after[name] - before.get(name, 0)
            if changed and "bytes" not in name or re.search(r"drop|err", name):
                shown.append(f"{name} +{changed}")
        tap_.say("driver counters: " + ", ".join(shown))
        tap_.check(xdp_of(middle, "srv0") == 0, "nothing is left on the interface")
        tap_.check(wait_for(lambda: ask(client, SRV4), 3), "the kernel's path answers afterwards")
        server.attach("srv0")
        served = server.verdicts()["served"]
        tap_.check(wait_for(lambda: ask(client, SRV4), 3) and server.verdicts()["served"] > served,
                   "and so does XDP, attached once more")
        server.process.kill(signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(tap.main([traffic_is_undisturbed, own_clients_keep_going, hundred_attaches],
                      [tap.build_folder()]))
