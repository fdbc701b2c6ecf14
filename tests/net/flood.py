#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Asks an NTP server at a steady rate and accounts for every request.

    flood.py ADDRESS RATE REPORT

Runs until SIGTERM, waits half a second for the last replies and writes a JSON object to REPORT:
sent, received, lost, duplicates, strangers, lost_at (moments, at most 1000), seconds, and under
samples, ten times a second, what a reply said: at, leap, stratum, root_dispersion (s), offset (s).
moments_back counts replies whose transmit time was before that of an earlier reply. The transmit
timestamp of a request is its serial number, so that each reply tells which request it answers.
"""
import json
import select
import signal
import socket
import struct
import sys
import time

SO_SNDBUFFORCE, SO_RCVBUFFORCE = 32, 33  # asm-generic/socket.h
NTP_UNIX = 2208988800
SLICE_S = 0.001
REQUEST = struct.Struct("!B39xQ")
REPLY = struct.Struct("!BBbbII4sQQQQ")


class Account:
    """What became of each request."""

    def __init__(self):
        self.sent_at, self.answered = [], bytearray()
        self.duplicates = self.strangers = self.back = self.newest = 0
        self.samples, self.next_sample = [], 0.0

    def send(self, channel):
        """Sends the next request; False when the socket is full."""
        serial = len(self.sent_at)
        try:
            channel.send(REQUEST.pack(0x23, serial + 1))
        except BlockingIOError:
            return False
        except ConnectionRefusedError:
            pass  # tells of an earlier request; this one was not sent and will count as lost
        self.sent_at.append(time.time())
        self.answered.append(0)
        return True

    def take(self, data):
        """Accounts for one reply."""
        now = time.time()
        fields = REPLY.unpack_from(data) if len(data) >= 48 else None
        serial = fields[8] - 1 if fields else -1
        if not 0 <= serial < len(self.sent_at):
            self.strangers += 1
            return
        if self.answered[serial]:
            self.duplicates += 1
            return
        self.answered[serial] = 1
        transmit = fields[10]
        if fields[1] and transmit < self.newest:
            self.back += 1
        self.newest = max(self.newest, transmit)
        if now >= self.next_sample:
            self.next_sample = now + 0.1
            middle = (self.sent_at[serial] + now) / 2
            self.samples.append({
                "at": now, "leap": fields[0] >> 6, "stratum": fields[1],
                "root_dispersion": fields[5] / 65536,
                "offset": (transmit + fields[9]) / 2**33 - NTP_UNIX - middle})

    def report(self, seconds):
        """The object for REPORT."""
        lost = [at for at, answered in zip(self.sent_at, self.answered) if not answered]
        return {
            "sent": len(self.sent_at), "received": sum(self.answered), "lost": len(lost),
            "lost_at": lost[:1000], "duplicates": self.duplicates, "strangers": self.strangers,
            "moments_back": self.back, "seconds": seconds, "samples": self.samples}


def drain(channel, account):
    """Takes all replies that have come."""
    while True:
        try:
            account.take(channel.recv(2048))
        except (BlockingIOError, ConnectionRefusedError):
            return


def main():
    address, rate, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    channel = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    # Room for a second of replies: what is counted as lost was lost on the way.
    channel.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 32 << 20)
    channel.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 4 << 20)
    channel.connect((address, 123))
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    account, start = Account(), time.monotonic()
    while not stopped:
        due = int((time.monotonic() - start) * rate)
        while len(account.sent_at) < due and account.send(channel):
            pass
        drain(channel, account)
        select.select([channel], [], [], SLICE_S)
        time.sleep(SLICE_S / 4)
    seconds, end = time.monotonic() - start, time.monotonic() + 0.5
    while time.monotonic() < end:
        select.select([channel], [], [], 0.05)
        drain(channel, account)
    with open(path, "w", encoding="utf-8") as out:
        json.dump(account.report(seconds), out)


if __name__ == "__main__":
    main()
