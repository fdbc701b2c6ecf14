#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A host that was suspended: the time from before is not served, and soon there is good time again.

    test_suspend.py [BUILD]

The counters of a suspended host stand still. A preloaded library (asleep.c) lets CLOCK_BOOTTIME go
on as after a suspension; the sources are asked every 16 s, so that without notice of it the old
time would be served for as long. On the wire: client - server - `up`.
"""
import os
import sys
import time

import peers
import tap
from client import ask
from lab import Lab, wait_for
from server import Server

UP, SRV4 = "198.51.100.1", "192.0.2.1"
ASLEEP_S = 7200


def start(lab, middle):
    """The daemon, with the library under it."""
    server = Server(middle, f"server {UP} iburst minpoll 4 maxpoll 4", "metrics off")
    server.process = middle.start(
        "ntpxdpd", "env", f"LD_PRELOAD={lab.program('tests/net/asleep.so')}",
        f"ASLEEP_FILE={lab.path('asleep')}", lab.program("ntpxdpd"), "-f", server.settings)
    wait_for(server.answers, 5)
    return server


def suspend(lab):
    """As if the host slept now."""
    lab.write("asleep.new", f"{ASLEEP_S}\n")
    os.rename(lab.path("asleep.new"), lab.path("asleep"))


def replies(client, seconds):
    """Requests for some time: the list of (moment, synchronised)."""
    end, found = time.monotonic() + seconds, []
    while time.monotonic() < end:
        answer = ask(client, SRV4, 0.3)
        if answer:
            found.append((time.monotonic(), answer.synchronised()))
        time.sleep(0.01)
    return found


def test(tap_, build):
    """The whole scene."""
    with Lab("suspend", build) as lab:
        up, middle, client = (lab.namespace(name) for name in ("up", "server", "client"))
        lab.wire((up, "up0", [UP + "/24"]), (middle, "mid0", ["198.51.100.254/24"]))
        lab.wire((middle, "srv0", [SRV4 + "/24"]), (client, "cli0", ["192.0.2.2/24"]))
        lab.attach_pass(client, "cli0")
        peers.chronyd_server(up, "up")
        server = start(lab, middle)
        server.attach("srv0")
        tap_.check(server.wait_synchronised(20), "synchronised", server.process.output())
        before = server.json("tracking")
        began = time.monotonic()
        suspend(lab)
        found = replies(client, 12)
        bad = [moment for moment, good in found if not good]
        tap_.check(bad and bad[0] - began < 0.5, "the time from before is not served any more",
                   found[:20], server.process.output())
        tap_.check(found and found[-1][1] and bad and bad[-1] - began < 10,
                   "good time is served again within 10 s", found[-5:], server.process.output())
        tap_.say(f"unsynchronised for {bad[-1] - bad[0]:.1f} s")
        text = server.process.output()
        tap_.check(text.count("the host was suspended for 7200.0") == 1, "said once", text)
        tap_.check("stepped" not in text, "and nothing else said of it", text)
        after = server.json("tracking")
        tap_.check(after["steps"] == before["steps"] + 1, "counted as a step", before, after)


if __name__ == "__main__":
    sys.exit(tap.main([test], [tap.build_folder()]))
