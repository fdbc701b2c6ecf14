# SPDX-License-Identifier: GPL-2.0-or-later
"""ntpxdp as a server in a namespace of the laboratory: settings, daemon, command, metrics.

The daemon's pins, control socket and drift file are the laboratory's; it runs as root, without the
right to set the clock, and a test may start it, kill it and start it again with the same settings.
"""
import json
import re
import socket
import subprocess

import peers
from lab import wait_for


ADDRESS = "192.0.2.1"
UPSTREAM = "server 198.51.100.1 iburst minpoll 0 maxpoll 2"


def set_up(lab):
    """A server between one chronyd, which UPSTREAM names, and a client who asks ADDRESS; the last
    two as namespaces."""
    up, middle, client = (lab.namespace(name) for name in ("up", "server", "client"))
    lab.wire((up, "up0", ["198.51.100.1/24"]), (middle, "up1", ["198.51.100.254/24"]))
    lab.wire((middle, "srv0", [ADDRESS + "/24"]), (client, "cli0", ["192.0.2.2/24"]))
    lab.attach_pass(client, "cli0")
    peers.chronyd_server(up, "up")
    return middle, client


class Server:
    """One ntpxdpd with its settings, and `ntpxdp` speaking to it."""

    def __init__(self, namespace, *lines, name="ntpxdpd", pindir=None, control=None):
        self.namespace, self.lab, self.name = namespace, namespace.lab, name
        self.pindir = pindir or self.lab.pindir
        self.control = control or self.lab.path(f"{name}.control")
        self.settings = self.lab.path(f"{name}.conf")
        self.process = None
        self.configure(*lines)

    def configure(self, *lines):
        """Writes the settings file anew: the lines and what the laboratory needs."""
        self.lab.write(f"{self.name}.conf", "\n".join([
            f"pindir {self.pindir}", f"control {self.control}", "user root",
            f"driftfile {self.lab.path(self.name + '.drift')}", *lines, ""]))

    def start(self, seconds=5):
        """Starts the daemon and waits until it answers a question on its control socket: it listens
        there before its loop runs, and may have programs to load in between."""
        self.process = self.namespace.start(
            self.name, self.lab.program("ntpxdpd"), "-f", self.settings)
        if not wait_for(lambda: not self.process.running() or self.replies(), seconds) \
                or not self.process.running():
            raise RuntimeError(f"ntpxdpd does not start: {self.process.output()[-2000:]}")
        return self

    def replies(self):
        """True when a question is answered."""
        return self.answers() and self.run("health", "--json").stdout.startswith("{")

    def answers(self):
        """True when the control socket takes a connection."""
        with socket.socket(socket.AF_UNIX) as channel:
            try:
                channel.connect(self.control)
                return True
            except OSError:
                return False

    def run(self, *words, timeout=20):
        """`ntpxdp WORDS...`: a CompletedProcess. Pin folder, socket and file are the server's."""
        return self.namespace.run(
            self.lab.program("ntpxdp"), *words, "--pindir", self.pindir, "--socket", self.control,
            "-f", self.settings, timeout=timeout)

    def attach(self, interface, *options):
        """`ntpxdp attach`, detached again at the end; raises when refused."""
        self.lab.later.append(lambda: self.run("detach", interface))
        done = self.run("attach", interface, *options)
        if done.returncode != 0:
            raise RuntimeError(f"ntpxdp attach {interface}: {done.stderr}{done.stdout}")
        return done.stdout

    def json(self, command, *options):
        """The object that a listing prints with --json."""
        done = self.run(command, "--json", *options)
        try:
            return json.loads(done.stdout)
        except ValueError as error:
            raise RuntimeError(f"ntpxdp {command} --json ({done.returncode}): "
                               f"{done.stdout}{done.stderr}") from error

    def wait_synchronised(self, seconds):
        """True once the daemon says that its time is good."""
        done = self.run("health", "--wait", str(seconds), timeout=seconds + 10)
        return done.returncode == 0

    def verdicts(self):
        """{verdict: count} over all engines."""
        return self.json("stats")["verdicts"]

    def page(self, count=400):
        """The served time against CLOCK_REALTIME: {median_ns, worst_ns, error_ns, stratum, ...}."""
        done = self.namespace.run(
            self.lab.program("tests/net/page_offset"), self.control, str(count))
        if done.returncode != 0:
            raise RuntimeError(f"page_offset: {done.stderr}")
        return json.loads(done.stdout)

    def metrics(self, port=9123):
        """The text of /metrics."""
        done = self.namespace.run("curl", "-fsS", "-m", "3", f"http://127.0.0.1:{port}/metrics")
        if done.returncode != 0:
            raise RuntimeError(f"/metrics: {done.stderr}")
        return done.stdout


def interface_counters(namespace, interface):
    """{name: count} of `ethtool -S`, and the kernel's own under 'link:...'."""
    found = {}
    for line in namespace.run("ethtool", "-S", interface).stdout.splitlines():
        pair = re.match(r"\s+([\w\[\].-]+): (\d+)$", line)
        if pair:
            found[pair[1]] = int(pair[2])
    link = json.loads(namespace.run("ip", "-j", "-s", "link", "show", "dev", interface).stdout)[0]
    for way in ("rx", "tx"):
        for name, count in link["stats64"][way].items():
            found[f"link:{way}_{name}"] = count
    return found


def xdp_of(namespace, interface):
    """The id of the XDP program on an interface, or 0."""
    done = subprocess.run(["ip", "-n", namespace.name, "-j", "link", "show", "dev", interface],
                          capture_output=True, text=True, check=True)
    return json.loads(done.stdout)[0].get("xdp", {}).get("prog", {}).get("id", 0)
