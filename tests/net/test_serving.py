#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What is served, in which mode, by which way back, and how settings change it while it runs.

    test_serving.py [BUILD]

Native and generic mode, reply paths reflect and fib (also where they part), what XDP passes up and
the socket answers, a server without time, addresses that come and go, SIGHUP, another user, every
listing as JSON, and the Prometheus text. In namespaces: server - client, by two cables.
"""
import json
import os
import re
import signal
import socket
import struct
import sys

import peers
import tap
from client import Flood, ask, frames
from lab import Lab, wait_for
from server import Server, interface_counters, xdp_of

SRV4, SRV6 = "192.0.2.1", "2001:db8:2::1"
FAR4 = "203.0.113.5"  # an address of the client, reached by the second cable
LISTINGS = ["status", "sources", "tracking", "stats", "health"]


def set_up(lab):
    """Two namespaces joined by two cables; the way to FAR4 is the second one."""
    middle, client = lab.namespace("server"), lab.namespace("client")
    lab.wire((middle, "srv0", [SRV4 + "/24", SRV6 + "/64"]),
             (client, "cli0", ["192.0.2.2/24", "2001:db8:2::2/64"]))
    lab.wire((middle, "srv1", ["198.51.100.1/24"]), (client, "cli1", ["198.51.100.2/24"]))
    for end in ("cli0", "cli1"):
        lab.attach_pass(client, end)
    for namespace in (middle, client):
        for name in ("all", "default", *(("cli0", "cli1") if namespace is client else
                                         ("srv0", "srv1"))):
            namespace.sysctl(f"net.ipv4.conf.{name}.rp_filter", 0)
    client.ip("address", "add", FAR4 + "/32", "dev", "lo")
    middle.ip("route", "add", FAR4 + "/32", "via", "198.51.100.2")
    return middle, client


def started(tap_, middle, *lines):
    """A synchronised server (a local reference) without a program on any interface."""
    server = Server(middle, *(lines or ["local stratum 1"])).start()
    tap_.check(server.wait_synchronised(10), "synchronised", server.process.output()[-1500:])
    return server


def by_xdp(server, client, address):
    """(answer, whether the socket engine had no part in it)"""
    before = server.json("stats")["verdicts"]
    sockets = socket_datagrams(server.namespace)
    answer = wait_for(lambda: ask(client, address, 0.5), 2)
    after = server.json("stats")["verdicts"]
    return answer, after["served"] > before["served"] and \
        socket_datagrams(server.namespace) == sockets


def socket_datagrams(namespace):
    """How many UDP datagrams the kernel of the namespace has delivered."""
    count = 0
    for name, first in (("/proc/net/snmp", "Udp:"), ("/proc/net/snmp6", "Udp6InDatagrams")):
        text = namespace.run("cat", name).stdout
        rows = [line.split() for line in text.splitlines() if line.startswith(first)]
        count += int(rows[-1][1])
    return count


def modes_and_paths(tap_, build):
    """Both modes and both reply paths, both families, looked at by who answered."""
    with Lab("modes", build) as lab:
        middle, client = set_up(lab)
        server = started(tap_, middle)
        answer = ask(client, SRV4)
        tap_.check(answer and answer.synchronised() and server.verdicts()["served"] == 1,
                   "an interface without XDP is served by the socket", answer, server.verdicts())
        done = server.run("attach", "srv0", "--reply-path", "fib")
        tap_.check(done.returncode != 0 and "forwarding" in done.stderr and
                   xdp_of(middle, "srv0") == 0,
                   "reply path fib without forwarding is refused, with what to do", done.stderr)
        for end in ("all", "srv0", "srv1"):
            middle.sysctl(f"net.ipv4.conf.{end}.forwarding", 1)
            middle.sysctl(f"net.ipv6.conf.{end}.forwarding", 1)
        for mode in ("native", "generic"):
            for path in ("reflect", "fib"):
                said = server.attach("srv0", "--mode", mode, "--reply-path", path)
                listed = server.json("status")["interfaces"][0]
                tap_.check(mode in said and listed["mode"] == mode and
                           listed["reply_path"] == path,
                           f"attached as {mode}, {path}", said, listed)
                for address in (SRV4, SRV6):
                    answer, alone = by_xdp(server, client, address)
                    tap_.check(answer and answer.synchronised() and alone,
                               f"{mode}, {path}: {address} is answered by XDP", answer)
                if mode == "native":
                    parting_ways(tap_, server, client, path)
                server.run("detach", "srv0")
        tap_.check(xdp_of(middle, "srv0") == 0, "detached")


def parting_ways(tap_, server, client, path):
    """A client whose way back is the other cable: reflect ignores that, fib does not."""
    server.attach("srv1")
    client.run("ping", "-c", "1", "-W", "1", "198.51.100.1")  # the neighbour gets known
    count = {end: received(client, end) for end in ("cli0", "cli1")}
    with client.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        channel.bind((FAR4, 0))
        channel.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"cli0")
        for _ in range(10):
            channel.sendto(frames.Ntp(transmit=5).pack(), (SRV4, 123))
    wait_for(lambda: sum(received(client, end) - count[end] for end in count) >= 10, 1)
    got = {end: received(client, end) - count[end] for end in count}
    wanted, other = ("cli0", "cli1") if path == "reflect" else ("cli1", "cli0")
    tap_.check(got[wanted] >= 10 and got[other] < 5,
               f"native, {path}: replies go " +
               ("back the way they came" if path == "reflect" else "where the route leads"), got)
    server.run("detach", "srv1")


def received(namespace, interface):
    """Frames that an interface has received."""
    return interface_counters(namespace, interface)["link:rx_packets"]


def slow_path(tap_, build):
    """What XDP passes up is answered by the socket, by the same rules."""
    with Lab("slow", build) as lab:
        middle, client = set_up(lab)
        server = started(tap_, middle)
        server.attach("srv0")
        plain = frames.Ntp(transmit=77).pack()
        field = struct.pack("!HH", 0x0104, 28) + bytes(24)
        for address in (SRV4, SRV6):
            answer = ask(client, address, payload=plain + field)
            tap_.check(answer and len(answer.payload) == 48 and answer.ntp.origin == 77 and
                       answer.synchronised(), f"{address}: an extension field gets a plain reply",
                       answer)
            for name, tail in (("a MAC", bytes(20)), ("a crypto-NAK", bytes(4)),
                               ("a malformed field", struct.pack("!HH", 4, 9) + bytes(24))):
                tap_.check(ask(client, address, 0.3, payload=plain + tail) is None,
                           f"{address}: {name} gets silence")
            for name, first in (("mode 6", 0x26), ("mode 7", 0x17), ("version 7", 0x3b)):
                tap_.check(ask(client, address, 0.3, payload=bytes([first]) + plain[1:]) is None,
                           f"{address}: {name} gets silence, zero bytes back")
        with client.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
            channel.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, b"\x01\x01\x01\x00")
            channel.settimeout(1)
            channel.sendto(plain, (SRV4, 123))
            tap_.check(len(channel.recv(100)) == 48, "IPv4 options: answered by the socket")
        verdicts = server.verdicts()
        tap_.check(verdicts["pass_long"] >= 8 and verdicts["pass_ip_options"] == 1 and
                   verdicts["drop_mode"] == 4 and verdicts["drop_version"] == 2,
                   "each is counted by its name", verdicts)


def without_time(tap_, build):
    """A server that is not synchronised says so, or is silent where that is asked for."""
    with Lab("notime", build) as lab:
        middle, client = set_up(lab)
        server = Server(middle, "server 192.0.2.99 iburst").start()
        server.attach("srv0")
        tap_.check(server.run("health").returncode != 0, "`health` fails without time")
        for address in (SRV4, SRV6):
            answer = ask(client, address)
            tap_.check(answer and answer.ntp.leap == 3 and answer.ntp.stratum == 0 and
                       answer.ntp.reference_id == b"INIT" and answer.ntp.reference == 0 and
                       answer.ntp.mode == 4, f"{address}: leap 3, stratum 0, INIT", answer)
        accepted, _, said = peers.ntpdig(client, SRV4)
        tap_.check(not accepted, "ntpdig does not take that for time", said)
        server.configure("server 192.0.2.99 iburst", "unsynchronised drop")
        server.process.kill(signal.SIGHUP)
        tap_.check(wait_for(lambda: ask(client, SRV4, 0.3) is None, 3, 0.1),
                   "`unsynchronised drop`, at SIGHUP: silence")


def live_changes(tap_, build):
    """Addresses that come and go; settings read again; a wrong file changes nothing."""
    with Lab("live", build) as lab:
        middle, client = set_up(lab)
        server = started(tap_, middle, "local stratum 1")
        server.attach("srv0")
        for address, plain in (("192.0.2.77/24", "192.0.2.77"),
                               ("2001:db8:2::77/64", "2001:db8:2::77")):
            middle.sysctl("net.ipv6.conf.srv0.accept_dad", 0)
            middle.ip("address", "add", address, "dev", "srv0")
            answer, alone = by_xdp(server, client, plain)
            tap_.check(answer and alone, f"an address that is added is served by XDP: {plain}")
            middle.ip("address", "del", address, "dev", "srv0")
        client.ip("route", "add", "203.0.113.9/32", "via", SRV4)
        tap_.check(ask(client, "203.0.113.9", 0.3) is None, "a foreign address is not served")
        server.configure("local stratum 1", "serve 203.0.113.9", "bogus word")
        server.process.kill(signal.SIGHUP)
        tap_.check(server.process.wait_output("bogus", 3) and ask(client, SRV4),
                   "a file with an error is refused at SIGHUP, service goes on",
                   server.process.output()[-800:])
        tap_.check(ask(client, "203.0.113.9", 0.3) is None, "and nothing of it is taken")
        server.configure("local stratum 1", "serve 203.0.113.9")
        server.process.kill(signal.SIGHUP)
        tap_.check(wait_for(lambda: ask(client, "203.0.113.9", 0.3), 3),
                   "`serve` takes effect at SIGHUP", server.process.output()[-800:])
        before = server.json("stats")["versions"]
        for version in (1, 2, 3, 4):
            payload = frames.Ntp(version=version, transmit=version).pack()
            answer = ask(client, SRV4, payload=payload)
            tap_.check(answer and answer.ntp.version == version and answer.ntp.mode == 4,
                       f"version {version} is answered in its own", answer)
        after = server.json("stats")["versions"]
        tap_.check(all(after[key] == before[key] + 1 for key in "1234"),
                   "and each is counted", before, after)


def live_programs(tap_, build):
    """SIGHUP: features and interfaces change in a running daemon, which is not root any more."""
    with Lab("live", build) as lab:
        middle, client = set_up(lab)
        server = Server(middle, control=lab.path("run", "control"))
        common = (f"local stratum 1\npindir {server.pindir}\ncontrol {server.control}\n"
                  "user nobody\ninterface srv0\n")

        def reload(*lines):
            with open(server.settings, "w", encoding="utf-8") as out:
                out.write(common + "".join(line + "\n" for line in lines))
            if server.process:
                server.process.kill(signal.SIGHUP)

        def passed_up(address):
            """Does XDP leave a request in interleaved mode to the socket?"""
            before = server.json("stats")["verdicts"]["pass_interleaved"]
            request = frames.Ntp(origin=3, receive=5, transmit=7).pack()
            answer = ask(client, address, 0.5, payload=request)
            return answer and server.json("stats")["verdicts"]["pass_interleaved"] > before

        reload()
        server.start()
        for end in ("srv0", "srv1"):
            lab.later.append(lambda end=end: server.run("detach", end))
        server.wait_synchronised(10)
        server.attach("srv1")
        flood = Flood(client, SRV4, 1000)
        tap_.check(not passed_up(SRV4), "without `interleaved` XDP answers all")
        reload("interleaved on")
        tap_.check(wait_for(lambda: passed_up(SRV4) and passed_up("198.51.100.1"), 5),
                   "`interleaved on` is live on every interface", server.process.output()[-900:])
        reload()
        tap_.check(wait_for(lambda: not passed_up(SRV4) and not passed_up("198.51.100.1"), 5),
                   "and off again", server.process.output()[-900:])
        counted = flood.stop()
        tap_.check(counted["lost"] == 0, "with no reply lost in between", counted)
        server.run("detach", "srv1")
        reload("interface srv1 mode generic")
        tap_.check(wait_for(lambda: xdp_of(middle, "srv1"), 5) and
                   server.json("status")["interfaces"][1]["mode"] == "generic",
                   "a new `interface` line attaches", server.process.output()[-900:])
        reload()
        tap_.check(wait_for(lambda: not xdp_of(middle, "srv1"), 5) and xdp_of(middle, "srv0"),
                   "a line that is gone detaches, and no other", server.process.output()[-900:])
        reload("interface nosuch0")
        said = server.process.wait_output(r":6: interface nosuch0: .*no such interface", 5)
        tap_.check(said and server.process.running() and by_xdp(server, client, SRV4)[1],
                   "one that is not there is named, and all goes on",
                   server.process.output()[-900:])


def another_user(tap_, build):
    """The daemon goes on as the account of `user`, with few capabilities, and still does it all."""
    with Lab("user", build) as lab:
        middle, client = set_up(lab)
        server = Server(middle, control=lab.path("run", "control"))
        with open(server.settings, "w", encoding="utf-8") as out:
            out.write(f"local stratum 1\npindir {server.pindir}\ncontrol {server.control}\n"
                      f"driftfile {lab.path('state', 'drift')}\ninterface srv0\nuser nobody\n")
        server.start()
        lab.later.append(lambda: server.run("detach", "srv0"))
        tap_.check(server.wait_synchronised(10) and by_xdp(server, client, SRV4)[1],
                   "what `interface` names is attached and served by XDP",
                   server.run("status").stdout, server.process.output()[-800:])
        with open(f"/proc/{server.process.pid}/status", encoding="ascii") as text:
            status = dict(line.rstrip("\n").split(":\t", 1) for line in text if ":\t" in line)
        tap_.check(status["Uid"].split() == ["65534"] * 4, "runs as nobody", status["Uid"])
        # BPF, PERFMON, NET_ADMIN, NET_BIND_SERVICE (capabilities(7)): no more, never SYS_TIME.
        allowed = 1 << 39 | 1 << 38 | 1 << 12 | 1 << 10
        tap_.check(int(status["CapEff"], 16) & ~allowed == 0 and status["Seccomp"] == "2",
                   "with four capabilities at most, and a filter of system calls", status["CapEff"])
        middle.ip("address", "add", "192.0.2.78/24", "dev", "srv0")
        tap_.check(by_xdp(server, client, "192.0.2.78")[1], "new addresses are still noticed")
        server.process.stop()
        server.start()
        tap_.check(server.wait_synchronised(10) and by_xdp(server, client, SRV4)[1],
                   "a second start adopts the pins that nobody owns",
                   server.process.output()[-800:])


def many_addresses(tap_, build):
    """More addresses than the table holds; and links that come and go while they are listed."""
    with Lab("many", build) as lab:
        middle, client = set_up(lab)

        def batch(name, lines):
            done = middle.run("ip", "-batch", lab.write(name, "\n".join(lines) + "\n"))
            tap_.check(done.returncode == 0, f"{len(lines)} changes: {name}", done.stderr)

        batch("some", [f"link add many{i} type veth peer name peer{i}" for i in range(15)])
        server = started(tap_, middle, "local stratum 1", "interface srv0")
        lab.later.append(lambda: server.run("detach", "srv0"))
        churn = [f"link add odd{i} type veth peer name even{i}\nlink delete odd{i}"
                 for i in range(100)]
        for turn in range(4):
            batch(f"churn-{turn}", churn)
        middle.ip("address", "add", "192.0.2.79/24", "dev", "srv0")
        tap_.check(by_xdp(server, client, "192.0.2.79")[1],
                   "addresses are followed after interrupted lists",
                   server.process.output()[-900:])
        batch("more", [f"address add 10.8.{i // 200}.{i % 200 + 1}/32 dev srv0"
                       for i in range(600)])
        said = server.process.wait_output(r"more than \d+ addresses", 3)
        tap_.check(said and by_xdp(server, client, SRV4)[1], "too many addresses are told once",
                   server.process.output()[-900:])
        server.process.stop()
        server.start()
        tap_.check(server.wait_synchronised(10) and by_xdp(server, client, SRV4)[1],
                   "and do not stop a start", server.process.output()[-900:])


def made_anew(tap_, build):
    """An interface that was removed and made anew, and one with a new name, are told apart."""
    with Lab("anew", build) as lab:
        middle, client = set_up(lab)
        server = Server(middle)
        server.attach("srv0")
        middle.ip("link", "delete", "srv0")
        lab.wire((middle, "srv0", [SRV4 + "/24"]), (client, "cli0", ["192.0.2.2/24"]))
        server.attach("srv0")
        listed = server.json("status")["interfaces"]
        tap_.check([entry["attached"] for entry in listed] == [True],
                   "of an interface made anew, the old one is listed no more", listed)
        middle.ip("link", "set", "srv0", "down")
        middle.ip("link", "set", "srv0", "name", "wan0")
        done = server.run("detach", "wan0")
        tap_.check(done.returncode == 0 and xdp_of(middle, "wan0") == 0 and
                   not os.path.exists(lab.pindir),
                   "`detach` goes by the name of today, and leaves nothing", done.stderr)


def listings(tap_, build):
    """Every listing as text within 80 columns and as JSON; the metrics as Prometheus reads them."""
    with Lab("listings", build) as lab:
        middle, client = set_up(lab)
        server = started(tap_, middle)
        server.attach("srv0")
        ask(client, SRV4)
        for command in LISTINGS:
            done, text = server.run(command, "--json"), server.run(command).stdout
            parsed = json.loads(done.stdout)
            tap_.check(isinstance(parsed, dict) and parsed and text.strip() and
                       max(map(len, text.splitlines())) <= 80,
                       f"`ntpxdp {command}`, and as JSON", done.stdout[:300], text)
        done = middle.run(lab.program("ntpxdp"), "query", "127.0.0.1", "--json")
        tap_.check(done.returncode == 0 and "offset_s" in done.stdout, "`ntpxdp query --json`",
                   done.stdout, done.stderr)
        text = server.metrics()
        families = set(re.findall(r"^# TYPE (\S+) (?:counter|gauge|histogram)$", text, re.M))
        helped = set(re.findall(r"^# HELP (\S+) \S", text, re.M))
        sampled = re.findall(r"^(ntpxdp_\w+)(?:\{[^}]*\})? (\S+)$", text, re.M)
        odd = [line for line in text.splitlines() if not re.match(
            r'# (HELP|TYPE) |ntpxdp_\w+(\{(\w+="[^"]*",?)*\})? [-+0-9.e]+$', line)]
        sampled = [(re.sub(r"_(bucket|sum|count)$", "", name), value) for name, value in sampled]
        tap_.check(families == helped and {name for name, _ in sampled} <= families and not odd,
                   f"/metrics: {len(families)} metrics, each with HELP and TYPE", odd,
                   {name for name, _ in sampled} - families)
        served = re.search(r'^ntpxdp_verdicts_total\{[^}]*"served"[^}]*\} (\d+)', text, re.M)
        tap_.check(served and int(served[1]) >= 1, "the request of above is in it",
                   [line for line in text.splitlines() if "served" in line])
        units = [name for name in families if not re.search(
            r"_(total|seconds|ratio|info)$|synchronised|stratum|leap_indicator|sources_|state"
            r"|running|attached|mirrored|bound|reach|selected|falseticker|clients"
            r"|requests$|rows", name)]
        tap_.check(not units, "names end in a base unit or in _total", units)


if __name__ == "__main__":
    sys.exit(tap.main([modes_and_paths, slow_path, without_time, live_changes, live_programs,
                       another_user, many_addresses, made_anew, listings],
                      [tap.build_folder()]))
