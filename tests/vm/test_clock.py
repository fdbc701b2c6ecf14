# SPDX-License-Identifier: GPL-2.0-or-later
"""
The machine's clock: `clock page` leaves it alone and serves the right time all the same; `clock
system` steps it once and then keeps it right; -x overrules the file; who steers the clock already
keeps it.
"""
import pathlib
import re
import shutil
import time

from machine import Machine
from product import PINS, Product, faults, time_error_ns
from wire import Wire, WireClock, WireServer

AWAY_S = -3.0
# Figures of an emulated machine: its readings of the clock are tens of microseconds apart.
RIGHT_NS = 10**6
# A free clock here goes wrong by up to 100 ppm, for half a minute at most.
DRIFT_NS = 10 * RIGHT_NS
STA_UNSYNC = 0x40
SETTLE_S, WATCH_S = 5, 15
# Unpacked by scripts/install-deps where it is not installed.
PEERS = pathlib.Path(__file__).resolve().parents[2] / "build-peers/chrony/usr/sbin"
CHRONYD = shutil.which("chronyd", path=f"{PEERS}:/usr/sbin")
CHRONY_CONF = """
server {server} minpoll 0 maxpoll 0 iburst
makestep 0.1 3
cmdport 0
bindcmdaddress /
pidfile /run/chronyd-test.pid
driftfile /run/chronyd-test.drift
"""


def settings(wire, clock):
    servers = "".join(
        f"server {wire.address(n)} iburst minpoll 0 maxpoll 1\n" for n in (11, 12, 13))
    return servers + f"clock {clock}\nmakestep 1 3\nmetrics off\n"


def run(checks):
    with Machine(("virtio-net-pci",)) as machine, Wire(machine) as wire:
        wire.set_up(machine)
        clock = WireClock()
        for number in (11, 12, 13):
            wire.serve(number, WireServer(clock))
        product = Product(machine)
        for name, part in (("clock page", page), ("clock system with -x", overruled),
                           ("clock system beside chronyd", beside), ("clock system", system)):
            with checks.section(name):
                failed = checks.failed
                part(checks, product, wire, clock)
                if checks.failed > failed:
                    checks.note(product.log())
            product.stop()
            machine.stop("chronyd")
            # The next one must find its time itself, not a page that is still good.
            machine.run(f"rm -f /run/vm/ntpxdpd.log; rm -rf {PINS}")


def served_right(checks, product, wire, clock, name):
    replies = [wire.ask(clock=clock) for _ in range(20)]
    wrong = [found for reply in replies
             if (found := faults(reply) or time_error_ns(reply, clock))]
    checks.check(not wrong, name, f"faults, or ns off: {wrong[:3]}")


def untouched(checks, product, wire, before, name):
    """The kernel's clock is disciplined as it was, and as wrong but for its own drift."""
    seen = product.clock(wire.address(11))
    moved = seen["offset_ns"] - before["offset_ns"]
    same = all(seen[key] == before[key] for key in ("frequency_ppm", "tick_us", "status"))
    checks.check(abs(moved) < DRIFT_NS and same, name, before, seen)


def page(checks, product, wire, clock):
    product.set_clock(clock, AWAY_S)
    before = product.clock(wire.address(11))
    product.settings(settings(wire, "page"))
    checks.check(product.start() and product.synchronised(), "clock page: synchronises")
    result = product.command("attach eth0")
    checks.check(result.good, "clock page: attach", result)
    served_right(checks, product, wire, clock, "clock page: right time with the kernel's 3 s off")
    untouched(checks, product, wire, before, "clock page: the kernel's clock is left alone")
    product.set_clock(clock, AWAY_S - 3600)
    time.sleep(2)
    served_right(checks, product, wire, clock, "clock page: right after somebody set the clock")
    product.set_clock(clock, AWAY_S)
    product.command("detach eth0")


def overruled(checks, product, wire, clock):
    product.set_clock(clock, AWAY_S)
    before = product.clock(wire.address(11))
    product.settings(settings(wire, "system"))
    checks.check(product.start("-x") and product.synchronised(), "-x: synchronises")
    time.sleep(3)
    untouched(checks, product, wire, before, "-x: the kernel's clock is left alone")


def beside(checks, product, wire, clock):
    if not CHRONYD:
        checks.skip("clock system beside chronyd", "no chronyd; scripts/install-deps has it")
        return
    (product.machine.folder / "chrony.conf").write_text(
        CHRONY_CONF.format(server=wire.address(11)))
    product.set_clock(clock)
    product.machine.start("chronyd", f"{CHRONYD} -d -U -u root -f /run/vm/chrony.conf")
    time.sleep(8)
    seen = product.clock(wire.address(11))
    checks.check(abs(seen["offset_ns"]) < 20 * RIGHT_NS and seen["frequency_ppm"] != 0,
                 "chronyd steers the clock", seen, product.machine.log("chronyd"))
    product.settings(settings(wire, "system"))
    product.start()
    refused = product.machine.wait(
        "grep -Eiq 'another program|chronyd|steer' /run/vm/ntpxdpd.log", 30)
    checks.check(refused, "clock system is refused beside chronyd, with the reason")
    checks.say("it says: " + " | ".join(
        line for line in product.machine.log("ntpxdpd").splitlines()
        if re.search(r"(?i)another program|chronyd|steer", line))[:170])
    before = product.clock(wire.address(11))
    time.sleep(5)
    after = product.clock(wire.address(11))
    checks.check(abs(after["offset_ns"]) < abs(before["offset_ns"]) + 2 * RIGHT_NS and
                 product.machine.alive("chronyd"), "chronyd keeps the clock", before, after)


def system(checks, product, wire, clock):
    product.set_clock(clock, AWAY_S)
    product.settings(settings(wire, "system"))
    checks.check(product.start() and product.synchronised(), "clock system: synchronises")
    checks.check(product.machine.wait("grep -qi 'clock stepped' /run/vm/ntpxdpd.log", 10),
                 "clock system: the log tells of a step")
    seen = product.clock(wire.address(11))
    checks.check(abs(seen["offset_ns"]) < 0.5e9, "clock system: 3 s are stepped", seen)
    time.sleep(SETTLE_S)
    off, end = [], time.monotonic() + WATCH_S
    while time.monotonic() < end or len(off) < 3:
        off.append(abs(product.clock(wire.address(11))["offset_ns"]))
        time.sleep(0.5)
    checks.check(max(off) < RIGHT_NS, f"clock system: within 1 ms for {WATCH_S} s",
                 f"us: {[each // 1000 for each in off]}")
    checks.say(f"clock system: the kernel's clock was {max(off) / 1000:.0f} us off at most")
    seen = product.clock(wire.address(11))
    checks.check(not seen["status"] & STA_UNSYNC, "clock system: the kernel calls it synchronised",
                 seen)
    served_right(checks, product, wire, clock, "clock system: right time is served too")
