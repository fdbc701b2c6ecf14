#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The daemon itself under another project's clock and network simulator, clknetsim.

    CLKNETSIM_PATH=FOLDER clknetsim.py [BUILD]

FOLDER has `clknetsim` and `clknetsim.so`, as that project builds them; without it the test is
skipped. clknetsim.so is preloaded under unmodified programs and gives them virtual clocks and a
virtual network: node 1 is a chronyd with perfect time, node 2 is ntpxdpd -n with `clock system`,
node 3 a chronyd for comparison. Whoever runs this as root: the programs run as nobody.
"""
import math
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "net"))
import lab  # noqa: E402  pylint: disable=wrong-import-position
import tap  # noqa: E402  pylint: disable=wrong-import-position

SECONDS, SETTLED = 10000, 1000
WANDER = "(sum (* 1e-9 (normal)))"
OFF_S = 0.05
SERVER = "192.168.123.1"
# name, delay each way in s, bound for the RMS error once settled in us
NETWORKS = (
    ("LAN", "(+ 1e-4 (* 1e-5 (exponential)))", 8),
    ("WAN", "(+ 1e-2 (* 3e-4 (exponential)))", 100),
)
SETTINGS = f"""server {SERVER} iburst minpoll 4 maxpoll 6
clock system
makestep 0.01 3
port 0
control off
metrics off
"""
CHRONY = "cmdport 0\npidfile {folder}/chronyd.{node}\n"
CHRONY_SERVER = "local stratum 1\nallow\n" + CHRONY
CHRONY_CLIENT = f"server {SERVER} iburst minpoll 4 maxpoll 6\nmakestep 0.01 3\n" + CHRONY


class Simulation:
    """A folder that nobody may write, and the programs of one run in it."""

    def __init__(self, simulator, build, folder):
        self.simulator, self.folder = simulator, folder
        self.daemon = os.path.join(folder, "ntpxdpd")  # the build may be out of nobody's reach
        shutil.copy(os.path.join(build, "ntpxdpd"), self.daemon)

    def path(self, name):
        """A path in the folder."""
        return os.path.join(self.folder, name)

    def write(self, name, text):
        """Writes a file in the folder; its path."""
        with open(self.path(name), "w", encoding="utf-8") as out:
            out.write(text)
        return self.path(name)

    def start(self, argv, log, **environment):
        """Starts a program as an ordinary user."""
        user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] \
            if os.geteuid() == 0 else []
        preload = [f"{key}={value}" for key, value in environment.items()]
        with open(self.path(log), "wb") as out:
            return subprocess.Popen([*user, "env", *preload, *argv], stdin=subprocess.DEVNULL,
                                    stdout=out, stderr=out, cwd=self.folder)

    def node(self, number, argv):
        """Starts a node of the simulation."""
        return self.start(argv, f"node{number}.log", CLKNETSIM_NODE=number,
                          CLKNETSIM_SOCKET=self.path("socket"), EVENT_NOEPOLL=1,
                          LD_PRELOAD=os.path.join(self.simulator, "clknetsim.so"))

    def output(self, log):
        """What a program has said."""
        with open(self.path(log), encoding="utf-8", errors="replace") as text:
            return text.read()

    def run(self, delay):
        """One run: (exit statuses of clknetsim and ntpxdpd, {node: [error each second]})."""
        network = "".join(f"node{n}_freq = {WANDER}\nnode{n}_offset = {OFF_S}\n"
                          f"node{n}_delay1 = {delay}\nnode1_delay{n} = {delay}\n" for n in (2, 3))
        config = self.write("network", network)
        chronyd = [shutil.which("chronyd") or lab.peer("chrony", "usr/sbin/chronyd"), "-d", "-f"]
        nodes = [
            self.node(1, [*chronyd, self.write(
                "server.conf", CHRONY_SERVER.format(folder=self.folder, node=1))]),
            self.node(2, [self.daemon, "-n", "-f", self.write(
                "ntpxdp.conf", SETTINGS + f"driftfile {self.path('drift')}\n")]),
            self.node(3, [*chronyd, self.write(
                "client.conf", CHRONY_CLIENT.format(folder=self.folder, node=3))]),
        ]
        server = self.start([os.path.join(self.simulator, "clknetsim"), "-s", self.path("socket"),
                             "-o", self.path("offsets"), "-l", str(SECONDS), config, "3"],
                            "clknetsim.log")
        try:
            statuses = [server.wait(120), nodes[1].wait(10)]
        finally:
            for process in (server, *nodes):
                if process.poll() is None:
                    process.kill()
                process.wait()
        return statuses, self.errors()

    def errors(self):
        """The errors of the clocks of nodes 2 and 3, second by second, once settled."""
        rows = [line.split() for line in self.output("offsets").splitlines()][SETTLED:]
        return {node: [float(row[node - 1]) for row in rows] for node in (2, 3)}


def rms_us(errors):
    """Root mean square in us."""
    return 1e6 * math.sqrt(sum(error**2 for error in errors) / max(len(errors), 1))


def test(tap_, simulator, build):
    """Each network once."""
    for name, delay, bound in NETWORKS:
        with tempfile.TemporaryDirectory(prefix="ntpxdp-clknetsim-") as folder:
            os.chmod(folder, 0o777)
            simulation = Simulation(simulator, build, folder)
            statuses, errors = simulation.run(delay)
            log = simulation.output("node2.log")
            whole = len(errors[2]) >= SECONDS - SETTLED - 1
            if not tap_.check(statuses == [0, 0] and whole and "stopped" in log,
                              f"{name}: {SECONDS} virtual seconds run to their end", statuses, log,
                              simulation.output("clknetsim.log")):
                continue
            ours, chrony = rms_us(errors[2]), rms_us(errors[3])
            worst = 1e6 * max(map(abs, errors[2]))
            tap_.say(f"{name}: RMS error of the clock {ours:.2f} us, at most {worst:.1f} us; "
                     f"chronyd's beside it {chrony:.2f} us")
            tap_.check(ours < bound, f"{name}: RMS error under {bound} us", ours, log)
            tap_.check("no good reply" not in log, f"{name}: no reply is lost or refused", log)


def main():
    """TAP; the exit status."""
    tap_ = tap.Tap()
    simulator = os.environ.get("CLKNETSIM_PATH")
    if not simulator:
        tap_.skip("ntpxdpd under clknetsim", "CLKNETSIM_PATH does not name a folder with it")
        return 0
    test(tap_, os.path.abspath(simulator), tap.build_folder())
    return 1 if tap_.failed else 0


if __name__ == "__main__":
    sys.exit(main())
