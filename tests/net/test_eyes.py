#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the command shows: every listing at 80 columns, every --json, and the live screen.

    test_eyes.py [BUILD]

A server with 0, 1 and 7 sources, over IPv4 and over IPv6 with long addresses, one with a long name;
it limits its clients, among which are an IPv6 network and a client that asks too often. `ntpxdp
top` runs in tmux, on a screen of 80x24 and others, while the daemon dies and comes back.
"""
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

import peers
import tap
from client import Flood, ask
from lab import Lab, wait_for
from server import Server

WIDTH = 80
NET6 = "2001:db8:1111:2222"
SRV4, SRV6 = "192.0.2.1", f"{NET6}:3333:4444:5555:6661"
UP4 = [f"192.0.2.{number}" for number in (11, 12, 13)]
UP6 = [f"{NET6}:3333:4444:5555:777{number}" for number in (1, 2, 3)]
EAGER = "192.0.2.99"  # asks more often than it may
LONG_NAME = "ntp-server-with-a-very-long-name.in-a-subdomain.example.org"
SOURCES = {0: [], 1: UP6[:1], 7: [*UP4, *UP6, LONG_NAME]}
LIMIT = ["ratelimit interval 3 burst 8", "restrict default limited"]
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

# Command: the keys that its --json has always, as documented in ntpxdp(1) and control_protocol.h.
KEYS = {
    "status": "version pid uptime_s pindir clock mirror synchronised reason stratum leap steps page"
              " port sources stamps interfaces served requests error_bound_s",
    "sources": "sources",
    "tracking": "synchronised reason reference_id reference_name mirror stratum leap leap_status"
                " steps",
    "stats": "verdicts versions families requests served kisses counted_s read_s average",
    "clients": "clients found capacity prefix6 tick_s limit",
    "history": "step_s slots",
    "access": "address rule inside served limited kod version_only query ntpport",
    "health": "synchronised reason stratum leap page_age_s page_state sources_selectable"
              " sources_required sources_age_s good why failed",
}
SOURCE_KEYS = ("name address refid stratum type poll_s reach tally state sent accepted rejected")
CLIENT_KEYS = "address family version requests limited average_interval_s last_seen_s"
INTERFACE_KEYS = "name index attached mode reply_path shared program_id detail receive_stamps"


def missing(said, keys):
    """The keys that an object lacks."""
    return [key for key in keys.split() if key not in said]


def set_up(lab):
    """Our server, and beside it a chronyd with many addresses, which asks us from them, too."""
    ours, others = lab.namespace("ours"), lab.namespace("others")
    lab.wire((ours, "srv0", [SRV4 + "/24", SRV6 + "/64"]),
             (others, "oth0", [address + "/24" for address in [*UP4, EAGER]] +
              [address + "/64" for address in UP6]))
    peers.chronyd_server(others, "chronyd")
    lab.attach_pass(others, "oth0")
    return Server(ours), others


def settings(count, *lines):
    """The lines for so many sources."""
    return ["local stratum 5", "interface srv0", *lines,
            *(f"server {host} iburst minpoll 0 maxpoll 2" for host in SOURCES[count])]


def fits(tap_, name, done, status=0):
    """Some output, the right exit status, and no line wider than the screen."""
    # The first lines of "query" are ntpdate's, which are longer with a long address.
    wide = [f"{len(line)}: {line}" for line in done.stdout.splitlines()
            if len(line) > WIDTH and not line.startswith("server ")]
    tap_.check(done.returncode == status and len(done.stdout) > 20 and not wide,
               f"{name} fits {WIDTH} columns", *wide, done.stderr, f"status {done.returncode}")


def listings(tap_, server, count):
    """All that is printed once."""
    words = [["status"], ["sources"], ["sources", "-n"], ["tracking"], ["stats"], ["stats", "-a"],
             ["stats", "-i", "100ms"], ["clients"], ["clients", "-s", "rate", "-n", "3"],
             ["access", SRV4], ["access", UP6[0]], ["access", "::1"], ["health"], ["history"]]
    if count == 7:
        words += [["query", "-n", "1", UP6[0]], ["doctor", "srv0"],
                  ["poolcheck", UP6[0], "--spacing", "50ms"], ["plan", "--netspeed", "25Mbit"]]
    for command in words:
        done = server.run(*command)
        # Exit status 1: a judgement of the machine or of the server, not a failure.
        fits(tap_, f"{count} sources: ntpxdp {' '.join(command)}", done,
             1 if command[0] in ("doctor", "poolcheck") and done.returncode == 1 else 0)
    for command, keys in KEYS.items():
        said = server.json(command, *([UP6[0]] if command == "access" else []))
        tap_.check(not missing(said, keys), f"{count} sources: {command} --json has its keys",
                   missing(said, keys), said)
        parts = {"sources": ("sources", SOURCE_KEYS), "clients": ("clients", CLIENT_KEYS),
                 "status": ("interfaces", INTERFACE_KEYS)}
        if command in parts:
            part, keys = parts[command]
            wrong = [entry for entry in said[part] if missing(entry, keys)]
            tap_.check(not wrong, f"{count} sources: and each of its {part}", wrong)


def tables(tap_, server, count):
    """What the tables say, not only how wide they are."""
    rows = server.run("sources").stdout.splitlines()[2:]
    tap_.check(len(rows) == count or (count == 0 and not rows), f"{count} sources, {count} rows",
               *rows)
    clients = server.json("clients")
    by_address = {entry["address"]: entry for entry in clients["clients"]}
    network = by_address.get(NET6 + "::", {})
    eager = by_address.get(EAGER, {})
    tap_.check(network.get("family") == "ipv6" and clients["prefix6"] == 64 and
               f"{NET6}::/64" in server.run("clients").stdout,
               f"{count} sources: an IPv6 client is a network", clients)
    tap_.check(eager.get("requests", 0) >= 40 and 0 < eager["limited"] < eager["requests"],
               f"{count} sources: who asks too often is limited", clients)
    for order, key in (("requests", lambda entry: entry["requests"]),
                       ("drops", lambda entry: entry["limited"]),
                       ("rate", lambda entry: -1e9 if entry["average_interval_s"] is None
                        else -entry["average_interval_s"])):
        listed = [key(entry) for entry in server.json("clients", "--sort", order)["clients"]]
        tap_.check(len(listed) > 1 and listed == sorted(listed, reverse=True),
                   f"{count} sources: clients by {order}", listed)
    top = server.json("clients", "--sort", "drops", "--top", "1")
    tap_.check([entry["address"] for entry in top["clients"]] == [EAGER] and
               top["found"] == clients["found"], f"{count} sources: --top 1", top)


def rates(tap_, server, others):
    """Rates and sums: every reply with the time is an answer, and only those."""
    flood = Flood(others, SRV4, 300)
    time.sleep(0.5)
    said = server.json("stats", "--interval", "1s")
    counted = flood.stop()
    now, verdicts = said["now"], said["verdicts"]
    tap_.check(250 < now["requests_hz"] < 350 and 0.9 < now["interval_s"] < 2,
               "stats --interval: 300 requests a second", now)
    tap_.check(abs(now["requests_hz"] - now["answered_hz"] - now["limited_hz"]) < 5 and
               now["limited_hz"] > now["answered_hz"], "most of them over the limit", now)
    tap_.check(said["served"] == verdicts["served"] + verdicts["served_leaked"] and
               verdicts["served_leaked"] > 0, "answered: those that leaked through, too", said)
    tap_.check(said["counted_s"] > 1 and abs(
        said["average"]["requests_hz"] * said["counted_s"] - said["requests"]) < 1e-3,
               "the average is over the time since the counters began", said, counted)


def refusals(tap_, server):
    """Who may not, and what is not there, in a line."""
    lab = server.lab
    program = lab.path("ntpxdp")  # the build may be out of nobody's reach
    shutil.copy(lab.program("ntpxdp"), program)
    for words, expected in ((["clients"], "root"), (["access", "192.0.2.7"], None)):
        done = server.namespace.run(*NOBODY, program, *words, "--socket", server.control)
        good = done.returncode == 0 if expected is None else (
            done.returncode == 1 and expected in done.stderr and not done.stdout and
            done.stderr.count("\n") == 1)
        tap_.check(good, f"nobody: ntpxdp {' '.join(words)}", done.stdout, done.stderr)
    done = server.run("access", "192.0.2.256")
    tap_.check(done.returncode == 1 and "192.0.2.256" in done.stderr, "access: no address",
               done.stderr)
    done = server.run("top")
    tap_.check(done.returncode == 1 and "ntpxdp stats" in done.stderr and not done.stdout,
               "top without a terminal names stats", done.stderr)


def access(tap_, server):
    """Which rule decides, and what it says."""
    server.process.stop()
    server.configure(*settings(0, "restrict default limited kod", "restrict 8.8.8.0 mask "
                               "255.255.255.0 version", "deny 203.0.113.0/25", "allow "
                               "203.0.113.7", "deny martians", "restrict 9.9.9.9 noserve "
                               "ntpport"))
    server.start()
    wanted = {"1.1.1.1": ("restrict 0.0.0.0/0 limited", True),
              "203.0.113.1": ("deny 203.0.113.0/25", False),
              "203.0.113.7": ("allow 203.0.113.7", True), "10.1.2.3": ("deny ", False),
              "127.0.0.1": (None, True), "8.8.8.8": ("restrict 8.8.8.0/24 version", True)}
    for address, (rule, served) in wanted.items():
        said = server.json("access", address)
        text = server.run("access", address).stdout
        tap_.check(said["served"] == served and (rule is None or said["rule"].startswith(rule)),
                   f"access {address}", said)
        tap_.check(("not answered" in text.split("queries")[0]) == (not served) and
                   ("queries" in text) == (address == "127.0.0.1"), f"access {address}, in words",
                   text)
    said = server.json("access", "9.9.9.9")
    tap_.check(said["ntpport"] is not None and not said["ntpport"]["served"] and said["served"],
               "access: a rule about port 123 alone", said)
    done = server.run("clients")
    tap_.check(done.returncode == 0, "clients of a limit without a ratelimit line", done.stderr)
    server.process.stop()
    server.configure(*settings(0))
    server.start()
    done = server.run("clients")
    tap_.check(done.returncode == 1 and "clientloglimit" in done.stderr and
               done.stderr.count("\n") == 1, "clients without a table: what would make one",
               done.stderr)


class Tmux:
    """A terminal of our own, with a shell in it."""

    def __init__(self, server, columns, rows, **environment):
        self.server, self.socket = server, server.lab.path(f"tmux-{columns}x{rows}-"
                                                           f"{len(environment)}")
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "PS1": "$ ",
                       "TERM": "xterm-256color", "HOME": "/nonexistent"} | environment
        server.lab.later.append(lambda: self.tmux("kill-server"))
        subprocess.run(server.namespace.entered(
            ["tmux", "-S", self.socket, "-f", "/dev/null", "new-session", "-d", "-x", str(columns),
             "-y", str(rows), "/bin/sh"]), env=environment, check=True, timeout=10,
            stdin=subprocess.DEVNULL)

    def tmux(self, *words):
        """One tmux command; its output."""
        return subprocess.run(["tmux", "-S", self.socket, *words], capture_output=True, text=True,
                              check=False, timeout=10).stdout

    def screen(self, *options):
        """The rows of the screen as they are."""
        return self.tmux("capture-pane", "-p", *options).split("\n")[:-1]

    def type(self, *keys):
        """Types keys by their names."""
        self.tmux("send-keys", *keys)

    def child(self):
        """The process id of what the shell runs."""
        shell = self.tmux("list-panes", "-F", "#{pane_pid}").strip()
        with open(f"/proc/{shell}/task/{shell}/children", encoding="ascii") as text:
            return int(text.read().split()[0])

    def shows(self, pattern, seconds=5):
        """Waits until the screen matches; the screen, or [] after the time."""
        return wait_for(lambda: (lambda rows: rows if re.search(
            pattern, "\n".join(rows)) else [])(self.screen()), seconds, 0.1)

    def command(self, words):
        """Types a command line of `ntpxdp`, and its exit status behind it."""
        server = self.server
        self.type("-l", f"clear; {server.lab.program('ntpxdp')} {words} --socket {server.control};"
                        " echo exit $?")
        self.type("Enter")


def screen_of(tap_, terminal, columns, rows):
    """The layout at a size: first row, head of the sources, last row."""
    screen = terminal.shows(r"time is good")
    terminal.shows(r"remote +refid")
    screen = terminal.screen()
    wide = [row for row in screen if len(row) > columns]
    good = len(screen) == rows and not wide and screen[0].startswith("time is good") and \
        screen[1].startswith("requests ") and screen[3].startswith("frames:") and \
        screen[-1].startswith("q quit")
    tap_.check(good, f"top at {columns}x{rows}: state, rates, verdicts, keys", *screen)
    return screen


def live(tap_, server, others):
    """top at 80x24 under load, its keys, other sizes, a daemon that goes and comes."""
    terminal = Tmux(server, 80, 24)
    terminal.type("-l", "stty -g")
    terminal.type("Enter")
    before = terminal.shows(r"\d+:[0-9a-f:]+")
    state = re.search(r"^[0-9a-f]+(:[0-9a-f]+)+$", "\n".join(before), re.M)
    flood = Flood(others, SRV4, 200)
    terminal.command("top --interval 300ms")
    loaded = terminal.shows(r"requests (1[5-9]\d|2[0-4]\d)/s.*\n.*█")
    tap_.check(loaded, "top: 200 requests a second, and their course", *terminal.screen())
    screen = screen_of(tap_, terminal, 80, 24)
    sources = screen[6:13]
    tap_.check(screen[5].startswith("     remote") and all(
        re.match(r"[ *+#x.o-]\S", row) for row in sources), "top: all seven sources", *screen)
    terminal.shows(re.escape(f"{NET6}::/64"))
    screen = terminal.screen()
    tap_.check(any(row.startswith(f"{NET6}::/64") for row in screen) and
               any(row.startswith("client ") for row in screen), "top: clients", *screen)
    terminal.type("s")
    tap_.check(terminal.shows("order: drops"), "top: s is another order", *terminal.screen())
    terminal.type("h")
    tap_.check(terminal.shows("this text, and back"), "top: h explains", *terminal.screen())
    terminal.type("h")
    terminal.type("Space")
    paused = terminal.shows("PAUSED")
    time.sleep(1)
    tap_.check(paused and terminal.screen() == paused, "top: space stops it", *terminal.screen())
    terminal.type("Space")
    tap_.check(wait_for(lambda: "PAUSED" not in terminal.screen()[-1], 3), "top: and goes on",
               *terminal.screen())
    flood.stop()
    for columns, rows in ((120, 40), (60, 12), (20, 3), (80, 24)):
        terminal.tmux("resize-window", "-x", str(columns), "-y", str(rows))
        # On a screen that shrank the last rows stay until it is drawn anew.
        shown = wait_for(lambda r=rows: (lambda s: len(s) == r and s[-1].startswith(
            "q quit") and s[0].startswith("time is good"))(terminal.screen()), 5)
        tap_.check(shown, f"top: resized to {columns}x{rows}", *terminal.screen())
    server.process.kill(signal.SIGKILL)
    tap_.check(terminal.shows("no daemon answers: .*trying again"), "top: a dead daemon is said",
               *terminal.screen())
    server.start()
    tap_.check(terminal.shows(r"\Atime is good", 10), "top: and found again", *terminal.screen())
    return terminal, state and state[0]


def ending(tap_, server, terminal, state):
    """However it ends the terminal is as before."""
    program = server.lab.program("ntpxdp")
    ends = [("q", lambda: terminal.type("q")), ("^C", lambda: terminal.type("C-c")),
            ("SIGTERM", lambda: os.kill(terminal.child(), signal.SIGTERM)),
            ("SIGHUP", lambda: os.kill(terminal.child(), signal.SIGHUP))]
    for number, (name, end) in enumerate(ends):
        if number:
            terminal.command("top")
            terminal.shows(r"\Atime is good")
        end()
        ended = terminal.shows("exit 0")
        terminal.type("-l", "clear; stty -g")
        terminal.type("Enter")
        after = terminal.shows(re.escape(state)) if state else []
        tap_.check(ended and after, f"top: {name} ends it and the terminal is as before",
                   *terminal.screen())
        terminal.type("-l", "clear")
        terminal.type("Enter")
    terminal.type("-l", f"clear; TERM= {program} top; TERM=nonsense {program} top")
    terminal.type("Enter")
    tap_.check(terminal.shows("(?s)TERM is not set.*not known here"),
               "top: no TERM and an unknown one in a line", *terminal.screen())


def colours(tap_, server):
    """Colours where the terminal has them, unless NO_COLOR is set."""
    for name, environment, coloured in (
            ("a terminal with colours", {}, True), ("NO_COLOR", {"NO_COLOR": "1"}, False)):
        terminal = Tmux(server, 81, 24, **environment)
        terminal.command("top")
        terminal.shows(r"\Atime is good")
        escapes = re.findall(r"\x1b\[[0-9;]*3[0-7]m", "\n".join(terminal.screen("-e")))
        tap_.check(bool(escapes) == coloured, f"top: {name}", *terminal.screen("-e"))
        terminal.type("q")


def eyes(tap_, build):
    """All in one laboratory."""
    with Lab("eyes", build) as lab:
        server, others = set_up(lab)
        for count in SOURCES:
            server.configure(*settings(count, *LIMIT))
            server.start()
            if count == 0:
                server.attach("srv0")
            server.wait_synchronised(10)
            for _ in range(3):
                ask(others, SRV6)
            with others.inside():
                flood_from(EAGER, 60)
            if count == 7:
                wait_for(lambda: "*" in server.run("sources").stdout, 10)
            listings(tap_, server, count)
            tables(tap_, server, count)
            if count != 7:
                server.process.stop()
        refusals(tap_, server)
        rates(tap_, server, others)
        terminal, state = live(tap_, server, others)
        ending(tap_, server, terminal, state)
        colours(tap_, server)
        access(tap_, server)


def flood_from(address, count):
    """So many requests from an address of this namespace, at once."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        channel.bind((address, 0))
        for _ in range(count):
            channel.sendto(b"\x23" + bytes(39) + os.urandom(8), (SRV4, 123))


if __name__ == "__main__":
    sys.exit(tap.main([eyes], [tap.build_folder()]))
