#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""ntpxdp among real servers and real clients.

    test_peers.py [BUILD]

Four chronyd upstreams, one of which lies by 100 ms and must be found out; chronyd, ntpdig, NTPsec,
OpenNTPD and systemd-timesyncd as clients over IPv4 and IPv6; the served time against the clock that
the upstreams serve. All in namespaces: `up` - server - `client`.
"""
import sys
import time

import peers
import tap
from client import ask
from lab import Lab, wait_for
from server import Server, interface_counters

UPSTREAMS = ["198.51.100.1", "198.51.100.2", "198.51.100.3", "2001:db8:1::4"]
LIAR = "198.51.100.3"
LIE_S = 0.1
SERVED = ["192.0.2.1", "2001:db8:2::1"]
# Issue and design ask for 50 us after 30 s.
SETTLED_S, CLOSE_NS = 30, 50000
CLIENT_CLOSE_S = 0.005


def set_up(lab):
    """Namespaces, wires, upstreams, the server with its program attached."""
    up, middle, client = (lab.namespace(name) for name in ("up", "server", "client"))
    lab.wire((up, "up0", [address + ("/64" if ":" in address else "/24")
                          for address in UPSTREAMS]),
             (middle, "up1", ["198.51.100.254/24", "2001:db8:1::fe/64"]))
    lab.wire((middle, "srv0", ["192.0.2.1/24", "2001:db8:2::1/64"]),
             (client, "cli0", ["192.0.2.2/24", "2001:db8:2::2/64"]))
    lab.attach_pass(client, "cli0")
    for number, address in enumerate(UPSTREAMS):
        bind = f"bindaddress {address}"
        if address == LIAR:
            peers.Liar(up, f"up{number}", LIE_S, bind, bind_other(address))
        else:
            peers.chronyd_server(up, f"up{number}", bind, bind_other(address))
    time.sleep(4)  # the liar's clock has to get where the lie is
    return middle, client


def bind_other(address):
    """Where a chronyd of one family leaves the other one alone."""
    return "bindaddress 127.0.0.1" if ":" in address else "bindaddress ::1"


def sources_are_told_apart(tap_, server):
    """The liar is marked x, the others are selected or candidates."""
    def marks():
        return {source["address"]: source["tally"] for source in server.json("sources")["sources"]}
    found = wait_for(lambda: marks() if marks().get(LIAR) == "x" else None, 25, 0.5) or marks()
    listing = server.run("sources").stdout
    tap_.check(found.get(LIAR) == "x", "the upstream that lies by 100 ms is a falseticker (x)",
               found, listing)
    honest = [found.get(address) for address in UPSTREAMS if address != LIAR]
    # "-": its interval agrees, but its middle is outside what all share; still no falseticker.
    tap_.check(all(mark in "*+-" for mark in honest) and honest.count("*") == 1,
               "the three others agree, one of them is selected", found, listing)
    tap_.check(any(line[:1] == "x" for line in listing.splitlines()),
               "`ntpxdp sources` shows the tally", listing)


def clients_accept(tap_, server, client, running):
    """Every client program takes the time, over both families."""
    for address in SERVED:
        family = "IPv6" if ":" in address else "IPv4"
        for name, once in (("chronyd -Q", peers.chronyd_once), ("ntpdig", peers.ntpdig)):
            # One exchange of a busy machine may take milliseconds: up to three.
            for _ in range(3):
                good, offset, output = once(client, address)
                if good and abs(offset) < CLIENT_CLOSE_S:
                    break
            tap_.check(good and abs(offset) < CLIENT_CLOSE_S, f"{name} accepts, {family}", offset,
                       output)
        good = running["timesyncd " + family].wait_output("Initial clock synchronization", 20)
        tap_.check(good, f"systemd-timesyncd accepts, {family}",
                   running["timesyncd " + family].output()[-800:])
        good = running["openntpd"].wait_output(f"peer {address} now valid", 40)
        tap_.check(good, f"OpenNTPD accepts, {family}", running["openntpd"].output())
        mark = wait_for(lambda a=address: peers.ntpsec_peers(client).get(a, (" ", 0))[0]
                        in "*+o" or None, 30, 1)
        tap_.check(mark, f"NTPsec ntpd accepts, {family}", peers.ntpq(client, "-pnw"))
    replies = sum(count for name, count in interface_counters(server.namespace, "srv0").items()
                  if name.endswith("xdp_tx"))
    tap_.check(replies >= 20 and replies == server.verdicts()["served"],
               "XDP answered them all (driver counter xdp_tx)", replies, server.verdicts())


def reply_is_right(tap_, client):
    """One reply in full, by protocol.md section 2."""
    for address in SERVED:
        answer = wait_for(lambda a=address: ask(client, a), 3)
        family = "IPv6" if ":" in address else "IPv4"
        if not tap_.check(answer, f"a single request is answered, {family}"):
            continue
        ntp = answer.ntp
        tap_.check(
            ntp.leap == 0 and ntp.mode == 4 and ntp.version == 4 and ntp.stratum == 2 and
            len(answer.payload) == 48 and ntp.receive < ntp.transmit and ntp.root_dispersion > 0
            and ntp.reference <= ntp.transmit and abs(answer.offset_ns()) < 2 * 10**6,
            f"its fields are those of a stratum 2 server, {family}", ntp, answer.offset_ns())


def test(tap_, build):
    """The whole scene; the parts share it, since each needs the 30 s that it takes to settle."""
    with Lab("peers", build) as lab:
        middle, client = set_up(lab)
        server = Server(middle, *[f"server {address} iburst minpoll 1 maxpoll 3"
                                  for address in UPSTREAMS]).start()
        started = time.monotonic()
        said = server.attach("srv0")
        tap_.check("native" in said, "attach takes native mode on a veth", said)
        tap_.check(server.wait_synchronised(20), "synchronised within 20 s",
                   server.run("sources").stdout, server.process.output()[-1500:])
        running = {
            "timesyncd IPv4": peers.timesyncd(client, "timesyncd4", SERVED[0]),
            "timesyncd IPv6": peers.timesyncd(client, "timesyncd6", SERVED[1]),
            "openntpd": peers.openntpd(client, "openntpd", *SERVED)}
        peers.ntpsec(client, "ntpsec", *SERVED)
        sources_are_told_apart(tap_, server)
        reply_is_right(tap_, client)
        time.sleep(max(0, started + SETTLED_S - time.monotonic()))
        page = server.page()
        tap_.check(page["synchronised"] and abs(page["median_ns"]) < CLOSE_NS,
                   "the served time is within 50 us of the upstreams' after 30 s", page)
        tap_.check(abs(page["worst_ns"]) < page["error_ns"], "and within its own error bound",
                   page)
        tap_.say(f"served minus upstream: median {page['median_ns'] / 1000:.1f} us, worst "
                 f"{page['worst_ns'] / 1000:.1f} us, error bound {page['error_ns'] / 1000:.0f} us")
        clients_accept(tap_, server, client, running)


if __name__ == "__main__":
    sys.exit(tap.main([test], [tap.build_folder()]))
