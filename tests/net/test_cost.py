#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the daemon costs a host beside the replies: processor time and memory.

    test_cost.py [BUILD]

Seven chronyd upstreams at the default polling, XDP on an interface, control socket and metrics as
they come. Once the burst of the start is over: less than 0.2 % of a core (the median of three
spells of 10 s, since a machine that is busy with other things makes each wake-up dearer), and
less than 16 MiB resident. The turn of the loop (8 a second) is nearly all of it: at 64 s and more
between requests the sources hardly count.
"""
import statistics
import sys
import time

import peers
import tap
from lab import Lab, wait_for
from server import Server

SOURCES = 7
SPELL_S, SPELLS = 10, 3
CORE, RESIDENT_KIB = 0.002, 16 * 1024


def set_up(lab):
    """Upstreams, server, client."""
    up, middle, client = (lab.namespace(name) for name in ("up", "server", "client"))
    sources = [f"198.51.100.{number}" for number in range(1, SOURCES + 1)]
    lab.wire((up, "up0", [source + "/24" for source in sources]),
             (middle, "up1", ["198.51.100.254/24"]))
    lab.wire((middle, "srv0", ["192.0.2.1/24"]), (client, "cli0", ["192.0.2.2/24"]))
    for number, source in enumerate(sources):
        peers.chronyd_server(up, f"up{number}", f"bindaddress {source}")
    return middle, sources


def cpu_ns(pid):
    """Time on a core, user and system, as the scheduler counts it."""
    with open(f"/proc/{pid}/schedstat", encoding="ascii") as text:
        return int(text.read().split()[0])


def spell(pid):
    """The share of a core that it uses for a while."""
    before, began = cpu_ns(pid), time.monotonic()
    time.sleep(SPELL_S)
    return (cpu_ns(pid) - before) / (time.monotonic() - began) / 1e9


def resident_kib(pid):
    """VmRSS."""
    with open(f"/proc/{pid}/status", encoding="ascii") as text:
        return next(int(line.split()[1]) for line in text if line.startswith("VmRSS:"))


def settled(server):
    """True once each source has had its burst and waits for at least a minute."""
    rows = server.json("sources")["sources"]
    return len(rows) == SOURCES and all(row["accepted"] >= 4 and row["poll_s"] >= 64
                                        for row in rows)


def test(tap_, build):
    """The whole scene."""
    with Lab("cost", build) as lab:
        middle, sources = set_up(lab)
        server = Server(middle, *[f"server {source} iburst" for source in sources]).start()
        server.attach("srv0")
        tap_.check(server.wait_synchronised(15) and wait_for(lambda: settled(server), 30, 1),
                   f"{SOURCES} sources have had their burst", server.json("sources"))
        pid = server.process.pid
        shares = [spell(pid) for _ in range(SPELLS)]
        share, resident = statistics.median(shares), resident_kib(pid)
        tap_.check(server.json("status")["synchronised"], "and is synchronised all the time",
                   server.json("status"))
        tap_.say(f"with {SOURCES} sources: {share * 100:.3f} % of a core (at most "
                 f"{max(shares) * 100:.3f} %), {resident / 1024:.1f} MiB resident")
        tap_.check(share < CORE, f"under {CORE * 100} % of a core", shares)
        tap_.check(resident < RESIDENT_KIB, f"under {RESIDENT_KIB // 1024} MiB resident",
                   f"{resident} KiB")


if __name__ == "__main__":
    sys.exit(tap.main([test], [tap.build_folder()]))
