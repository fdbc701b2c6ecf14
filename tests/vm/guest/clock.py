#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Looks at the machine's own clock from inside, as JSON: clock.py [SERVER [TRIES]] prints how far the
server is ahead of CLOCK_REALTIME (offset_ns, of the exchange with the shortest round trip,
delay_ns), and what the kernel's clock discipline stands at (frequency, tick, status). Changes
nothing; believes nothing but the server.
"""
import ctypes
import json
import os
import socket
import struct
import sys
import time

UNIX_TO_NTP = 2208988800
ERA_NS = (1 << 32) * 10**9
# struct timex of adjtimex(2), as far as tick; what follows is not looked at.
TIMEX = struct.Struct("=I4xqqqqi4xqqqqqq")
TIMEX_ROOM = 256


def wire_ns(eight):
    """Unix time in ns of a wire timestamp; the era of 1970 to 2036, for differences only."""
    seconds, fraction = struct.unpack("!II", eight)
    return (seconds - UNIX_TO_NTP) * 10**9 + (fraction * 10**9 >> 32)


def exchange(server):
    """(round trip, offset) in ns, RFC 5905 sec. 8; an offset is modulo an era."""
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.settimeout(1)
        sock.connect((server, 123))
        request = b"\x23" + bytes(39) + os.urandom(8)
        t1 = time.time_ns()
        sock.send(request)
        reply = sock.recv(1024)
        t4 = time.time_ns()
    if reply[24:32] != request[40:48]:
        raise ValueError("the origin is not what was sent")
    t2, t3 = wire_ns(reply[32:40]), wire_ns(reply[40:48])
    offset = ((t2 - t1) + (t3 - t4)) // 2
    return (t4 - t1) - (t3 - t2), (offset + ERA_NS // 2) % ERA_NS - ERA_NS // 2


def discipline():
    room = ctypes.create_string_buffer(TIMEX_ROOM)
    state = ctypes.CDLL(None, use_errno=True).adjtimex(room)
    _, offset, frequency, maxerror, _, status, *rest = TIMEX.unpack_from(room)
    return {"state": state, "status": status, "maxerror_us": maxerror, "tick_us": rest[-1],
            "frequency_ppm": frequency / 65536, "pending": offset, "realtime_s": time.time()}


def main(words):
    found = discipline()
    if words:
        tries = int(words[1]) if len(words) > 1 else 12
        found["delay_ns"], found["offset_ns"] = min(exchange(words[0]) for _ in range(tries))
    print(json.dumps(found))


main(sys.argv[1:])
