#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`ntpxdp poolcheck` and `ntpxdp plan`: the judgement of the pool's monitor over the wire.

    test_poolcheck.py [BUILD]

One client judges our own server, as slowly as the pool does, a chronyd without time, an address
that is silent, one where nothing listens, and servers made of Python that are wrong in one way
each. All are asked at once; the wrong ones with --spacing and --timeout shorter than the pool's.
"""
import contextlib
import ctypes
import json
import os
import socket
import struct
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import peers
import tap
from client import Flood, frames
from lab import LIBC, Lab
from server import Server

SRV4, SRV6 = "192.0.2.1", "2001:db8:2::1"
DYNAMIC, UNROUTED, NOBODY = "192.0.2.9", "198.51.100.7", "192.0.2.2"
QUICK = ["--spacing", "100ms", "--timeout", "700ms"]
WIDTH = 80
SYS_BPF, BPF_ENABLE_STATS = 321, 32  # x86-64; linux/bpf.h

# name: (what is wrong, result, step, cap, result of each reply)
WRONG = {
    "rate": ({"stratum": 0, "leap": 3, "reference_id": b"RATE"}, "rate", -3.5, 20, ["bad"]),
    "deny": ({"stratum": 0, "leap": 3, "reference_id": b"DENY"}, "denied", -10, -50, ["bad"]),
    "rstr": ({"stratum": 0, "reference_id": b"RSTR"}, "denied", -10, -50, ["bad"]),
    "init": ({"stratum": 0, "leap": 3, "reference_id": b"INIT"}, "error", -4, 20, ["bad"]),
    "stratum-0": ({"stratum": 0}, "stratum_0", -2, 5, ["bad"]),
    "stratum-8": ({"stratum": 8}, "stratum_8", -4, 20, ["good"] * 3),
    "stratum-9": ({"stratum": 9}, "stratum_8", -4, 20, ["good"] * 3),
    "stratum-11": ({"stratum": 11}, "error", -4, 20, ["bad"]),
    "stratum-16": ({"stratum": 16}, "error", -4, 20, ["bad"]),
    "origin": ({"origin": 1}, "no_reply", -5, 20, ["origin"] * 3),
    "mode": ({"mode": 3}, "no_reply", -5, 20, ["mode"] * 3),
    "transmit": ({"transmit": 0}, "no_reply", -5, 20, ["transmit"] * 3),
    "order": ({"receive": (1 << 64) - 1}, "no_reply", -5, 20, ["order"] * 3),
    "short": ({"short": True}, "no_reply", -5, 20, ["short"] * 3),
    "silent": ({"silent": True}, "no_reply", -5, 20, ["silent"] * 3),
    "once": ({"deaf_to": 2}, "good", 1, 20, ["silent", "silent", "good"]),
    "50ms": ({"offset_s": 0.05}, "offset_25ms", 1.167 - 6.667 * 0.05, 20, ["good"] * 3),
    "0.2s": ({"offset_s": 0.2}, "offset_100ms", 0.731 - 2.308 * 0.2, 20, ["good"] * 3),
    "1s": ({"offset_s": -1}, "offset_750ms", -2, 20, ["good"] * 3),
    "4s": ({"offset_s": 4}, "offset_3s", -4, -20, ["good"] * 3),
}


class Odd:
    """An NTP server that is wrong in one way, on an address of its own."""

    def __init__(self, namespace, address, wrong):
        self.wrong, self.asked, self.requests = wrong, 0, []
        self.channel = namespace.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.channel.bind((address, 123))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                request, sender = self.channel.recvfrom(2048)
            except OSError:
                return
            self.asked += 1
            self.requests.append(request)
            reply = self._reply(request)
            if reply:
                self.channel.sendto(reply, sender)

    def _reply(self, request):
        wrong = dict(self.wrong)
        if wrong.pop("silent", False) or self.asked <= wrong.pop("deaf_to", 0):
            return None
        short = wrong.pop("short", False)
        now = time.time() + wrong.pop("offset_s", 0)
        stamp = int((now + frames.UNIX_TO_NTP) * 2**32) & (1 << 64) - 1
        fields = {"mode": 4, "stratum": 2, "reference_id": bytes(4), "receive": stamp,
                  "transmit": stamp + 1, "origin": struct.unpack_from("!Q", request, 40)[0]}
        return frames.Ntp(**(fields | wrong)).pack()[:47 if short else 48]


def unsynchronised_chronyd(namespace, address):
    """A chronyd that serves and has no source."""
    lab = namespace.lab
    path = lab.write("bare.conf", "\n".join([
        f"bindaddress {address}", "allow all", "cmdport 0", "bindcmdaddress /", "user root",
        f"pidfile {lab.path('bare.pid')}", ""]))
    return namespace.start("bare", peers.CHRONYD, "-x", "-n", "-d", "-U", "-f", path)


def set_up(lab):
    """Our server, the others behind the same wire, and the client."""
    ours, client = lab.namespace("ours"), lab.namespace("client")
    odd = {f"192.0.2.{30 + number}": name for number, name in enumerate(WRONG)}
    lab.wire((ours, "srv0", [SRV4 + "/24", SRV6 + "/64"]),
             (client, "cli0", [NOBODY + "/24", "2001:db8:2::2/64"]))
    others = lab.namespace("others")
    lab.wire((others, "oth0", ["203.0.113.1/24"]), (client, "cli1", ["203.0.113.2/24"]))
    servers = {}
    for address in [*odd, "192.0.2.20"]:
        others.ip("address", "add", address + "/32", "dev", "oth0")
        client.ip("route", "add", address + "/32", "via", "203.0.113.1")
    for address, name in odd.items():
        servers[name] = (address, Odd(others, address, WRONG[name][0]))
        lab.later.append(servers[name][1].channel.close)
    unsynchronised_chronyd(others, "192.0.2.20")
    ours.ip("address", "add", DYNAMIC + "/24", "dev", "srv0", "valid_lft", "3600",
            "preferred_lft", "3600")
    server = Server(ours, "local stratum 1", "interface srv0").start()
    lab.attach_pass(client, "cli0")
    if not server.wait_synchronised(10):
        raise RuntimeError("our own server has no time")
    return server, client, servers


def poolcheck(client, host, *words):
    """(exit status, object, text) of one poolcheck with --json, with no daemon to ask."""
    done = client.run(client.lab.program("ntpxdp"), "poolcheck", host, "--json", "--socket",
                      client.lab.path("none"), *words, timeout=40)
    try:
        return done.returncode, json.loads(done.stdout), done.stdout + done.stderr
    except ValueError:
        return done.returncode, None, done.stdout + done.stderr


def judged(tap_, name, outcome, wanted, in_pool=False):
    """The last check of the first address is as wanted: (result, step, cap, replies)."""
    status, said, text = outcome
    family = said and said["families"][0]
    check = family and family["checks"] and family["checks"][-1]
    got = check and (check["result"], check["cap"], [r["result"] for r in check["replies"]])
    near = check and abs(check["step"] - wanted[1]) < 0.02
    tap_.check(got == (wanted[0], wanted[2], wanted[3]) and near and
               family["in_pool"] == in_pool and status == (0 if in_pool else 1) and
               abs(family["score"] - min(check["step"], check["cap"])) < 1e-9,
               f"{name}: {wanted[0]}, step {wanted[1]:+.3f}, cap {wanted[2]}", text)


def wrong_servers(tap_, client, servers, pool):
    """Everything that is wrong, and the requests that it was asked with."""
    asked = {name: pool.submit(poolcheck, client, address, *QUICK)
             for name, (address, _) in servers.items()}
    bare = pool.submit(poolcheck, client, "192.0.2.20", *QUICK)
    refused = pool.submit(poolcheck, client, "203.0.113.1", *QUICK)
    far = pool.submit(poolcheck, client, UNROUTED, *QUICK)
    for name, outcome in asked.items():
        judged(tap_, name, outcome.result(), WRONG[name][1:], name in ("once", "50ms"))
    judged(tap_, "chronyd without time", bare.result(), ("stratum_0", -2, 5, ["bad"]))
    judged(tap_, "nothing listens", refused.result(), ("no_reply", -5, 20, ["silent"] * 3))
    status, said, text = far.result()
    tap_.check(status == 1 and "not_judged" in said["families"][0] and
               "unreachable" in text,
               "an address without a route is not judged", text)
    requests = servers["50ms"][1].requests
    cookies = {request[40:] for request in requests}
    tap_.check(len(requests) == 3 and len(cookies) == 3 and bytes(8) not in cookies and
               all(request[:40] == b"\x23" + bytes(39) for request in requests),
               "three requests of 48 octets, 0x23, and nothing in them but random bits", requests)
    tap_.check(servers["rate"][1].asked == 1, "a kiss ends the check", servers["rate"][1].asked)


def our_server(tap_, server, slow):
    """Our own server, asked by another host at the pool's pace, and by its own."""
    for family, (outcome, seconds) in slow.items():
        judged(tap_, f"our server over {family}", outcome, ("good", 1, 20, ["good"] * 3), True)
        said = outcome[1]
        tap_.check(said["families"][0]["checks_to_join"] == 14 and
                   said["clock"]["source"] == "system" and 4 <= seconds < 8,
                   f"14 checks to join, three requests 2 s apart, {family}", said, seconds)
    done = server.run("poolcheck", "127.0.0.1", "--json", *QUICK, "--checks", "3", "--interval",
                      "100ms")
    said = json.loads(done.stdout)
    rules = {rule["rule"]: rule["state"] for rule in said["rules"]}
    scores = [check["score"] for check in said["families"][0]["checks"]]
    tap_.check(done.returncode == 0 and said["clock"]["source"] == "page" and
               said["clock"]["judges_itself"], "on the server its own page is the clock, which "
               "is said", done.stdout)
    tap_.check([round(score, 4) for score in scores] == [1, 1.95, 2.8525],
               "the score's course over three checks", scores)
    tap_.check(rules == {"sources": "broken", "upstreams": "kept", "local": "broken",
                         "stratum": "kept", "public": "broken", "static": "kept",
                         "ipv6": "unknown"}, "the rules, by the server's own settings", rules)


def rules(tap_, server, client):
    """What else is seen of the rules for joining, and names with two addresses."""
    lab = server.lab
    done = server.run("poolcheck", DYNAMIC, "--json", *QUICK)
    said = json.loads(done.stdout)
    state = {rule["rule"]: rule["state"] for rule in said["rules"]}
    tap_.check(state["static"] == "broken", "an address with a lifetime is not static", said)
    tap_.check(done.returncode == 1 and "own address" in said["families"][0]["not_judged"] and
               "another host" in done.stderr, "its own address is not judged by its silence",
               done.stdout, done.stderr)
    settings = lab.write("pool.conf", "pool 0.debian.pool.ntp.org\nserver a.example\n")
    hosts = lab.write("hosts", f"{SRV6} ntp.example\n{SRV4} ntp.example\n")
    done = client.run("unshare", "-m", "sh", "-ec", f"mount --bind {hosts} /etc/hosts\n"
                      f"exec {lab.program('ntpxdp')} poolcheck ntp.example --json -f {settings} "
                      + " ".join(QUICK))
    said = json.loads(done.stdout)
    state = {rule["rule"]: rule["state"] for rule in said["rules"]}
    tap_.check((state["sources"], state["upstreams"], state["local"], state["public"]) ==
               ("kept", "broken", "kept", "kept"), "settings named with -f", said)
    tap_.check(done.returncode == 0 and state["ipv6"] == "kept" and
               [(family["family"], family["in_pool"]) for family in said["families"]] ==
               [("ipv4", True), ("ipv6", True)], "a name with both families is judged over both",
               done.stderr, said)


def texts(tap_, server, client, servers):
    """What people see fits 80 columns and says what was judged by what."""
    program, lab = client.lab.program("ntpxdp"), client.lab
    runs = [["poolcheck", host, *QUICK, "--socket", lab.path("none")]
            for host in (SRV6, servers["deny"][0], servers["0.2s"][0], UNROUTED)]
    runs += [["plan", "--netspeed", "25Mbit"], ["plan", "--rate", "999999999"]]
    with ThreadPoolExecutor(len(runs)) as pool:
        done = list(pool.map(lambda words: client.run(program, *words), runs))
    done += [server.run("poolcheck", host, *QUICK) for host in (SRV6, "127.0.0.1")]
    for words, one in zip([*runs, *[["poolcheck", "on the server"]] * 2], done):
        wide = [line for line in one.stdout.splitlines() if len(line) > WIDTH]
        tap_.check(len(one.stdout) > 300 and not wide,
                   f"ntpxdp {' '.join(words[:2])} fits {WIDTH} columns", *wide,
                   one.stdout + one.stderr)
    tap_.check("In the pool (score 10) after 14 checks" in done[0].stdout and
               "system clock" in done[0].stdout, "the text of a good check", done[0].stdout)
    tap_.check("step -10.000, cap -50" in done[1].stdout and
               "Not in the pool" in done[1].stdout, "the text of a refusal", done[1].stdout)
    tap_.check("daemon's time" in done[-1].stdout and "very time" in done[-1].stdout,
               "the text on the server", done[-1].stdout)


def judgement(tap_, build):
    """All servers and all addresses, in one laboratory."""
    with Lab("poolcheck", build) as lab, ThreadPoolExecutor(40) as pool:
        server, client, servers = set_up(lab)

        def slow(address):
            start = time.monotonic()
            outcome = poolcheck(client, address)
            return outcome, time.monotonic() - start
        asked = {"IPv4": pool.submit(slow, SRV4), "IPv6": pool.submit(slow, SRV6)}
        wrong_servers(tap_, client, servers, pool)
        rules(tap_, server, client)
        texts(tap_, server, client, servers)
        our_server(tap_, server, {name: one.result() for name, one in asked.items()})


def plans(tap_, build):
    """The figures of a plan, with the cost of the bench and with the kernel's count."""
    with Lab("plan", build) as lab:
        server = Server(lab.namespace("ours"), "local stratum 1").start()
        said = server.json("plan", "--rate", "1000")
        loads = {(load["family"], load["factor"]): load for load in said["loads"]}
        four, six = loads["ipv4", 1], loads["ipv6", 10]
        tap_.check((four["ip_bits_s"], four["frame_bits_s"], four["wire_bits_s"],
                    four["month_octets"]) == (608000, 720000, 912000, 196992000000) and
                   (six["rate_hz"], six["frame_bits_s"]) == (10000, 8800000),
                   "the plan of 1,000 requests/s", said)
        tap_.check(not said["cost_measured"] and abs(four["cpu"] - 1000 * said["cost_ns"] / 1e9)
                   < 1e-12, "without a program the cost is the bench's", said)
        said = server.json("plan", "--netspeed", "25Mbit")
        tap_.check(abs(said["rate_hz"] - 25e6 / 720) < 1e-6, "the requests of a netspeed", said)
        for words in ([], ["--netspeed", "25"], ["--rate", "0"], ["--rate", "5", "--netspeed",
                      "1Mbit"], ["--rate", "fast"]):
            done = server.run("plan", *words)
            tap_.check(done.returncode == 2 and done.stderr.startswith("ntpxdp: ") and
                       not done.stdout, f"ntpxdp plan {' '.join(words)}: wrong usage", done.stderr)
        done = server.run("poolcheck")
        tap_.check(done.returncode == 2, "ntpxdp poolcheck without a host: wrong usage",
                   done.stderr)


def measured_cost(tap_, build):
    """A program that has run while the kernel counts: its own cost is the plan's."""
    with Lab("cost", build) as lab, kernel_counts():
        ours, client = lab.namespace("ours"), lab.namespace("client")
        lab.wire((ours, "srv0", [SRV4 + "/24"]), (client, "cli0", [NOBODY + "/24"]))
        lab.attach_pass(client, "cli0")
        server = Server(ours, "local stratum 1", "interface srv0").start()
        server.wait_synchronised(10)
        flood = Flood(client, SRV4, 4000)
        time.sleep(1)
        replies = flood.stop()["received"]
        said = server.json("plan", "--rate", "1000")
        text = server.run("plan", "--rate", "1000").stdout
        tap_.check(replies > 1500 and said["cost_measured"] and 5 < said["cost_ns"] < 100000 and
                   said["cost_ns"] != 120, "the kernel's count is the cost", replies, said)
        tap_.check(f"{said['cost_ns']:.0f} ns a packet, counted by the kernel" in text,
                   "the text says that the cost was measured", text)


@contextlib.contextmanager
def kernel_counts():
    """The kernel counts the time of BPF programs while this is held (BPF_ENABLE_STATS)."""
    descriptor = LIBC.syscall(SYS_BPF, BPF_ENABLE_STATS, ctypes.byref(ctypes.c_uint32(0)), 4)
    if descriptor < 0:
        raise OSError(ctypes.get_errno(), "BPF_ENABLE_STATS")
    try:
        yield
    finally:
        os.close(descriptor)


if __name__ == "__main__":
    sys.exit(tap.main([judgement, plans, measured_cost], [tap.build_folder()]))
