#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Two nodes announce one address with BIRD, and a node whose time is not good does not.

    test_anycast.py [BUILD]

docs/examples/anycast as it stands: its hook, and its bird.conf with other addresses. A router with
BIRD prefers node a; a client behind it asks 100 times a second all the while. Node a's link to its
sources is cut, and mended; its daemon is killed, and started again; its hook is stopped. Each time
the route is gone within 3 s, no request is left without a reply, and the client sees another
stratum and nothing else. keepalived's example is read by keepalived.

    up a - node a \\
                   router - client
    up b - node b /
"""
import os
import re
import subprocess
import sys
import time

import peers
import tap
from client import Flood, ask
from lab import ROOT, Lab, peer, wait_for
from server import Server

ADDRESS = "203.0.113.123"
EXAMPLES = os.path.join(ROOT, "docs", "examples")
BIRD, BIRDC = peer("bird2", "usr/sbin/bird"), peer("bird2", "usr/sbin/birdc")
GONE_S = 3.0
SOURCES, WANTED = 4, 3
# Sources are asked every second: one that has missed two requests counts no more.
HEALTH = ["--max-error", "10ms", "--min-sources", str(WANTED), "--max-age", "1700ms"]
RATE = 100

ROUTER_CONF = """
router id 192.0.2.254;
log stderr all;
protocol device {{ scan time 1; }}
protocol kernel {{ ipv4 {{ import none; export all; }}; scan time 1; }}
{neighbours}
"""
NEIGHBOUR = """
protocol bgp {name} {{
	local {own} as 65000;
	neighbor {address} as {system};
	connect delay time 1;
	error wait time 1, 2;
	ipv4 {{ import filter {{ bgp_local_pref = {preference}; accept; }}; export none; }};
}}
"""


class Node:
    """ntpxdpd with sources of its own, BIRD, and the hook."""

    def __init__(self, lab, name, number, router):
        self.lab, self.name, self.number = lab, name, number
        self.up, self.space = lab.namespace(f"up{name}"), lab.namespace(f"node{name}")
        self.address = f"198.51.{number}.1"
        sources = [f"10.{number}.0.{n}" for n in range(1, SOURCES + 1)]
        lab.wire((self.up, "up0", [f"{source}/24" for source in sources]),
                 (self.space, "up1", [f"10.{number}.0.254/24"]))
        lab.wire((self.space, "eth0", [self.address + "/24"]),
                 (router, f"node{name}", [f"198.51.{number}.254/24"]))
        lab.attach_pass(router, f"node{name}")
        self.space.ip("address", "add", ADDRESS + "/32", "dev", "lo")
        self.space.ip("route", "add", "default", "via", f"198.51.{number}.254")
        for source in sources:
            peers.chronyd_server(self.up, f"up-{source}", f"local stratum {number}",
                                 f"bindaddress {source}")
        self.server = Server(
            self.space, *[f"server {source} iburst minpoll 0 maxpoll 0" for source in sources],
            f"serve {ADDRESS}", "metrics off", name=f"ntpxdpd-{name}",
            pindir=os.path.join(lab.pindir, name))
        self.control = lab.path(f"bird-{name}.ctl")
        self.hook = None

    def start(self):
        """Daemon, program on the interface, BIRD."""
        self.server.start()
        self.server.attach("eth0")
        with open(os.path.join(EXAMPLES, "anycast", "bird.conf"), encoding="utf-8") as text:
            settings = text.read().replace("198.51.100.", f"198.51.{self.number}.")
        settings = settings.replace("as 65001;", f"as {65000 + self.number};\n"
                                    "\tconnect delay time 1; error wait time 1, 2;")
        start_bird(self.space, f"bird-{self.name}", settings)

    def start_hook(self):
        """The example's script."""
        command = f"{self.lab.program('ntpxdp')} --pindir {self.server.pindir} " \
                  f"--socket {self.server.control}"
        self.hook = self.space.start(
            f"hook-{self.name}", os.path.join(EXAMPLES, "anycast", "ntpxdp-anycast"),
            "ntpxdp_anycast", *HEALTH, env=os.environ | {
                "INTERVAL": "0.3", "RISE": "3", "BIRDC": f"{BIRDC} -s {self.control}",
                "NTPXDP": wrapper(self.lab, f"ntpxdp-{self.name}", command)})
        return self.hook

    def restart(self):
        """The daemon anew, on the pins and the program that are there."""
        self.server.start()


def wrapper(lab, name, command):
    """The path of a script that puts options behind the words of the hook."""
    program, *options = command.split()
    path = lab.write(name, f"#!/bin/sh\nexec {program} \"$@\" {' '.join(options)}\n")
    os.chmod(path, 0o755)
    return path


def start_bird(namespace, name, settings):
    """BIRD in the foreground, with its files in the laboratory."""
    lab = namespace.lab
    process = namespace.start(name, BIRD, "-f", "-c", lab.write(f"{name}.conf", settings),
                              "-s", lab.path(f"{name}.ctl"), "-P", lab.path(f"{name}.pid"))
    if not wait_for(lambda: os.path.exists(lab.path(f"{name}.ctl")), 5) or not process.running():
        raise RuntimeError(f"{name} does not start: {process.output()}")
    return process


class Routes:
    """What the router's kernel says about the address, each change with its moment."""

    def __init__(self, router):
        self.router = router
        self.process = router.start("routes", "stdbuf", "-oL", "ip", "-ts", "-o", "monitor",
                                    "route")

    def now(self):
        """The interface that leads to the address; None."""
        done = self.router.run("ip", "route", "show", ADDRESS)
        found = re.search(r"dev (\w+)", done.stdout)
        return found[1] if found else None

    def moved(self, away, since, seconds):
        """(seconds after `since` until the route did not lead to `away` any more, where it leads
        to). `ip monitor` tells the moment, to a microsecond."""
        target = wait_for(lambda: self.now() not in (away, None) and self.now(), seconds, 0.02)
        moments = [moment for moment, line in self.changes()
                   if moment >= since and f"dev {away}" not in line.replace("Deleted", "")]
        return (moments[0] - since if moments else None), target

    def changes(self):
        """[(Unix time, line)] about the address."""
        found = []
        for line in self.process.output().splitlines():
            stamp = re.match(r"\[(\S+)T(\S+?)\.(\d+)\]", line)
            if stamp and ADDRESS in line:
                whole = time.strptime(f"{stamp[1]} {stamp[2]}", "%Y-%m-%d %H:%M:%S")
                found.append((time.mktime(whole) + float("0." + stamp[3]), line))
        return found


def set_up(lab):
    """Router, two nodes, a client."""
    router, client = lab.namespace("router"), lab.namespace("client")
    router.sysctl("net.ipv4.ip_forward", 1)
    lab.wire((router, "clients", ["192.0.2.254/24"]), (client, "cli0", ["192.0.2.2/24"]))
    client.ip("route", "add", "default", "via", "192.0.2.254")
    os.makedirs(lab.pindir)
    nodes = [Node(lab, "a", 1, router), Node(lab, "b", 2, router)]
    for node in nodes:
        node.start()
    start_bird(router, "bird-router", ROUTER_CONF.format(neighbours="".join(
        NEIGHBOUR.format(name=f"node_{node.name}", own=f"198.51.{node.number}.254",
                         address=node.address, system=65000 + node.number,
                         preference=300 - 100 * node.number) for node in nodes)))
    return router, client, nodes


def withdrawn(tap_, routes, what, cause):
    """Something happens to node a: its route is gone in time, and leads to node b."""
    since = time.time()
    cause()
    took, target = routes.moved("nodea", since, 8)
    tap_.say(f"{what}: the route was gone after {took if took is None else round(took, 2)} s")
    tap_.check(took is not None and took < GONE_S and target == "nodeb",
               f"{what}: the route to node a is gone within {GONE_S:.0f} s, node b has it",
               took, target, routes.process.output()[-1000:])


def announced(tap_, routes, what, cause):
    """Node a is well again: it is announced again."""
    since = time.time()
    cause()
    back = wait_for(lambda: routes.now() == "nodea", 20, 0.05)
    tap_.say(f"{what}: announced again after {time.time() - since:.1f} s")
    time.sleep(0.5)  # the client sees it
    tap_.check(back, f"{what}: node a is announced again", routes.process.output()[-1000:])


def two_nodes(tap_, build):
    """The whole story, with one client that asks all the while."""
    with Lab("anycast", build) as lab:
        router, client, (first, second) = set_up(lab)
        routes = Routes(router)
        for node in (first, second):
            tap_.check(node.server.wait_synchronised(15), f"node {node.name} has time",
                       node.server.process.output()[-500:])
        tap_.check(routes.now() is None and ask(client, ADDRESS, 0.3) is None,
                   "nothing is announced before a hook says so", routes.now())
        for node in (first, second):
            node.start_hook()
            node.hook.wait_output("announced: good", 10)
        tap_.check(wait_for(lambda: routes.now() == "nodea", 10),
                   "node a is announced and preferred", routes.now(), first.hook.output())
        wait_for(lambda: "node_b" in router.run(BIRDC, "-s", lab.path("bird-router.ctl"), "show",
                                                "route", "for", ADDRESS, "all").stdout, 10)
        flood = Flood(client, ADDRESS, RATE)
        time.sleep(1)
        withdrawn(tap_, routes, "node a loses its sources",
                  lambda: first.up.ip("link", "set", "up0", "down"))
        said = wait_for(lambda: re.findall("withdrawn: .*", first.hook.output()), 2)
        tap_.check(said and "--max-age" in said[-1], "the hook says why", first.hook.output())
        announced(tap_, routes, "its sources are back",
                  lambda: first.up.ip("link", "set", "up0", "up"))
        withdrawn(tap_, routes, "the daemon of node a is killed",
                  lambda: first.server.process.kill())
        announced(tap_, routes, "it is started again", first.restart)
        withdrawn(tap_, routes, "the hook of node a is stopped", lambda: first.hook.stop())
        time.sleep(0.5)
        judge(tap_, flood.stop())
        second.hook.stop()
        tap_.check(wait_for(lambda: routes.now() is None, 3),
                   "and with the last hook the last route", routes.now())


def judge(tap_, told):
    """What the client has seen."""
    samples = told["samples"]
    strata = [sample["stratum"] for sample in samples]
    paths = [a for a, b in zip(strata, strata[1:]) if a != b]
    offsets = [abs(sample["offset"]) for sample in samples]
    tap_.say(f"{told['sent']} requests in {told['seconds']:.0f} s: {told['lost']} without a reply, "
             f"{len(paths)} changes of path, offset below {max(offsets) * 1e6:.0f} us")
    tap_.check(told["lost"] == 0 and told["duplicates"] == 0,
               "every request has had its reply, once",
               f"{told['lost']} lost at {told['lost_at'][:20]}, {told['duplicates']} twice")
    tap_.check(set(strata) == {2, 3} and len(paths) == 5,
               "the client was served by a, b, a, b, a, b", strata)
    tap_.check(all(sample["leap"] == 0 for sample in samples) and max(offsets) < 0.01,
               "by good time all the while", max(offsets))


def keepalived(tap_, build):
    """keepalived reads its example."""
    with Lab("keepalived", build) as lab:
        space = lab.namespace("node")
        lab.wire((space, "eth0", ["198.51.100.1/24"]), (lab.namespace("other"), "eth1", []))
        example = os.path.join(EXAMPLES, "keepalived", "keepalived.conf")
        with open(example, encoding="utf-8") as text:
            settings = text.read()
        # The command is not installed here.
        path = lab.write("keepalived.conf", settings.replace("/usr/bin/ntpxdp", "/bin/true"))
        done = space.run(peer("keepalived", "usr/sbin/keepalived"), "-t", "-f", path)
        tap_.check(done.returncode == 0 and not done.stdout + done.stderr,
                   "keepalived takes its example", done.stdout, done.stderr)
        options = re.search(r"script \"/usr/bin/ntpxdp health (.*)\"", settings)[1].split()
        done = subprocess.run([lab.program("ntpxdp"), "health", *options, "--socket",
                               lab.path("nobody")], capture_output=True, text=True, check=False)
        tap_.check(done.returncode == 1 and "nobody" in done.stderr,
                   "its command fails where no daemon answers, and says so", done)


if __name__ == "__main__":
    sys.exit(tap.main([two_nodes, keepalived], [tap.build_folder()]))
