#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Many NTP clients of one network, each as well-behaved as they are, and monitors of the pool.

    crowd.py SERVER NETWORK CLIENTS POLL_S MONITORS SECONDS REPORT

The namespace takes the whole network NETWORK (the first three octets count up from there) as its
own. Clients poll every POLL_S seconds, spread evenly; a monitor sends three requests 2 s apart,
monitors one after the other. Waits a second for the last replies and writes a JSON object to
REPORT: for "clients" and for "monitors" sent, answered, kisses, and `silent`: [address, ...] not
answered.
"""
import ipaddress
import json
import socket
import struct
import sys
import time

REQUEST = struct.Struct("!B39xQ")
PKTINFO = struct.Struct("=I4s4s")
IP_PKTINFO = 8
SO_RCVBUFFORCE = 33
CHECK, APART_S = 3, 2


def schedule(network, clients, poll_s, monitors, seconds):
    """[(moment, address, kind)], sorted."""
    base, plan = int(ipaddress.ip_address(network)), []
    for index in range(clients):
        moment = poll_s * index / clients
        while moment < seconds:
            plan.append((moment, base + 1 + index, "clients"))
            moment += poll_s
    for index in range(monitors):
        first = (index + 0.5) * seconds / monitors - CHECK * APART_S / 2
        plan += [(first + APART_S * k, base + 1 + clients + index, "monitors")
                 for k in range(CHECK)]
    return sorted(plan)


def send(channel, server, address, serial):
    """One request from one of our addresses."""
    channel.sendmsg([REQUEST.pack(0x23, serial + 1)],
                    [(socket.IPPROTO_IP, IP_PKTINFO,
                      PKTINFO.pack(0, address.to_bytes(4, "big"), bytes(4)))], 0, (server, 123))


def take(channel, answers):
    """Notes all replies that have come: {serial: stratum}."""
    while True:
        try:
            data = channel.recv(2048)
        except BlockingIOError:
            return
        if len(data) == 48:
            answers[struct.unpack_from("!Q", data, 24)[0] - 1] = data[1]


def account(plan, answers, kind):
    """What became of the requests of a kind."""
    serials = [i for i, (_, _, of) in enumerate(plan) if of == kind]
    return {
        "sent": len(serials), "answered": sum(i in answers for i in serials),
        "kisses": sum(answers.get(i) == 0 for i in serials),
        "silent": [str(ipaddress.ip_address(plan[i][1])) for i in serials if i not in answers]}


def main():
    server, network, report = sys.argv[1], sys.argv[2], sys.argv[7]
    clients, poll_s, monitors, seconds = (int(word) for word in sys.argv[3:7])
    plan = schedule(network, clients, poll_s, monitors, seconds)
    answers = {}
    channel = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    channel.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
    channel.bind(("0.0.0.0", 0))
    begin = time.monotonic()
    for serial, (moment, address, _) in enumerate(plan):
        while time.monotonic() - begin < moment:
            take(channel, answers)
            time.sleep(0.002)
        send(channel, server, address, serial)
    time.sleep(1)
    take(channel, answers)
    with open(report, "w", encoding="utf-8") as out:
        json.dump({kind: account(plan, answers, kind) for kind in ("clients", "monitors")}, out)


if __name__ == "__main__":
    main()
