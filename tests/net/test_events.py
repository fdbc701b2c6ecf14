#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The events of the log, as a journal receives them and as a person reads them.

    test_events.py [BUILD]

ntpxdpd with a datagram socket in the place of journald's: synchronisation, a lie, attach, replace
and detach by hand, an interface that vanishes, settings, a flood over the rate limit, the loss of
all sources, holdover, the end. Each is told once, under its name, with the fields that
docs/events.md lists and no others, and no packet is. Without a journal the same are lines on
standard error.
"""
import json
import os
import re
import signal
import sys
import time

import tap
from client import Flood
from lab import ROOT, Lab
from server import ADDRESS
from watched import Watched

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCES = [f"203.0.113.{number}" for number in range(1, 5)]
ALWAYS = {"MESSAGE", "PRIORITY", "EVENT", "MESSAGE_ID"}
BY_LIBRARY = {"SYSLOG_IDENTIFIER"}
PRIORITIES = {"error": "3", "warning": "4", "notice": "5", "info": "6"}


def documented():
    """{event: (priority, id, fields)} of docs/events.md."""
    with open(os.path.join(ROOT, "docs", "events.md"), encoding="utf-8") as text:
        rows = re.findall(r"^\| `([a-z-]+)` \| (\w+) \| .*? \| ([^|]*) \| `([0-9a-f]{32})` \|$",
                          text.read(), re.M)
    return {name: (PRIORITIES[priority], number, set(re.findall("`(\\w+)`", fields)))
            for name, priority, fields, number in rows}


def upstreams(lab, middle, lies_from):
    """Three honest servers, and one that lies from a moment on."""
    namespace = lab.namespace("up")
    lab.wire((namespace, "up0", [address + "/24" for address in SOURCES]),
             (middle, "up1", ["203.0.113.254/24"]))
    settings = lab.write("sources.json", json.dumps({"from": lies_from, "servers": [
        {"address": address, "lie": "off" if address == SOURCES[0] else ""}
        for address in SOURCES]}))
    process = namespace.start("liars", sys.executable, os.path.join(HERE, "liars.py"), settings,
                              lab.path("liars.report"))
    if not process.wait_output("(?m)^ready$", 10):
        raise RuntimeError(f"liars.py does not start: {process.output()}")
    return process


def wires(lab):
    """The server, with two cables to a client."""
    middle, client = lab.namespace("server"), lab.namespace("client")
    lab.wire((middle, "srv0", [ADDRESS + "/24"]), (client, "cli0", ["192.0.2.2/24"]))
    lab.wire((middle, "srv1", ["198.51.100.1/24"]), (client, "cli1", ["198.51.100.2/24"]))
    for end in ("cli0", "cli1"):
        lab.attach_pass(client, end)
    return middle, client


def expect(tap_, journal, name, seconds, count=1, **fields):
    """One event with these fields (a pattern each)."""
    entry = journal.wait(name, seconds, count)
    good = entry and all(re.fullmatch(pattern, entry.get(field, ""))
                         for field, pattern in fields.items())
    tap_.check(good, f"{name}: {entry.get('MESSAGE', 'it is not told')[:70]}",
               entry or journal.entries[-3:])
    return entry


def by_hand(tap_, server, journal):
    """What people do to interfaces beside the daemon."""
    expect(tap_, journal, "attach", 4, IFACE="srv0", MODE="native", REPLY_PATH="reflect")
    server.attach("srv1")
    expect(tap_, journal, "attach", 4, 2, IFACE="srv1")
    time.sleep(1.1)  # the time of attaching is kept in seconds
    server.attach("srv0")
    expect(tap_, journal, "replaced", 4, IFACE="srv0")
    server.run("detach", "srv1")
    expect(tap_, journal, "detach", 4, IFACE="srv1")
    server.attach("srv1")
    expect(tap_, journal, "attach", 4, 3, IFACE="srv1")
    server.namespace.ip("link", "del", "srv1")
    expect(tap_, journal, "detach-lost", 9, IFACE="srv1", REASON="the interface is gone")


def settings(tap_, server, journal, lines):
    """SIGHUP, with and without sense."""
    server.process.kill(signal.SIGHUP)
    expect(tap_, journal, "settings-read", 3)
    server.configure(*lines, "nonsense")
    server.process.kill(signal.SIGHUP)
    expect(tap_, journal, "settings-refused", 3)
    server.configure(*lines)


def conforms(tap_, journal):
    """Each entry is as docs/events.md says, and comes from where it should."""
    table, wrong = documented(), []
    for entry in journal.entries:
        priority, number, fields = table.get(entry.get("EVENT"), ("", "", set()))
        own = set(entry) - ALWAYS - BY_LIBRARY - {"SUPPRESSED"}
        if entry.get("PRIORITY") != priority or entry.get("MESSAGE_ID") != number or \
                not own <= fields or not ALWAYS <= set(entry):
            wrong.append(entry)
    tap_.check(journal.entries and not wrong,
               f"{len(journal.entries)} entries: names, ids, priorities and fields are as in "
               "docs/events.md", wrong[:2])
    tap_.check(all(entry.get("SYSLOG_IDENTIFIER") == "ntpxdpd" for entry in journal.entries),
               "all under the program's name", journal.entries[:1])


def of_one_life(tap_, build):
    """Everything that can happen to one daemon in a minute."""
    with Lab("events", build) as lab:
        middle, client = wires(lab)
        liars = upstreams(lab, middle, time.time() + 6)
        lines = [f"server {address} iburst minpoll 0 maxpoll 0" for address in SOURCES] + [
            "ratelimit interval 4 burst 8", "holdover 14s", "metrics off"]
        server = Watched(middle, *lines).start()
        journal = server.journal
        expect(tap_, journal, "started", 3, VERSION=r"[\d.]+")
        expect(tap_, journal, "synchronised", 10, STATE="synchronised", STRATUM="2",
               ERROR_BOUND_NS=r"\d{3,9}")
        expect(tap_, journal, "selected", 3, SOURCE=r"203\.0\.113\.\d", ADDRESS=r"203\.0\.113\.\d")
        server.attach("srv0")
        flood = Flood(client, ADDRESS, 2000)
        storm = expect(tap_, journal, "limit-storm-begins", 15, REQUESTS_PER_S=r"\d{3,4}",
                       LIMITED_PER_S=r"\d{3,4}")
        sent = flood.stop()["sent"]
        tap_.check(len(journal.entries) < 30 < 5000 < sent and storm,
                   f"{sent} requests, {len(journal.entries)} entries: nothing is told per packet")
        by_hand(tap_, server, journal)
        expect(tap_, journal, "falseticker", 10, SOURCE=r"203\.0\.113\.1",
               ADDRESS=r"203\.0\.113\.1")
        settings(tap_, server, journal, lines)
        liars.stop()
        expect(tap_, journal, "source-silent", 20, SOURCE=r"203\.0\.113\.\d")
        expect(tap_, journal, "holdover", 20, STATE="holdover", STRATUM=r"\d+")
        expect(tap_, journal, "lost", 20, STATE=r"\w+", REASON=".+")
        expect(tap_, journal, "limit-storm-ends", 50, REQUESTS_PER_S=r"\d+",
               LIMITED_PER_S=r"\d+", DURATION_NS=r"\d{10,}")
        server.process.stop()
        expect(tap_, journal, "stopped", 2)
        once = ["started", "synchronised", "limit-storm-begins", "limit-storm-ends", "lost",
                "falseticker", "detach-lost", "stopped"]
        tap_.check(all(len(journal.events(name)) == 1 for name in once),
                   "each of these is told once", {n: len(journal.events(n)) for n in once})
        conforms(tap_, journal)
        tap_.check(not re.search("synchronised|storm|attached", server.process.output()),
                   "what is an entry of the journal is no line as well", server.process.output())


def as_lines(tap_, build):
    """Without a journal, and with one that does not listen."""
    with Lab("lines", build) as lab:
        middle, _ = wires(lab)
        server = Watched(middle, "local stratum 3", journal=False).start()
        server.attach("srv0")
        line = "ntpxdpd: attached to srv0, mode native, reply path reflect"
        tap_.check(server.process.wait_output(line, 4) and
                   "ntpxdpd: synchronised: stratum 3" in server.process.output(),
                   "without a journal: lines for people", server.process.output())
        server.process.stop()
        deaf = Watched(middle, "local stratum 3", name="deaf")
        deaf.journal.close()
        deaf.start()
        tap_.check(deaf.process.wait_output(r"<5>synchronised: stratum 3", 5),
                   "a journal whose socket does not listen gets lines by the stream",
                   deaf.process.output())


if __name__ == "__main__":
    sys.exit(tap.main([of_one_life, as_lines], [tap.build_folder()]))
