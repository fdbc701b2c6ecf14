#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The rate limit and the rules by address under floods.

    test_limits.py [BUILD]

Two million requests a second from one address, then from 100,000, while 1,000 honest clients poll
every 16 s and three pool monitors check: nobody of those is limited, and the flood gets what the
limit leaves it. Rules change under load. Nobody is locked out by requests in his name. XDP and the
socket engine count one client once. And what all this costs a packet.

In namespaces: `flood` (the generator of tests/bench) - server - `client`, a cable each, so that
what the flood's cable loses is no honest client's.
"""
import json
import os
import random
import signal
import socket
import struct
import sys
import time

import tap
from client import Flood
from lab import Lab, wait_for
from server import Server, interface_counters

HERE = os.path.dirname(os.path.abspath(__file__))
ADDRESS, FLOODED = "192.0.2.1", "198.18.0.1"
CROWD, CLIENTS, POLL_S, MONITORS = "10.77.0.0", 1000, 16, 3
SOURCE, MANY = "198.18.100.0", 100000
RATE, FLOOD_S, CROWD_S = 2000000, 12, 30
BURST, INTERVAL_S, LEAK = 8, 8, 4
LIMIT = "ratelimit interval 3 burst 8 leak 2"
EXTENSION = struct.pack("!HH24x", 0xF501, 28)


class Scene:
    """Namespaces, cables, a server with the lines given, XDP on both cables."""

    def __init__(self, lab, *lines):
        self.lab = lab
        self.flood, self.middle, self.client = (
            lab.namespace(name) for name in ("flood", "server", "client"))
        lab.wire((self.middle, "srv0", [ADDRESS + "/24"]), (self.client, "cli0", ["192.0.2.2/24"]))
        lab.wire((self.middle, "srv1", [FLOODED + "/16"]), (self.flood, "gen0", []))
        lab.attach_pass(self.client, "cli0")
        for network in (CROWD + "/16", SOURCE + "/24"):
            self.client.ip("route", "add", "local", network, "dev", "lo")
        self.middle.ip("route", "add", CROWD + "/16", "via", "192.0.2.2")
        for interface in ("all", "srv0"):
            self.middle.sysctl(f"net.ipv4.conf.{interface}.rp_filter", 0)
        self.server = Server(self.middle, "local stratum 1", *lines).start()
        self.server.wait_synchronised(20)
        for interface in ("srv0", "srv1"):
            self.server.attach(interface, "--mode", "native")
        # The generator's whole round trip runs on one core; the rest has the others.
        cores = sorted(os.sched_getaffinity(0))
        self.core, rest = cores[0], cores[1:] or cores
        os.sched_setaffinity(0, rest)
        os.sched_setaffinity(self.server.process.pid, rest)
        lab.later.append(lambda: os.sched_setaffinity(0, cores))

    def load(self, clients, seconds, rate=RATE, source=SOURCE):
        """The generator's account of one flood, and what the programs counted meanwhile."""
        before = self.server.verdicts()
        done = self.flood.run(
            "taskset", "-c", str(self.core), self.lab.program("tests/bench/load"),
            "--iface", "gen0", "--peer", "srv1", "--peer-netns", f"/run/netns/{self.middle.name}",
            "--program", "none", "--server4", FLOODED, "--source4", source, "--batch", "64",
            "--clients", str(clients), "--rate", str(rate), "--seconds", str(seconds),
            timeout=seconds + 30)
        if done.returncode != 0:
            raise RuntimeError(f"load: {done.stderr}")
        after = self.server.verdicts()
        return json.loads(done.stdout), {name: after.get(name, 0) - before.get(name, 0)
                                         for name in after}

    def cost(self, clients, family=4):
        """ns a packet of the program on the flood's interface, by program-run."""
        done = self.middle.run(
            "taskset", "-c", str(self.core), self.lab.program("tests/bench/programrun"),
            "--iface", "srv1", "--server4", FLOODED, "--source4", SOURCE, "--any",
            "--families", str(family), "--clients", str(clients), "--repeat", "300000", timeout=60)
        if done.returncode != 0:
            raise RuntimeError(f"programrun: {done.stderr}")
        return json.loads(done.stdout)["ns_per_reply"]

    def table(self):
        """{address: (requests, limited)} of the client table."""
        done = self.middle.run(self.lab.program("tests/net/client_table"), self.server.pindir)
        if done.returncode != 0:
            raise RuntimeError(f"client_table: {done.stderr}")
        rows = (line.split() for line in done.stdout.splitlines())
        return {row[0]: (int(row[1]), int(row[2])) for row in rows}

    def reload(self, *lines):
        """Other settings, by SIGHUP; returns once they are in force."""
        self.server.configure("local stratum 1", *lines)
        before = self.server.process.output().count("settings read again")
        self.server.process.kill(signal.SIGHUP)
        if not wait_for(lambda: self.server.process.output().count("settings read again") > before,
                        5, 0.01):
            raise RuntimeError("the settings were not read: " + self.server.process.output()[-600:])
        # It answers on its socket when it is done with them.
        self.server.run("health")

    def burst(self, source, count, tail=b"", apart_s=0.0, wait_s=0.6):
        """count requests from one address; the payloads of what comes back."""
        replies = []
        with self.client.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
            channel.bind((source, 0))
            channel.setblocking(False)
            for _ in range(count):
                channel.sendto(struct.pack("!B39xQ", 0x23, random.getrandbits(64)) + tail,
                               (ADDRESS, 123))
                time.sleep(apart_s)
                collect(channel, replies)
            end = time.monotonic() + wait_s
            while time.monotonic() < end:
                collect(channel, replies)
                time.sleep(0.01)
        return replies


def collect(channel, replies):
    """Takes what has come."""
    try:
        while True:
            replies.append(channel.recv(2048))
    except BlockingIOError:
        pass


def flood_check(tap_, scene, clients, seconds):
    """One flood: the most that it may get, and what it got."""
    sent, counted = scene.load(clients, seconds)
    # The generator's first 20 ms are not in its account, but in the programs' and in the buckets.
    free = clients * (BURST + (seconds + 1) / INTERVAL_S + 1)
    over = counted["served_leaked"] + counted["drop_limited"]
    reached = sum(counted.get(name, 0) for name in ("served", "served_leaked", "drop_limited"))
    lost = interface_counters(scene.middle, "srv1")
    tap_.say(f"{clients} address(es): {sent['sent'] / sent['seconds'] / 1e6:.2f} million "
             f"requests/s for {sent['seconds']:.0f} s, {sent['replies'] / sent['sent']:.1%} "
             "answered")
    tap_.say(f"  lost before the program: {max(0, sent['sent'] - reached)} "
             f"(ring: {sum(v for k, v in lost.items() if k.endswith('drops') and 'xdp' not in k)})")
    tap_.check(sent["replies"] <= free + 1.02 * over / LEAK + 100 and
               abs(counted["served_leaked"] * LEAK / over - 1) < 0.02,
               f"a flood from {clients} address(es) gets its leak and its average, not more",
               sent, counted)
    tap_.check(sent["unsynchronised"] == 0 and sent["other"] == 0,
               "and no kisses, nothing of another length", sent)
    return sent


def honest_are_spared(tap_, build):
    """The floods, with the crowd beside."""
    with Lab("spared", build) as lab:
        scene = Scene(lab, LIMIT)
        report = lab.path("crowd.json")
        crowd = scene.client.start(
            "crowd", sys.executable, os.path.join(HERE, "crowd.py"), ADDRESS, CROWD,
            str(CLIENTS), str(POLL_S), str(MONITORS), str(CROWD_S), report)
        time.sleep(2)
        single = flood_check(tap_, scene, 1, FLOOD_S)
        many = flood_check(tap_, scene, MANY, FLOOD_S)
        rate = min(single["sent"] / single["seconds"], many["sent"] / many["seconds"])
        tap_.check(rate > RATE / 4, f"the floods came at {rate / 1e6:.2f} million/s",
                   "the machine is too busy to make a flood")
        tap_.check(crowd.popen.wait(CROWD_S + 20) == 0, "the crowd ran to its end", crowd.output())
        with open(report, encoding="utf-8") as text:
            found = json.load(text)
        table = scene.table()
        limited = {address: row for address, row in table.items()
                   if address.startswith("10.77.") and row[1]}
        known = sum(address.startswith("10.77.") for address in table)
        for kind in ("clients", "monitors"):
            tap_.check(found[kind]["sent"] == found[kind]["answered"] and
                       found[kind]["kisses"] == 0,
                       f"all {found[kind]['sent']} requests of the honest {kind} are answered",
                       {key: str(value)[:300] for key, value in found[kind].items()},
                       interface_counters(scene.middle, "srv0"))
        tap_.check(not limited, f"not one of the {known} that the table knows was ever limited",
                   limited)
        tap_.check(known >= 0.98 * (CLIENTS + MONITORS) and len(table) > 0.9 * MANY,
                   "the table knows them and the flood", known, len(table))


def rules_change_under_load(tap_, build):
    """Twenty times other rules, with and without a limit: nothing is lost."""
    with Lab("rules", build) as lab:
        scene = Scene(lab)
        dice = random.Random(4)
        flood = Flood(scene.client, ADDRESS, 5000)
        time.sleep(1)
        for turn in range(20):
            lines = [f"deny {dice.randrange(11, 190)}.{dice.randrange(256)}.{dice.randrange(256)}"
                     f".0/{dice.randrange(16, 25)}" for _ in range(dice.choice((0, 1, 50, 3000)))]
            lines += ["deny 10.77.0.0/16"] if turn % 2 else []
            lines += ["ratelimit interval -19 burst 255"] if turn % 3 == 0 else []
            scene.reload(*lines, "allow 192.0.2.2", "allow")
            time.sleep(0.15)
            refused = not scene.burst("10.77.1.1", 1, wait_s=0.15)
            if refused != bool(turn % 2):
                tap_.check(False, f"turn {turn}: the new rules are in force",
                           scene.server.process.output()[-600:])
        report = flood.stop()
        tap_.check(report["lost"] == 0 and report["duplicates"] == 0,
                   f"20 changes of rules: of {report['sent']} requests none is lost",
                   {key: value for key, value in report.items() if key != "samples"})


def nobody_is_locked_out(tap_, build):
    """Requests in a victim's name, and kisses."""
    with Lab("victim", build) as lab:
        scene = Scene(lab, "ratelimit interval 3 burst 8 leak 2 kod 2")
        victim, replies = SOURCE[:-1] + "1", []
        process = scene.flood.start(
            "spoof", "taskset", "-c", str(scene.core), lab.program("tests/bench/load"),
            "--iface", "gen0", "--peer", "srv1", "--peer-netns",
            f"/run/netns/{scene.middle.name}", "--program", "none", "--server4", FLOODED,
            "--source4", victim, "--rate", "100000", "--seconds", "7")
        time.sleep(1)
        replies = scene.burst(victim, 600, apart_s=0.008)
        good = [reply for reply in replies if reply[1]]
        kisses = [reply for reply in replies if not reply[1]]
        tap_.check(90 <= len(good) <= 220,
                   f"a victim of requests in its name gets one in four: {len(good)} of 600",
                   len(kisses))
        tap_.check(60 <= len(kisses) <= 180 and
                   all(reply[12:16] == b"RATE" and reply[0] >> 6 == 3 for reply in kisses),
                   f"of the others one in four is told so: {len(kisses)}", len(good))
        tap_.check(all(len(reply) == 48 and reply[12:16] not in (b"DENY", b"RSTR")
                       for reply in replies), "48 octets each; never DENY, never RSTR")
        process.popen.wait(20)
        flood = json.loads(process.output())
        tap_.check(flood["replies"] + flood["unsynchronised"] <= flood["sent"] and
                   flood["other"] == 0 and
                   abs(flood["unsynchronised"] / flood["sent"] * 16 / 3 - 1) < 0.1,
                   "kisses and replies are fewer than requests, and not longer", flood)


def engines_share_the_bucket(tap_, build):
    """48 octets are XDP's to answer, an extension field is the socket's."""
    with Lab("engines", build) as lab:
        scene = Scene(lab, LIMIT)
        for number, (first, second) in enumerate(((b"", EXTENSION), (EXTENSION, b""))):
            source = f"10.77.9.{number + 1}"
            names = ("the socket engine", "XDP") if first else ("XDP", "the socket engine")
            fill = scene.burst(source, BURST, first)
            tap_.check(len(fill) == BURST, f"{names[0]} answers a whole burst", len(fill))
            rest = scene.burst(source, 80, second)
            tap_.check(5 <= len(rest) <= 40,
                       f"{names[1]} limits what comes then: {len(rest)} of 80 answered")
            requests, limited = scene.table().get(source, (0, 0))
            tap_.check(requests == BURST + 80 and 76 <= limited <= 80,
                       "both are counted as one client", requests, limited)
        before = scene.server.verdicts()
        scene.reload(LIMIT, "deny 10.77.9.0/24", "allow")
        silent = scene.burst("10.77.9.9", 5) + scene.burst("10.77.9.9", 5, EXTENSION)
        after = scene.server.verdicts()
        tap_.check(not silent and after["drop_denied"] - before.get("drop_denied", 0) == 10,
                   "a rule refuses in both, and counts", len(silent), after)


def costs(tap_, build):
    """ns a packet by program-run, for the reader. The bounds are wide and go by what a plain packet
    costs in the same moment: the machine is shared."""
    with Lab("costs", build) as lab:
        scene = Scene(lab)
        plain = min(scene.cost(1) for _ in range(3))
        tap_.say(f"program-run, IPv4: {plain} ns a packet without rules and limit; with more:")
        scene.reload("clientloglimit 16777216")
        added = {}
        for clients in (1, 1000, 100000, 1000000):
            added[clients] = min(scene.cost(clients) for _ in range(3)) - plain
        tap_.say("  clients counted and their buckets kept, for "
                 + ", ".join(f"{n}: {ns:+d} ns" for n, ns in added.items()))
        scene.reload(LIMIT)
        over = min(scene.cost(1) for _ in range(3)) - plain
        tap_.say(f"  one client over its limit: {over:+d} ns (three in four are dropped)")
        dice = random.Random(5)
        for count in (1, 100, 10000):
            # Between the clients, where the search has most to do.
            rules = sorted({f"deny 198.{dice.randrange(18, 34)}.{dice.randrange(256)}."
                            f"{dice.randrange(0, 256, 8)}/29"
                            for _ in range(count)})
            scene.reload(*rules, "allow")
            tap_.say(f"  {len(rules)} rules, 1 client, 1,000,000 clients: "
                     + ", ".join(f"{min(scene.cost(n) for _ in range(3)) - plain:+d} ns"
                                 for n in (1, 1000000)))
        tap_.check(added[1] < 2 * plain and added[1000000] < 8 * plain,
                   "the table costs what it should", plain, added)


if __name__ == "__main__":
    sys.exit(tap.main([honest_are_spared, rules_change_under_load, nobody_is_locked_out,
                       engines_share_the_bucket, costs], [tap.build_folder()]))
