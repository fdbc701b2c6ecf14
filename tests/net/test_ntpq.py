#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""ntpq of NTPsec against ntpxdpd, on the host itself and from outside.

    test_ntpq.py [BUILD]

Its table of sources beside that of `ntpxdp sources`: the same rows, letter for letter, with no, one
and seven sources, IPv6, long names, dead servers and names without an address. The variables of the
system and of a source. Who is not answered: other hosts always, programs of this host where a
`restrict` line says so; what would write is refused, and too many questions are not answered.
In namespaces: `up` (chronyd at many addresses) - `host`.
"""
import re
import signal
import socket
import struct
import sys
import time

import peers
import tap
from client import ask, family_of
from lab import Lab, peer, wait_for
from server import Server

HOST, HOST6 = "203.0.113.1", "2001:db8::1"
UP = [f"203.0.113.{number}" for number in (11, 12, 13)]
UP6 = ["2001:db8::11", "2001:db8:0:0:aaaa:bbbb:cccc:dddd"]
DEAD = "203.0.113.99"
LONG = "a-server-with-a-long-name.time.example.net"
NAMES = {"203.0.113.12": LONG}
OPTIONS = "iburst minpoll 6 maxpoll 6"
PERMISSION, OPCODE, ASSOCIATION, VARIABLE = 1, 3, 4, 5
READ_STATUS, READ_VARIABLES = 1, 2
PER_S = 500  # SOCKET_QUERY_PER_S


class Host:
    """ntpxdpd and the commands that ask it, all with the same names for addresses."""

    def __init__(self, lab):
        self.namespace = lab.namespace("host")
        self.server = Server(self.namespace)
        hosts = lab.write("hosts", "127.0.0.1 localhost\n::1 localhost\n" + "".join(
            f"{address} {name}\n" for address, name in NAMES.items()))
        resolv = lab.write("resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
        self.inside = ["unshare", "-m", "sh", "-ec", f"mount --bind {hosts} /etc/hosts; "
                       f"mount --bind {resolv} /etc/resolv.conf; exec \"$@\"", "sh"]

    def start(self, *lines):
        """Starts the daemon with these settings in the place of the one before."""
        server = self.server
        if server.process:
            server.process.stop()
        server.configure("metrics off", *lines)
        server.process = self.namespace.start(
            "ntpxdpd", *self.inside, server.lab.program("ntpxdpd"), "-f", server.settings)
        if not wait_for(server.answers, 5):
            raise RuntimeError(server.process.output()[-2000:])

    def ntpq(self, *words, host="127.0.0.1"):
        """What NTPsec's ntpq prints."""
        done = self.namespace.run(*self.inside, peer("ntpsec", "usr/bin/ntpq"), *words, host)
        return done.stdout + done.stderr

    def sources(self, *words):
        """What `ntpxdp sources` prints."""
        done = self.server.run("sources", *words)
        return done.stdout + done.stderr


def question(opcode, association=0, data=b"", version=2, sequence=7):
    """A datagram as ntpq sends it."""
    return struct.pack("!BBHHHHH", version << 3 | 6, opcode, sequence, 0, association, 0,
                       len(data)) + data + bytes(-len(data) % 4)


def send(namespace, payload, address="127.0.0.1", source=None, wait=0.5):
    """All datagrams that come back within the time, or until one that says it is the last."""
    found = []
    with namespace.socket(family_of(address), socket.SOCK_DGRAM) as channel:
        channel.settimeout(wait)
        if source:
            channel.bind((source, 0))
        channel.sendto(payload, (address, 123))
        try:
            while not found or found[-1][1] & 0x20:
                found.append(channel.recv(2048))
        except TimeoutError:
            pass
    return found


def failure(namespace, payload):
    """The error code of the answer; None: there is none, or it is no error."""
    answers = send(namespace, payload)
    if len(answers) != 1 or not answers[0][1] & 0x40 or len(answers[0]) != 12:
        return None
    return answers[0][4]


def rows(text):
    """The table's rows without head and rule."""
    return text.splitlines()[2:]


MOVES = 2, 0.01, 0.00011, 0.00011  # at most: when, in s, and offset, delay and jitter, in ms


def cut(line):
    """(all that stands still, the moving numbers) of a row: time passes between two questions, the
    offset is that of the moment, and each rounds half a last digit as its arithmetic has it."""
    if not re.search(r" [\d.-]+ +[\d.-]+ +[\d.-]+$", line):
        return line, (0, 0, 0, 0)
    tail = line[-47:]
    when, offset = tail[6:10].strip(), tail[30:38]
    unit = when[-1:] if not when.isdigit() else ""
    still = line[:-47] + tail[:6] + unit.strip("-") + tail[10:21]
    return still, (int(when) if when.isdigit() else 0, float(offset), float(tail[21:30]),
                   float(tail[38:]))


def alike(mine, theirs):
    """The same tables but for what a second changes."""
    if len(mine.splitlines()) != len(theirs.splitlines()):
        return False
    for one, other in zip(mine.splitlines(), theirs.splitlines()):
        (still, numbers), (still2, numbers2) = cut(one), cut(other)
        if still != still2 or len(one) != len(other) or \
                any(abs(a - b) > most for a, b, most in zip(numbers, numbers2, MOVES)):
            return False
    return True


def same_table(tap_, host, words, ours, what, count):
    """Both tables, asked until no new sample came between them: the same text."""
    theirs = mine = ""
    lines = count + sum("-w" in word for word in ours)

    def asked():
        nonlocal theirs, mine
        mine, theirs = host.sources(*ours), host.ntpq(*words)
        return len(rows(mine)) >= lines and alike(mine, theirs)

    tap_.check(wait_for(asked, 6, 0.1), what, "ntpq:", theirs, "ntpxdp sources:", mine)
    return theirs


def no_sources(tap_, host):
    """A daemon that knows nothing."""
    host.start("port 123")
    text = host.ntpq("-np")
    tap_.check("No association IDs" in text, "no source: ntpq finds no association", text)
    text = host.ntpq("-c", "rv")
    tap_.check(re.search(r"leap=11, stratum=16,", text) and "refid=INIT" in text and
               "leap_alarm" in text and 'version="ntpxdpd ' in text,
               "no source: `rv` says leap 11, stratum 16, INIT", text)


def one_source(tap_, host):
    """One server by its address."""
    host.start(f"server {UP[0]} {OPTIONS}")
    host.server.wait_synchronised(10)
    text = same_table(tap_, host, ["-np"], ["-n"], "one source: the same row", 1)
    tap_.check(re.match(rf"\*{UP[0]}\s", rows(text)[0]) if rows(text) else False,
               "one source: the tally is *", text)
    same_table(tap_, host, ["-p"], [], "one source, names asked for: the same row", 1)
    text = host.ntpq("-c", "rv")
    tap_.check("leap=00, stratum=2," in text and f"refid={UP[0]}," in text and
               "sync_ntp" in text and "clock_sync" in text,
               "`rv` says leap 00, stratum 2, the source's address, sync_ntp", text)
    text = host.ntpq("-c", "sysinfo", host="::1")
    tap_.check(f"{UP[0]}:123" in text and re.search(r"stratum: +2\n", text) and
               re.search(r"root dispersion: +0*[1-9.]", text) and "???" not in text and
               "Unknown" not in text, "`sysinfo` over ::1 has all it asks for", text)


SEVEN = [f"server {UP[0]} {OPTIONS}", f"server {LONG} {OPTIONS}",
         f"server {UP6[0]} {OPTIONS}", f"server {UP6[1]} {OPTIONS} prefer",
         f"server {UP[2]} {OPTIONS} noselect", f"server {DEAD} {OPTIONS}",
         "pool no-such-name.example iburst"]


def seven_sources(tap_, host):
    """IPv6, a long name, a dead server, a name without an address."""
    host.start(*SEVEN)
    host.server.wait_synchronised(10)
    wait_for(lambda: all(entry["reach"] >= 7 for entry in
                         host.server.json("sources")["sources"][:5]), 10, 0.2)
    text = same_table(tap_, host, ["-np"], ["-n"], "seven sources, by address: the same rows", 7)
    for line in text.splitlines():
        tap_.say(line)
    tap_.check(re.search(r"^ 203.0.113.99 +\.INIT\. +16 u +- +64 +0 +0.0000 ", text, re.M) and
               re.search(r"^ no-such-name.ex \.POOL\. +16 p +- ", text, re.M),
               "a dead server is .INIT., a pool without an address .POOL.", text)
    same_table(tap_, host, ["-npw"], ["-n", "-w"], "seven sources, wide: the same rows", 7)
    same_table(tap_, host, ["-p"], [], "seven sources, by name: the same rows", 7)
    text = host.ntpq("-c", "as")
    tap_.check(len(re.findall(r"^ +\d+ +\d+ +[0-9a-f]{4} +yes ", text, re.M)) == 7 and
               "sys.peer" in text and "reject" in text, "`as` lists seven associations", text)


def variables(tap_, host):
    """What `rv` says of a source, and what is asked for by name."""
    text = host.ntpq("-c", "rv &2")
    tap_.check(f'srchost="{LONG}"' in text and f"srcadr={UP[1]}" in text and
               f"dstadr={HOST}" in text and "reach=377" not in text and "stratum=1" in text and
               "flash=00 ok" in text and "hmode=3" in text, "`rv ASSID` of a source by name", text)
    text = host.ntpq("-c", "rv &4 srcadr,reach,bogus")
    tap_.check("UNKNOWNVAR" in text and "srcadr" not in text,
               "one unknown name, and nothing is answered", text)
    done = send(host.namespace, question(READ_VARIABLES, data=b"stratum, refid"))
    tap_.check(len(done) == 1 and re.fullmatch(
        rb"stratum=2, refid=[\d.]+\r\n", done[0][12:].rstrip(b"\0")),
        "only the variables that were named are answered", done)
    whole = send(host.namespace, question(READ_VARIABLES, data=b",".join([b"system"] * 30)))
    parts = [struct.unpack("!BBHHHHH", part[:12]) for part in whole]
    ends = [part[5] + part[6] for part in parts]
    tap_.check(len(parts) > 1 and [part[5] for part in parts] == [0, *ends[:-1]] and
               all(part[0] == 0x16 and part[2] == 7 for part in parts) and
               all(part[1] == 0xa2 for part in parts[:-1]) and parts[-1][1] == 0x82 and
               all(len(part) <= 480 for part in whole),
               "a long answer comes in parts of at most 468 octets", parts)


def refused(tap_, host):
    """What writes, what is not there."""
    inside = host.namespace
    tap_.check([failure(inside, question(opcode, data=b"stratum=1"))
                for opcode in (3, 5, 6, 8, 9, 31)] == [PERMISSION] * 6,
               "what would write is refused with the code for permission")
    tap_.check([failure(inside, question(opcode)) for opcode in (0, 7, 10, 11, 12, 30)] ==
               [OPCODE] * 6, "what is not there is refused as an unknown opcode")
    tap_.check(failure(inside, question(READ_VARIABLES, 9999)) == ASSOCIATION and
               failure(inside, question(READ_STATUS, 9999)) == ASSOCIATION,
               "an unknown association is refused")
    tap_.check(failure(inside, question(READ_VARIABLES, data=b"monlist")) == VARIABLE,
               "an unknown variable is refused")
    silent = [question(READ_VARIABLES, version=version) for version in (0, 5, 6, 7)]
    silent += [question(0x82), question(0x42), question(0x22), question(2)[:11],
               bytes([0x17, 0, 3, 0x2a]) + bytes(44)]
    tap_.check(not any(send(inside, payload, wait=0.1) for payload in silent),
               "odd versions, answers, a cut header and mode 7 are met with silence")


def outside(tap_, host, up):
    """Other hosts get nothing, whatever the rules say."""
    questions = [question(READ_STATUS), question(READ_VARIABLES), question(READ_VARIABLES, 1),
                 question(8), question(READ_VARIABLES) + bytes(40)]

    def silence(what):
        before = host.server.verdicts()
        came = [send(up, payload, address, wait=0.1)
                for payload in questions for address in (HOST, HOST6)]
        after = host.server.verdicts()
        counted = sum(after[name] - before[name] for name in ("drop_short", "drop_mode"))
        tap_.check(not any(came) and counted == len(came) and ask(up, HOST) is not None,
                   f"another host gets no octet, and is served: {what}", came, counted)

    silence("no rules")
    tap_.check(not any(send(host.namespace, question(READ_STATUS), to, wait=0.1)
                       for to in (HOST, HOST6)),
               "this host is answered over its loopback addresses alone")
    rules(host, "restrict default kod limited", "restrict 203.0.113.0 mask 255.255.255.0",
          "restrict 2001:db8::/32")
    silence("`restrict` lines that allow it")


def rules(host, *lines):
    """Other rules, live: a rule that the daemon tells of says that they are in force."""
    mark = f"restrict 192.0.2.{rules.number} ignore"
    rules.number += 1
    server = host.server
    server.configure("metrics off", *SEVEN, *lines, mark)
    server.process.kill(signal.SIGHUP)
    address = mark.split()[1]
    if not wait_for(lambda: "ignore" in server.run("access", address).stdout, 3):
        raise RuntimeError(server.run("access", address))


rules.number = 1


def restricted(tap_, host):
    """ntp.conf's `noquery` and `ignore`, for each source address."""
    def answers():
        return [bool(send(host.namespace, question(READ_STATUS), to, source, wait=0.15))
                for to, source in (("127.0.0.1", None), ("::1", None),
                                   ("127.0.0.1", "127.0.0.2"))]

    for lines, expected in (
            ([], [True, True, True]),
            (["restrict default nomodify notrap nopeer noquery kod limited", "restrict 127.0.0.1",
              "restrict ::1"], [True, True, False]),
            (["restrict default noquery"], [False, False, False]),
            (["restrict 127.0.0.1 noquery"], [False, True, True]),
            (["restrict ::1 ignore"], [True, False, True]),
            (["restrict 127.0.0.0 mask 255.0.0.0 noserve"], [True, True, True])):
        rules(host, *lines)
        found = answers()
        tap_.check(found == expected, f"answers as {lines or 'no rules'} allow", found, expected)
    rules(host, "restrict default noquery", "restrict 127.0.0.1", "restrict ::1")
    same_table(tap_, host, ["-np"], ["-n"], "with the pool guide's rules: the same rows", 7)


def flood(tap_, host, up):
    """A program that asks all the time is answered so and so often, and holds up nobody."""
    payload = question(READ_VARIABLES)
    found = 0
    late = []
    with host.namespace.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        channel.setblocking(False)
        channel.connect(("127.0.0.1", 123))
        begin = time.monotonic()
        while time.monotonic() < begin + 1.5:
            for _ in range(20):
                channel.send(payload)
            before = time.monotonic()
            late.append(ask(up, HOST) and time.monotonic() - before)
            try:
                while True:
                    found += not channel.recv(2048)[1] & 0x20
            except BlockingIOError:
                pass
    asked = 20 * len(late)
    tap_.check(asked > 3 * PER_S and PER_S / 2 <= found <= 3 * PER_S,
               "no more than 500 answers a second", found, asked)
    tap_.check(all(late) and sorted(late)[len(late) // 2] < 0.02,
               "meanwhile all clients are served", len(late), late.count(None), max(
                   filter(None, late)))
    tap_.say(f"{asked} questions in 1.5 s: {found} answered; a client waited "
             f"{1e3 * sorted(late)[len(late) // 2]:.2f} ms in the median")
    time.sleep(1)


def test(tap_, build):
    """All of it, with one daemon after the other."""
    with Lab("ntpq", build) as lab:
        host, up = Host(lab), lab.namespace("up")
        lab.wire((up, "down0", [f"{address}/24" for address in UP] +
                  [f"{address}/32" for address in UP6]),
                 (host.namespace, "wire0", [f"{HOST}/24", f"{HOST6}/32"]))
        peers.chronyd_server(up, "up")
        no_sources(tap_, host)
        one_source(tap_, host)
        seven_sources(tap_, host)
        variables(tap_, host)
        refused(tap_, host)
        outside(tap_, host, up)
        restricted(tap_, host)
        flood(tap_, host, up)
        tap_.check(host.server.process.stop() == 0, "the daemon ends well",
                   host.server.process.output()[-2000:])


if __name__ == "__main__":
    sys.exit(tap.main([test], [tap.build_folder()]))
