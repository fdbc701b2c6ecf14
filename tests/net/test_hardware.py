#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`hwtimestamp`: the program that asks the card for receive stamps, on interfaces without a clock.

    test_hardware.py [BUILD]

A veth offers the kernel's call and answers 0: the program bound to it attaches, answers by the
clock, goes over restarts and SIGHUP, and is left out where it cannot be. No card with a clock is
needed, and what a real one would say is not tested here (tests/unit/test_hardware_*.c make one up).
"""
import json
import signal
import subprocess
import sys

import tap
from client import Flood, ask
from lab import Lab, wait_for
from server import ADDRESS, UPSTREAM, Server, set_up, xdp_of

RATE = 2000


def started(tap_, middle, *lines):
    """A synchronised server."""
    server = Server(middle, UPSTREAM, *lines).start()
    tap_.check(server.wait_synchronised(20), "synchronised", server.process.output()[-1500:])
    return server


def interface_of(server):
    """What status says of the interface."""
    return server.json("status")["interfaces"][0]


def asking(server):
    """True while the program on srv0 is the one that knows clocks of cards."""
    def shown(*words):
        done = subprocess.run(["bpftool", "-j", *words], capture_output=True, text=True, check=True)
        return json.loads(done.stdout)
    program = shown("prog", "show", "id", str(xdp_of(server.namespace, "srv0")))
    return any(shown("map", "show", "id", str(number))["name"] == "ntp_card_clocks"
               for number in program["map_ids"])


def replaced(server):
    """How often the daemon says that it put the asking program there."""
    return server.process.output().count("asks the card when a request came")


def answered(tap_, client, name):
    """A good answer, in order, from XDP."""
    before = Answers.server.verdicts()["served"]
    answer = ask(client, ADDRESS)
    tap_.check(answer and answer.synchronised() and answer.ntp.receive < answer.ntp.transmit and
               abs(answer.offset_ns()) < 50_000_000 and
               Answers.server.verdicts()["served"] == before + 1, f"{name}: answered well", answer)


class Answers:
    """The server that is asked now."""

    server = None


def asks_the_card(tap_, build):
    """Named in the settings: the bound program comes, and nothing is lost over its changes."""
    with Lab("hardware", build) as lab:
        middle, client = set_up(lab)
        server = Answers.server = started(tap_, middle, "hwtimestamp srv0 minpoll 0")
        server.attach("srv0", "--mode", "native")
        tap_.check(wait_for(lambda: replaced(server) == 1, 5), "the asking program comes by itself",
                   server.process.output()[-1500:])
        tap_.check(asking(server), "it stands on the interface")
        answered(tap_, client, "without a clock of the card")
        entry = interface_of(server)
        tap_.check(entry["receive_stamps"] == "clock" and "no PTP clock" in
                   entry["receive_stamps_detail"] and entry["mode"] == "native",
                   "status: the clock is read, since the card has none", entry)
        status = server.run("status").stdout
        tap_.check("hwtimestamp srv0: no PTP clock" in status and "Stamps" in status,
                   "the text of status says so too", status)
        stamps = server.json("status")["stamps"]
        tap_.check(stamps["sources"]["kernel"] == 1 and not stamps["sources"]["hardware"] and
                   server.json("sources")["sources"][0]["stamps"] == "kernel",
                   "the source's exchanges have the kernel's stamps", stamps)
        flood = Flood(client, ADDRESS, RATE)
        card = lab.start("card", middle.entered(
            [lab.program("tests/net/made_up_card"), server.pindir, "srv0"]))
        tap_.check(card.wait_output("related", 5), "a clock is made up for the card", card.output())
        tap_.check(wait_for(lambda: "unstamped" in lab_state(server), 5),
                   "asked for its stamp the veth answers 0, which is none", lab_state(server))
        restart(tap_, server)
        report = flood.stop()
        tap_.check(report["lost"] == 0 and report["strangers"] == 0 and report["moments_back"] == 0,
                   f"no reply is missing, none goes back ({report['sent']} requests)",
                   {key: value for key, value in report.items() if key != "samples"})
        answered(tap_, client, "at the end")


def lab_state(server):
    """Words about the stamps of the interface, by the pins alone."""
    done = server.namespace.run(
        server.lab.program("ntpxdp"), "status", "--json", "--pindir", server.pindir,
        "--socket", server.lab.path("nobody"))
    return "unstamped" if "no stamp that can be true" in done.stdout else done.stdout


def restart(tap_, server):
    """The programs change places over SIGHUP and a restart."""
    first = xdp_of(server.namespace, "srv0")
    server.configure(UPSTREAM, "hwtimestamp srv0 minpoll 0", "interleaved on")
    server.process.kill(signal.SIGHUP)
    tap_.check(wait_for(lambda: replaced(server) == 2, 5) and
               xdp_of(server.namespace, "srv0") != first,
               "SIGHUP with another feature: replaced by the ordinary one, and by the asking one",
               server.process.output()[-1500:])
    tap_.check(asking(server), "SIGHUP: the asking one stands there")
    server.process.stop()
    server.configure(UPSTREAM, "interface srv0")
    server.start()
    tap_.check(server.wait_synchronised(20) and not asking(server) and
               interface_of(server)["receive_stamps_detail"] == "",
               "restarted without `hwtimestamp`: the ordinary program is back",
               server.process.output()[-1500:])


def left_out(tap_, build):
    """Generic mode, interfaces that nobody named, and a name that is none."""
    with Lab("leftout", build) as lab:
        middle, client = set_up(lab)
        server = Answers.server = started(
            tap_, middle, "hwtimestamp srv0", "hwtimestamp nosuch0", "interface srv0 mode generic")
        tap_.check(wait_for(lambda: "native mode alone" in server.process.output(), 5) and
                   replaced(server) == 0, "generic mode: left out, with the reason",
                   server.process.output()[-1500:])
        tap_.check("hwtimestamp nosuch0: there is no such interface" in server.process.output(),
                   "a name that is none is said")
        answered(tap_, client, "generic")
        server.process.stop()
        server.run("detach", "srv0")
        server.configure(UPSTREAM, "hwtimestamp *", "interface srv0")
        server.start()
        tap_.check(server.wait_synchronised(20), "`hwtimestamp *` starts")
        tap_.check("no interface has a PTP clock" in server.process.output() and
                   not wait_for(lambda: replaced(server), 2.5),
                   "`*`: no program asks a card that has no clock",
                   server.process.output()[-1500:])
        tap_.check(interface_of(server)["receive_stamps_detail"] == "",
                   "`*`: status has nothing to explain")
        answered(tap_, client, "`*`")


if __name__ == "__main__":
    sys.exit(tap.main([asks_the_card, left_out], [tap.build_folder()]))
