#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The daemon dies, is restarted and is upgraded, under 10,000 requests a second.

    test_death.py [BUILD]

Not one reply may be missing while the page is good, whatever becomes of the daemon; the error bound
grows meanwhile; after `holdover` requests go to the kernel; and pins of another layout give way to
ours without a gap. In namespaces: `up` (a chronyd) - server - `client`.
"""
import os
import shutil
import signal
import socket
import sys
import time

import tap
from client import Flood, ask
from lab import Lab, wait_for
from server import ADDRESS, UPSTREAM, Server, set_up, xdp_of

RATE = 10000


def running(tap_, lab, *lines):
    """A synchronised server with its program attached, and the client's namespace."""
    middle, client = set_up(lab)
    server = Server(middle, UPSTREAM, *lines).start()
    server.attach("srv0")
    tap_.check(server.wait_synchronised(20), "synchronised before the test begins",
               server.process.output()[-1500:])
    return server, client


def none_missing(tap_, name, report):
    """The account of a flood in which every request has one answer."""
    tap_.check(report["lost"] == 0 and report["duplicates"] == 0 and report["strangers"] == 0,
               f"{name}: not one reply is missing ({report['sent']} requests)",
               {key: value for key, value in report.items() if key != "samples"})
    tap_.check(report["moments_back"] == 0 and
               all(sample["leap"] == 0 and sample["stratum"] == 2 for sample in report["samples"]),
               f"{name}: time never runs back, always stratum 2, leap 0", report["moments_back"],
               report["samples"][-5:])
    rate = report["sent"] / report["seconds"]
    tap_.check(rate > RATE * 0.8, f"{name}: at {rate:.0f} requests/s", "the generator was too slow")


def killed_and_restarted(tap_, build):
    """SIGKILL, a gap of some seconds, a new daemon; then SIGTERM and SIGHUP."""
    with Lab("death", build) as lab:
        server, client = running(tap_, lab)
        program = xdp_of(server.namespace, "srv0")
        flood = Flood(client, ADDRESS, RATE)
        time.sleep(2)
        server.process.kill(signal.SIGKILL)
        killed = time.time()
        time.sleep(5)
        restarted = time.time()
        server.start()
        tap_.check(server.wait_synchronised(20), "the new daemon gets synchronised",
                   server.process.output()[-1500:])
        time.sleep(2)
        server.process.kill(signal.SIGHUP)
        time.sleep(1)
        status = server.process.stop()
        tap_.check(status == 0, "the daemon ends with status 0 on SIGTERM", status)
        time.sleep(2)
        server.start()
        server.wait_synchronised(20)
        time.sleep(1)
        report = flood.stop()
        none_missing(tap_, "killed, restarted, reloaded, stopped, started", report)
        alone = [sample["root_dispersion"] for sample in report["samples"]
                 if killed + 0.3 < sample["at"] < restarted - 0.1]
        tap_.check(len(alone) > 20 and alone == sorted(alone) and alone[-1] > alone[0],
                   "root dispersion grows while no daemon renews the page", alone)
        tap_.check(xdp_of(server.namespace, "srv0") == program,
                   "the program on the interface is the one from before")
        tap_.check(server.verdicts()["served"] >= report["received"] * 0.999,
                   "XDP served them all", server.verdicts())


class Listener:
    """Takes what the kernel is handed on port 123 when no daemon holds it."""

    def __init__(self, namespace):
        self.socket = namespace.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("0.0.0.0", 123))
        self.socket.setblocking(False)

    def count(self):
        """How many datagrams came since the last call."""
        count = 0
        while True:
            try:
                self.socket.recv(2048)
                count += 1
            except BlockingIOError:
                return count


def holdover_ends(tap_, build):
    """After `holdover` nobody is served from an old page."""
    with Lab("holdover", build) as lab:
        server, client = running(tap_, lab, "holdover 4")
        tap_.check(ask(client, ADDRESS), "answered while the daemon lives")
        server.process.kill(signal.SIGKILL)
        killed = time.monotonic()
        wait_for(lambda: not server.process.running(), 2)
        answered = ask(client, ADDRESS)
        listener = Listener(server.namespace)
        tap_.check(answered and answered.synchronised() and listener.count() == 0,
                   "still answered just after it was killed", answered)
        last = wait_for(lambda: None if ask(client, ADDRESS, 0.2) else time.monotonic() - killed, 9,
                        0.1)
        tap_.check(last and last < 5.5, "no longer after the holdover of 4 s", last)
        count = listener.count()
        listener.socket.close()
        tap_.check(count > 0, "the requests go to the kernel then", count)
        expired = server.verdicts().get("pass_page_expired", 0)
        tap_.check(expired > 0, "and are counted as such, also without a daemon",
                   server.verdicts())
        server.start()
        tap_.check(server.wait_synchronised(20), "a new daemon renews the page",
                   server.process.output()[-1500:])
        answer = wait_for(lambda: ask(client, ADDRESS, 0.3), 3)
        tap_.check(answer and answer.synchronised(), "and clients are served again", answer)


def layout_changes(tap_, build):
    """Pins of another layout: never read, replaced in order, nothing lost."""
    with Lab("layout", build) as lab:
        server, client = running(tap_, lab)
        flood = Flood(client, ADDRESS, RATE)
        time.sleep(1)
        server.process.stop()
        # What a version with another layout would have left: its own folder, in use.
        ours = [name for name in os.listdir(server.pindir) if name.startswith("v")]
        other = os.path.join(server.pindir, "v9")
        os.rename(os.path.join(server.pindir, ours[0]), other)
        before = sorted(os.listdir(other))
        server.start()
        server.wait_synchronised(20)
        tap_.check(sorted(os.listdir(other)) == before and ours[0] in os.listdir(server.pindir),
                   "the daemon makes pins of its own beside those of another layout",
                   os.listdir(server.pindir))
        done = server.run("attach", "srv0")
        tap_.check(done.returncode == 0, "attach replaces the program of the other layout",
                   done.stdout, done.stderr)
        time.sleep(1)
        none_missing(tap_, "another layout replaced", flood.stop())
        tap_.check(not os.path.exists(other), "the pins of the other layout are gone",
                   os.listdir(server.pindir))
        detached = server.run("detach", "srv0")
        tap_.check(detached.returncode == 0 and xdp_of(server.namespace, "srv0") == 0,
                   "detach takes the program off", detached.stderr)
        shutil.rmtree(other, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(tap.main([killed_and_restarted, holdover_ends, layout_changes],
                      [tap.build_folder()]))
