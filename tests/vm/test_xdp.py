# SPDX-License-Identifier: GPL-2.0-or-later
"""
XDP on the stock kernel: its verifier takes the program; native mode on virtio_net; what cannot do
native mode falls back with the reason; replies over IPv4 and IPv6, tagged ones with their tag, all
looked at as frames; attach and detach leave what they should.
"""
import contextlib
import os
import re
import time

import frames
from machine import Machine
from product import Product, faults
from wire import WIRE_MAC, Wire

# The last two on a tap, where the card has offloads that the driver must be able to turn off.
# csum=off: the machine's own sums are whole on the wire, so that they can be looked at.
CARDS = ("virtio-net-pci", "e1000e")
TAP_CARDS = ("tap:virtio-net-pci,csum=off",
             "tap:virtio-net-pci,csum=off,ctrl_guest_offloads=off")
SETTINGS = "local stratum 5\nmetrics off\n"
VLAN, PRIORITY = 5, 3 << 13
BURST = 1000


def run(checks):
    cards = CARDS + (TAP_CARDS if os.geteuid() == 0 else ())
    with Machine(cards) as machine, contextlib.ExitStack() as stack:
        wires = [stack.enter_context(Wire(machine, index)) for index in range(len(cards))]
        for wire in wires:
            wire.set_up(machine)
        product = Product(machine)
        product.settings(SETTINGS)
        checks.check(product.start() and product.synchronised(), "the daemon has time to serve",
                     product.log())
        before, pins = state_of(machine, "eth0"), product.pins()
        for name, part in (("native mode", native), ("tagged frames", tagged),
                           ("silence", silence), ("reply path fib", routed),
                           ("the daemon's death", death)):
            with checks.section(name):
                part(checks, product, wires[0])
        with checks.section("doctor"):
            doctor(checks, product, len(cards))
        with checks.section("detach"):
            detach(checks, product, wires[0], before, pins)
        with checks.section("MTU 9000"):
            big_mtu(checks, product, wires[0])
        with checks.section("e1000e"):
            fallback(checks, product, wires[1], "(?i)driver", "e1000e")
        with checks.section("a card with offloads"):
            if len(cards) > len(CARDS):
                offloads(checks, product, wires[2])
                fallback(checks, product, wires[3], "(?i)offload|GRO|LRO|csum",
                         "no control of the offloads")
            else:
                checks.skip("a card with offloads", "a tap device needs root")
        if checks.failed:
            checks.note(product.log())
            checks.note(machine.run("dmesg | tail -n 15").output)


def state_of(machine, interface):
    """What detach has to bring back: features and the interface's own lines."""
    return machine.must(
        f"ethtool -k {interface}; ip -d link show dev {interface}; "
        "bpftool prog show | grep -c xdp; true")


def answered(checks, product, wire, name, **settings):
    """IPv4 and IPv6 are answered rightly, and no socket was given the requests."""
    before = product.udp_received()
    wrong = {}
    for destination in settings.pop("to", (wire.address(1), wire.address6(1))):
        found = faults(wire.ask(destination, **settings))
        if found:
            wrong[str(destination)] = found
    given = product.udp_received() - before
    checks.check(not wrong, name, wrong)
    checks.check(given == 0, f"{name}: by XDP", f"{given} datagrams came to sockets")


def native(checks, product, wire):
    result = product.command("attach eth0")
    checks.check(result.good, "attach succeeds on virtio_net", result)
    checks.check(product.mode("eth0") == "native", "it is native mode", result)
    checks.check("native" in result.output, "attach says so", result)
    checks.check(re.search(r"(?i)firewall|nftables|capture", result.output),
                 "attach says what firewall and captures no longer see", result)
    answered(checks, product, wire, "IPv4 and IPv6 are answered")
    for version in (1, 2, 3):
        request = frames.Ntp(version=version, poll=4, transmit=0x1234567800000000 + version)
        answered(checks, product, wire, f"version {version} is answered", ntp=request)
    result = product.command("attach eth0")
    checks.check(result.good and product.mode("eth0") == "native", "a second attach is taken",
                 result)
    start, lost = time.monotonic(), 0
    for _ in range(BURST):
        lost += wire.ask(wait=0.5) is None
        if lost > 5:
            break
    checks.check(lost == 0, f"{BURST} requests in a row, none is lost", f"{lost} lost")
    sent = product.machine.must("ethtool -S eth0 | awk '/xdp_tx:/ { n += $2 } END { print n }'")
    checks.check(int(sent) > BURST, "the driver has counted them as XDP_TX", sent)
    checks.say(f"{BURST / (time.monotonic() - start):.0f} requests/s, one at a time, "
               "on an emulated machine")


def tagged(checks, product, wire):
    network = 50
    product.machine.must(
        f"modprobe 8021q; ip link add link eth0 name eth0.{VLAN} type vlan id {VLAN}; "
        f"ip link set eth0.{VLAN} up; ip addr add 10.77.{network}.1/24 dev eth0.{VLAN}; "
        f"ip addr add fd77:{network}::1/64 dev eth0.{VLAN} nodad")
    time.sleep(0.5)  # the daemon hears of new addresses from the kernel
    to = (wire.address(1), wire.address6(1), type(wire.address(1))(f"10.77.{network}.1"))
    answered(checks, product, wire, "tagged frames are answered with their tag", tags=(VLAN,),
             to=to)
    answered(checks, product, wire, "and with their priority", tags=(VLAN | PRIORITY,), to=to)
    answered(checks, product, wire, "two tags are answered with both", tags=(VLAN, 7), to=to)


def silence(checks, product, wire):
    """Requests that get nothing, through this driver too; one reply would be one too many."""
    for name, request in (("version 5", frames.Ntp(version=5, transmit=1)),
                          ("mode 6", frames.Ntp(version=2, mode=6)),
                          ("mode 7", frames.Ntp(version=2, mode=7))):
        reply = wire.ask(ntp=request, wait=0.3)
        checks.check(reply is None, f"{name} gets silence", reply)
    # Promiscuous, or the card itself would keep the frame back.
    product.machine.must("ip link set eth0 promisc on")
    reply = wire.ask(destination_mac=bytes.fromhex("525400aabbcc"), wait=0.3)
    checks.check(reply is None, "a frame for another MAC address gets no reply", reply)
    product.machine.must("ip link set eth0 promisc off")


def routed(checks, product, wire):
    """The kernel's routing table in place of the way back: needs forwarding, and the neighbour."""
    product.machine.must("sysctl -qw net.ipv4.conf.eth0.forwarding=0")
    result = product.command("attach eth0 --reply-path fib")
    checks.check(not result.good and "forwarding" in result.output,
                 "reply path fib without forwarding is refused with the reason", result)
    answered(checks, product, wire, "and the program there answers on")
    product.machine.must(
        "sysctl -qw net.ipv4.conf.eth0.forwarding=1 net.ipv6.conf.all.forwarding=1; "
        f"ip neigh replace {wire.address(200)} lladdr {WIRE_MAC.hex(':')} dev eth0; "
        f"ip neigh replace {wire.address6(200)} lladdr {WIRE_MAC.hex(':')} dev eth0")
    result = product.command("attach eth0 --reply-path fib")
    checks.check(result.good and "fib" in result.output, "reply path fib", result)
    answered(checks, product, wire, "reply path fib: IPv4 and IPv6 are answered")
    product.machine.must(
        "sysctl -qw net.ipv4.conf.eth0.forwarding=0 net.ipv6.conf.all.forwarding=0")
    result = product.command("attach eth0")
    checks.check(result.good and "reflect" in result.output, "and back to reflect", result)


def death(checks, product, wire):
    checks.check(product.machine.stop("ntpxdpd", "KILL"), "the daemon is killed")
    answered(checks, product, wire, "XDP answers without the daemon")
    early = wire.ask().ntp.root_dispersion
    time.sleep(2)
    late = wire.ask().ntp.root_dispersion
    checks.check(late > early, "root dispersion grows meanwhile", f"{early}, then {late}")
    checks.check(product.start() and product.synchronised(), "the daemon starts again",
                 product.log())
    answered(checks, product, wire, "XDP answers under the new daemon")


def doctor(checks, product, cards):
    """What `ntpxdp doctor` says of each card, where this kernel does not tell its XDP features."""
    cases = [("eth0", {"kernel": "ok", "bpf": "ok", "bpffs": "ok", "driver": "ok", "program": "ok",
                       "mtu": "ok", "offloads": "ok", "queues": "warn", "port": "ok"}),
             ("eth1", {"driver": "warn", "program": "ok"})]
    if cards > len(CARDS):
        cases += [("eth2", {"driver": "ok", "offloads": "ok"}),
                  ("eth3", {"driver": "ok", "offloads": "warn"})]
    for interface, expected in cases:
        found = {each["check"]: each for each in
                 product.listing(f"doctor {interface}")["findings"]}
        wrong = {check: found.get(check) for check, level in expected.items()
                 if found.get(check, {}).get("level") != level}
        checks.check(not wrong, f"doctor {interface}: as it is", wrong)
    program = f"attached in native mode (id {product.program('eth0')})"
    result = product.command("doctor eth0")
    checks.check(result.good and program in result.output, "doctor eth0: the program is ntpxdp's",
                 result)


def detach(checks, product, wire, before, pins):
    product.machine.must(f"ip link del eth0.{VLAN}")
    result = product.command("detach eth0")
    checks.check(result.good and product.mode("eth0") == "none", "detach removes the program",
                 result)
    product.machine.wait("! bpftool prog show | grep -q xdp", 3)  # freed a moment later
    after = state_of(product.machine, "eth0")
    lines = set(before.splitlines()) ^ set(after.splitlines())
    checks.check(before == after, "the interface is as it was before", *sorted(lines))
    checks.check(product.pins() == pins, "the pins are as they were before", product.pins())
    given = product.udp_received()
    found = faults(wire.ask())
    checks.check(not found and product.udp_received() == given + 1,
                 "the daemon's socket answers instead", found)


def big_mtu(checks, product, wire):
    product.machine.must("ip link set eth0 mtu 9000")
    result = product.command("doctor eth0")
    checks.check("WARN  mtu         eth0: MTU 9000; driver virtio_net takes XDP up to"
                 in result.output, "MTU 9000: doctor says so", result)
    result = product.command("attach eth0 --mode native")
    checks.check(not result.good and re.search("(?i)mtu", result.output),
                 "MTU 9000: native mode is refused and the MTU named", result)
    checks.check(product.mode("eth0") == "none", "MTU 9000: nothing is left attached")
    fallback(checks, product, wire, "(?i)mtu", "MTU 9000")
    product.machine.must("ip link set eth0 mtu 1500")


def offloads(checks, product, wire):
    result = product.command("attach eth2")
    checks.check(result.good and product.mode("eth2") == "native",
                 "a card with offloads: native mode", result)
    answered(checks, product, wire, "a card with offloads: IPv4 and IPv6 are answered")
    result = product.command("detach eth2")
    checks.check(result.good and product.mode("eth2") == "none", "a card with offloads: detach",
                 result)


def fallback(checks, product, wire, reason, name):
    """attach takes generic mode, says why, and it works."""
    interface = f"eth{wire.card}"
    result = product.command(f"attach {interface} --mode native")
    checks.check(not result.good and re.search(reason, result.output),
                 f"{name}: --mode native fails with the reason", result)
    result = product.command(f"attach {interface}")
    checks.check(result.good and product.mode(interface) == "generic",
                 f"{name}: attach takes generic mode", result, product.mode(interface))
    checks.check("generic" in result.output and re.search(reason, result.output),
                 f"{name}: attach says why not native", result)
    answered(checks, product, wire, f"{name}: generic mode answers")
    result = product.command(f"detach {interface}")
    checks.check(result.good and product.mode(interface) == "none", f"{name}: detach", result)
