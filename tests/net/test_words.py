#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The files that operators have, as they stand: the pool guide's ntp.conf with five names filled
in, Debian's /etc/chrony/chrony.conf and Debian's /etc/ntpsec/ntp.conf.

    test_words.py [BUILD]

Each starts ntpxdpd, which finds the names in the namespace's own /etc/hosts (pool names have four
addresses there), synchronises to real chronyd servers and serves a client. A table, on lines that
begin with #!, lists each directive and what it did, from `ntpxdpd -p`. Then the words about which
addresses are answered, and the code point of replies, by XDP and by the socket.
"""
import os
import random
import re
import signal
import socket
import sys

import peers
import tap
from client import ask, frames
from lab import Lab, peer, wait_for
from server import Server

SRV4, SRV6, OTHER4 = "192.0.2.1", "2001:db8:2::1", "192.0.2.9"
CLIENT4 = "192.0.2.2"
UPS = [f"198.51.100.{i}" for i in range(11, 16)]
SOURCES = [f"server {address} iburst" for address in UPS[:3]]

GUIDE = """driftfile /var/lib/ntp/ntp.drift

restrict default nomodify notrap nopeer noquery kod limited

restrict 127.0.0.1
restrict ::1

server one.example iburst
server two.example iburst
server three.example iburst
server four.example iburst
server five.example iburst
"""


def topology(lab):
    """Five chronyd on one side, the server, a client on the other."""
    up, server, client = lab.namespace("up"), lab.namespace("srv"), lab.namespace("cli")
    lab.wire((up, "up0", [address + "/24" for address in UPS]),
             (server, "up1", ["198.51.100.254/24"]))
    lab.wire((server, "srv0", [SRV4 + "/24", OTHER4 + "/24", SRV6 + "/64"]),
             (client, "cli0", [CLIENT4 + "/24", "2001:db8:2::2/64"]))
    lab.attach_pass(client, "cli0")
    for number, address in enumerate(UPS):
        peers.chronyd_server(up, f"up{number}", f"bindaddress {address}")
    return server, client


def hosts():
    """/etc/hosts: the guide's five names, and four addresses for each pool of Debian's."""
    names = ("one", "two", "three", "four", "five")
    lines = [f"{address} {name}.example" for address, name in zip(UPS, names)]
    lines += [f"{address} {number}.debian.pool.ntp.org" for number in range(4) for address in UPS]
    return "\n".join(["127.0.0.1 localhost", *lines, ""])


class Stock:
    """ntpxdpd with a file as it stands, in a mount namespace with folders of its own: nothing that
    the file names is there but what the test puts there."""

    def __init__(self, lab, namespace, name, text):
        self.lab, self.namespace, self.name = lab, namespace, name
        self.text = text
        self.settings = lab.write(f"{name}.stock", text)
        hosts_file = lab.write("hosts", hosts())
        for folder in ("run", "lib"):
            os.makedirs(lab.path(name, folder), exist_ok=True)
        self.script = (f"mount --bind {hosts_file} /etc/hosts\n"
                       f"mount --bind {lab.path(name, 'run')} /run\n"
                       f"mount --bind {lab.path(name, 'lib')} /var/lib\n"
                       "mount -t bpf none /sys/fs/bpf\n")
        self.process = None

    def inside(self, *words):
        """The command line in such a mount namespace."""
        return ["unshare", "-m", "sh", "-ec", self.script + 'exec "$@"', "sh", *words]

    def start(self):
        """Starts the daemon; its control socket is in our folder under another name."""
        self.process = self.namespace.start(self.name, *self.inside(
            self.lab.program("ntpxdpd"), "-x", "-f", self.settings))
        return self

    def understood(self):
        """What `ntpxdpd -p` prints: {line of the file: [what it did]}."""
        done = self.namespace.run(*self.inside(
            self.lab.program("ntpxdpd"), "-p", "-f", self.settings))
        found = {}
        for line in done.stdout.splitlines():
            part = re.match(rf"(.*)\t# {re.escape(self.settings)}:(\d+)$", line)
            if part:
                found.setdefault(int(part[2]), []).append(part[1])
        return done.returncode, found

    def directives(self):
        """{line: directive} of the file."""
        return {number: line for number, line in enumerate(self.text.splitlines(), 1)
                if line.strip() and not line.lstrip().startswith("#")}


def mark(client, address):
    """Type of service or traffic class of the reply; None: there is none."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with client.socket(family, socket.SOCK_DGRAM) as channel:
        if family == socket.AF_INET:
            channel.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
        else:
            channel.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVTCLASS, 1)
        channel.settimeout(0.5)
        channel.sendto(frames.Ntp(transmit=random.getrandbits(64) | 1).pack(), (address, 123))
        try:
            _, extra, _, _ = channel.recvmsg(1024, 256)
        except (TimeoutError, ConnectionRefusedError):
            return None
        return int.from_bytes(extra[0][2], sys.byteorder)


def good(client, address):
    """Does a synchronised server answer there?"""
    answer = ask(client, address, wait=0.5)
    return answer is not None and answer.synchronised()


def check_file(tap_, stock, client):
    """One file: each of its directives did something, and the daemon serves."""
    name, directives = stock.name, stock.directives()
    status, understood = stock.understood()
    tap_.check(status == 0, f"{name}: taken as it stands")
    for number, line in directives.items():
        for what in understood.get(number, ["nothing is said of it"]):
            tap_.say(f"{name}: {line:36} -> {what}")
    silent = [line for number, line in directives.items() if number not in understood]
    tap_.check(not silent, f"{name}: -p says of each of {len(directives)} directives what it did",
               silent)
    stock.start()
    tap_.check(wait_for(lambda: not stock.process.running() or good(client, SRV4), 25, 0.5)
               and stock.process.running(), f"{name}: synchronises and serves",
               stock.process.output())
    tap_.check(good(client, SRV6), f"{name}: serves over IPv6")
    stock.process.stop()


def check_drift_file(tap_, lab, server):
    """A drift file in a folder that the daemon's account may not write: said at the start."""
    folder = lab.path("others")
    os.makedirs(folder, 0o755)
    stock = Stock(lab, server, "drift", f"user nobody\ndriftfile {folder}/drift\nlocal\n")
    os.chmod(lab.folder, 0o755)
    stock.start()
    tap_.check(stock.process.wait_output(
        f"the drift file {folder}/drift cannot be written as account `nobody`", 5),
               "drift file: one that cannot be written is named", stock.process.output())
    stock.process.stop()


def check_words(tap_, server, client):
    """Which addresses are answered, and with which mark, by the program and by the socket."""
    tap_.check(server.wait_synchronised(20), "words: synchronised")
    for way in ("socket", "XDP"):
        if way == "XDP":
            server.attach("srv0")
        before = server.verdicts()
        tap_.check(good(client, SRV4), f"{way}: an address to listen on is answered")
        tap_.check([mark(client, SRV4), mark(client, SRV6)] == [46 << 2] * 2,
                   f"{way}: dscp 46 in both families", mark(client, SRV4), mark(client, SRV6))
        tap_.check(mark(client, OTHER4) is None, f"{way}: silence where it is ignored")
        after = server.verdicts()
        tap_.check(after["pass_foreign_address"] > before["pass_foreign_address"],
                   f"{way}: counted as to an address that is not answered", after)
    folder = server.lab.path("sources.d")
    server.configure(*SOURCES, f"bindaddress {OTHER4}", f"sourcedir {folder}")
    server.process.kill(signal.SIGHUP)
    tap_.check(wait_for(lambda: mark(client, OTHER4) == 0 and mark(client, SRV4) is None, 8),
               "bindaddress, no dscp, live: that address of its family alone, and no mark",
               mark(client, OTHER4), mark(client, SRV4), server.process.output())
    tap_.check(good(client, SRV6), "bindaddress: the other family as before")
    before = len(server.json("sources")["sources"])
    os.makedirs(folder)
    server.lab.write("sources.d/dhcp.sources", f"server {UPS[4]} iburst\n")
    server.process.kill(signal.SIGHUP)
    tap_.check(wait_for(lambda: len(server.json("sources")["sources"]) == before + 1, 5, 0.3),
               "sourcedir: a file that comes later is read at SIGHUP", server.process.output())
    server.process.stop()


def read(*where):
    """The text of a file of an unpacked package."""
    with open(peer(*where), encoding="ascii") as text:
        return text.read()


def test(tap_, build):
    """The three files, then the words."""
    with Lab("words", build) as lab:
        server, client = topology(lab)
        for name, text in (("guide", GUIDE),
                           ("chrony", read("chrony", "usr/share/chrony/chrony.conf")),
                           ("ntpsec", read("ntpsec", "etc/ntpsec/ntp.conf"))):
            check_file(tap_, Stock(lab, server, name, text), client)
        check_drift_file(tap_, lab, server)
        check_words(tap_, Server(
            server, *SOURCES, "interface ignore all", "interface listen srv0",
            f"interface ignore {OTHER4}", "dscp 46").start(), client)


if __name__ == "__main__":
    sys.exit(tap.main([test], [tap.build_folder()]))
