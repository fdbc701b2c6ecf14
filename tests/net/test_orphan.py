#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`local stratum N orphan`: servers of an isolated site that have one another as sources.

    test_orphan.py [BUILD]

Three ntpxdpd -n and one chronyd, on one wire. The one with the smallest reference id becomes the
reference and the others follow it, be it chronyd or ntpxdpd; when a better source comes back to one
of them, all follow that; no two follow each other.
"""
import sys

import peers
import tap
from client import ask
from lab import Lab, wait_for
from server import Server

NET = "203.0.113."
NAMES = {"a": 1, "b": 2, "c": 3, "d": 4}
UP = 9
STRATUM = 10
LOCAL = bytes([127, 127, 1, 1])
ORPHAN = f"local stratum {STRATUM} orphan"


def address(name):
    """The address of a server of the site."""
    return f"{NET}{NAMES[name]}"


def reference_id(number):
    """The reference id of an address of the wire."""
    return bytes([203, 0, 113, number])


def set_up(lab):
    """Namespaces on one bridge: {name: namespace}."""
    switch = lab.namespace("switch")
    switch.ip("link", "add", "br0", "type", "bridge")
    switch.ip("link", "set", "br0", "up")
    found = {}
    for name, number in (NAMES | {"up": UP}).items():
        found[name] = lab.namespace(name)
        lab.wire((found[name], "site0", [f"{NET}{number}/24"]), (switch, f"port{number}", []))
        switch.ip("link", "set", f"port{number}", "master", "br0")
    return found


def sources(name, *more):
    """`server` lines for all others of the site."""
    return [f"server {there} iburst minpoll 0 maxpoll 1"
            for there in (*(address(other) for other in NAMES if other != name), *more)]


def start(namespace, name, *more):
    """One ntpxdpd -n of the site."""
    server = Server(namespace, *sources(name, *more), ORPHAN + " waitunsynced 2", "metrics off",
                    name=name)
    server.process = namespace.start(
        name, namespace.lab.program("ntpxdpd"), "-n", "-f", server.settings)
    return server


def served(client, name):
    """(stratum, reference id) that a server of the site gives; None where it does not."""
    answer = ask(client, address(name), 0.3)
    return answer and (answer.ntp.stratum, answer.ntp.reference_id)


def leads_up(client, name):
    """True when the references, from one server to the next, end at the better source."""
    by_reference = {reference_id(number): other for other, number in NAMES.items()}
    for _ in NAMES:
        stratum, reference = served(client, name) or (16, None)
        if reference == reference_id(UP):
            return stratum == 2
        if reference not in by_reference:
            return False
        name = by_reference[reference]
    return False


def agrees(tap_, client, expected, what):
    """Waits until each server has given what is expected of it eight times in a row."""
    rows = 0

    def settled():
        nonlocal rows
        rows = rows + 1 if {name: served(client, name) for name in expected} == expected else 0
        return rows >= 8

    tap_.check(wait_for(settled, 20, 0.25), what,
               {name: served(client, name) for name in expected}, expected)


def waits(tap_, node):
    """`ntpxdp health --wait` ends when there is time, or when the wait is over, and says why."""
    wait_for(node.answers, 5)
    done = node.run("health", "--wait", "0.1")
    tap_.check(done.returncode == 1 and done.stderr.startswith("ntpxdp: time is not good:") and
               len(done.stderr.splitlines()) == 1,
               "`health --wait 0.1` ends with 1 and says what is missing", done)
    done = node.run("health", "--wait", "20")
    tap_.check(done.returncode == 0 and done.stdout.startswith("good: within"),
               "`health --wait 20` ends with 0 once time is good", done)


def test(tap_, build):
    """The phases of the site."""
    with Lab("orphan", build) as lab:
        phases(tap_, lab)


def phases(tap_, lab):
    """Two follow chronyd; a fourth is smaller; one sees a better source."""
    found = set_up(lab)
    client = found["up"]
    peers.chronyd_server(found["b"], "b", *sources("b"), ORPHAN)
    nodes = {"c": start(found["c"], "c"), "d": start(found["d"], "d", f"{NET}{UP}")}
    waits(tap_, nodes["c"])
    follow_b = (STRATUM + 1, reference_id(NAMES["b"]))
    agrees(tap_, client, {"b": (STRATUM, LOCAL), "c": follow_b, "d": follow_b},
           "two ntpxdpd follow a chronyd with a smaller reference id")
    nodes["a"] = start(found["a"], "a")
    follow_a = (STRATUM + 1, reference_id(NAMES["a"]))
    agrees(tap_, client,
           {"a": (STRATUM, LOCAL), "b": follow_a, "c": follow_a, "d": follow_a},
           "a chronyd and two ntpxdpd follow an ntpxdpd with a smaller one")
    tracking = nodes["a"].run("tracking").stdout
    tap_.check("7F7F0101" in tracking, "the reference says that it is local", tracking)
    peers.chronyd_server(found["up"], "up")
    tap_.check(wait_for(lambda: all(leads_up(client, name) for name in NAMES), 15, 0.2),
               "all follow the one that sees a better source again, by way of it or of one another",
               {name: served(client, name) for name in NAMES})
    for name, node in nodes.items():
        tap_.check(node.process.stop() == 0, f"{name} ends well", node.process.output()[-2000:])


if __name__ == "__main__":
    sys.exit(tap.main([test], [tap.build_folder()]))
