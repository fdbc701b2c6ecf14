#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`mirror 127.0.0.1`: ntpxdp in front of a chronyd on the same host.

    test_mirror.py [BUILD]

XDP answers with the stratum, the reference and no better bounds than that chronyd's own; chronyd
keeps port 123 and answers what is passed up; when it dies the error bound grows until `holdover` is
over; when it says that it is not synchronised, nothing is served from then on; and it comes back.
In namespaces: `up` - server - `client`. (Steps and slews of the system clock are in the unit test
and the machine test of the same name: nothing here may set the clock.)
"""
import signal
import struct
import sys
import time

import peers
import tap
from client import ask, frames
from lab import Lab, wait_for
from server import Server, xdp_of

UP, SRV4, SRV6 = "198.51.100.1", "192.0.2.1", "2001:db8:2::1"
REFERENCE = "C6336401"  # UP as a reference id
HOLDOVER_S = 20
CLOSE_NS = 50000
GROWTH = 15e-6
POLL_S = 6  # the mirrored server is asked every 4 s


def set_up(lab):
    """Namespaces and wires, the upstream, the chronyd to be mirrored."""
    up, middle, client = (lab.namespace(name) for name in ("up", "server", "client"))
    lab.wire((up, "up0", [UP + "/24"]), (middle, "up1", ["198.51.100.254/24"]))
    lab.wire((middle, "srv0", [SRV4 + "/24", SRV6 + "/64"]),
             (client, "cli0", ["192.0.2.2/24", "2001:db8:2::2/64"]))
    lab.attach_pass(client, "cli0")
    upstream = peers.chronyd_server(up, "up")
    return upstream, middle, client


def mirrored(middle, name="mirrored"):
    """A chronyd that follows `up` and serves; it leaves the clock, which is right, alone."""
    lab = middle.lab
    path = lab.write(name + ".conf", "\n".join([
        f"server {UP} iburst minpoll 0 maxpoll 1", "allow all", "cmdport 0", "bindcmdaddress /",
        "user root", f"pidfile {lab.path(name + '.pid')}", ""]))
    return middle.start(name, peers.CHRONYD, "-x", "-n", "-d", "-U", "-f", path)


def own_word(middle):
    """What the chronyd itself says, asked on its own host; None where it does not answer."""
    return ask(middle, "127.0.0.1", 0.5)


def good_word(middle):
    """True once it claims to be right within 0.2 ms: from then on it changes little."""
    answer = own_word(middle)
    return answer and answer.synchronised() and distance(answer.ntp) < 0.0002


def distance(ntp):
    """Root delay / 2 + root dispersion, in s."""
    return (ntp.root_delay / 2 + ntp.root_dispersion) / 65536


def bounds_follow(middle, client, address):
    """True when the bounds served are what the chronyd says of itself, or a little more."""
    said, answer = own_word(middle), ask(client, address)
    return said and answer and \
        distance(said.ntp) - 0.0001 < distance(answer.ntp) < distance(said.ntp) + 0.001


def serves_its_word(tap_, server, client):
    """The replies of XDP beside those of the chronyd."""
    said = own_word(server.namespace).ntp
    for address in (SRV4, SRV6):
        family = "IPv6" if ":" in address else "IPv4"
        before = server.verdicts()["served"]
        answer = wait_for(lambda a=address: ask(client, a), 3)
        ntp = answer and answer.ntp
        tap_.check(ntp and (ntp.leap, ntp.stratum, ntp.reference_id) ==
                   (said.leap, said.stratum, said.reference_id) and ntp.stratum == 2,
                   f"stratum and reference are the mirrored server's, {family}", ntp, said)
        tap_.check(server.verdicts()["served"] > before, f"XDP has answered, {family}",
                   server.verdicts())
        # What it said last may be 4 s older, and another word by now: then the next one is.
        words = wait_for(lambda a=address: bounds_follow(server.namespace, client, a), 8, 0.2)
        tap_.check(words, f"the bounds are its own and what is not known of it, {family}",
                   ntp and distance(ntp), distance(said))
    page = server.page()
    tap_.check(page["synchronised"] and abs(page["median_ns"]) < CLOSE_NS and
               abs(page["worst_ns"]) < page["error_ns"],
               "the served time is the system clock's", page)
    tap_.say(f"served minus system clock: median {page['median_ns'] / 1000:.2f} us; error bound "
             f"{page['error_ns'] / 1000:.0f} us, the chronyd's own {distance(said) * 1e6:.0f} us")


def reports_say_so(tap_, server):
    """status, tracking, sources, /metrics."""
    status, tracking = server.json("status"), server.json("tracking")
    tap_.check(status["clock"] == "mirror" and status["mirror"] == "127.0.0.1" and
               status["port"]["state"] == "off" and "mirror" in status["port"]["detail"],
               "status says that a server is mirrored, and who has the port", status)
    tap_.check(tracking["reference_id"] == REFERENCE and tracking["stratum"] == 2 and
               tracking["reference_name"] == "mirror of 127.0.0.1", "so does tracking", tracking)
    source = server.json("sources")["sources"][0]
    tap_.check(source["type"] == "m" and source["tally"] == "*" and source["reach"] > 0,
               "so does sources", source)
    text = server.metrics()
    tap_.check("\nntpxdp_mirrored 1\n" in text and
               'ntpxdp_clock_state{state="synchronised"} 1' in text, "so does /metrics", text)
    for listing in ("status", "tracking", "sources"):
        done = server.run(listing)
        tap_.check(done.returncode == 0 and "127.0.0.1" in done.stdout, f"`ntpxdp {listing}` too",
                   done.stdout, done.stderr)


def passed_up(tap_, server, client):
    """A request with an unknown extension field is the kernel's, and so the chronyd's."""
    field = struct.pack(">HH", 0x7777, 28) + bytes(24)
    payload = frames.Ntp(transmit=0x1234567887654321).pack() + field
    before = server.verdicts()
    answer = wait_for(lambda: ask(client, SRV4, 0.5, payload), 3)
    after = server.verdicts()
    tap_.check(answer and answer.ntp.stratum == 2 and after["served"] == before["served"] and
               after["pass_long"] > before["pass_long"],
               "what is passed up is answered by the mirrored server", answer, before, after)
    sockets = server.namespace.run("ss", "-Hulnp", "sport = :123").stdout
    tap_.check("chronyd" in sockets and "ntpxdpd" not in sockets, "which keeps the port", sockets)


def bound_of(client):
    """Error bound of a reply with good time, or None."""
    answer = ask(client, SRV4, 0.5)
    return distance(answer.ntp) if answer and answer.synchronised() else None


def dies(tap_, server, client, chronyd):
    """Killed: served on with a growing bound, for `holdover`; then passed up, to nobody."""
    chronyd.kill(signal.SIGKILL)
    killed, first = time.monotonic(), bound_of(client)
    time.sleep(9)
    second = bound_of(client)
    tap_.check(first and second and second - first > 3 * GROWTH,
               "without the mirrored server time is served with a growing bound", first, second)
    held = wait_for(lambda: 'state="holdover"} 1' in server.metrics(), 9, 0.5)
    tap_.check(held, "and the state is holdover", server.metrics())
    over = wait_for(lambda: bound_of(client) is None, HOLDOVER_S, 0.2)
    took = time.monotonic() - killed
    tap_.check(over and HOLDOVER_S - POLL_S < took < HOLDOVER_S + 3,
               f"until `holdover` ({HOLDOVER_S} s) is over", took)
    before = server.verdicts()["served"]
    tap_.check(ask(client, SRV4, 0.5) is None and server.verdicts()["served"] == before,
               "then nobody answers", server.json("status"))
    tap_.check("too long" in server.json("status")["reason"], "and status says why",
               server.json("status")["reason"])


def comes_back(tap_, server, client, name):
    """Started again it is mirrored again."""
    chronyd = mirrored(server.namespace, name)
    good = wait_for(lambda: server.json("status")["synchronised"] or None, 25, 0.5)
    before = server.verdicts()["served"]
    tap_.check(good and bound_of(client) and server.verdicts()["served"] > before,
               "started again, it is mirrored again", server.json("status"), chronyd.output())
    return chronyd


def says_no(tap_, server, client, chronyd, upstream):
    """A chronyd that answers, and says that it is not synchronised."""
    upstream.kill(signal.SIGKILL)
    chronyd.stop()
    began = time.monotonic()
    chronyd = mirrored(server.namespace, "alone")
    wait_for(lambda: own_word(server.namespace), 3)
    refused = wait_for(lambda: not server.json("status")["synchronised"], HOLDOVER_S, 0.2)
    took = time.monotonic() - began
    tap_.check(refused and took < POLL_S + 2,
               "when it says that it is not synchronised, that counts at once", took,
               server.json("status"))
    tap_.check("not synchronised" in server.json("status")["reason"], "status says who says so",
               server.json("status")["reason"])
    before = server.verdicts()
    answer = wait_for(lambda: ask(client, SRV4, 0.5), 3)
    tap_.check(answer and answer.ntp.leap == 3 and answer.ntp.stratum == 0 and
               server.verdicts()["served"] == before["served"],
               "clients hear it from itself", answer)


def test(tap_, build):
    """The whole scene."""
    with Lab("mirror", build) as lab:
        upstream, middle, client = set_up(lab)
        chronyd = mirrored(middle)
        # Its first claim is wide: wait for one that ours can be told from.
        tap_.check(wait_for(lambda: good_word(middle), 25, 0.5), "chronyd is synchronised",
                   chronyd.output())
        server = Server(middle, "mirror 127.0.0.1", f"holdover {HOLDOVER_S}").start()
        server.attach("srv0")
        tap_.check(server.wait_synchronised(8), "synchronised by its word within 8 s",
                   server.process.output()[-1500:])
        serves_its_word(tap_, server, client)
        reports_say_so(tap_, server)
        passed_up(tap_, server, client)
        server.configure("server 192.0.2.9")
        server.process.kill(signal.SIGHUP)
        tap_.check(server.process.wait_output("comes or goes with a restart", 3) and
                   server.json("status")["clock"] == "mirror",
                   "SIGHUP does not take the mirror away", server.process.output()[-800:])
        server.configure("mirror 127.0.0.1", f"holdover {HOLDOVER_S}")
        dies(tap_, server, client, chronyd)
        chronyd = comes_back(tap_, server, client, "again")
        says_no(tap_, server, client, chronyd, upstream)
        tap_.check(server.process.stop() == 0 and xdp_of(middle, "srv0"),
                   "the daemon stops in order", server.process.output()[-800:])


if __name__ == "__main__":
    sys.exit(tap.main([test], [tap.build_folder()]))
