#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`ntpxdpd -n -f FILE` as an ordinary process: what a preloaded simulator must be able to rely on.

    test_bare.py [BUILD]

As user nobody, without a capability: it synchronises, serves a high port, has one thread, and with
`control off` and `metrics off` waits in poll() for UDP sockets and nothing else. A library that is
preloaded under it (calls.c) watches its calls; `clock system` goes through clock_adjtime().
SIGTERM ends it. Under a real simulator: tests/sim/clknetsim.py.
"""
import os
import shutil
import socket
import sys
import time

import peers
import tap
from client import ask
from lab import LIBC, Lab, wait_for

UP, SRV4 = "198.51.100.1", "198.51.100.2"
PORT = 1123
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
PIDFD_GETFD = 438  # pidfd_getfd(2), the same on every architecture
# Its sockets may be closed between looking at the folder and at the socket.
TRIES = 5


class Bare:
    """One ntpxdpd -n of an ordinary user."""

    def __init__(self, namespace, name, *lines, environment=()):
        lab = namespace.lab
        self.lab, self.name = lab, name
        folder = lab.path(name)
        os.makedirs(folder)
        os.chown(folder, 65534, 65534)
        program = lab.path(name, "ntpxdpd")  # the build may be out of nobody's reach
        shutil.copy(lab.program("ntpxdpd"), program)
        settings = lab.write(f"{name}.conf", "\n".join([
            f"server {UP} iburst minpoll 0 maxpoll 1", f"port {PORT}", "control off",
            "metrics off", f"driftfile {folder}/drift", *lines, ""]))
        self.process = namespace.start(
            name, *NOBODY, "env", *environment, program, "-n", "-f", settings)

    def proc(self, name):
        """Text of a file of its /proc folder."""
        with open(f"/proc/{self.process.pid}/{name}", encoding="ascii") as text:
            return text.read()

    def status(self, field):
        """The words of one line of /proc/PID/status."""
        for line in self.proc("status").splitlines():
            if line.startswith(field + ":"):
                return line.split()[1:]
        return []

    def descriptors(self):
        """What each descriptor is, such as 'socket:[123]'."""
        folder = f"/proc/{self.process.pid}/fd"
        found = {}
        for number in os.listdir(folder):
            try:
                found[int(number)] = os.readlink(f"{folder}/{number}")
            except FileNotFoundError:
                continue
        return found

    def strangers(self):
        """Descriptors that are neither standard ones, files, pipes nor UDP sockets. A pipe is
        made by libevent with every loop, and not polled (calls.c looks there)."""
        return {number: what for number, what in self.descriptors().items()
                if number > 2 and not what.startswith(("pipe:", "/")) and not self.is_udp(number)}

    def is_udp(self, number):
        """Whether a descriptor is a UDP socket, bound or not: looks at a copy of it."""
        process = os.pidfd_open(self.process.pid)
        copy = LIBC.syscall(PIDFD_GETFD, process, number, 0)
        os.close(process)
        if copy < 0:
            return False
        with socket.socket(fileno=copy) as channel:
            return channel.family in (socket.AF_INET, socket.AF_INET6) and \
                channel.type == socket.SOCK_DGRAM


def served(namespace):
    """Whether good time is served."""
    answer = ask(namespace, SRV4, 0.5, port=PORT)
    return answer is not None and answer.synchronised()


def ordinary(tap_, up, middle):
    """What can be seen from outside."""
    bare = Bare(middle, "bare")
    tap_.check(wait_for(lambda: served(up), 10), "serves good time, as user nobody",
               bare.process.output())
    tap_.check(bare.status("Uid") == ["65534"] * 4 and int(bare.status("CapEff")[0], 16) == 0,
               "without root and capabilities", bare.proc("status"))
    tap_.check(bare.status("Threads") == ["1"] and
               len(os.listdir(f"/proc/{bare.process.pid}/task")) == 1, "one thread",
               bare.proc("status"))
    looks = [bare.strangers() for _ in range(TRIES)]
    tap_.check({} in looks, "its descriptors are UDP sockets and no others", looks[-1],
               bare.descriptors())
    status = bare.process.stop()
    tap_.check(status == 0 and "stopped" in bare.process.output(), "SIGTERM ends it", status,
               bare.process.output())


def watched(tap_, up, middle):
    """What can be seen from below; with a clock to steer, which is made up."""
    lab = middle.lab
    report = lab.path("watched", "calls")
    library = shutil.copy(lab.program("tests/net/calls.so"), lab.path("calls.so"))
    bare = Bare(middle, "watched", "clock system",
                environment=(f"LD_PRELOAD={library}", f"CALLS_REPORT={report}", "EVENT_NOEPOLL=1"))
    good = wait_for(lambda: served(up), 10)
    time.sleep(2.5)
    status = bare.process.stop()
    with open(report, encoding="ascii") as text:
        words = text.read().split()
    counts = dict(word.split("=") for word in words if "=" in word)
    tap_.check(good and status == 0, "watched, it serves good time too", status,
               bare.process.output())
    tap_.check(set(words) == {f"{name}={count}" for name, count in counts.items()},
               "no thread, no epoll, no timer or event with a descriptor; polls UDP sockets only",
               words)
    tap_.check(int(counts["poll"]) > 10, "waits in poll()", counts)
    tap_.check(int(counts["clock_adjtime"]) >= 2, "`clock system` steers through clock_adjtime()",
               counts)
    tap_.say(f"{counts['poll']} calls of poll(), {counts['clock_adjtime']} of clock_adjtime()")


def test(tap_, build):
    """The whole scene."""
    with Lab("bare", build) as lab:
        up, middle = lab.namespace("up"), lab.namespace("middle")
        lab.wire((up, "up0", [UP + "/24"]), (middle, "mid0", [SRV4 + "/24"]))
        peers.chronyd_server(up, "up")
        ordinary(tap_, up, middle)
        watched(tap_, up, middle)


if __name__ == "__main__":
    sys.exit(tap.main([test], [tap.build_folder()]))
