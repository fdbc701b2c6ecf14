#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Competing traffic for a link that a test has made slow: bursts of datagrams at random moments.

    traffic.py ADDRESS RATE_KBIT SHARE SEED

Sends UDP to ADDRESS, port 9, until it is killed, so that the link is busy for SHARE (0..1) of the
time: bursts of 1 to 12 datagrams of 1400 octets, their gaps exponential. A queue fills and runs
empty again and again; most packets of others wait, some find it empty. It never sends more than
that: what the scheduler made it miss by more than 50 ms is not made up for.
"""
import random
import socket
import sys
import time

OCTETS, BURST_MAX, OVERHEAD, LATE_S = 1400, 12, 42, 0.05


def main():
    address, kbit, share = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
    dice = random.Random(int(sys.argv[4]))
    datagram_s = (OCTETS + OVERHEAD) * 8 / (kbit * 1000)
    gap_s = datagram_s * (1 + BURST_MAX) / 2 / share
    data = bytes(OCTETS)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        due = time.monotonic()
        while True:
            due = max(due + dice.expovariate(1 / gap_s), time.monotonic() - LATE_S)
            time.sleep(max(0, due - time.monotonic()))
            for _ in range(dice.randint(1, BURST_MAX)):
                channel.sendto(data, (address, 9))


if __name__ == "__main__":
    main()
