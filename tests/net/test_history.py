#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The history that the daemon keeps: no request is missing in it, and none is made up.

    test_history.py [BUILD]

A steady load, a daemon that is stopped for two seconds in the middle of it, a daemon that is killed
and started again on the same counters; the table, CSV, JSON and the pictures of `ntpxdp history`.
"""
import os
import shutil
import signal
import sys
import time

import tap
from client import Flood
from lab import Lab, wait_for
from server import ADDRESS, UPSTREAM, Server, set_up

RATE = 400


def total(slots, key):
    """What a column of rates adds up to."""
    return round(sum(slot.get(f"{key}_hz", 0) * slot["seen_s"] for slot in slots), 3)


def counted(tap_, server, client):
    """Every request of a load is in its second, also of the time while nobody looked."""
    before = server.json("history")["slots"]
    flood = Flood(client, ADDRESS, RATE)
    time.sleep(3.2)
    server.process.kill(signal.SIGSTOP)
    time.sleep(2)
    server.process.kill(signal.SIGCONT)
    time.sleep(1.5)
    account = flood.stop()
    # A part of what came last is spread into a second that is not over when it is counted.
    wait_for(lambda: total(server.json("history")["slots"], "answered") == account["received"],
             6, 0.3)
    slots = server.json("history")["slots"]
    tap_.check(total(before, "requests") == 0 and total(slots, "requests") == account["sent"],
               "every request is in the history", account["sent"], total(slots, "requests"))
    tap_.check(total(slots, "answered") == account["received"], "and every reply",
               account["received"], total(slots, "answered"))
    middle = [slot["requests_hz"] for slot in slots if slot["requests_hz"] > RATE * 0.6]
    tap_.check(len(middle) >= 6 and max(middle) < RATE * 1.3,
               "a daemon that was stopped spreads what it finds", *slots)
    good = [slot for slot in slots if slot["good_s"] == slot["seen_s"] == 1]
    tap_.check(len(good) >= 6, "seconds of good time are marked so", *slots)


def shown(tap_, server):
    """All that can be printed, and what is refused."""
    lab = server.lab
    rows = server.run("history", "--csv").stdout.splitlines()
    tap_.check(rows[0].startswith("time,seen_s,good_s,requests_hz") and len(rows) > 8 and
               len({row.count(",") for row in rows}) == 1, "--csv", *rows)
    done = server.run("history", "--since", "5s")
    tap_.check(len(done.stdout.splitlines()) <= 5 + 4 and "The last 5s" in done.stdout,
               "--since 5s: five lines", done.stdout)
    done = server.run("history", "--since", "7d")
    tap_.check(done.returncode == 0 and "requests" in done.stdout,
               "--since 7d of a new daemon: the seconds that there are", done.stdout, done.stderr)
    for words, said in ((["--since", "8d"], "range"), (["--plot", "x.gif"], ".png or .svg"),
                        (["--csv", "--json"], "at a time")):
        done = server.run("history", *words)
        tap_.check(done.returncode == 2 and said in done.stderr and not done.stdout,
                   f"history {' '.join(words)} is refused", done.stderr)
    program = [lab.program("ntpxdp"), "history", "--socket", server.control, "--plot"]
    done = server.namespace.run("/usr/bin/env", "PATH=/nonexistent", *program, lab.path("no.png"))
    tap_.check(done.returncode == 1 and "gnuplot-nox" in done.stderr,
               "--plot without gnuplot names the package", done.stderr)
    done = server.namespace.run(*program, lab.path("no-such-folder/a.png"))
    tap_.check(done.returncode == 1 and "cannot write" in done.stderr,
               "--plot: a file that cannot be", done.stderr)
    if not shutil.which("gnuplot"):
        tap_.skip("--plot", "no gnuplot")
        return
    for name, begin in (("it's a.png", b"\x89PNG"), ("a.svg", b"<?xml")):
        done = server.run("history", "--plot", lab.path(name))
        with open(lab.path(name), "rb") as picture:
            head = picture.read(8)
        tap_.check(done.returncode == 0 and not done.stderr and head.startswith(begin) and
                   os.path.getsize(lab.path(name)) > 3000, f"--plot {name}", done.stderr, head)


def again(tap_, server):
    """Another daemon on the same counters begins anew with the history, not with the counts."""
    served = server.json("stats")["requests"]
    server.process.kill()
    time.sleep(0.5)
    server.start()
    wait_for(lambda: len(server.json("history")["slots"]) >= 2, 10, 0.3)
    slots = server.json("history")["slots"]
    uptime_s = server.json("status")["uptime_s"]
    tap_.check(2 <= len(slots) <= uptime_s + 1 and total(slots, "requests") == 0 and
               server.json("stats")["requests"] == served > RATE,
               "a new daemon has no history, and makes up none", served, *slots)


def test(tap_, build):
    """The whole scene."""
    with Lab("history", build) as lab:
        middle, client = set_up(lab)
        server = Server(middle, UPSTREAM, "interface srv0").start()
        tap_.check(server.wait_synchronised(15), "synchronised", server.process.output())
        counted(tap_, server, client)
        shown(tap_, server)
        again(tap_, server)


if __name__ == "__main__":
    sys.exit(tap.main([test], [tap.build_folder()]))
