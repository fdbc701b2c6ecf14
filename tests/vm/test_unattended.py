# SPDX-License-Identifier: GPL-2.0-or-later
"""
A machine that starts without anybody there: the daemon attaches what its file names, before and
after the pins are lost as in a reboot; goes on as its own user; stops and starts without losing a
reply; works where the interface comes up later.
"""
import time

from machine import Machine
from product import PINS, Product, faults
from wire import Wire

SETTINGS = "local stratum 5\ninterface eth0\nmetrics off\n"
# Bits of linux/capability.h.
CAP_SYS_TIME, CAP_BPF = 25, 39


def run(checks):
    with Machine(("virtio-net-pci",)) as machine, Wire(machine) as wire:
        product = Product(machine)
        product.settings(SETTINGS)
        for name, part in (("no account", no_account), ("its own user", own_user),
                           ("restart", restart), ("pins gone", pins_gone)):
            with checks.section(name):
                failed = checks.failed
                part(checks, product, wire)
                if checks.failed > failed:
                    checks.note(product.log())


def by_xdp(checks, product, wire, name):
    before = product.udp_received()
    found = {str(address): bad for address in (wire.address(1), wire.address6(1))
             if (bad := faults(wire.ask(address)))}
    checks.check(not found and product.udp_received() == before, name, found)


def no_account(checks, product, wire):
    """The interface is down and without address when the daemon starts, as early in a boot."""
    product.machine.must("sed -i /^ntpxdp:/d /etc/passwd /etc/group")  # the host may have it
    checks.check(product.start() and product.synchronised(), "starts before the interface is up")
    checks.check(product.mode("eth0") == "native", "attaches eth0 by itself", product.mode("eth0"))
    log = product.machine.log("ntpxdpd")
    checks.check(sum("root" in line for line in log.splitlines()) == 1,
                 "one line says that it stays root without its account", log)
    wire.set_up(product.machine)
    time.sleep(1)
    by_xdp(checks, product, wire, "answers on addresses that came later")
    checks.check(product.stop(), "stops on SIGTERM")


def own_user(checks, product, wire):
    # Not useradd: the host may keep its shadow files from who runs this.
    product.machine.must("echo ntpxdp:x:990: >>/etc/group; "
                         "echo ntpxdp:x:990:990::/:/usr/sbin/nologin >>/etc/passwd")
    product.machine.run("rm -f /run/vm/ntpxdpd.log")
    checks.check(product.start() and product.synchronised(), "starts with its account")
    status = product.machine.must("cat /proc/$(cat /run/ntpxdpd.pid)/status")
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    capabilities = int(fields["CapEff"], 16)
    checks.check(fields["Uid"].split()[1] != "0" and capabilities >> CAP_BPF & 1 and
                 not capabilities >> CAP_SYS_TIME & 1, "goes on as that user, without CAP_SYS_TIME",
                 fields["Uid"], fields["CapEff"])
    by_xdp(checks, product, wire, "answers under that user")


def restart(checks, product, wire):
    program = product.program("eth0")
    checks.check(product.stop() and product.mode("eth0") == "native",
                 "the program stays when the daemon stops")
    lost = sum(bool(faults(wire.ask())) for _ in range(20))
    checks.check(not lost, "and answers", f"{lost} of 20 not")
    checks.check(product.start() and product.synchronised(), "starts again")
    checks.check(product.mode("eth0") == "native" and product.program("eth0"),
                 "and finds it attached", f"program {program}, now {product.program('eth0')}")
    by_xdp(checks, product, wire, "answers after the restart")


def pins_gone(checks, product, wire):
    """What a reboot leaves: the file, and nothing else."""
    product.machine.stop("ntpxdpd", "KILL")
    product.machine.must(f"rm -rf {PINS} /run/ntpxdp")
    time.sleep(1)
    checks.check(product.mode("eth0") == "none", "without pins nothing is attached")
    checks.check(product.start() and product.synchronised(), "starts with its pins gone")
    checks.check(product.mode("eth0") == "native", "attaches eth0 again")
    by_xdp(checks, product, wire, "answers again")
