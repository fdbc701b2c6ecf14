# SPDX-License-Identifier: GPL-2.0-or-later
"""A laboratory of network namespaces for one test script.

Owns everything it makes: namespaces, virtual interfaces, processes, a folder for files and sockets
and a pin folder in bpffs. Leaving the 'with' block removes it all, also after an exception, SIGTERM
or SIGINT; what a killed script left behind is swept away by the next one. Names carry the script's
process id, so that several can run at once. The host's own interfaces, clock and namespaces are
never touched: processes run without the right to set the clock.

Namespaces are entered for the network only (nsenter --net): 'ip netns exec' would put a fresh /sys
in the way, and with it an empty bpffs.
"""
import contextlib
import ctypes
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
PEERS = os.path.join(ROOT, "build-peers")
BPFFS = "/sys/fs/bpf"
PREFIX = "ntpxdp"
CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)
UNPRIVILEGED_CLOCK = ["setpriv", "--bounding-set=-sys_time", "--inh-caps=-sys_time"]


class LabError(Exception):
    """Something of the laboratory itself did not work."""


def peer(package, path):
    """The path of a program of an unpacked package (scripts/lib/peers.sh)."""
    return os.path.join(PEERS, package, path)


def wait_for(condition, seconds, step=0.05):
    """Polls until condition() is true; its value, or the last false one after the time."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value or time.monotonic() >= deadline:
            return value
        time.sleep(step)


class Process:
    """A process in the background; its output goes to a file of the laboratory."""

    def __init__(self, name, argv, log, **options):
        self.name, self.log = name, log
        with open(log, "ab") as out:
            self.popen = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                          **options)

    @property
    def pid(self):
        """The process id of what was started (nsenter and setpriv become the program)."""
        return self.popen.pid

    def running(self):
        """True until the process has ended."""
        return self.popen.poll() is None

    def output(self):
        """What it has printed up to now."""
        with open(self.log, encoding="utf-8", errors="replace") as text:
            return text.read()

    def wait_output(self, pattern, seconds):
        """Waits until the output matches; the match, or None after the time or the end."""
        wait_for(lambda: not self.running() or re.search(pattern, self.output()), seconds)
        return re.search(pattern, self.output())

    def kill(self, number=signal.SIGKILL):
        """Sends a signal without waiting."""
        if self.running():
            self.popen.send_signal(number)

    def stop(self, seconds=5):
        """SIGTERM, after some seconds SIGKILL; the exit status."""
        self.kill(signal.SIGTERM)
        try:
            return self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return self.popen.wait()


class Namespace:
    """A network namespace of the laboratory."""

    def __init__(self, lab, name):
        self.lab, self.name = lab, f"{PREFIX}-{os.getpid()}-{name}"
        must(["ip", "netns", "add", self.name])
        self.ip("link", "set", "lo", "up")

    def entered(self, argv, clock=False):
        """argv so that it runs inside, without the right to set the clock."""
        prefix = [] if clock else UNPRIVILEGED_CLOCK
        return ["nsenter", f"--net=/run/netns/{self.name}", *prefix, *argv]

    def run(self, *argv, timeout=30, **options):
        """Runs a command inside to its end; a CompletedProcess with text."""
        options = {"capture_output": True, "text": True, "stdin": subprocess.DEVNULL} | options
        return subprocess.run(self.entered(argv), timeout=timeout, check=False, **options)

    def start(self, name, *argv, **options):
        """Starts a command inside, in the background."""
        return self.lab.start(name, self.entered(argv), **options)

    def ip(self, *words):
        """Runs ip(8) inside; raises when it fails."""
        return must(["ip", "-n", self.name, *words])

    def sysctl(self, key, value):
        """Writes one of the namespace's own network settings."""
        path = "/proc/sys/" + key.replace(".", "/")
        with self.inside(), open(path, "w", encoding="ascii") as out:
            out.write(str(value))

    @contextlib.contextmanager
    def inside(self):
        """The calling thread is in the namespace; sockets made there stay there."""
        with open("/proc/thread-self/ns/net", encoding="ascii") as before, \
                open(f"/run/netns/{self.name}", encoding="ascii") as wanted:
            enter(wanted.fileno())
            try:
                yield
            finally:
                enter(before.fileno())

    def socket(self, *arguments):
        """A socket inside the namespace."""
        with self.inside():
            return socket.socket(*arguments)

    def mac(self, interface):
        """The hardware address of an interface, as bytes."""
        line = self.ip("-o", "link", "show", "dev", interface)
        return bytes.fromhex(re.search(r"link/ether ([0-9a-f:]{17})", line)[1].replace(":", ""))


def enter(descriptor):
    """setns() for the calling thread (os.setns is Python 3.12)."""
    if LIBC.setns(descriptor, CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def must(argv, timeout=30):
    """Runs a command that has to succeed; its output."""
    done = subprocess.run(argv, capture_output=True, text=True, timeout=timeout, check=False)
    if done.returncode != 0:
        raise LabError(f"{' '.join(argv)}: {done.stderr.strip() or done.returncode}")
    return done.stdout


class Lab:
    """What one test script has made, to be removed at its end."""

    def __init__(self, name, build):
        self.name, self.build = name, os.path.abspath(build)
        self.namespaces, self.processes, self.later = {}, [], []
        self.pindir = os.path.join(BPFFS, f"{PREFIX}-{os.getpid()}-pins")
        self.passdir = os.path.join(BPFFS, f"{PREFIX}-{os.getpid()}-pass")
        self.folder = None

    def __enter__(self):
        sweep()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: sys.exit("stopped by a signal"))
        self.folder = tempfile.mkdtemp(prefix=f"{PREFIX}-{self.name}-{os.getpid()}-")
        os.chmod(self.folder, 0o755)
        return self

    def __exit__(self, *_):
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        for action in reversed(self.later):
            with contextlib.suppress(Exception):
                action()
        for process in reversed(self.processes):
            process.kill(signal.SIGTERM)
        for process in self.processes:
            process.stop(3)
        for namespace in self.namespaces.values():
            subprocess.run(["ip", "netns", "del", namespace.name], check=False)
        remove_pins(self.pindir)
        remove_pins(self.passdir)
        shutil.rmtree(self.folder, ignore_errors=True)

    def program(self, name):
        """The path of one of the project's own programs."""
        return os.path.join(self.build, name)

    def path(self, *names):
        """A path in the laboratory's folder."""
        return os.path.join(self.folder, *names)

    def write(self, name, text):
        """Writes a file in the laboratory's folder; its path."""
        with open(self.path(name), "w", encoding="utf-8") as out:
            out.write(text)
        return self.path(name)

    def namespace(self, name):
        """Makes a namespace."""
        self.namespaces[name] = Namespace(self, name)
        return self.namespaces[name]

    def start(self, name, argv, **options):
        """Starts a process in the background."""
        process = Process(name, argv, self.path(f"{name}.log"), **options)
        self.processes.append(process)
        return process

    def wire(self, left, right, queues=1):
        """Joins two (namespace, interface, [address...]) with a veth pair and waits until both
        ends carry traffic. Checksums are computed by the sender and VLAN tags stay in the frame,
        or XDP would see half-made datagrams."""
        counts = ["numrxqueues", str(queues), "numtxqueues", str(queues)]
        must(["ip", "link", "add", left[1], "netns", left[0].name, *counts, "type", "veth",
              "peer", "name", right[1], "netns", right[0].name, *counts])
        for namespace, interface, addresses in (left, right):
            namespace.sysctl(f"net.ipv6.conf.{interface}.accept_dad", 0)
            done = namespace.run("ethtool", "-K", interface, "tx", "off", "txvlan", "off")
            if done.returncode != 0:
                raise LabError(f"ethtool -K {interface}: {done.stderr}")
            for address in addresses:
                namespace.ip("address", "add", address, "dev", interface)
            namespace.ip("link", "set", interface, "up")
        for namespace, interface, _ in (left, right):
            if not wait_for(lambda n=namespace, i=interface: "LOWER_UP" in n.ip(
                    "link", "show", "dev", i), 5):
                raise LabError(f"{interface} does not come up")

    def attach_pass(self, namespace, interface):
        """Puts a program that passes everything on an interface: native XDP_TX on a veth needs
        one at the other end. (By bpftool: `ip link set ... xdp obj` litters bpffs with folders.)"""
        pin = os.path.join(self.passdir, "xdp_pass")
        if not os.path.exists(pin):
            os.makedirs(self.passdir)
            must(["bpftool", "prog", "load", self.program("tests/net/xdp_pass.bpf.o"), pin])
        must(namespace.entered(
            ["bpftool", "net", "attach", "xdpdrv", "pinned", pin, "dev", interface]))


def remove_pins(folder):
    """Removes a pin folder with all its pins."""
    if folder.startswith(BPFFS + "/" + PREFIX + "-"):
        shutil.rmtree(folder, ignore_errors=True)


def alive(pid):
    """True while a process of that id exists."""
    return os.path.exists(f"/proc/{pid}")


def sweep():
    """Removes the namespaces and pins of scripts that were killed."""
    mine = re.compile(PREFIX + r"-(\d+)-\w+$")
    folders = (("/run/netns", lambda name: must(["ip", "netns", "del", name])),
               (BPFFS, lambda name: remove_pins(os.path.join(BPFFS, name))))
    for folder, remove in folders:
        for name in os.listdir(folder) if os.path.isdir(folder) else []:
            owner = mine.match(name)
            if owner and not alive(owner[1]):
                with contextlib.suppress(LabError):
                    remove(name)
