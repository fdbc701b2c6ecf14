#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Bad input: a clear error that says what to do, an exit status that is not 0, nothing left behind.

    test_input.py [BUILD]

Wrong settings, unknown interfaces, missing privileges, pins that cannot be read, pages of another
layout, a program that the verifier refuses, ports that are taken, other people's XDP programs.
"""
import contextlib
import os
import re
import shutil
import socket
import sys
import time

import peers
import tap
from client import ask
from lab import BPFFS, Lab, must, remove_pins, wait_for
from server import Server, xdp_of

LONG = "x" * 5000
# (wrong line, what the error has to name)
WRONG = [
    ("surver 192.0.2.1", "surver"), ("server", "server"),
    ("server 192.0.2.1 minpoll 99", "minpoll"),
    ("server 192.0.2.1 maxpoll x", "maxpoll"), ("server 192.0.2.1 minpoll 10 maxpoll 4", "poll"),
    ("server 192.0.2.1 port 0", "port"), ("server 192.0.2.1 nonsense", "nonsense"),
    ("server -bad-", "-bad-"), ("server 192.0.2.1 minpoll", "minpoll"),
    ("pool", "pool"), ("pool a b c", "b"), ("port 65536", "65536"), ("port -1", "-1"),
    ("port ntp", "ntp"), ("port 123 124", "port"), ("port 123\nport 123", "repeated"),
    ("driftfile relative/path", "relative/path"), ("driftfile", "driftfile"),
    ("local stratum 0", "stratum"), ("local stratum 16", "16"),
    ("local strange", "strange"), ("interface", "interface"), ("interface a/b", "a/b"),
    ("interface aninterfacenamethatistoolong", "aninterface"), ("interface x mode fast", "fast"),
    ("interface x reply-path back", "back"), ("interface x\ninterface x", "repeated"),
    ("serve", "serve"), ("serve 300.1.1.1", "300.1.1.1"), ("serve 192.0.2.0/33", "192.0.2.0/33"),
    ("serve 224.0.0.1", "224.0.0.1"), ("clock", "clock"), ("clock both", "both"),
    ("holdover", "holdover"), ("holdover -5", "-5"), ("holdover 0", "0"),
    ("holdover 10parsec", "10parsec"), ("holdover 9999999h", "9999999h"),
    ("metrics", "metrics"), ("metrics nowhere", "nowhere"), ("metrics 127.0.0.1:0x50", "0x50"),
    ("metrics 127.0.0.1:70000", "70000"), ("control relative", "relative"),
    ("control /" + LONG, "control"), ("pindir relative", "relative"), ("user", "user"),
    ("unsynchronised maybe", "maybe"), ("interleaved perhaps", "perhaps"),
    ("minsources 0", "0"), ("minsources 3\nserver 192.0.2.1", "minsources"),
    ("maxdistance 0", "0"), ("maxslewrate nan", "nan"), ("makestep 1", "makestep"),
    ("makestep x 3", "x"), ("restrict 192.0.2.1 noservice", "noservice"),
    ("mirror", "mirror"), ("mirror ntp.example", "ntp.example"), ("mirror 127.0.0.1 port", "port"),
    ("mirror 127.0.0.1 port 0", "port 0"), ("mirror 127.0.0.1 iburst 4", "iburst"),
    ("mirror 127.0.0.1\nmirror ::1", "repeated"), ("mirror 0.0.0.0", "no host"),
    ("mirror ff02::101", "no host"), ("mirror 192.0.2.77", "not an address of this host"),
    ("mirror 127.0.0.1\nserver 192.0.2.1", "`server` or `pool`"),
    ("mirror 127.0.0.1\nlocal stratum 3", "`local`"),
    ("clock system\nmirror 127.0.0.1", "`clock system`"),
    ("deny 192.0.2.0/33", "192.0.2.0/33"), (LONG, ""),
]
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all",
          "--inh-caps=-all"]


class Scene:
    """A namespace with one interface to attach to, and what stood there before."""

    def __init__(self, lab):
        self.lab, self.middle, self.client = lab, lab.namespace("server"), lab.namespace("client")
        lab.wire((self.middle, "srv0", ["192.0.2.1/24"]), (self.client, "cli0", ["192.0.2.2/24"]))
        lab.attach_pass(self.client, "cli0")
        self.server = Server(self.middle, "local stratum 1")
        self.program = xdp_of(self.middle, "srv0")

    def left_behind(self):
        """What a refused command should not have left, in words."""
        found = []
        if os.path.exists(self.server.pindir):
            found.append(f"pins: {os.listdir(self.server.pindir)}")
        if xdp_of(self.middle, "srv0") != self.program:
            found.append("another program on srv0")
        if os.path.exists(self.server.control):
            found.append("the control socket")
        return found

    def refused(self, tap_, name, done, *patterns, clean=True):
        """The three promises of a refusal, as one result."""
        said = done.stderr + done.stdout
        missing = [pattern for pattern in patterns if not re.search(pattern, said, re.I)]
        left = self.left_behind() if clean else []
        crashed = done.returncode < 0 or done.returncode > 125
        tap_.check(done.returncode != 0 and not crashed and not missing and not left and
                   len(said.strip()) > 20, name, f"status {done.returncode}",
                   f"not said: {missing}", f"left behind: {left}", said[-1200:])


def public(lab, name):
    """A copy of a program where nobody may run it: the sources may stand in a private folder."""
    path = lab.path(name)
    if not os.path.exists(path):
        shutil.copy(lab.program(name), path)
        os.chmod(path, 0o755)
    return path


def daemon(scene, *prefix, settings=None, seconds=4, words=()):
    """Runs the daemon to its end; one that goes on running is stopped and reported with 0."""
    argv = [*prefix, "timeout", "-k", "2", "-s", "TERM", str(seconds),
            public(scene.lab, "ntpxdpd"), "-f", settings or scene.server.settings, *words]
    return scene.middle.run(*argv, timeout=seconds + 5)


def settings_are_checked(tap_, build):
    """Each wrong line stops the check and the start, naming file, line and word."""
    with Lab("settings", build) as lab:
        scene = Scene(lab)
        wrong = []
        for line, word in WRONG:
            path = lab.write("wrong.conf", f"# a comment\n\n{line}\n")
            number = 3 + line.count("\n")
            done = daemon(scene, settings=path, words=["-p"])
            place = re.search(rf"wrong\.conf:({number}|3)\b", done.stderr)
            if done.returncode in (0, 124) or not place or word not in done.stderr:
                said = done.stderr.strip()[:200]
                wrong.append(f"{line[:60]!r}: status {done.returncode}: {said}")
        tap_.check(not wrong, f"ntpxdpd -p refuses {len(WRONG)} wrong settings by file, line and "
                   "word", *wrong)
        path = lab.write("wrong.conf", "server \0 iburst\n")
        scene.refused(tap_, "a settings file with a zero byte", daemon(scene, settings=path),
                      r"wrong\.conf", "zero byte")
        path = lab.write("wrong.conf", "port 123\nsurver 192.0.2.1\n")
        scene.refused(tap_, "ntpxdpd does not start with a wrong setting",
                      daemon(scene, settings=path), r"wrong\.conf:2", "surver")
        scene.refused(tap_, "ntpxdp attach does not read past a wrong setting", scene.middle.run(
            lab.program("ntpxdp"), "attach", "srv0", "-f", path, "--pindir", scene.server.pindir,
            "--socket", scene.server.control), r"wrong\.conf:2")
        scene.refused(tap_, "a settings file that is not there",
                      daemon(scene, settings=lab.path("none.conf")), r"none\.conf",
                      "no such file")
        scene.refused(tap_, "a settings file that is a folder", daemon(scene, settings=lab.folder),
                      re.escape(lab.folder))
        done = scene.middle.run(lab.program("ntpxdpd"), "-z")
        scene.refused(tap_, "an unknown option of the daemon", done, "usage|option")
        for words in (["dance"], ["attach"], ["query"], ["attach", "srv0", "--mode", "fast"],
                      ["health", "--wait", "soon"], ["stats", "--nonsense"]):
            done = scene.middle.run(lab.program("ntpxdp"), *words)
            scene.refused(tap_, f"ntpxdp {' '.join(words)}", done, "ntpxdp|usage")


def interfaces_are_checked(tap_, build):
    """Interfaces that are not there, or not ours to take."""
    with Lab("interfaces", build) as lab:
        scene = Scene(lab)
        scene.refused(tap_, "attach to an interface that is not there",
                      scene.server.run("attach", "nosuch0"), "nosuch0")
        scene.refused(tap_, "detach where nothing is attached", scene.server.run("detach", "srv0"),
                      "srv0", "not attached|no program")
        scene.server.configure("local stratum 1", "interface nosuch0")
        scene.refused(tap_, "a daemon told to attach to an interface that is not there",
                      daemon(scene), "nosuch0")
        scene.server.configure("local stratum 1")
        lab.attach_pass(scene.middle, "srv0")
        scene.program = xdp_of(scene.middle, "srv0")
        for mode in ("auto", "native", "generic"):
            scene.refused(tap_, f"another XDP program is not displaced, but named ({mode})",
                          scene.server.run("attach", "srv0", "--mode", mode), "xdp_pass",
                          "srv0", rf"\b{scene.program}\b")
        scene.middle.ip("link", "set", "dev", "srv0", "xdpdrv", "off")
        scene.program = 0
        environment = {**os.environ, "LD_PRELOAD": lab.program("tests/net/refused_program.so")}
        done = scene.middle.run(
            lab.program("ntpxdp"), "attach", "srv0", "--pindir", scene.server.pindir,
            "--socket", scene.server.control, "-f", scene.server.settings, env=environment)
        scene.refused(tap_, "a program that the verifier refuses", done, "refuse",
                      "last insn|exit|unreachable|invalid")
        scene.server.attach("srv0")
        again = scene.server.run("attach", "srv0")
        tap_.check(again.returncode == 0, "attach once more is no error", again.stderr)


def privileges_are_checked(tap_, build):
    """Somebody who is not root."""
    with Lab("privileges", build) as lab:
        scene = Scene(lab)
        for name, words in (("attach", ["attach", "srv0"]), ("detach", ["detach", "srv0"])):
            done = scene.middle.run(
                *NOBODY, public(lab, "ntpxdp"), *words, "--pindir", scene.server.pindir,
                "--socket", scene.server.control, "-f", scene.server.settings)
            scene.refused(tap_, f"ntpxdp {name} without privilege", done,
                          "ntpxdp: .*(root|CAP_|permi|not attached)")
        scene.refused(tap_, "ntpxdpd without privilege", daemon(scene, *NOBODY),
                      "ntpxdpd: .*(root|CAP_|permission|permitted)")
        scene.server.start()
        scene.server.attach("srv0")
        done = scene.middle.run(
            *NOBODY, public(lab, "ntpxdp"), "detach", "srv0", "--pindir", scene.server.pindir,
            "--socket", scene.server.control, "-f", scene.server.settings)
        scene.refused(tap_, "detach of a program that is there, without privilege", done,
                      "ntpxdp: .*(root|CAP_|permi)", clean=False)
        tap_.check(xdp_of(scene.middle, "srv0") != 0, "which leaves the program where it is")
        done = scene.middle.run(*NOBODY, public(lab, "ntpxdp"), "sources", "--socket",
                                scene.server.control)
        tap_.check(done.returncode == 0, "listings need no privilege", done.stderr)


def pins_are_checked(tap_, build):
    """Pins that cannot be read or speak another layout."""
    with Lab("pins", build) as lab:
        scene = Scene(lab)
        plain = Server(scene.middle, "local stratum 1", name="plain", pindir=lab.path("pins"))
        scene.refused(tap_, "a pin folder that is not on bpffs", plain.run("attach", "srv0"),
                      "bpf", re.escape(plain.pindir))
        scene.refused(tap_, "and the daemon with it", daemon(scene, settings=plain.settings),
                      "bpf", re.escape(plain.pindir))
        foreign = os.path.join(scene.server.pindir, layout(scene), "time_page")
        os.makedirs(os.path.dirname(foreign))
        must(["bpftool", "map", "create", foreign, "type", "hash", "key", "8", "value", "8",
              "entries", "4", "name", "foreign"])
        done = scene.server.run("attach", "srv0")
        scene.refused(tap_, "a pin that is something else", done, "time_page", clean=False)
        scene.refused(tap_, "and the daemon with it", daemon(scene), "time_page", clean=False)
        kept = must(["bpftool", "map", "show", "pinned", foreign])
        tap_.check("hash" in kept and xdp_of(scene.middle, "srv0") == 0,
                   "which stays as it is, and nothing is attached", kept)
        shutil.rmtree(scene.server.pindir)
        page_of_another_layout(tap_, scene)


def layout(scene):
    """The name of the folder of this version's layout, which a daemon makes."""
    scene.server.start()
    found = [name for name in os.listdir(scene.server.pindir) if name.startswith("v")]
    scene.server.process.stop()
    shutil.rmtree(scene.server.pindir, ignore_errors=True)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(scene.server.control)
    return found[0]


def page_of_another_layout(tap_, scene):
    """A page that says so itself is neither served from nor overwritten."""
    server = scene.server.start()
    server.attach("srv0")
    tap_.check(server.wait_synchronised(10) and ask(scene.client, "192.0.2.1"), "served at first")
    server.process.stop()
    folder = os.path.join(server.pindir, os.listdir(server.pindir)[0])
    page = os.path.join(folder, "time_page")
    value = must(["bpftool", "-j", "map", "lookup", "pinned", page, "key", "0", "0", "0", "0"])
    octets = re.search(r'"value":\s*\[(.*?)\]', value, re.S)[1].replace('"', "").replace(",", " ")
    octets = octets.split()
    octets[4] = "0x63"  # the layout version
    must(["bpftool", "map", "update", "pinned", page, "key", "0", "0", "0", "0", "value", *octets])
    with scene.middle.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("0.0.0.0", 123))
        listener.settimeout(1)
        tap_.check(ask(scene.client, "192.0.2.1", 0.3) is None,
                   "a page of another layout is not served from")
        with contextlib.suppress(TimeoutError):
            tap_.check(len(listener.recv(100)) == 48, "the request goes to the kernel")
    done = server.run("stats")
    scene.refused(tap_, "statistics refuse it too", done, "layout", clean=False)
    done = daemon(scene)
    scene.refused(tap_, "the daemon refuses it", done, "layout", re.escape(folder), clean=False)
    now = must(["bpftool", "-j", "map", "lookup", "pinned", page, "key", "0", "0", "0", "0"])
    tap_.check('"0x63"' in now, "and leaves it as it is")
    done = server.run("detach", "srv0")
    tap_.check(done.returncode == 0 and xdp_of(scene.middle, "srv0") == 0,
               "detach works all the same", done.stderr)


def ports_are_checked(tap_, build):
    """Ports and sockets that somebody else holds."""
    with Lab("ports", build) as lab:
        scene = Scene(lab)
        with scene.middle.socket(socket.AF_INET, socket.SOCK_STREAM) as taken:
            taken.bind(("127.0.0.1", 9123))
            taken.listen()
            scene.refused(tap_, "the port of /metrics is taken", daemon(scene), "9123",
                          "in use|taken")
        holder = peers.chronyd_server(scene.middle, "holder")
        wait_for(lambda: ask(scene.client, "192.0.2.1", 0.2), 3)
        server = scene.server.start()
        said = server.process.wait_output(r"123", 3)
        tap_.check(said and server.process.running() and
                   "another server" in server.process.output(),
                   "UDP port 123 is taken: said, and the daemon goes on", server.process.output())
        second = Server(scene.middle, "local stratum 1", "metrics off", name="second",
                        control=server.control)
        done = daemon(scene, settings=second.settings)
        scene.refused(tap_, "a second daemon with the same pins", done, "another ntpxdpd",
                      clean=False)
        second = Server(scene.middle, "local stratum 1", "metrics off", name="third",
                        pindir=lab.pindir + "2", control=server.control)
        lab.later.append(lambda: remove_pins(second.pindir))
        done = daemon(scene, settings=second.settings)
        scene.refused(tap_, "a second daemon on the same control socket", done,
                      "running|in use|already|another", clean=False)
        tap_.check(not os.path.exists(second.pindir), "leaves no pins",
                   os.path.exists(second.pindir) and os.listdir(second.pindir))
        tap_.check(server.answers() and server.process.running(), "leaves the first one alone")
        holder.stop()
        tap_.check(wait_for(lambda: server.json("status")["port"]["state"] == "bound", 75, 1),
                   "the port is taken over when it gets free", server.run("status").stdout)
        server.process.stop()
        time.sleep(0.2)
        tap_.check(not scene.left_behind() or
                   not os.path.exists(scene.server.control), "a clean stop removes the socket",
                   scene.left_behind())


if __name__ == "__main__":
    assert os.path.isdir(BPFFS)
    sys.exit(tap.main([settings_are_checked, interfaces_are_checked, privileges_are_checked,
                       pins_are_checked, ports_are_checked], [tap.build_folder()]))
