# SPDX-License-Identifier: GPL-2.0-or-later
"""
The network at a virtual machine's card, as one process on the host: clients that send NTP requests
and look at the very frames that come back, and NTP servers with a clock of their own that may run
in another year, announce a leap second, or lie. Answers ARP and neighbour solicitations for their
addresses. Each card (machine.py) has one Wire; its thread ends with close().
"""
import collections
import ipaddress
import os
import random
import select
import struct
import threading
import time

import frames

WIRE_MAC = bytes.fromhex("525400ff0001")


class WireClock:
    """
    A clock for servers and for what is checked: runs with the host's raw counter from a Unix time
    on; leap_at: the midnight (Unix s) at which a second is inserted (+1) or deleted (-1), with or
    without saying so before.
    """

    def __init__(self, unix_s=None, leap_at=None, leap_sign=1, announced=True):
        start = time.time_ns() if unix_s is None else int(unix_s * 10**9)
        self.base = start - time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW)
        self.leap_at = leap_at * 10**9 if leap_at else None
        self.leap_sign = leap_sign
        self.announced = announced

    def steady_ns(self):
        """Unix time that knows no leap second."""
        return self.base + time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW)

    def unix_ns(self, steady=None):
        """Unix time with the leap second applied: an inserted one is 23:59:59 once more."""
        steady = self.steady_ns() if steady is None else steady
        if self.leap_at is None or steady < self.leap_moment():
            return steady
        return steady - self.leap_sign * 10**9

    def leap_moment(self):
        """The steady time of the leap: midnight, or 23:59:59 where that second is left out."""
        return self.leap_at if self.leap_sign > 0 else self.leap_at - 10**9

    def leap(self):
        """The indicator: announced until the leap second is over (RFC 5905 figure 9)."""
        if self.leap_at is None or not self.announced or self.steady_ns() >= self.leap_moment():
            return 0
        return 1 if self.leap_sign > 0 else 2


class WireServer:
    """An NTP server of stratum 1 at one address; lie_ns is added to what it says."""

    def __init__(self, clock, lie_ns=0):
        self.clock = clock
        self.lie_ns = lie_ns
        self.asked = 0

    def reply(self, request, received_ns):
        self.asked += 1
        asked = request.ntp()
        stamp = self.clock.unix_ns(received_ns) + self.lie_ns
        reply = frames.Ntp(
            leap=self.clock.leap(), version=asked.version, mode=4, stratum=1, poll=asked.poll,
            precision=-20, root_delay=0, root_dispersion=16, reference_id=b"WIRE",
            reference=frames.unix_to_wire(stamp - 3 * 10**9), origin=asked.transmit,
            receive=frames.unix_to_wire(stamp))
        # Nothing but the packing lies between this moment and the frame's departure.
        reply.transmit = frames.unix_to_wire(self.clock.unix_ns() + self.lie_ns)
        return reply


# sent_ns and received_ns are of the clock that the client was given (steady).
Reply = collections.namedtuple("Reply", "datagram ntp request sent_ns received_ns")


class Wire:
    """The network at one card; address(N) and address6(N) are the wire's, N = 1 the machine's."""

    def __init__(self, machine, index=0, network=None):
        network = 77 + index if network is None else network
        self.net4, self.net6 = f"10.77.{network}.", f"fd77:{network}::"
        self.card = index
        self.vm_mac = machine.mac(index)
        self.link = machine.links[index]
        self.servers = {}
        self.arrived = collections.deque(maxlen=4096)
        self.news = threading.Condition()
        self.wake, self.waker = os.pipe()
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.write(self.waker, b"x")
        self.thread.join(5)
        os.close(self.wake)
        os.close(self.waker)

    def address(self, number):
        return ipaddress.IPv4Address(self.net4 + str(number))

    def address6(self, number):
        return ipaddress.IPv6Address(self.net6 + str(number))

    def set_up(self, machine):
        """Gives the machine's card its addresses, and waits until it carries frames."""
        machine.must(
            f"ip link set eth{self.card} up\n"
            f"ip addr add {self.address(1)}/24 dev eth{self.card}\n"
            f"ip addr add {self.address6(1)}/64 dev eth{self.card} nodad")
        if not machine.wait(f"ip -br link show dev eth{self.card} | grep -q LOWER_UP", 10):
            raise RuntimeError(f"eth{self.card} has no carrier")

    def serve(self, number, server):
        """A server at address(number) and address6(number)."""
        self.servers[self.address(number)] = server
        self.servers[self.address6(number)] = server

    def ask(self, destination=None, wait=1.0, clock=None, **settings):
        """
        Sends one request from client 200 and waits for what comes back to its port: a Reply, or
        None. settings: ntp (an Ntp), payload (octets instead), tags, source_port, source,
        destination_mac, destination_port.
        """
        clock = clock or WireClock(0)
        ours = self.address if destination is None or destination.version == 4 else self.address6
        request = frames.Datagram(
            WIRE_MAC, settings.get("destination_mac", self.vm_mac),
            settings.get("source", ours(200)), destination or ours(1),
            settings.get("source_port", random.randrange(20000, 60000)),
            settings.get("destination_port", frames.NTP_PORT),
            settings.get("payload", b""), settings.get("tags", ()))
        if not request.payload:
            asked = settings.get("ntp") or frames.Ntp(transmit=random.getrandbits(64) | 1, poll=6)
            request.payload = asked.pack()
        frame = request.build()
        sent = clock.steady_ns()
        self.link.send(frame)
        found = self._await(request, time.monotonic() + wait)
        if found is None:
            return None
        datagram, raw = found
        ntp = datagram.ntp() if len(datagram.payload) >= 48 else None
        return Reply(datagram, ntp, request, sent, clock.base + raw)

    def _await(self, request, end):
        with self.news:
            while True:
                for found in self.arrived:
                    if found[0].destination_port == request.source_port and \
                            found[0].destination == request.source:
                        self.arrived.remove(found)
                        return found
                left = end - time.monotonic()
                if left <= 0 or not self.news.wait(left):
                    return None

    def _has(self, address):
        ours = address in self.servers or address in (self.address(200), self.address6(200))
        return ours

    def _listen(self):
        while True:
            ready, _, _ = select.select([self.link, self.wake], [], [])
            if self.wake in ready:
                return
            data = self.link.receive()
            raw = time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW)
            try:
                self._take(frames.read_frame(data), raw)
            except (OSError, IndexError, struct.error):
                continue  # a frame cut short, or the machine has gone

    def _take(self, frame, raw):
        datagram = frames.read_datagram(frame)
        server = self.servers.get(datagram.destination) if datagram else None
        if server and datagram.destination_port == frames.NTP_PORT:
            reply = server.reply(datagram, server.clock.base + raw)
            self.link.send(frames.Datagram(
                WIRE_MAC, frame.source_mac, datagram.destination, datagram.source,
                frames.NTP_PORT, datagram.source_port, reply.pack(), frame.tags).build())
        elif datagram:
            with self.news:
                self.arrived.append((datagram, raw))
                self.news.notify_all()
        else:
            answer = frames.answer_to_arp(frame, WIRE_MAC, self._has) or \
                frames.answer_to_solicitation(frame, WIRE_MAC, self._has)
            if answer:
                self.link.send(answer)
