#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The DPDK engine on virtual devices: real clients, the host behind it, its end.

    test_dpdk.py [BUILD]

net_af_packet, where all frames come to the engine and the host is reached through its exception
path (a TAP device): NTP, ARP, neighbour discovery, ping and TCP; what is not answered; a daemon
that is restarted, and settings that change, under load; two queues with one limit; `--exception
none`; signals. net_af_xdp, where NTP alone is steered to it. A state in files, without BPF. In
namespaces: server - client; memory in ordinary pages.
"""
import json
import os
import re
import signal
import socket
import struct
import sys
import time

import peers
import tap
from client import Flood, ask, frames
from lab import Lab, wait_for
from server import Server, xdp_of

SRV4, SRV6 = "192.0.2.1", "2001:db8:2::1"
EAL = ["--no-pci", "--no-huge", "--no-shconf", "--no-telemetry", "-m", "256"]
PACKET = "net_af_packet0,iface=srv0,blocksz=4096,framesz=2048,framecnt=512,qpairs=1"
RUNTIME = "/var/run/dpdk/rte"
COMMON = ["local stratum 1", "holdover 4s"]


class Engine:
    """One ntpxdp-dpdk in the server's namespace; its workers may run on any processor."""

    def __init__(self, server, device, *words, workers=1, name="dpdk"):
        self.namespace, self.server = server.namespace, server
        lcores = ",".join(f"{i}@(0-{os.cpu_count() - 1})" for i in range(workers))
        self.process = self.namespace.start(
            name, self.namespace.lab.program("ntpxdp-dpdk"), "--lcores", lcores, *EAL, "--vdev",
            device, "--", "--socket", server.control, *words)
        if not self.process.wait_output("serving port", 20):
            raise RuntimeError(f"ntpxdp-dpdk does not start: {self.process.output()[-2000:]}")

    def listed(self):
        """The engine's entry in `ntpxdp status`."""
        return self.server.json("status")["engines"][0]

    def stop(self):
        """SIGTERM; the exit status."""
        return self.process.stop(10)


def engine_requests(server, name):
    """How many requests came to an engine."""
    return server.json("stats")["engines"][name]["requests"]


def set_up(lab, queues=1):
    """Two namespaces joined by a cable, without addresses at the server's end."""
    middle, client = lab.namespace("server"), lab.namespace("client")
    lab.wire((middle, "srv0", []), (client, "cli0", ["192.0.2.2/24", "2001:db8:2::2/64"]), queues)
    return middle, client


def take_from_kernel(middle):
    """The kernel gets a copy of what af_packet gets: here it must not answer it."""
    middle.ip("link", "set", "srv0", "arp", "off")
    middle.sysctl("net.ipv6.conf.srv0.disable_ipv6", 1)
    for name in ("all", "srv0"):
        middle.sysctl(f"net.ipv4.conf.{name}.rp_filter", 1)


def give_addresses(middle, interface="ntpxdp0"):
    """The host's addresses, on the interface that the engine has made."""
    middle.sysctl(f"net.ipv6.conf.{interface}.accept_dad", 0)
    middle.ip("address", "add", SRV4 + "/24", "dev", interface)
    middle.ip("address", "add", SRV6 + "/64", "dev", interface, "nodad")


def tcp_echo(middle, client):
    """A TCP connection from the client to the server, some octets each way."""
    with middle.socket(socket.AF_INET, socket.SOCK_STREAM) as listener, \
            client.socket(socket.AF_INET, socket.SOCK_STREAM) as caller:
        listener.bind((SRV4, 2222))
        listener.listen()
        listener.settimeout(3)
        caller.settimeout(3)
        caller.connect((SRV4, 2222))
        called, _ = listener.accept()
        with called:
            called.settimeout(3)
            caller.sendall(b"x" * 5000)
            got = b""
            while len(got) < 5000:
                got += called.recv(5000)
            called.sendall(b"done")
            return caller.recv(4) == b"done"


def packet_host(tap_, build):
    """All frames come to the engine; the host lives behind it."""
    with Lab("dpdk", build) as lab:
        middle, client = set_up(lab)
        take_from_kernel(middle)
        server = Server(middle, "local stratum 1", "metrics 127.0.0.1:9123").start()
        server.wait_synchronised(10)
        engine = Engine(server, PACKET)
        tap_.check(middle.mac("ntpxdp0") == middle.mac("srv0"),
                   "the host's interface has the port's MAC address")
        give_addresses(middle)
        for address, words in ((SRV4, ["-4"]), (SRV6, ["-6"])):
            done = client.run("ping", *words, "-c", "3", "-i", "0.2", "-W", "2", address)
            tap_.check(" 0% packet loss" in done.stdout,
                       f"{address}: found by ARP or ND, and pinged, through the host's interface",
                       done.stdout, engine.process.output()[-500:])
        tap_.check(tcp_echo(middle, client), "a TCP connection to the host works")
        before = engine_requests(server, "dpdk")
        for address in (SRV4, SRV6):
            answer = ask(client, address)
            tap_.check(answer and answer.synchronised() and abs(answer.offset_ns()) < 2e8 and
                       answer.ntp.transmit > answer.ntp.receive,
                       f"{address}: is answered with the time", answer)
        accepted, _, said = peers.ntpdig(client, SRV4)
        tap_.check(accepted, "ntpdig takes it", said)
        tap_.check(engine_requests(server, "dpdk") >= before + 3 and
                   engine_requests(server, "socket") == 0, "it was DPDK that answered",
                   server.json("stats")["engines"])
        the_rest(tap_, server, client)
        reports(tap_, server, engine)
        tap_.check(engine.stop() == 0, "SIGTERM ends it well", engine.process.output()[-800:])
        tap_.check("ntpxdp0" not in middle.ip("link", "show"), "its interface is gone with it")
        tap_.check(server.json("status")["engines"][0]["state"] == "stopped" and
                   "stopped" in server.run("status").stdout, "`status` says that it has stopped")
        tap_.check(not os.path.exists(RUNTIME), "no file of DPDK is left")


def the_rest(tap_, server, client):
    """What is not the fast path's is the socket engine's, behind the host's interface."""
    plain = frames.Ntp(transmit=77).pack()
    field = struct.pack("!HH", 0x0104, 28) + bytes(24)
    for address in (SRV4, SRV6):
        answer = ask(client, address, payload=plain + field)
        tap_.check(answer and len(answer.payload) == 48 and answer.ntp.origin == 77,
                   f"{address}: an extension field gets a plain reply, by the socket", answer)
        tap_.check(ask(client, address, 0.3, payload=b"\x26" + plain[1:]) is None,
                   f"{address}: mode 6 gets silence")
    tap_.check(engine_requests(server, "socket") == 2, "two requests came to the socket")


def reports(tap_, server, engine):
    """status, stats and metrics speak of it."""
    listed, text = engine.listed(), server.run("status").stdout
    tap_.check(listed["state"] == "running" and listed["kind"] == "dpdk" and
               listed["port"] == "net_af_packet0" and listed["exception"] == "ntpxdp0" and
               listed["pid"] == engine.process.pid and "running for" in text,
               "`status` shows it", listed, text)
    tap_.check(wait_for(lambda: min(engine.listed()["counts"][name]
                                    for name in ("to_host", "from_host")) > 5, 2),
               "and what went to the host and came from it", engine.listed())
    tap_.check("to DPDK" in server.run("stats").stdout, "`stats` has its requests")
    text = server.metrics()
    served = re.search(
        r'ntpxdp_verdicts_total\{engine="dpdk",interface="",verdict="served"\} (\d+)', text)
    tap_.check(served and int(served[1]) >= 3 and
               'ntpxdp_engine_running{engine="dpdk",port="net_af_packet0"} 1' in text and
               re.search(r'_engine_frames_total\{engine="dpdk".*what="to_host"\} [1-9]', text),
               "/metrics has its counters", text[-1500:])


def without_host(tap_, build):
    """--exception none: NTP alone, the rest is dropped and counted; killed, it is gone."""
    with Lab("dpdkn", build) as lab:
        middle, client = set_up(lab)
        take_from_kernel(middle)
        server = Server(middle, "local stratum 1", f"serve {SRV4}").start()
        server.wait_synchronised(10)
        engine = Engine(server, PACKET, "--exception", "none")
        tap_.check("ntpxdp0" not in middle.ip("link", "show"), "no interface for the host")
        mac = middle.mac("srv0").hex(":")
        client.ip("neighbour", "replace", SRV4, "lladdr", mac, "dev", "cli0")
        tap_.check(ask(client, SRV4), "--exception none: NTP is answered")
        done = client.run("ping", "-c", "2", "-i", "0.2", "-W", "1", SRV4)
        tap_.check("100% packet loss" in done.stdout, "ping is not", done.stdout)
        tap_.check(wait_for(lambda: engine.listed()["counts"]["ignored"] >= 2, 2),
                   "what was dropped is counted", engine.listed())
        second = middle.run(lab.program("ntpxdp-dpdk"), "--lcores", "0", *EAL, "--vdev", PACKET,
                            "--", "--socket", server.control, "--exception", "none")
        tap_.check(second.returncode == 1 and "another ntpxdp-dpdk" in second.stderr,
                   "a second one on the same port is refused", second.stderr[-400:])
        engine.process.kill(signal.SIGKILL)
        engine.process.popen.wait()
        tap_.check(wait_for(lambda: engine.listed()["state"] == "gone", 6) and
                   "gone without a word" in server.run("status").stdout,
                   "killed: `status` says that it is gone", engine.listed())
        engine = Engine(server, PACKET, "--exception", "none", name="again")
        tap_.check(ask(client, SRV4) and len(server.json("status")["engines"]) == 1,
                   "started again it takes its place", server.json("status")["engines"])
        engine.process.kill(signal.SIGINT)
        tap_.check(engine.process.popen.wait(10) == 0, "SIGINT ends it well")


def changes(tap_, build):
    """A daemon that is restarted, and other settings, at a thousand requests/s."""
    with Lab("dpdkc", build) as lab:
        middle, client = set_up(lab)
        take_from_kernel(middle)
        server = Server(middle, *COMMON).start()
        server.wait_synchronised(10)
        engine = Engine(server, PACKET)
        give_addresses(middle)
        wait_for(lambda: ask(client, SRV4, 0.3), 3)
        flood = Flood(client, SRV4, 1000)
        time.sleep(1)
        server.process.stop()
        time.sleep(1)
        server.start()
        time.sleep(1)
        # A table of another size: the engine has to change over to it.
        server.configure(*COMMON, "clientloglimit 2097152")
        server.process.kill(signal.SIGHUP)
        changed = engine.process.wait_output("made .* anew", 5)
        time.sleep(1)
        counted = flood.stop()
        tap_.check(counted["lost"] == 0 and counted["received"] > 3000 and
                   counted["duplicates"] == 0 and counted["moments_back"] == 0,
                   "daemon stopped, started, and told of another client table: no reply is missing "
                   "or goes back in time", json.dumps(counted)[:400])
        tap_.check(changed, "the engine goes over to the table that the daemon has made",
                   engine.process.output()[-500:])
        server.configure(*COMMON, "clientloglimit 2097152",
                         "ratelimit interval 3 burst 8 leak 4", "deny 192.0.2.3")
        server.process.kill(signal.SIGHUP)
        time.sleep(1)
        answered = sum(ask(client, SRV4, 0.1) is not None for _ in range(30))
        tap_.check(8 <= answered <= 16, "a limit is live at once", answered, server.verdicts())
        client.ip("address", "add", "192.0.2.3/24", "dev", "cli0")
        denied = server.verdicts()["drop_denied"]
        with client.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
            channel.bind(("192.0.2.3", 0))
            channel.sendto(frames.Ntp(transmit=5).pack(), (SRV4, 123))
        tap_.check(wait_for(lambda: server.verdicts()["drop_denied"] == denied + 1, 2),
                   "so is a rule by address", server.verdicts())
        expire(tap_, server, client)
        tap_.check(engine.stop() == 0, "and it ends well")


def expire(tap_, server, client):
    """A page that nobody renews, and a daemon without time: the engine hands requests on."""
    server.process.stop()
    ask_until(client, lambda: server.verdicts()["pass_page_expired"])
    tap_.check(server.verdicts()["pass_page_expired"] > 0,
               "no daemon for longer than `holdover`: requests are passed to the host",
               server.verdicts())
    server.configure("server 192.0.2.99 iburst")
    server.start()
    found = []
    ask_until(client, lambda: found and found[-1], found)
    tap_.check(found and found[-1].ntp.leap == 3 and found[-1].ntp.stratum == 0,
               "a daemon without time: its socket, behind the host's interface, says leap 3", found,
               server.verdicts())


def ask_until(client, condition, found=None):
    """Asks for up to 8 s until the condition holds; answers go to `found`."""
    deadline = time.monotonic() + 8
    while time.monotonic() < deadline and not condition():
        answer = ask(client, SRV4, 0.2)
        if answer and found is not None:
            found.append(answer)


def steered(tap_, build):
    """net_af_xdp: NTP alone is steered to the engine; the rest is the kernel's."""
    with Lab("dpdkx", build) as lab:
        middle, client = set_up(lab)
        lab.attach_pass(client, "cli0")
        middle.ip("address", "add", SRV4 + "/24", "dev", "srv0")
        middle.ip("address", "add", SRV6 + "/64", "dev", "srv0", "nodad")
        server = Server(middle, "local stratum 1").start()
        server.wait_synchronised(10)
        device = "net_af_xdp0,iface=srv0,force_copy=1,xdp_prog=" + lab.program("bpf/steer.bpf.o")
        engine = Engine(server, device)
        done = client.run("ping", "-c", "2", "-i", "0.2", "-W", "2", SRV4)
        tap_.check(" 0% packet loss" in done.stdout, "af_xdp: ping stays with the kernel",
                   done.stdout)
        for address in (SRV4, SRV6):
            tap_.check(wait_for(lambda a=address: ask(client, a, 0.5), 3),
                       f"{address}: NTP is answered")
        tap_.check(engine_requests(server, "dpdk") >= 2 and engine_requests(server, "socket") == 0,
                   "by the engine", server.json("stats")["engines"])
        tap_.check(ask(client, SRV4, payload=frames.Ntp(transmit=7).pack() +
                       struct.pack("!HH", 0x0104, 28) + bytes(24)) and
                   engine_requests(server, "socket") == 1,
                   "an extension field never leaves the kernel", server.json("stats")["engines"])
        tap_.check(engine.stop() == 0 and xdp_of(middle, "srv0") == 0,
                   "stopped: the program is off the interface", engine.process.output()[-500:])
        ask(client, SRV6, 0.5)
        tap_.check(engine_requests(server, "socket") == 2,
                   "and the kernel's socket has the port again")


def two_queues(tap_, build):
    """af_packet with two queues, over which the kernel spreads flows: one limit for both."""
    with Lab("dpdkq", build) as lab:
        middle, client = set_up(lab)
        take_from_kernel(middle)
        server = Server(middle, "local stratum 1", "ratelimit interval 6 burst 20 leak 4").start()
        server.wait_synchronised(10)
        engine = Engine(server, PACKET.replace("qpairs=1", "qpairs=2"), "--queues", "2", workers=2)
        give_addresses(middle)
        tap_.check(wait_for(lambda: ask(client, SRV6, 0.5), 3) and engine.listed()["queues"] == 2,
                   "two queues: NTP is answered", engine.listed())
        done = client.run("ping", "-c", "3", "-i", "0.2", "-W", "2", SRV4)
        tap_.check(" 0% packet loss" in done.stdout, "and the host, over two queues", done.stdout)
        answered = one_client(client)
        tap_.check(19 <= answered <= 20 + 30, "one client over two queues has one limit: "
                   f"{answered} of 200 answered (20, and one in 16)", server.verdicts())
        tap_.check(engine.stop() == 0, "two workers end well", engine.process.output()[-500:])


def one_client(client):
    """200 requests of one address, each from a port of its own: how many are answered."""
    channels = [client.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(200)]
    for channel in channels:
        channel.sendto(frames.Ntp(transmit=5).pack(), (SRV4, 123))
        time.sleep(0.002)
    time.sleep(0.5)
    answered = 0
    for channel in channels:
        channel.setblocking(False)
        try:
            answered += len(channel.recv(100)) == 48
        except BlockingIOError:
            pass
        channel.close()
    return answered


def in_files(tap_, build):
    """Where there is no BPF: ntpxdpd -n with a pindir, and the engine on the same files."""
    with Lab("dpdkf", build) as lab:
        middle, client = set_up(lab)
        take_from_kernel(middle)
        folder = lab.path("state")
        settings = lab.write("files.conf", "\n".join([
            "local stratum 1", f"pindir {folder}", f"control {lab.path('files.control')}",
            "metrics off", f"serve {SRV4}", "port 0", "user root", ""]))
        daemon = middle.start("files", lab.program("ntpxdpd"), "-n", "-f", settings)
        daemon.wait_output("synchronised", 5)

        class Bare:  # pylint: disable=too-few-public-methods
            """All that Engine wants of a server."""
            namespace, control = middle, lab.path("files.control")

        engine = Engine(Bare, PACKET, "--exception", "none")
        client.ip("neighbour", "replace", SRV4, "lladdr", middle.mac("srv0").hex(":"), "dev",
                  "cli0")
        # port 0 serves on no socket, and none is asked; the engine obeys the same setting.
        tap_.check(ask(client, SRV4, 0.3) is None, "port 0: nobody answers")
        lab.write("files.conf", open(settings, encoding="utf-8").read().replace("port 0", ""))
        daemon.stop()
        daemon = middle.start("files2", lab.program("ntpxdpd"), "-n", "-f", settings)
        tap_.check(wait_for(lambda: ask(client, SRV4, 0.3), 5), "with a port: answered from files",
                   daemon.output())
        done = middle.run(lab.program("ntpxdp"), "stats", "--json", "--pindir", folder)
        tap_.check(json.loads(done.stdout)["engines"]["dpdk"]["served"] >= 1,
                   "`ntpxdp stats --pindir` reads them", done.stdout, done.stderr)
        tap_.check(engine.stop() == 0, "and it ends well")


def main():
    if not os.path.exists(os.path.join(tap.build_folder(), "ntpxdp-dpdk")):
        print("ntpxdp-dpdk is not built: there is no DPDK here (scripts/install-deps dpdk)")
        return 77
    parts = (packet_host, without_host, changes, steered, two_queues, in_files)
    return tap.main(parts, (tap.build_folder(),))


if __name__ == "__main__":
    sys.exit(main())
