#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`ntpxdp doctor` in namespaces: it says so where nothing is wrong, and finds what is.

    test_doctor.py [BUILD]

One thing after the other is made wrong in a namespace on a veth, found with level and text, mended
by the very command that is printed where that can be run here, and gone. What the machine itself
is like (its kernel, its clock source) is only asked not to be a FAIL.
"""
import json
import socket
import subprocess
import sys

import tap
from lab import Lab, remove_pins, wait_for
from server import Server, xdp_of

# Of these the machine has its own, good or bad.
MACHINE = {"clocksource", "clock"}
CHECKS = {"kernel", "privileges", "bpf", "bpffs", "link", "driver", "program", "mtu", "offloads",
          "queues", "ring", "hash", "timestamps", "conntrack", "firewall", "fail2ban", "port",
          "clock", "clocksource"}
KEYS = {"check", "level", "object", "text", "why", "command"}


class Patient:
    """One namespace with an interface, looked at by `ntpxdp doctor`."""

    def __init__(self, lab, check):
        self.check = check
        self.lab, self.name = lab, "srv0"
        self.namespace, self.peer = lab.namespace("patient"), lab.namespace("peer")
        lab.wire((self.namespace, self.name, ["192.0.2.1/24"]),
                 (self.peer, "cli0", ["192.0.2.2/24"]))
        self.settings = lab.write("doctor.conf", f"pindir {lab.pindir}\ncontrol off\n")

    def command(self, *words):
        """The command line."""
        return [self.lab.program("ntpxdp"), "doctor", *words, "-f", self.settings]

    def look(self, *words):
        """(exit status, findings that are not OK and not the machine's own)."""
        done = self.namespace.run(*self.command(self.name, "--json", *words))
        answer = json.loads(done.stdout)
        return done.returncode, [each for each in answer["findings"]
                                 if each["level"] != "ok" and each["check"] not in MACHINE]

    def healthy(self, name):
        """That nothing is found, within a second or two: the kernel takes its time to tell that a
        link is up."""
        wait_for(lambda: self.look() == (0, []), 3, 0.2)
        status, found = self.look()
        self.check(status == 0 and not found, name, status, found)

    def finds(self, name, check, level, text):
        """That this is found, in this namespace, and nothing else; the finding's commands."""
        status, found = self.look()
        self.check(len(found) == 1 and found[0]["check"] == check and found[0]["level"] == level
                   and text in found[0]["text"], f"{name}: found", status, found)
        self.check(status == (1 if level == "fail" else 0), f"{name}: exit status", status)
        done = self.namespace.run(*self.command(self.name))
        wide = [line for line in done.stdout.splitlines() if len(line) > 80]
        self.check(done.stdout and not wide, f"{name}: within 80 columns", wide, done.stderr)
        return found[0]["command"].splitlines() if found else []

    def mend(self, name, commands):
        """Runs the commands that were printed; nothing is found any more."""
        for command in commands:
            done = self.namespace.run("sh", "-c", command)
            if done.returncode != 0:
                self.check(False, f"{name}: \"{command}\" works", done.stderr)
        self.check(bool(commands), f"{name}: there is a command")
        self.healthy(f"{name}: mended by {len(commands)} command(s)")


def shape(patient):
    """JSON, text, and that looking leaves everything as it is."""
    links = patient.namespace.run("ip", "-d", "link", "show").stdout
    done = patient.namespace.run(*patient.command(patient.name, "--json"))
    answer = json.loads(done.stdout)
    patient.check(set(answer) == {"interface", "driver", "kernel", "worst", "findings"} and
                  answer["interface"] == patient.name and answer["driver"] == "veth" and
                  answer["worst"] in ("ok", "note", "warn"), "JSON: the whole", done.stdout)
    patient.check(all(set(each) == KEYS for each in answer["findings"]), "JSON: each finding")
    patient.check({each["check"] for each in answer["findings"]} == CHECKS,
                  "JSON: each check says something", done.stdout)
    done = patient.namespace.run(*patient.command(patient.name))
    patient.check(done.returncode == 0 and " 0 FAIL; nothing was changed" in done.stdout,
                  "text: a summary", done.stdout, done.stderr)
    patient.check(patient.namespace.run("ip", "-d", "link", "show").stdout == links,
                  "the interface is as before")
    left = subprocess.run(["bpftool", "prog", "show", "name", "ntpxdp_doctor"],
                          capture_output=True, text=True, check=False).stdout
    patient.check("ntpxdp_doctor" not in left, "no program is left behind", left)


def interface(patient):
    """What is wrong with the interface itself."""
    patient.lab.attach_pass(patient.namespace, patient.name)
    number = xdp_of(patient.namespace, patient.name)
    commands = patient.finds("another XDP program", "program", "fail",
                             f'"xdp_pass" (id {number}, native mode)')
    patient.mend("another XDP program", commands)
    patient.peer.ip("link", "set", "cli0", "mtu", "9000")
    patient.namespace.ip("link", "set", patient.name, "mtu", "9000")
    commands = patient.finds("MTU too large", "mtu", "warn", "MTU 9000; driver veth takes XDP up")
    patient.mend("MTU too large", commands)
    patient.peer.ip("link", "set", "cli0", "mtu", "1500")
    patient.namespace.ip("link", "set", patient.name, "down")
    commands = patient.finds("down", "link", "warn", "down")
    patient.mend("down", commands)
    for name, text in (("none9", "no such interface"), ("lo", "not an Ethernet interface")):
        done = patient.namespace.run(*patient.command(name))
        patient.check(done.returncode == 1 and text in done.stdout and "FAIL  link" in done.stdout,
                      f"{name}: FAIL", done.stdout)


def attached(patient):
    """ntpxdp's own program is no other program."""
    run = [patient.lab.program("ntpxdp")]
    done = patient.namespace.run(*run, "attach", patient.name, "-f", patient.settings)
    patient.lab.later.append(
        lambda: patient.namespace.run(*run, "detach", patient.name, "-f", patient.settings))
    patient.check(done.returncode == 0, "attach", done.stderr)
    patient.healthy("ntpxdp attached: nothing wrong")
    done = patient.namespace.run(*patient.command(patient.name))
    patient.check("ntpxdp is attached in native mode" in done.stdout, "ntpxdp attached: said so",
                  done.stdout)
    done = patient.namespace.run(*run, "detach", patient.name, "-f", patient.settings)
    done = patient.namespace.run(
        *run, "attach", patient.name, "--mode", "generic", "-f", patient.settings)
    commands = patient.finds("generic mode", "program", "warn", "generic mode")
    patient.check(len(commands) == 2, "generic mode: two commands", commands)
    patient.namespace.run(*run, "detach", patient.name, "-f", patient.settings)


def beside_daemon(patient):
    """The daemon's pin folder is asked for; its port and its program are no fault."""
    pindir = patient.lab.pindir + "-daemon"
    patient.lab.later.append(lambda: remove_pins(pindir))
    server = Server(patient.namespace, "local stratum 5", "metrics off", pindir=pindir).start()
    server.attach(patient.name)
    done = patient.namespace.run(*patient.command(patient.name), "--socket", server.control)
    for line in (f"OK    bpffs       host: pins go to bpffs ({pindir})",
                 f"OK    program     {patient.name}: ntpxdp is attached in native mode",
                 "OK    port        host: UDP port 123 is ntpxdpd (process "):
        patient.check(line in done.stdout.replace("\n" + " " * 18, " "),
                      f"beside the daemon: {line[6:17].strip()}", done.stdout, done.stderr)
    patient.check(done.returncode == 0, "beside the daemon: no FAIL", done.returncode, done.stderr)
    server.run("detach", patient.name)
    server.process.stop()


def port(patient):
    """Somebody else has port 123, over IPv4 and IPv6."""
    for family, address in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "::")):
        with patient.namespace.socket(family, socket.SOCK_DGRAM) as taken:
            taken.bind((address, 123))
            commands = patient.finds(f"port taken, {family.name}", "port", "warn",
                                     "UDP port 123 is taken by python3 (process ")
            patient.check(len(commands) == 1, f"port taken, {family.name}: a command", commands)
    with patient.namespace.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("192.0.2.1", 1123))
        patient.healthy("another port is nothing")


def nft(patient, text):
    """Loads rules."""
    path = patient.lab.write("rules.nft", text)
    done = patient.namespace.run("nft", "-f", path)
    if done.returncode != 0:
        raise RuntimeError(f"nft: {done.stderr}")


def firewall(patient):
    """Rules that limit, drop, leave out, track and ban, by nft."""
    chain = "table inet filter { chain input { type filter hook input priority 0; %s\n}\n}"
    cases = (("a limit", chain % "udp dport 123 limit rate over 9/second drop;", "firewall",
              "warn", "inet filter input drops some requests to port 123"),
             ("a drop", chain % "udp dport { 53, 123 } drop;", "firewall", "warn",
              "drops everything to port 123"),
             ("a ban", "table inet f2b-table {\nset addr-set-ntp { type ipv4_addr; }\n"
              "chain f2b-chain { type filter hook input priority -1;\n"
              "udp dport 123 ip saddr @addr-set-ntp drop\n}\n}",
              "fail2ban", "warn", "bans clients of the NTP port"))
    for name, rules, check, level, text in cases:
        nft(patient, rules)
        patient.finds(name, check, level, text)
        nft(patient, "flush ruleset")
    nft(patient, chain % "policy drop; tcp dport 22 accept;")
    commands = patient.finds("a closed port", "firewall", "warn", "none accepts port 123")
    patient.mend("a closed port", commands)
    nft(patient, "flush ruleset")
    nft(patient, chain % "policy drop; ct state established,related accept; udp dport 123 accept;")
    commands = patient.finds("tracked", "conntrack", "note", "connections are tracked")
    patient.mend("tracked", commands)
    nft(patient, "flush ruleset")
    nft(patient, chain % "udp dport 53 drop; udp sport 123 accept;")
    patient.healthy("rules for other ports are nothing")
    nft(patient, "flush ruleset")
    patient.healthy("no rules")


def pins(patient):
    """No bpffs: in a mount namespace of its own."""
    done = patient.namespace.run(
        "unshare", "--mount", "sh", "-c", 'umount -l /sys/fs/bpf; exec "$0" "$@"',
        *patient.command(patient.name))
    patient.check(done.returncode == 1 and "FAIL  bpffs" in done.stdout and
                  "# mount -t bpf bpf /sys/fs/bpf" in done.stdout, "no bpffs: FAIL and the command",
                  done.stdout, done.stderr)
    done = patient.namespace.run(
        "unshare", "--mount", "sh", "-c",
        'umount -l /sys/fs/bpf; mount -t bpf bpf /sys/fs/bpf; exec "$0" "$@"',
        *patient.command(patient.name))
    patient.check(done.returncode == 0 and "OK    bpffs" in done.stdout, "no bpffs: mended",
                  done.stdout, done.stderr)


def rights(patient):
    """Without root, and as root without its rights."""
    done = patient.namespace.run(
        "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all",
        *patient.command(patient.name))
    patient.check("WARN  privileges" in done.stdout and
                  f"# sudo ntpxdp doctor {patient.name}" in done.stdout, "not root: said so",
                  done.stdout, done.stderr)
    done = patient.namespace.run("setpriv", "--bounding-set=-all", "--inh-caps=-all",
                                 *patient.command(patient.name))
    patient.check(done.returncode == 1 and "FAIL  privileges" in done.stdout and
                  "CAP_NET_ADMIN, CAP_BPF, CAP_PERFMON" in done.stdout,
                  "root without rights: FAIL", done.stdout, done.stderr)


def doctor(results):
    """All parts, on one patient."""
    with Lab("doctor", tap.build_folder()) as lab:
        patient = Patient(lab, results.check)
        patient.healthy("a good host: nothing is found")
        for part in (shape, interface, attached, beside_daemon, port, firewall, pins, rights):
            part(patient)


if __name__ == "__main__":
    sys.exit(tap.main([doctor], []))
