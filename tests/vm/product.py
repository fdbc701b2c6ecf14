# SPDX-License-Identifier: GPL-2.0-or-later
"""
ntpxdp in a virtual machine: settings, daemon, command, and what the kernel says of an interface,
asked of the kernel's own tools so that nothing here believes the program under test. Also the
rules every reply obeys, written from the protocol (RFC 5905) and not from the source.
"""
import json
import pathlib

import frames

CLOCK = pathlib.Path(__file__).resolve().parent / "guest" / "clock.py"
SETTINGS = "/etc/ntpxdp/ntpxdp.conf"
PINS = "/sys/fs/bpf/ntpxdp"
LEAST_NS, MOST_NS = 10**6, 20 * 10**6
# The kernel's own numbers of how a program is attached (IFLA_XDP_ATTACHED).
MODES = {0: "none", 1: "native", 2: "generic", 3: "offload"}


class Product:
    def __init__(self, machine):
        self.machine = machine

    def settings(self, text):
        path = self.machine.folder / "settings"
        path.write_text(text)
        self.machine.must(f"mkdir -p /etc/ntpxdp; cp /run/vm/settings {SETTINGS}")

    def start(self, options=""):
        """Starts the daemon; whether it answers its control socket within 20 s."""
        self.machine.start("ntpxdpd", f"ntpxdpd {options}")
        return self.machine.wait("ntpxdp status", 20)

    def stop(self):
        return self.machine.stop("ntpxdpd")

    def synchronised(self, seconds=30):
        return self.machine.run(f"ntpxdp health --wait {seconds}", seconds + 10).good

    def command(self, words):
        return self.machine.run("ntpxdp " + words)

    def listing(self, words):
        return json.loads(self.machine.must(f"ntpxdp {words} --json"))

    def log(self, lines=25):
        return "\n".join(self.machine.log("ntpxdpd").splitlines()[-lines:])

    def clock(self, server=""):
        """The machine's own clock, seen by guest/clock.py."""
        return json.loads(self.machine.must(f"/usr/bin/python3 {CLOCK} {server}", 30))

    def set_clock(self, clock, ahead_s=0.0):
        """Sets the machine's clock to the time of a WireClock, so many seconds ahead of it."""
        self.machine.must(f"date -s @{clock.unix_ns() / 1e9 + ahead_s:.3f}")

    def pins(self):
        return self.machine.run(f"find {PINS} 2>/dev/null | sort").output

    def mode(self, interface):
        """How XDP is attached there, as the kernel says: none, native or generic."""
        link = json.loads(self.machine.must(f"ip -j link show dev {interface}"))[0]
        return MODES[link.get("xdp", {}).get("mode", 0)]

    def program(self, interface):
        link = json.loads(self.machine.must(f"ip -j link show dev {interface}"))[0]
        return link.get("xdp", {}).get("prog", {}).get("id")

    def udp_received(self):
        """Datagrams that the machine's sockets were given so far, IPv4 and IPv6."""
        return int(self.machine.must(
            "awk '/^Udp: [0-9]/ { n += $2 } /^Udp6InDatagrams/ { n += $2 } END { print n }' "
            "/proc/net/snmp /proc/net/snmp6"))


def faults(reply, leap=0):
    """What is wrong with a reply where good time was asked for: texts; none when all is right."""
    if reply is None:
        return ["no reply"]
    got, asked, ntp = reply.datagram, reply.request, reply.ntp
    if ntp is None:
        return [f"{len(got.payload)} octets instead of 48"]
    sent = asked.ntp()
    rules = (
        (got.source_mac == asked.destination_mac and got.destination_mac == asked.source_mac,
         "MAC addresses are not swapped"),
        (got.source == asked.destination and got.destination == asked.source,
         f"from {got.source} to {got.destination}"),
        (got.source_port == asked.destination_port, f"from port {got.source_port}"),
        (got.tags == asked.tags, f"tags {got.tags} instead of {asked.tags}"),
        (got.hops == 64, f"TTL or hop limit {got.hops}"),
        (got.dont_fragment, "no DF bit"),
        (got.checksums_right, "wrong checksum"),
        (len(got.payload) == 48 and not got.trailer, "not cut to 48 octets"),
        (ntp.mode == 4, f"mode {ntp.mode}"),
        (ntp.version == sent.version, f"version {ntp.version}"),
        (ntp.poll == sent.poll, f"poll {ntp.poll}"),
        (leap is None or ntp.leap == leap, f"leap indicator {ntp.leap}"),
        (1 <= ntp.stratum <= 15, f"stratum {ntp.stratum}"),
        (-30 <= ntp.precision <= -10, f"precision {ntp.precision}"),
        (ntp.origin == sent.transmit, "origin is not what was sent"),
        (ntp.transmit != 0 and 0 < (ntp.transmit - ntp.receive) % 2**64 < 2**32,
         "transmit is not shortly after receive"),
        (ntp.stratum == 0 or (ntp.transmit - ntp.reference) % 2**64 < 2**63,
         "reference is after transmit"),
    )
    return [text for good, text in rules if not good]


def time_error_ns(reply, clock):
    """
    How far the reply's receive and transmit stamps are outside of the time between request and
    reply, as `clock` (a WireClock, leap second applied) has it; 0 when that is within the error
    which the reply itself admits (RFC 5905: root distance), 1 ms at least and 20 ms at most.
    """
    low, high = clock.unix_ns(reply.sent_ns), clock.unix_ns(reply.received_ns)
    stamps = [frames.wire_to_unix(wire, low) for wire in (reply.ntp.receive, reply.ntp.transmit)]
    error = max(low - min(stamps), max(stamps) - high)
    admitted = (reply.ntp.root_delay / 2 + reply.ntp.root_dispersion) / 65536 * 1e9
    return error if error > min(max(admitted, LEAST_NS), MOST_NS) else 0
