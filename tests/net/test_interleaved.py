#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`interleaved on`: our server answers chronyd's `xleave` (RFC 9769), by sockets and beside XDP.

    test_interleaved.py [BUILD]

A chronyd is the client of our server twice over: in basic mode at one address, and in interleaved
mode at another. What it says of the last exchange ("Interleaved", "Total good RX") and what our
daemon counts must agree. In namespaces: `server` - `client`.
"""
import os
import re
import socket
import struct
import sys
import time

import peers
import tap
from lab import Lab, peer, wait_for
from server import Server

BASIC, XLEAVE = "192.0.2.1", "192.0.2.3"
CHRONYC = peer("chrony", "usr/bin/chronyc")
PACKET = struct.Struct("!B23xQQQ")


def ntpdata(client, path, address):
    """{name: value} of `chronyc ntpdata`."""
    text = client.run(CHRONYC, "-h", path, "-n", "ntpdata", address).stdout
    return {name.strip(): value.strip() for name, value in
            re.findall(r"^([^:\n]+?)\s*: (.*)$", text, re.M)}


def counted(server):
    """Replies in interleaved mode by our own count."""
    return int(float(re.search(r"^ntpxdp_socket_interleaved_total ([\d.e+]+)$",
                               server.metrics(), re.M)[1]))


def start_client(client, name):
    """The chronyd that asks; returns the path of its command socket."""
    folder = client.lab.path(name)
    os.mkdir(folder, 0o700)  # chronyd refuses one that others can look into
    path = os.path.join(folder, "sock")
    options = "minpoll -2 maxpoll -2"
    lines = [f"server {BASIC} {options}", f"server {XLEAVE} {options} xleave"]
    config = client.lab.write(f"{name}.conf", "\n".join([
        *lines, "port 0", "cmdport 0", f"bindcmdaddress {path}", "user root",
        f"pidfile {client.lab.path(name + '.pid')}", ""]))
    process = client.start(name, peers.CHRONYD, "-x", "-n", "-d", "-U", "-f", config)
    return process, path


def ask(channel, address, origin, receive, transmit):
    """One exchange by hand: (octets, origin, receive, transmit) of the reply."""
    channel.sendto(PACKET.pack(0x23, origin, receive, transmit), (address, 123))
    data = channel.recv(512)
    return (len(data), *PACKET.unpack_from(data)[1:])


def by_hand(tap_, client):
    """Each pair once; origins that nobody was told get basic mode; nothing grows."""
    with client.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        channel.settimeout(2)
        first = ask(channel, XLEAVE, 0, 0, 0x1111111111111111)
        forged = ask(channel, XLEAVE, 0x0123456789ABCDEF, 7, 0x2222222222222222)
        time.sleep(0.05)
        second = ask(channel, XLEAVE, forged[2], 9, 0x3333333333333333)
        again = ask(channel, XLEAVE, forged[2], 10, 0x4444444444444444)
    tap_.check(first[1] == 0x1111111111111111, "without an origin the mode is basic", first)
    tap_.check(forged[1] == 0x2222222222222222, "with a forged origin the mode is basic", forged)
    tap_.check(second[1] == 9, "an origin of ours is answered in interleaved mode", second)
    late = (second[3] - forged[3]) / 2**32
    tap_.check(abs(late) < 1e-3 and forged[2] < second[3] < second[2] and not second[3] & 1,
               "with the time at which the reply before left", late)
    tap_.check(again[1] == 0x4444444444444444, "each reply's time is told once", again)
    tap_.check({one[0] for one in (first, forged, second, again)} == {48},
               "no reply is longer than its request", first, forged, second, again)
    tap_.say(f"kernel's stamp less the stamp in the reply: {late * 1e6:.1f} us")


def with_chronyd(tap_, server, client, name, where):
    """A chronyd asks for some seconds."""
    before = counted(server)
    process, path = start_client(client, name)
    wait_for(lambda: int(ntpdata(client, path, XLEAVE).get("Total good RX", 0)) >= 8, 12, 0.3)
    basic, xleave = (ntpdata(client, path, address) for address in (BASIC, XLEAVE))
    gained = counted(server) - before
    process.kill()
    process.popen.wait()
    tap_.check(basic.get("Interleaved") == "No", f"{where}: without xleave the mode is basic",
               basic,
               process.output()[-1500:])
    tap_.check(xleave.get("Interleaved") == "Yes", f"{where}: chronyd sees interleaved mode",
               xleave)
    tap_.check(gained >= 5, f"{where}: as many are counted", gained)
    tap_.say(f"{where}: peer delay {basic.get('Peer delay')} basic, {xleave.get('Peer delay')} "
             f"interleaved; response time {basic.get('Response time')} and "
             f"{xleave.get('Response time')}")


def test(tap_, build):
    """Sockets, then XDP before them."""
    with Lab("interleaved", build) as lab:
        middle, client = lab.namespace("server"), lab.namespace("client")
        lab.wire((middle, "srv0", [BASIC + "/24", XLEAVE + "/24"]),
                 (client, "cli0", ["192.0.2.2/24"]))
        lab.attach_pass(client, "cli0")
        server = Server(middle, "local stratum 3", "interleaved on", "workers 2").start()
        server.wait_synchronised(8)
        by_hand(tap_, client)
        with_chronyd(tap_, server, client, "sockets", "sockets")
        server.attach("srv0")
        with_chronyd(tap_, server, client, "beside", "XDP")
        tap_.check(server.verdicts()["pass_interleaved"] >= 5, "XDP passed them up",
                   server.verdicts())


if __name__ == "__main__":
    sys.exit(tap.main([test], [tap.build_folder()]))
