# SPDX-License-Identifier: GPL-2.0-or-later
"""NTP clients of the network tests: one that asks once and looks at every field, and one that asks
at a steady rate and misses nothing (flood.py runs it inside a namespace).

Frames and the packet itself are those of tests/vm/frames.py. Times are CLOCK_REALTIME, in ns.
"""
import dataclasses
import json
import os
import random
import socket
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "vm"))
import frames  # noqa: E402  pylint: disable=wrong-import-position

NTP_UNIX_NS = frames.UNIX_TO_NTP * 10**9


@dataclasses.dataclass
class Answer:
    """A reply with the moments of asking and receiving."""

    ntp: frames.Ntp
    payload: bytes
    sent_ns: int
    received_ns: int

    def offset_ns(self):
        """The server's clock minus ours, as RFC 5905 sec. 8 computes it."""
        t2 = frames.wire_to_unix(self.ntp.receive, self.received_ns)
        t3 = frames.wire_to_unix(self.ntp.transmit, self.received_ns)
        return ((t2 - self.sent_ns) + (t3 - self.received_ns)) // 2

    def synchronised(self):
        """True when the server says that its time is good."""
        return self.ntp.leap != 3 and 1 <= self.ntp.stratum <= 15


def family_of(address):
    """AF_INET or AF_INET6."""
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def ask(namespace, address, wait=1.0, payload=None, port=123, source_port=0):
    """Asks once; an Answer, or None when nothing (or nothing that fits) came in time."""
    request = payload or frames.Ntp(transmit=random.getrandbits(64) | 1).pack()
    with namespace.socket(family_of(address), socket.SOCK_DGRAM) as channel:
        channel.settimeout(wait)
        if source_port:
            channel.bind(("::" if ":" in address else "0.0.0.0", source_port))
        sent = time.time_ns()
        channel.sendto(request, (address, port))
        try:
            while True:
                reply, sender = channel.recvfrom(2048)
                received = time.time_ns()
                if sender[0] != address or len(reply) < 48:
                    continue
                return Answer(frames.Ntp.unpack(reply), reply, sent, received)
        except (TimeoutError, ConnectionRefusedError):
            return None


class Flood:
    """flood.py running in a namespace: `rate` requests a second until told to stop."""

    def __init__(self, namespace, address, rate=10000, name="flood"):
        self.report = namespace.lab.path(name + ".json")
        self.process = namespace.start(
            name, sys.executable, os.path.join(HERE, "flood.py"), address, str(rate), self.report)

    def stop(self):
        """Ends it after its last replies; what it counted (see flood.py)."""
        status = self.process.stop(10)
        if status != 0:
            raise RuntimeError(f"flood.py ended with {status}: {self.process.output()}")
        with open(self.report, encoding="utf-8") as text:
            return json.load(text)
