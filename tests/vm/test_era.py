# SPDX-License-Identifier: GPL-2.0-or-later
"""
The end of NTP's first era, 2036-02-07 06:28:16 UTC: the daemon synchronises before it, XDP serves
across it, and a daemon that starts after it does as well, even where the machine's clock is still
in the old era.
"""
import time

import frames
from machine import Machine
from product import PINS, Product, faults, time_error_ns
from wire import Wire, WireClock, WireServer

ERA_START = frames.ERA - frames.UNIX_TO_NTP
START_S = 22
SETTINGS = "clock page\nmetrics off\n"


def run(checks):
    with Machine(("virtio-net-pci",)) as machine, Wire(machine) as wire:
        wire.set_up(machine)
        clock = WireClock(ERA_START - START_S)
        product = Product(machine)
        servers = ""
        for number in (11, 12, 13):
            wire.serve(number, WireServer(clock))
            servers += f"server {wire.address(number)} iburst minpoll 0 maxpoll 1\n"
        product.settings(servers + SETTINGS)
        product.set_clock(clock)
        for name, part in (("across the boundary", across), ("started in era 1", after),
                           ("a machine left in 2026", left_behind)):
            with checks.section(name):
                failed = checks.failed
                part(checks, product, wire, clock, name)
                if checks.failed > failed:
                    checks.note(product.log())


def across(checks, product, wire, clock, name):
    begin(checks, product, name)
    time.sleep(max(0, (ERA_START - 2) - clock.unix_ns() / 1e9))
    wrong, seconds = [], []
    while clock.unix_ns() < (ERA_START + 3) * 10**9:
        reply = wire.ask(clock=clock)
        found = faults(reply)
        if found or time_error_ns(reply, clock):
            wrong.append((clock.unix_ns() / 1e9 - ERA_START, found or "wrong time"))
        elif not seconds or seconds[-1] != reply.ntp.transmit >> 32:
            seconds.append(reply.ntp.transmit >> 32)
        time.sleep(0.01)
    checks.check(not wrong, f"{name}: every reply is right", wrong[:5])
    whole = [second % frames.ERA for second in range(frames.ERA - 2, frames.ERA + 3)]
    checks.check(seconds == whole, f"{name}: seconds go on from 4294967295 to 0", seconds)


def after(checks, product, wire, clock, name):
    """Nothing of the old era is left: no page, no daemon."""
    start_anew(product)
    begin(checks, product, name)
    good(checks, product, wire, clock, name)
    tracking = product.listing("tracking")
    checks.check(tracking["reference_time_s"] > ERA_START, f"{name}: tracking is in 2036", tracking)
    result = product.command(f"query {wire.address(11)}")
    checks.check(result.good and "2036" in result.output, f"{name}: query is in 2036", result)


def left_behind(checks, product, wire, clock, name):
    start_anew(product)
    product.machine.must("date -s 2026-06-15T12:00:00Z")
    begin(checks, product, name)
    good(checks, product, wire, clock, name)


def begin(checks, product, name):
    checks.check(product.start() and product.synchronised(), f"{name}: synchronises")
    result = product.command("attach eth0")
    checks.check(result.good, f"{name}: attach", result)


def start_anew(product):
    product.stop()
    product.command("detach eth0")
    product.machine.run(f"rm -rf {PINS}; rm -f /run/vm/ntpxdpd.log")


def good(checks, product, wire, clock, name):
    before = product.udp_received()
    replies = [wire.ask(address, clock=clock)
               for address in (wire.address(1), wire.address6(1)) for _ in range(10)]
    wrong = [found for reply in replies
             if (found := faults(reply) or time_error_ns(reply, clock))]
    checks.check(not wrong, f"{name}: replies are right", f"faults, or ns off: {wrong[:3]}")
    # The daemon's own sources answer its sockets meanwhile: far fewer than one a reply.
    given = product.udp_received() - before
    checks.check(given < len(replies) and
                 not any(reply.ntp.transmit >> 63 for reply in replies if reply and reply.ntp),
                 f"{name}: by XDP, in era 1", given)
