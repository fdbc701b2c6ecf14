#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`server ADDR xleave`: interleaved mode (RFC 9769) against a chronyd, as the daemon's source.

    test_xleave.py [BUILD]

One chronyd at two addresses, one asked in basic and one in interleaved mode, each request from a
new port: what is measured in interleaved mode lacks the time that chronyd takes from writing a
reply to sending it. Then chronyd forgets (a restart), and a server that does not know the mode (our
own) is asked. In namespaces: `up` - `client`.
"""
import sys

import peers
import tap
from lab import Lab, wait_for
from server import Server

BASIC, XLEAVE, OURS = "198.51.100.1", "198.51.100.2", "198.51.100.3"
OURS_PORT = 1123
OPTIONS = "minpoll 0 maxpoll 0"
SAMPLES = 8


def source(server, address):
    """What `ntpxdp sources --json` says of one."""
    return next(entry for entry in server.json("sources")["sources"]
                if entry["address"] == address)


def start_chronyd(namespace, name):
    """Serves this machine's clock at two addresses."""
    return peers.chronyd_server(namespace, name, "bindaddress 0.0.0.0", "bindaddress ::1")


def start_ours(namespace):
    """Our own daemon without XDP and pins, which serves this machine's clock."""
    lab = namespace.lab
    path = lab.write("ours.conf", f"local stratum 2\nport {OURS_PORT}\ncontrol off\n"
                     f"metrics off\nuser root\ndriftfile {lab.path('ours.drift')}\n")
    return namespace.start("ours", lab.program("ntpxdpd"), "-n", "-f", path)


def with_chronyd(tap_, server):
    """Modes, counts, and what it is good for."""
    for address in (BASIC, XLEAVE):
        wait_for(lambda a=address: source(server, a)["accepted"] >= SAMPLES, SAMPLES + 6, 0.2)
    basic, xleave = source(server, BASIC), source(server, XLEAVE)
    tap_.check(basic["mode"] == "basic" and not basic["rejected"],
               "without xleave the mode is basic", basic)
    tap_.check(xleave["mode"] == "interleaved" and xleave["tally"] in "*+",
               "with xleave chronyd answers in interleaved mode, and is believed", xleave)
    tap_.check(xleave["rejected"] == {"known": 1} and
               0 <= xleave["sent"] - xleave["accepted"] - 1 <= 1,
               "each exchange is measured once, and none is lost", xleave)
    tap_.check(0 < xleave["delay_s"] < basic["delay_s"],
               "the delay lacks what chronyd takes to send", xleave, basic)
    tap_.say(f"round trip to the same chronyd: {basic['delay_s'] * 1e6:.1f} us in basic, "
             f"{xleave['delay_s'] * 1e6:.1f} us in interleaved mode")


def forgets(tap_, server, chronyd, up):
    """A new chronyd knows nothing of earlier replies."""
    chronyd.kill()
    chronyd.popen.wait()
    before = source(server, XLEAVE)["accepted"]
    chronyd = start_chronyd(up, "again")
    again = wait_for(lambda: source(server, XLEAVE)["accepted"] > before and
                     source(server, XLEAVE), 10, 0.1)
    tap_.check(again and again["mode"] == "basic",
               "a chronyd that has forgotten is heard at once, in basic mode", again)
    tap_.check(wait_for(lambda: source(server, XLEAVE)["mode"] == "interleaved", 8, 0.2),
               "then in interleaved mode again", source(server, XLEAVE), chronyd.output())


def does_not_know(tap_, server):
    """Our own socket engine answers each such request in basic mode."""
    answered = wait_for(lambda: source(server, OURS)["accepted"] >= 4, 8, 0.2)
    ours = source(server, OURS)
    tap_.check(answered and ours["mode"] == "basic" and ours["sent"] - ours["accepted"] <= 1,
               "a server that does not know the mode is used in basic mode", ours)


def test(tap_, build):
    """The whole scene."""
    with Lab("xleave", build) as lab:
        up, client = lab.namespace("up"), lab.namespace("client")
        lab.wire((up, "up0", [address + "/24" for address in (BASIC, XLEAVE, OURS)]),
                 (client, "cli0", ["198.51.100.9/24"]))
        chronyd = start_chronyd(up, "chronyd")
        lines = [f"server {BASIC} {OPTIONS}", f"server {XLEAVE} {OPTIONS} xleave",
                 f"server {OURS} {OPTIONS} xleave port {OURS_PORT}", "port 0", "minsources 1"]
        # Ours, without pins: its own address, its own port.
        start_ours(up)
        server = Server(client, *lines).start()
        printed = server.namespace.run(lab.program("ntpxdpd"), "-p", "-f", server.settings).stdout
        tap_.check([" xleave" in line.split("\t")[0] for line in
                    printed.splitlines() if line.startswith("server ")] == [False, True, True],
                   "ntpxdpd -p prints xleave", printed)
        with_chronyd(tap_, server)
        forgets(tap_, server, chronyd, up)
        does_not_know(tap_, server)


if __name__ == "__main__":
    sys.exit(tap.main([test], [tap.build_folder()]))
