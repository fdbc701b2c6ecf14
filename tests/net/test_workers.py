#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`workers N`: a flood at the socket engine, settings that change under it, and the clock's pace.

    test_workers.py [BUILD]

No XDP: the engine answers all. While it is flooded the daemon must write its time page as often as
before, answer its control socket, take other settings, and lose none of its workers' counts. In
namespaces: `server` - `client`.
"""
import json
import os
import sys
import time

import tap
from lab import Lab, wait_for
from server import ADDRESS, Server

HERE = os.path.dirname(os.path.abspath(__file__))
RATE, FLOODS, SECONDS = 40000, 3, 3


def pace(server):
    """Page updates a second, over some seconds."""
    start, before = time.monotonic(), server.json("status")["page"]["updates"]
    time.sleep(SECONDS)
    updates = server.json("status")["page"]["updates"] - before
    return updates / (time.monotonic() - start)


def flood(client, lab):
    """[(process, report)]"""
    paths = [lab.path(f"flood{i}.json") for i in range(FLOODS)]
    return [(client.start(f"flood{i}", sys.executable, os.path.join(HERE, "flood.py"), ADDRESS,
                          str(RATE), path), path) for i, path in enumerate(paths)]


def reports(running):
    """What they have counted."""
    for process, _ in running:
        process.popen.terminate()
    for process, _ in running:
        process.popen.wait(20)
    found = []
    for _, path in running:
        with open(path, encoding="utf-8") as text:
            found.append(json.load(text))
    return found


def change(tap_, server, settings, workers):
    """Other settings while requests come."""
    server.configure(*settings)
    server.process.popen.send_signal(1)
    tap_.check(wait_for(lambda: server.json("status")["port"].get("workers") == workers, 5, 0.1),
               f"{settings[-1]} is taken under the flood", server.process.output()[-800:])


def same_rights(tap_, server):
    """Threads made before root was given up would keep it, and have no filter of system calls."""
    tasks = f"/proc/{server.process.pid}/task"
    rights = []
    for task in os.listdir(tasks):
        with open(f"{tasks}/{task}/status", encoding="ascii") as text:
            rights.append([line for line in text if line.startswith(
                ("Uid", "CapEff", "CapPrm", "CapBnd", "Seccomp:", "NoNewPrivs"))])
    tap_.check(len(rights) == 3 and all(one == rights[0] for one in rights) and
               "Seccomp:\t2\n" in rights[0], "workers have the daemon's rights and its filter",
               rights)


def test(tap_, build):
    """The whole scene."""
    with Lab("workers", build) as lab:
        middle, client = lab.namespace("server"), lab.namespace("client")
        lab.wire((middle, "srv0", [ADDRESS + "/24"]), (client, "cli0", ["192.0.2.2/24"]))
        base = ["local stratum 3", "workers 2"]
        server = Server(middle, *base).start()
        server.wait_synchronised(8)
        tap_.check(server.json("status")["port"]["workers"] == 2, "status tells of both workers")
        same_rights(tap_, server)
        idle = pace(server)
        running = flood(client, lab)
        flooded = pace(server)
        tap_.check(flooded > 0.9 * idle, "the page is written as often under a flood", idle,
                   flooded)
        for size in (1048576, 4194304, 65536):
            change(tap_, server, base + [f"clientloglimit {size}"], 2)
        change(tap_, server, ["local stratum 3", "workers 3"], 3)
        change(tap_, server, ["local stratum 3", "workers 0"], 0)
        found = reports(running)
        sent, received = (sum(one[key] for one in found) for key in ("sent", "received"))
        served = server.verdicts()["served"]
        tap_.check(received > 1000 and served >= received, "replies are counted", received, served)
        server.process.stop()
        tap_.check(server.process.popen.returncode == 0, "it stops cleanly",
                   server.process.output()[-800:])
        tap_.say(f"{sent} sent, {received} answered; page updates/s {idle:.2f} idle, "
                 f"{flooded:.2f} flooded")


if __name__ == "__main__":
    sys.exit(tap.main([test], [tap.build_folder()]))
