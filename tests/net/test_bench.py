#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`ntpxdp bench`, and that no request is lost uncounted.

    test_bench.py [BUILD]

What the generator counts is held against servers that give good time, no time, wrong checksums,
nothing, or the request itself; whom it refuses to load. Then 24 million requests to XDP and two
million to the socket engine: replies, counted drops, counted passes and what the driver or the
socket counts as lost are the requests that were made, to the last one.
"""
import json
import signal
import sys
import time

import tap
from lab import Lab
from ledger import account, difference, losses
from server import Server, xdp_of

SERVER4, SERVER6, CLIENT4, CLIENT6 = "198.18.0.1", "fd4e:7470::1", "198.18.0.2", "fd4e:7470::2"
FOREIGN = "198.18.0.77"
XDP_REQUESTS, SOCKET_REQUESTS = 24000000, 2000000
SERVED = ("served", "served_leaked", "served_kiss")
# Not requests: what IPv6 says on a new cable, and the search for the server's MAC address.
NOISE = ("pass_not_ip", "pass_not_udp", "pass_not_ntp", "pass_group", "pass_ipv6_extension")


class Scene:
    """A server with the lines given, by XDP or not, and a client beside it."""

    def __init__(self, lab, *lines, xdp=True, options=()):
        self.lab = lab
        self.client, self.middle = lab.namespace("client"), lab.namespace("server")
        lab.wire((self.client, "cli0", [CLIENT4 + "/24", CLIENT6 + "/64"]),
                 (self.middle, "srv0", [SERVER4 + "/24", SERVER6 + "/64"]), queues=2)
        for address, way in ((CLIENT4, "10.0.0.0/8"), (CLIENT6, "fd00::/8")):
            self.middle.ip("route", "add", way, "via", address)
        for address in (CLIENT4, CLIENT6):
            self.middle.ip("neigh", "replace", address, "lladdr",
                           self.client.mac("cli0").hex(":"), "dev", "srv0", "nud", "permanent")
        for interface in ("all", "srv0"):
            self.middle.sysctl(f"net.ipv4.conf.{interface}.rp_filter", 0)
        self.middle.run("ethtool", "-K", "srv0", "gro", "on")
        self.server = Server(self.middle, *lines)
        self.server.process = self.middle.start(
            "ntpxdpd", lab.program("ntpxdpd"), *options, "-f", self.server.settings)
        self.server.wait_synchronised(20)
        if xdp:
            self.server.attach("srv0", "--mode", "native")

    def bench(self, *words, timeout=100):
        """`ntpxdp bench WORDS...` from the client: (status, text)."""
        done = self.client.run(self.lab.program("ntpxdp"), "bench", *words, timeout=timeout)
        return done.returncode, done.stdout + done.stderr

    def load(self, *words, address=SERVER4, timeout=100):
        """The account of one load."""
        done = self.client.run(self.lab.program("ntpxdp"), "bench", address, "-i", "cli0",
                               "--json", *words, timeout=timeout)
        try:
            return json.loads(done.stdout)
        except ValueError as error:
            raise RuntimeError(f"bench: {done.stderr}{done.stdout}") from error

    def udp(self, name):
        """A counter of the server's UDP, over IPv4 (/proc/net/snmp)."""
        with self.middle.inside(), open("/proc/thread-self/net/snmp", encoding="ascii") as text:
            head, values = [line.split()[1:] for line in text if line.startswith("Udp:")]
        return int(values[head.index(name)])


def answers(account):
    """All that came back."""
    return sum(account[name] for name in (
        "replies", "unsynchronised", "reflected", "bad_checksum", "other"))


def refusals(tap_, scene):
    """Whom it does not load, and why."""
    mac = "02:00:5e:00:00:01"
    for words, status, reason in (
            ((SERVER4,), 2, "--interface is missing"),
            ((SERVER4, "-i", "nowhere"), 1, "No such device"),
            ((SERVER4, "-i", "lo"), 1, "no Ethernet"),
            (("ntp.example", "-i", "cli0"), 2, "no address"),
            (("192.0.2.1", "-i", "cli0"), 1, "not on a network that cli0 is on"),
            ((FOREIGN, "-i", "cli0"), 1, "is it there"),
            ((SERVER4, "-i", "cli0", "--mac", "2:0"), 2, "--mac"),
            ((SERVER4, "-i", "cli0", "-s", CLIENT6), 2, "no IPv4 address"),
            ((SERVER4, "-i", "cli0", "-s", "192.0.2.1"), 1, "replies would go to"),
            ((SERVER4, "-i", "cli0", "-s", "198.18.255.255", "-n", "200000"), 1,
             "replies would go"),
            ((SERVER6, "-i", "cli0", "-s", "2001:db8::1", "--mac", mac), 1, "replies would go to"),
            ((SERVER4, "-i", "cli0", "--cores", "256"), 1, "may not use so many"),
            ((SERVER4, "-i", "cli0", "-t", "2h"), 2, "not in the range")):
        got, said = scene.bench(*words)
        tap_.check(got == status and reason in said and said.count("\n") == 1,
                   f"refused in one line: bench {' '.join(words)}", got, said)
    done = scene.client.run("setpriv", "--reuid=65534", "--clear-groups",
                            scene.lab.program("ntpxdp"), "bench", SERVER4, "-i", "cli0")
    tap_.check(done.returncode == 1 and "needs root" in done.stderr, "refused without root",
               done.stderr)
    scene.lab.attach_pass(scene.client, "cli0")
    got, said = scene.bench(SERVER4, "-i", "cli0")
    tap_.check(got == 1 and "XDP program is on cli0 already" in said,
               "refused where another program is", said)
    scene.client.ip("link", "set", "cli0", "xdp", "off")


def judgement(tap_, build):
    """What it makes of good replies and of others."""
    with Lab("bench", build) as lab:
        scene = Scene(lab, "local stratum 1", "clientloglimit 4194304")
        refusals(tap_, scene)
        for address in (SERVER4, SERVER6):
            one = scene.load("-t", "0.3s", "-r", "20000", address=address)
            tap_.check(one["replies"] == one["made"] > 200 and one["no_reply"] == 0,
                       f"{address}: each request is answered", one)
            tap_.check(0 < one["latency_s"]["p50"] <= one["latency_s"]["p99"]
                       <= one["latency_s"]["p99.9"] < 0.1, "with a latency", one)
        before = scene.server.json("stats")
        many = scene.load("-c", "300000", "-n", "100000", "--cores", "2")
        after = scene.server.json("stats")
        clients = scene.server.json("clients")["found"]
        tap_.check(many["made"] == 300000 and
                   after["requests"] - before["requests"] == many["sent"],
                   "as many requests as asked for, each seen by the server", many,
                   before["requests"], after["requests"])
        tap_.check(0.9 * 100000 < clients <= 100002,
                   f"of as many clients: the table has {clients}", many)
        status, said = scene.bench(SERVER4, "-i", "cli0", "-t", "0.2s", "-r", "5000")
        tap_.check(status == 0 and all(word in said for word in (
            "requests made", "sent by the interface", "good replies", "latency  p50")),
            "the same as text", said)
        process = scene.client.start("stopped", lab.program("ntpxdp"), "bench", SERVER4, "-i",
                                     "cli0", "-t", "30s", "-r", "1000")
        time.sleep(1)
        process.kill(signal.SIGINT)
        tap_.check(process.popen.wait(5) == 0 and "good replies" in process.output(),
                   "^C ends it, and it tells what was", process.output())
        tap_.check(xdp_of(scene.client, "cli0") == 0, "nothing of it is left on the interface")
        scene.server.run("detach", "srv0")
        half = scene.load("-t", "0.2s", "-r", "2000", "-s", CLIENT4)
        tap_.check(half["replies"] == half["made"] and half["bad_checksum"] == 0,
                   "replies of the socket are good, too", half)
        scene.middle.run("ethtool", "-K", "srv0", "tx", "on")
        half = scene.load("-t", "0.2s", "-r", "2000")
        tap_.check(half["bad_checksum"] == half["made"] and half["replies"] == 0,
                   "wrong checksums are counted", half)
        scene.server.process.stop()
        silent = scene.load("-t", "0.2s", "-r", "2000", "--mac",
                            scene.middle.mac("srv0").hex(":"))
        tap_.check(silent["no_reply"] == silent["sent"] > 0, "silence is counted", silent)
        reflected(tap_, scene)


def reflected(tap_, scene):
    """A program that sends requests back is told apart from a server."""
    done = scene.client.run(
        scene.lab.program("tests/bench/load"), "--iface", "cli0", "--peer", "srv0", "--peer-netns",
        f"/run/netns/{scene.middle.name}", "--program", "reflector", "--server4", SERVER4,
        "--rate", "2000", "--seconds", "0.2", "--verify")
    told = json.loads(done.stdout)
    tap_.check(told["replies"] == told["sent"] > 0, "a reflector sends back what it got", told)


def no_time(tap_, build):
    """A server that says that it is not synchronised."""
    with Lab("no-time", build) as lab:
        scene = Scene(lab, "server 192.0.2.9", "unsynchronised answer", xdp=False)
        told = scene.load("-t", "0.2s", "-r", "2000")
        tap_.check(told["unsynchronised"] == told["made"] and told["replies"] == 0,
                   "replies without time are no good replies", told)


def xdp_conserves(tap_, build):
    """Within the limit, over it, from many clients, to an address that is passed up."""
    with Lab("xdp", build) as lab:
        scene = Scene(lab, "local stratum 1", "ratelimit interval -10 burst 8 leak 2 kod 2")
        verdicts, wires = scene.server.verdicts(), losses(scene.middle, "srv0")
        mac = scene.middle.mac("srv0").hex(":")
        loads = [scene.load("-c", str(XDP_REQUESTS * share // 8), *words, address=address)
                 for share, address, words in (
                     (4, SERVER4, ("-n", "1000000", "-t", "60s", "--cores", "2")),
                     (2, SERVER6, ("-n", "100", "-t", "60s")),
                     (1, SERVER4, ("-n", "1", "-t", "60s", "--cores", "2")),
                     (1, FOREIGN, ("-n", "1000", "-t", "60s", "--mac", mac)))]
        verdicts = difference(scene.server.verdicts(), verdicts)
        wires = difference(losses(scene.middle, "srv0"), wires)
        drops = sum(count for name, count in verdicts.items() if name.startswith("drop_"))
        passes = sum(count for name, count in verdicts.items()
                     if name.startswith("pass_") and name not in NOISE)
        tap_.check(all(load["other"] == load["bad_checksum"] == load["reflected"] == 0
                       for load in loads), "every reply is a good one or a kiss", loads)
        tap_.check(drops > 0 and passes == loads[3]["sent"] and verdicts["served_kiss"] > 0,
                   "some are dropped, passed, told to slow down", verdicts)
        account(tap_, "XDP", {
            "made": sum(load["made"] for load in loads),
            "replies": sum(load["replies"] for load in loads),
            "kisses": sum(load["unsynchronised"] for load in loads),
            "dropped": drops, "passed up": passes,
            "refused by the cable": sum(load["refused"] for load in loads),
            "replies lost by the cable": wires["_xdp_tx_errors"]})
        tap_.check(sum(verdicts.get(name, 0) for name in SERVED) == wires["_xdp_tx_errors"] +
                   sum(answers(load) for load in loads), "what is counted as served was sent",
                   verdicts, wires)


def socket_conserves(tap_, build):
    """One socket, flooded."""
    with Lab("socket", build) as lab:
        scene = Scene(lab, "local stratum 1", "ratelimit interval -10 burst 8 leak 2",
                      "metrics off", xdp=False, options=("-n",))
        verdicts, wires = scene.server.verdicts(), losses(scene.middle, "srv0")
        full, unsent = scene.udp("RcvbufErrors"), scene.udp("SndbufErrors")
        load = scene.load("-c", str(SOCKET_REQUESTS), "-n", "1000", "-t", "60s")
        time.sleep(0.5)
        verdicts = difference(scene.server.verdicts(), verdicts)
        wires = difference(losses(scene.middle, "srv0"), wires)
        account(tap_, "socket engine", {
            "made": load["made"], "replies": load["replies"],
            "dropped": sum(count for name, count in verdicts.items() if name.startswith("drop_")),
            "lost for want of room in the socket": scene.udp("RcvbufErrors") - full,
            "refused by the cable": load["refused"],
            "lost by the cable": wires["link:tx_dropped"] + wires["_drops"],
            "replies not sent": scene.udp("SndbufErrors") - unsent})


if __name__ == "__main__":
    sys.exit(tap.main([judgement, no_time, xdp_conserves, socket_conserves],
                      [tap.build_folder()]))
