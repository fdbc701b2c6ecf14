#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The socket engine's own threads, without XDP: a flood there does not delay the daemon's clock.

    test_workers.py [BUILD]

In namespaces: `flood` (the generator of tests/bench, on one core with the kernel's receive path) -
`server` (all else). The same flood meets the daemon with its loop alone and with threads. Clients
ask from 512 addresses, so that the kernel can deal them out.
"""
import json
import os
import signal
import sys
import time

import tap
from client import ask
from lab import Lab, wait_for
from server import Server

ADDRESS, GATEWAY = "198.18.0.1", "198.18.0.2"
SECONDS, RATE, CLIENTS = 2, 400000, 512
TICK_MS = 125
# By how much a turn of the loop may be late beside a flood on a machine that does other work too.
LATE_MS = 60


class Scene:
    """A cable between two namespaces; the generator's round trip on the first core."""

    def __init__(self, lab):
        self.lab = lab
        self.flood, self.middle = lab.namespace("flood"), lab.namespace("server")
        lab.wire((self.middle, "srv0", [ADDRESS + "/24"]),
                 (self.flood, "gen0", [GATEWAY + "/24"]))
        # Neither the flood's addresses nor the way to them are asked for.
        mac = json.loads(self.flood.run("ip", "-j", "link", "show", "dev", "gen0").stdout)
        self.middle.ip("neigh", "replace", GATEWAY, "lladdr", mac[0]["address"], "dev", "srv0",
                       "nud", "permanent")
        self.middle.ip("route", "add", "default", "via", GATEWAY)
        # Frames from XDP are taken at an end without a program only so.
        self.middle.run("ethtool", "-K", "srv0", "gro", "on")
        self.cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, self.cores[1:] or self.cores)
        lab.later.append(lambda: os.sched_setaffinity(0, self.cores))

    def load(self, seconds=SECONDS, rate=RATE, *more):
        """The generator's account."""
        done = self.flood.run(
            "taskset", "-c", str(self.cores[0]), self.lab.program("tests/bench/load"),
            "--iface", "gen0", "--peer", "srv0", "--peer-netns", f"/run/netns/{self.middle.name}",
            "--program", "none", "--server4", ADDRESS, "--source4", "10.77.0.0",
            "--clients", str(CLIENTS), "--rate", str(rate), "--seconds", str(seconds), *more,
            timeout=seconds + 30)
        if done.returncode != 0:
            raise RuntimeError(f"load: {done.stderr}")
        return json.loads(done.stdout)

    def pace(self, server, seconds=SECONDS):
        """Watches how evenly the page is written meanwhile; a process."""
        return self.middle.start("pace", self.lab.program("tests/net/page_pace"), server.pindir,
                                 str(seconds), str(TICK_MS))


def flooded(scene, server):
    """Replies a second and the page's pace under the flood."""
    before = server.json("stats")
    watch = scene.pace(server, SECONDS + 0.5)
    account = scene.load()
    wait_for(lambda: not watch.running(), SECONDS + 5)
    after = server.json("stats")
    account["served"] = after["served"] - before["served"]
    return account, json.loads(watch.output().strip().splitlines()[-1])


def reload(server, *lines):
    """Other settings, by SIGHUP; returns once they are in force."""
    server.configure("local stratum 1", "metrics off", *lines)
    before = server.process.output().count("settings read again")
    server.process.kill(signal.SIGHUP)
    wait_for(lambda: server.process.output().count("settings read again") > before, 5, 0.01)
    server.run("health")


def threads(server):
    """How many threads the daemon has beside its loop."""
    return len(os.listdir(f"/proc/{server.process.pid}/task")) - 1


def same_rights(tap_, server):
    """Threads made before root was given up would keep it, and have no filter of system calls."""
    tasks, rights = f"/proc/{server.process.pid}/task", []
    for task in os.listdir(tasks):
        with open(f"{tasks}/{task}/status", encoding="ascii") as text:
            rights.append([line for line in text if line.startswith(
                ("Uid", "CapEff", "CapPrm", "CapBnd", "Seccomp:", "NoNewPrivs"))])
    tap_.check(len(rights) == 3 and all(one == rights[0] for one in rights) and
               "Seccomp:\t2\n" in rights[0], "threads have the daemon's rights and its filter",
               rights)


def check_life(tap_, scene, server):
    """How many there are, what they may do, and that settings change under load without a loss."""
    tap_.check(server.json("status")["port"]["workers"] == 1 and
               threads(server) == 1, "one thread unless settings say otherwise")
    for count in (3, 0, 2):
        reload(server, f"workers {count}")
        tap_.check(server.json("status")["port"]["workers"] == count and
                   threads(server) == count and
                   ask(scene.flood, ADDRESS) is not None, f"{count} threads, live: answered")
    same_rights(tap_, server)
    done = server.run("query", "127.0.0.1")
    tap_.check(done.returncode == 0, "the host's own programs are answered, too",
               done.stdout + done.stderr)


def check_changes(tap_, scene, server):
    """The client table, the rules and the mark change while requests come."""
    before = server.json("stats")["verdicts"]
    load = scene.flood.start(
        "steady", "taskset", "-c", str(scene.cores[0]), scene.lab.program("tests/bench/load"),
        "--iface", "gen0", "--peer", "srv0", "--peer-netns", f"/run/netns/{scene.middle.name}",
        "--program", "none", "--server4", ADDRESS, "--source4", "10.77.0.0",
        "--clients", str(CLIENTS), "--rate", "20000", "--seconds", "4")
    time.sleep(0.3)
    for number in range(12):
        reload(server, "workers 2", "ratelimit interval -10 burst 255",
               f"clientloglimit {(1, 128, 2)[number % 3] << 20}", f"dscp {number}",
               "allow all", f"deny 203.0.113.{number}/32")
        time.sleep(0.1)
    wait_for(lambda: not load.running(), 10)
    account = json.loads(load.output().strip().splitlines()[-1])
    after = server.json("stats")["verdicts"]
    limited = after["drop_limited"] - before["drop_limited"]
    tap_.check(account["sent"] > 5000 and account["replies"] + limited == account["sent"],
               "12 changes of table, rules and mark under load: nothing is lost",
               f"{account['sent']} sent, {account['replies']} replies, {limited} limited")


def check_busy_poll(tap_, scene, server):
    """Sooner replies for a core: what a client waits that asks 500 times a second."""
    medians = {}
    for settings in ("busypoll 0", "busypoll 5ms", "busypoll 0", "busypoll 5ms"):
        reload(server, "workers 1", settings)
        account = scene.load(1, 500, "--latency")
        medians[settings] = min(account["latency_ns"]["p50"], medians.get(settings, 1 << 40))
    tap_.say(f"median latency at 500/s: {medians['busypoll 0'] / 1000:.1f} us, with busypoll "
             f"{medians['busypoll 5ms'] / 1000:.1f} us")
    tap_.check(medians["busypoll 5ms"] < medians["busypoll 0"], "busypoll answers sooner", medians)


def per_second(account, what):
    """A count of the generator's account over its time."""
    return account[what] / account["seconds"]


def check_floods(tap_, scene, server):
    """One flood each; the loop's lateness and the replies."""
    found = {}
    for name, lines in (("loop", ("workers 0",)), ("1 thread", ("workers 1",)),
                        ("2 threads", ("workers 2",))):
        reload(server, *lines)
        # The better of two: other programs of the machine make the loop late, too.
        found[name] = min((flooded(scene, server) for _ in range(2)),
                          key=lambda one: one[1]["worst_ms"])
    for name, (account, pace) in found.items():
        tap_.say(f"{name}: {account['sent']} requests at {account['rate']}/s, "
                 f"{account['replies']} replies, the page late by {pace['worst_ms']} ms at most, "
                 f"{pace['median_ms']} ms in the median ({pace['samples']} samples)")
    tap_.check(all(account["sent"] <= 1.01 * RATE * SECONDS for account, _ in found.values()),
               "the generator sends for as long as it was told",
               [account["sent"] for account, _ in found.values()])
    for name in ("1 thread", "2 threads"):
        account, pace = found[name]
        tap_.check(pace["samples"] > 8 and pace["worst_ms"] < LATE_MS,
                   f"{name}: the clock's loop has its turns during a flood", pace)
        # A run lasts as long as its last call, so what is compared is replies a second.
        tap_.check(per_second(account, "replies") > 0.9 * min(
            per_second(account, "sent"), 0.8 * per_second(found["loop"][0], "replies")),
                   f"{name}: answers no less than the loop did", (account, found["loop"][0]))


def workers(tap_, build):
    """All of it."""
    with Lab("workers", build) as lab:
        scene = Scene(lab)
        server = Server(scene.middle, "local stratum 1", "metrics off").start()
        server.wait_synchronised(20)
        check_life(tap_, scene, server)
        check_changes(tap_, scene, server)
        check_busy_poll(tap_, scene, server)
        check_floods(tap_, scene, server)


if __name__ == "__main__":
    sys.exit(tap.main([workers], [tap.build_folder()]))
