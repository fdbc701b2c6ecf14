#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""HTTP clients that mean no good: 50 that are slow and 50 that are worse, all at once.

    hostile.py PORT SECONDS SLOW HOSTILE

Slow ones send a byte now and then, or nothing, or read nothing of what comes. Of the hostile ones
some leave connections half open, send headers without end, pipelines of requests, a request line
of 10 MB, garbage. Whoever is cut off comes again at once. Prints a JSON object: how often each kind
came, and what the server said to it, by the status; "": nothing.
"""
import collections
import json
import select
import socket
import sys
import time

GET = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
CHUNK = b"a" * 65536
LINE_BYTES = 10 << 20


class Client:
    """One connection after the other, of one kind."""

    def __init__(self, kind, port):
        self.kind, self.port = kind, port
        self.came, self.said = 0, collections.Counter()
        self.channel = None
        self.come()

    def come(self):
        """Connects anew."""
        if self.channel:
            self.channel.close()
        self.channel = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.channel.setblocking(False)
        if self.kind == "deaf":
            self.channel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        self.sent, self.next, self.answer = 0, time.monotonic(), b""
        self.came += 1
        self.channel.connect_ex(("127.0.0.1", self.port))

    def part(self):
        """What to send next: (octets, seconds until more)."""
        if self.kind == "slow":
            return GET[self.sent % len(GET):][:1], 0.3
        if self.kind == "deaf":
            return (GET, 60) if not self.sent else (b"", 60)
        if self.kind == "pipeline":
            return GET * 100, 0.01
        if self.kind == "headers":
            return (b"GET /metrics HTTP/1.1\r\n" if not self.sent else b"X-A: b\r\n" * 8), 0.002
        if self.kind == "line":
            return (b"GET /" if not self.sent else CHUNK if self.sent < LINE_BYTES else b""), 0.0
        if self.kind == "garbage":
            return b"\x16\x03\x01\x00\xff\r\n\0\r\n\r\n", 0.05
        return b"", 60  # silent, half open

    def turn(self):
        """Sends and reads what can be; comes again when it was cut off."""
        now = time.monotonic()
        try:
            if now >= self.next:
                data, pause = self.part()
                if data:
                    self.sent += self.channel.send(data)
                if self.kind == "half" and self.sent == 0:
                    self.channel.shutdown(socket.SHUT_WR)
                    self.sent = 1
                self.next = now + pause
            if self.kind == "deaf":
                return
            data = self.channel.recv(65536)
            self.answer += data[:16 - len(self.answer)] if len(self.answer) < 16 else b""
            if not data:
                raise ConnectionResetError
        except BlockingIOError:
            pass
        except OSError:
            self.said[self.answer[9:12].decode("ascii", "replace")] += 1
            self.come()


def main():
    port, seconds, slow, hostile = int(sys.argv[1]), float(sys.argv[2]), *map(int, sys.argv[3:5])
    kinds = [("slow", "silent", "deaf")[i % 3] for i in range(slow)]
    kinds += [("half", "headers", "pipeline", "line", "garbage")[i % 5] for i in range(hostile)]
    clients = [Client(kind, port) for kind in kinds]
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for client in clients:
            client.turn()
        select.select([], [], [], 0.001)
    report = {}
    for client in clients:
        one = report.setdefault(client.kind, {"came": 0, "said": collections.Counter()})
        one["came"] += client.came
        one["said"] += client.said
    print(json.dumps(report))


if __name__ == "__main__":
    main()
