# SPDX-License-Identifier: GPL-2.0-or-later
"""
`mirror` beside a chronyd that steers this machine's clock: a step that somebody makes, and the one
by which chronyd takes it back, are steps of the served time, told and counted; then it is right.
"""
import time

from machine import Machine
from product import Product, faults, time_error_ns
from test_clock import CHRONYD
from wire import Wire, WireClock, WireServer

AWAY_S = 5.0
CHRONY_CONF = """
server {server} minpoll 0 maxpoll 0 iburst
makestep 0.1 -1
allow all
cmdport 0
bindcmdaddress /
pidfile /run/chronyd-test.pid
"""
SETTINGS = "mirror 127.0.0.1\nmetrics off\n"


def run(checks):
    if not CHRONYD:
        checks.skip("mirror", "no chronyd; scripts/install-deps has it")
        return
    with Machine(("virtio-net-pci",)) as machine, Wire(machine) as wire:
        wire.set_up(machine)
        clock = WireClock()
        wire.serve(11, WireServer(clock))
        product = Product(machine)
        failed = checks.failed
        stepped(checks, product, wire, clock)
        if checks.failed > failed:
            checks.note(product.log() + machine.log("chronyd"))


def right(wire, clock):
    """What is wrong with a reply, or None; by XDP or by chronyd itself."""
    reply = wire.ask(clock=clock)
    return faults(reply) or time_error_ns(reply, clock)


def stepped(checks, product, wire, clock):
    machine = product.machine
    (machine.folder / "chrony.conf").write_text(CHRONY_CONF.format(server=wire.address(11)))
    product.set_clock(clock)
    machine.start("chronyd", f"{CHRONYD} -d -U -u root -f /run/vm/chrony.conf")
    time.sleep(8)
    product.settings(SETTINGS)
    checks.check(product.start() and product.synchronised(), "mirror: synchronises")
    result = product.command("attach eth0")
    checks.check(result.good, "mirror: attach", result)
    found = right(wire, clock)
    checks.check(not found, "mirror: the right time is served", found)
    product.set_clock(clock, AWAY_S)
    checks.check(machine.wait("grep -q 'system clock was stepped by +' /run/vm/ntpxdpd.log", 3),
                 "mirror: a step of the system clock is told", product.log())
    checks.check(machine.wait("grep -q 'system clock was stepped by -' /run/vm/ntpxdpd.log", 30),
                 "mirror: and the step by which chronyd takes it back", machine.log("chronyd"))
    # chronyd needs several steps for it, and some time to believe itself.
    end = time.monotonic() + 40
    found = "never synchronised again"
    while found and time.monotonic() < end:
        time.sleep(1)
        if product.listing("status")["synchronised"]:
            found = right(wire, clock)
    status = product.listing("status")
    checks.check(not found and status["steps"] >= 1 and status["clock"] == "mirror",
                 "mirror: the right time again, and the steps are counted", found, status)
    product.command("detach eth0")
