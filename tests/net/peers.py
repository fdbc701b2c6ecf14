# SPDX-License-Identifier: GPL-2.0-or-later
"""Other people's NTP programs, run inside a laboratory's namespaces.

Servers and clients of chrony, NTPsec, OpenNTPD and systemd, unpacked and not installed
(scripts/lib/peers.sh). None may set the clock; each keeps its files in the laboratory's folder, by
a mount namespace of its own where the program knows only fixed paths.
"""
import os
import re
import socket
import struct
import threading
import time

from lab import peer

CHRONYD = peer("chrony", "usr/sbin/chronyd")
LIBRARIES = "usr/lib/x86_64-linux-gnu/systemd"  # of systemd-timesyncd
SOCK_MAGIC = 0x534F434B  # chrony's refclock_sock.c


def chronyd_server(namespace, name, *lines, port=123):
    """A chronyd that serves this machine's clock (local stratum 1) unless the lines say else."""
    lab = namespace.lab
    path = lab.write(f"{name}.conf", "\n".join([
        "local stratum 1", "allow all", "cmdport 0", "bindcmdaddress /", "user root",
        f"port {port}", f"pidfile {lab.path(name + '.pid')}", *lines, ""]))
    return namespace.start(name, CHRONYD, "-x", "-n", "-d", "-U", "-f", path)


class Liar:
    """A chronyd whose reference clock is `wrong_s` seconds ahead, fed by a thread of ours."""

    def __init__(self, namespace, name, wrong_s, *lines):
        self.lab, self.wrong_s = namespace.lab, wrong_s
        self.path = self.lab.path(name + ".sock")
        self.process = chronyd_server(
            namespace, name, f"refclock SOCK {self.path} refid LIE poll 0 filter 1", *lines)
        self.over = threading.Event()
        self.lab.later.append(self.over.set)
        threading.Thread(target=self._feed, daemon=True).start()

    def _feed(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            while not self.over.wait(0.5):
                seconds, rest = divmod(time.time_ns(), 10**9)
                sample = struct.pack("@qqdiiii", seconds, rest // 1000, self.wrong_s, 0, 0, 0,
                                     SOCK_MAGIC)
                try:
                    channel.sendto(sample, self.path)
                except OSError:
                    continue  # not started yet, or over


def chronyd_once(namespace, address):
    """chronyd -Q: (accepted, offset in s, output)."""
    lab = namespace.lab
    done = namespace.run(
        CHRONYD, "-U", "-u", "root", "-Q", "-t", "8", f"server {address} iburst maxsamples 1",
        f"pidfile {lab.path('chronyd-q.pid')}", "cmdport 0", "bindcmdaddress /")
    wrong = re.search(r"System clock wrong by (-?[\d.]+) seconds", done.stderr)
    return bool(wrong), float(wrong[1]) if wrong else None, done.stderr


def ntpdig(namespace, address):
    """ntpdig: (accepted, offset in s, output)."""
    done = namespace.run("ntpdig", "-t", "3", address)
    said = re.search(r"\(\+0000\) ([+-][\d.]+) \+/- [\d.]+ .*? s(\d+) ", done.stdout)
    return bool(said), float(said[1]) if said else None, done.stdout + done.stderr


def ntpsec(namespace, name, *servers):
    """NTPsec's ntpd as a client, from port 123 as it always does."""
    lab = namespace.lab
    path = lab.write(f"{name}.conf", "\n".join([
        *[f"server {server} iburst minpoll 3 maxpoll 3" for server in servers],
        "restrict default", "restrict 127.0.0.1", "disable ntp",
        f"driftfile {lab.path(name + '.drift')}", ""]))
    return namespace.start(name, peer("ntpsec", "usr/sbin/ntpd"), "-n", "-c", path,
                           "-p", lab.path(name + ".pid"))


def ntpq(namespace, *words):
    """NTPsec's ntpq asking the ntpd of its namespace."""
    done = namespace.run(peer("ntpsec", "usr/bin/ntpq"), *words, "127.0.0.1")
    return done.stdout + done.stderr


def ntpsec_peers(namespace):
    """{address: (tally, reach)} as ntpq -p tells."""
    found = {}
    for line in ntpq(namespace, "-pnw").splitlines():
        words = re.match(r"([ x.\-+#*o])(\S+)\s+\S+\s+\d+\s+\S\s+\S+\s+\S+\s+([0-7]+)\s", line)
        if words:
            found[words[2]] = (words[1], int(words[3], 8))
    return found


def openntpd(namespace, name, *servers):
    """OpenNTPD as a client; its log says 'peer ADDRESS now valid'."""
    lab = namespace.lab
    path = lab.write(f"{name}.conf", "".join(f"server {server}\n" for server in servers))
    for folder in ("run", "lib/openntpd/db", "lib/openntpd/run"):
        os.makedirs(lab.path(name, folder))
    script = (account(lab, name, "ntpd") + f"mount --bind {lab.path(name, 'run')} /run\n"
              f"mount --bind {lab.path(name, 'lib')} /var/lib\n"
              f"exec {peer('openntpd', 'usr/sbin/ntpd')} -d -v -f {path} -p /run/ntpd.pid\n")
    return namespace.start(name, "unshare", "-m", "sh", "-ec", script)


def timesyncd(namespace, name, server):
    """systemd-timesyncd as a client; its log says 'Contacted time server' and 'Initial clock
    synchronization'."""
    lab = namespace.lab
    path = lab.write(f"{name}.conf", f"[Time]\nNTP={server}\nFallbackNTP=\n")
    user = "65531"
    script = ("mount -t tmpfs none /run\nmount -t tmpfs none /var/lib\n"
              "mkdir -p /etc/systemd /var/lib/systemd/timesync /run/systemd/timesync\n"
              f"chown {user} /var/lib/systemd/timesync /run/systemd/timesync\n"
              "mount -t tmpfs none /etc/systemd\n"
              f"cp {path} /etc/systemd/timesyncd.conf\n"
              "export SYSTEMD_LOG_LEVEL=debug SYSTEMD_LOG_TARGET=console\n"
              # Its user may not be allowed to enter the folders above the sources.
              f"mount --bind {peer('systemd-timesyncd', '')} /mnt\n"
              f"export LD_LIBRARY_PATH=/mnt/{LIBRARIES}\n"
              f"exec setpriv --reuid={user} --regid={user} --clear-groups "
              "/mnt/lib/systemd/systemd-timesyncd\n")
    return namespace.start(name, "unshare", "-m", "sh", "-ec", script)


def account(lab, name, user):
    """Lines of shell that add a user for a program that insists on one, for it alone."""
    lines = ""
    for base, entry in (("passwd", f"{user}:x:65530:65530::/:/bin/false\n"),
                        ("group", f"{user}:x:65530:\n")):
        with open(f"/etc/{base}", encoding="utf-8") as text:
            path = lab.write(f"{name}.{base}", text.read() + entry)
        lines += f"mount --bind {path} /etc/{base}\n"
    return lines


def chronyd_client(namespace, name, *servers, polls="minpoll 2 maxpoll 3", lines=()):
    """A chronyd that follows servers and leaves the clock alone; chronyc asks it on port 323."""
    lab = namespace.lab
    path = lab.write(f"{name}.conf", "\n".join([
        *[f"server {server} iburst {polls}" for server in servers], *lines,
        "port 0", "bindcmdaddress 127.0.0.1", "bindcmdaddress /", "user root",
        f"pidfile {lab.path(name + '.pid')}", ""]))
    return namespace.start(name, CHRONYD, "-x", "-n", "-d", "-U", "-f", path)


def chronyc_sources(namespace):
    """{address: (tally, reach)} as chronyc tells."""
    done = namespace.run(peer("chrony", "usr/bin/chronyc"), "-h", "127.0.0.1", "-n", "-c",
                         "sources")
    rows = [line.split(",") for line in done.stdout.splitlines() if line.count(",") >= 8]
    return {row[2]: (row[1], int(row[5], 8)) for row in rows}
