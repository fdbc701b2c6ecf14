# SPDX-License-Identifier: GPL-2.0-or-later
"""
`attach --shared`: beside somebody else's XDP program in libxdp's dispatcher, which the test hosts'
kernels may refuse and the stock one takes. Both programs run, whoever comes or goes first.
"""
import json
import pathlib
import time

import frames
from machine import Machine
from product import Product, faults
from wire import WIRE_MAC, Wire

OTHER = f"/usr/bin/python3 {pathlib.Path(__file__).resolve().parent}/guest/other_xdp.py"
OTHER_NAME = "xdpfilt_alw_udp"
STATISTICS = "/sys/fs/bpf/xdp_stats_map"
XDP_PASS = 2
STRANGERS = 20


def run(checks):
    with Machine(("virtio-net-pci",)) as machine, Wire(machine) as wire:
        wire.set_up(machine)
        product = Product(machine)
        product.settings("local stratum 5\nmetrics off\n")
        checks.check(product.start() and product.synchronised(), "the daemon has time to serve",
                     product.log())
        for name, part in (("alone", alone), ("after the other", after_other),
                           ("detach", leave), ("before the other", before_other)):
            with checks.section(name):
                part(checks, product, wire)
        if checks.failed:
            checks.note(product.log())


def names(product):
    return sorted(product.machine.must(f"{OTHER} list eth0").split())


def answers(checks, product, wire, name):
    before = product.udp_received()
    found = {str(address): bad for address in (wire.address(1), wire.address6(1))
             if (bad := faults(wire.ask(address)))}
    checks.check(not found and product.udp_received() == before, name, found)


def passed_by_other(product):
    """Its own count of frames it let pass: 64 bits for each CPU, at the start of the value."""
    rows = json.loads(product.machine.must(f"bpftool -j map dump pinned {STATISTICS}"))
    octets = [[int(octet, 16) for octet in value["value"][:8]]
              for value in rows[XDP_PASS]["values"]]
    return sum(int.from_bytes(bytes(each), "little") for each in octets)


def other_sees(checks, product, wire, name):
    """What is no NTP goes through the other program: strangers to a port nobody has."""
    before = passed_by_other(product)
    for number in range(STRANGERS):
        wire.link.send(frames.Datagram(WIRE_MAC, wire.vm_mac, wire.address(200), wire.address(1),
                                       30000 + number, 9, b"stranger").build())
    time.sleep(0.5)
    after = passed_by_other(product)
    checks.check(after - before >= STRANGERS, name, f"{before}, then {after}")


def alone(checks, product, wire):
    result = product.command("attach eth0 --shared")
    checks.check(result.good and product.mode("eth0") == "native", "attach --shared, alone there",
                 result)
    answers(checks, product, wire, "alone: XDP answers")
    result = product.command("detach eth0")
    checks.check(result.good and product.mode("eth0") == "none", "alone: detach", result)


def after_other(checks, product, wire):
    product.machine.must(f"{OTHER} attach eth0")
    result = product.command("attach eth0")
    checks.check(not result.good and "dispatcher" in result.output and
                 names(product) == [OTHER_NAME],
                 "without --shared the other program is not displaced, and named", result)
    result = product.command("attach eth0 --shared")
    checks.check(result.good and names(product) == ["ntpxdp", OTHER_NAME],
                 "attach --shared beside the other", result, names(product))
    checks.check("shared" in result.output, "it says what is weaker that way", result)
    answers(checks, product, wire, "beside the other: XDP answers")
    other_sees(checks, product, wire, "beside the other: the other program runs too")
    result = product.command("attach eth0 --shared")
    checks.check(result.good and names(product) == ["ntpxdp", OTHER_NAME],
                 "a second attach leaves one of each", result, names(product))
    answers(checks, product, wire, "after the second attach: XDP answers")


def leave(checks, product, wire):
    result = product.command("detach eth0")
    checks.check(result.good and names(product) == [OTHER_NAME], "detach leaves the other", result)
    other_sees(checks, product, wire, "and it runs on")
    checks.check(not faults(wire.ask()), "the daemon's socket answers instead")
    product.machine.must(f"{OTHER} detach eth0; rm -f {STATISTICS}")


def before_other(checks, product, wire):
    result = product.command("attach eth0 --shared")
    checks.check(result.good, "attach --shared first", result)
    product.machine.must(f"{OTHER} attach eth0")
    checks.check(names(product) == ["ntpxdp", OTHER_NAME], "the other program comes after us",
                 names(product))
    answers(checks, product, wire, "the other came: XDP answers")
    other_sees(checks, product, wire, "the other came: it runs")
    product.machine.must(f"{OTHER} detach eth0")
    checks.check(names(product) == ["ntpxdp"], "the other program leaves us", names(product))
    answers(checks, product, wire, "the other left: XDP answers")
    result = product.command("detach eth0")
    checks.check(result.good and product.mode("eth0") == "none", "detach, the last one there",
                 result)
