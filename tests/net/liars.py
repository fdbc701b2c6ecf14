#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Made-up NTP servers for test_lies.py: honest ones, and some that lie from a moment on.

    liars.py SETTINGS REPORT

SETTINGS is JSON: {"from": Unix time when the lies begin, "servers": [{"address", "lie"}, ...]}.
Honest time is CLOCK_REALTIME, stamped by the kernel on its way in. The lie "spoofed" leaves the
server honest and lets everybody else lie: around each reply come forged ones, by people who have
not seen the request, who have seen it but have another address, and who repeat what was sent. How
many of each is kept in REPORT. SIGTERM ends it.
"""
import collections
import json
import os
import random
import selectors
import signal
import socket
import struct
import sys
import time

from client import frames

PORT = 123
SO_TIMESTAMPNS = 35
OFF_NS = 50_000_000
DRIFT = 500e-6  # leaves any honest interval within a second or two
JUMP_EVERY_S = 2
FORGED_NS = 10 * 10**9
DISPERSION = 2  # 30 us in units of 2^-16 s
KISSES = (b"RATE", b"DENY", b"RSTR")


class Liar:
    """One server at one address."""

    def __init__(self, settings, begin):
        self.lie, self.begin = settings["lie"], begin
        self.jump_ns, self.jump_at = 0, 0
        self.channel = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.channel.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.channel.bind((settings["address"], PORT))
        if self.lie == "spoofed":
            self.stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.stranger.bind((settings["address"].replace("127.1.", "127.2."), PORT))
        self.last = None
        self.sent = collections.Counter()

    def error_ns(self, now):
        """How far its clock is off at a moment."""
        if now < self.begin:
            return 0
        if self.lie == "off":
            return OFF_NS
        if self.lie == "drifting":
            return int(DRIFT * (now - self.begin) * 10**9)
        if self.lie == "jumping":
            if now >= self.jump_at:
                self.jump_at = now + JUMP_EVERY_S
                self.jump_ns = random.choice((-1, 1)) * random.randint(5, 100) * 10**6
            return self.jump_ns
        return 0

    def serve(self):
        """Answers one request."""
        data, notes, _, client = self.channel.recvmsg(512, 128)
        stamp = next((struct.unpack("qq", value[:16]) for level, kind, value in notes
                      if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS)), None)
        received = stamp[0] * 10**9 + stamp[1] if stamp else time.time_ns()
        request = frames.Ntp.unpack(data)
        error = self.error_ns(received / 10**9)
        lying = received / 10**9 >= self.begin
        reply = frames.Ntp(
            leap=1 if self.lie == "leap" and lying else 0, mode=4, stratum=1, precision=-23,
            root_dispersion=DISPERSION, reference_id=b"LIE\0", origin=request.transmit,
            reference=frames.unix_to_wire(received + error - 10**9),
            receive=frames.unix_to_wire(received + error))
        if self.lie == "spoofed" and lying:
            self.forge(client, reply)
        reply.transmit = frames.unix_to_wire(time.time_ns() + error)
        sent = reply.pack()
        self.channel.sendto(sent, client)
        if self.lie == "spoofed" and lying:
            for _ in range(2):
                self.channel.sendto(sent, client)
            self.sent.update(accepted=1, unexpected=2)
            self.last = sent

    def forge(self, client, true):
        """What comes before the true reply: ten seconds off, or a kiss."""
        wrong = frames.Ntp(**vars(true))
        wrong.receive += FORGED_NS * 2**32 // 10**9
        wrong.transmit = wrong.receive + 1
        kisses = [frames.Ntp(leap=3, mode=4, reference_id=code, receive=true.receive,
                             transmit=true.receive + 1) for code in KISSES]
        for packet in [wrong, *kisses]:
            for origin in (0, true.origin ^ 1, random.getrandbits(64)):
                packet.origin = origin
                self.channel.sendto(packet.pack(), client)
                self.sent["origin"] += 1
            time.sleep(0.001)  # the other side reads a few at a time
        for packet in [wrong, kisses[0]]:
            packet.origin = true.origin
            self.stranger.sendto(packet.pack(), client)
            self.sent["address"] += 1
        if self.last:
            self.channel.sendto(self.last, client)
            self.sent["origin"] += 1


def report(path, counts):
    """Never half of it: the reader may come at any time."""
    with open(path + ".new", "w", encoding="utf-8") as out:
        json.dump(counts, out)
    os.replace(path + ".new", path)


def main():
    """Serves until SIGTERM."""
    with open(sys.argv[1], encoding="utf-8") as text:
        settings = json.load(text)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    liars = [Liar(one, settings["from"]) for one in settings["servers"]]
    print("ready", flush=True)
    with selectors.DefaultSelector() as selector:
        for liar in liars:
            selector.register(liar.channel, selectors.EVENT_READ, liar)
        while True:
            for key, _ in selector.select():
                key.data.serve()
                if key.data.sent:
                    report(sys.argv[2], key.data.sent)


if __name__ == "__main__":
    main()
