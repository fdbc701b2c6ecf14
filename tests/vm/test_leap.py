# SPDX-License-Identifier: GPL-2.0-or-later
"""
A leap second at the end of a 30 June, served by XDP: announced before, leap indicator 3 from 0.5 s
before to 1.5 s after it, the inserted second given twice, the deleted one never, each reply right
by the servers' own clock; one server's word is not enough. test_leap_kernel.py has more cases.
"""
import calendar
import collections
import time

from machine import Machine
from product import Product, faults, time_error_ns
from wire import Wire, WireClock, WireServer

MIDNIGHT = calendar.timegm((2027, 7, 1, 0, 0, 0))
# Before midnight: for the clock to be set, the daemon to start and four requests 2 s apart.
START_S = 24
WATCH_S = (-2.9, 3.9)
RIGHT_NS = 10**6
# protocol.md's window; replies this close to its edges may be either.
BEFORE_S, AFTER_S, EDGE_S = 0.5, 1.5, 0.05
# settings: lines of the file. leaping: how many of the three servers leap, the last ones do not.
Case = collections.namedtuple("Case", "name settings sign leaping announced seconds")
CASES = (
    Case("inserted", "clock page\n", 1, 2, True, "57 58 59 59 00 01 02"),
    Case("deleted", "clock page\n", -1, 3, True, "57 58 00 01 02 03 04"),
    Case("announced by one of three", "clock page\n", 1, 1, True, "57 58 59 00 01 02 03"),
)


def run(checks):
    run_cases(checks, CASES)


def run_cases(checks, cases, prepare=lambda machine: None):
    with Machine(("virtio-net-pci",), seconds=180) as machine, Wire(machine) as wire:
        wire.set_up(machine)
        prepare(machine)
        product = Product(machine)
        for case in cases:
            with checks.section(case.name):
                failed = checks.failed
                one_case(checks, product, wire, case)
                if checks.failed > failed:
                    checks.note(product.log())
            product.stop()
            product.command("detach eth0")
            machine.run("rm -f /run/vm/ntpxdpd.log; rm -rf /sys/fs/bpf/ntpxdp")


def one_case(checks, product, wire, case):
    leaping = WireClock(MIDNIGHT - START_S, MIDNIGHT, case.sign, case.announced)
    plain = WireClock(MIDNIGHT - START_S)
    plain.base = leaping.base
    servers = [leaping] * case.leaping + [plain] * (3 - case.leaping)
    truth = leaping if case.leaping > 1 else plain  # the majority
    for number, clock in enumerate(servers, 11):
        wire.serve(number, WireServer(clock))
    product.set_clock(truth)
    product.settings("".join(
        f"server {wire.address(n)} iburst minpoll 0 maxpoll 1\n" for n in (11, 12, 13)) +
        f"{case.settings}metrics off\n")
    checks.check(product.start() and product.synchronised(), f"{case.name}: synchronises")
    result = product.command("attach eth0")
    checks.check(result.good, f"{case.name}: attach", result)
    replies = watch(wire, truth)
    judge(checks, case, truth, replies)
    if "clock system" in case.settings:
        seen = product.clock(wire.address(11))
        checks.check(abs(seen["offset_ns"]) < 5 * RIGHT_NS,
                     f"{case.name}: the kernel's clock leapt once", seen)


def watch(wire, truth):
    """Replies from WATCH_S before to after midnight, as fast as they come: [(when, Reply)]."""
    replies = []
    first, last = (int((MIDNIGHT + each) * 10**9) for each in WATCH_S)
    time.sleep(max(0, (first - truth.steady_ns()) / 1e9))
    while truth.steady_ns() < last:
        reply = wire.ask(clock=truth, wait=0.3)
        replies.append(((truth.steady_ns() - MIDNIGHT * 10**9) / 1e9, reply))
        time.sleep(0.01)
    return replies


def judge(checks, case, truth, replies):
    announced = {1: 1, -1: 2}[case.sign] if case.leaping > 1 else 0
    leap_at = (truth.leap_moment() / 1e9 - MIDNIGHT) if truth.leap_at else None
    wrong, indicator, far, served = [], [], [], []
    for when, reply in replies:
        found = faults(reply, leap=None)
        if found:
            wrong.append((when, found))
            continue
        moment = (reply.ntp.transmit >> 32) % 60
        row = f"{moment:02d} (LI {reply.ntp.leap})"
        if not served or served[-1][0] != row:
            served.append((row, when))
        if not straddles(reply, truth) and time_error_ns(reply, truth):
            far.append((when, time_error_ns(reply, truth) / 1e6))
        if reply.ntp.leap not in allowed(when, leap_at, announced):
            indicator.append((when, reply.ntp.leap))
    checks.check(len(replies) > 50 and not wrong, f"{case.name}: every request is answered well",
                 f"{len(replies)} replies", wrong[:5])
    checks.check(not far, f"{case.name}: each reply is right by the servers' clock",
                 f"(s from midnight, ms off) {far[:5]}")
    checks.check(not indicator, f"{case.name}: leap indicator", f"(when, LI) {indicator[:5]}")
    seconds = whole_seconds(served)
    checks.check(seconds == case.seconds, f"{case.name}: seconds {case.seconds}",
                 f"served: {seconds}")
    checks.say(f"{case.name}: " + ", ".join(row for row, _ in served))


def straddles(reply, truth):
    """Whether the leap lies between request and reply: then two times are right."""
    return truth.leap_at is not None and \
        reply.sent_ns < truth.leap_moment() <= reply.received_ns + RIGHT_NS


def allowed(when, leap_at, announced):
    """The leap indicators that are right so many seconds from midnight."""
    if leap_at is None:
        return (0,)
    good = []
    if when < leap_at - BEFORE_S + EDGE_S:
        good.append(announced)
    if leap_at - BEFORE_S - EDGE_S < when < leap_at + AFTER_S + EDGE_S:
        good.append(3)
    if when > leap_at + AFTER_S - EDGE_S:
        good.append(0)
    return good


def whole_seconds(served):
    """The seconds one by one: a second lasts at most one, so a longer one was given twice."""
    starts = []
    for row, when in served:
        second = row[:2]
        if not starts or starts[-1][0] != second:
            starts.append((second, when))
    shown = []
    for (second, when), after in zip(starts, starts[1:] + [(None, None)]):
        shown += [second] * (2 if after[1] is not None and after[1] - when > 1.5 else 1)
    return " ".join(shown)
