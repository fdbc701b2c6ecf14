#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
A virtual machine with Debian's stock kernel and the host's root (guest/): boots it, runs commands
in it as root, and ends it, whatever happens. links.py is the host's end of its network cards.
tests/vm/kernel has made the kernel ready; NTPXDP_VM_KERNEL names its folder, NTPXDP_VM_BUILD that
of the programs under test, NTPXDP_VM_SCRATCH one to work in.

Run as a program: machine.py COMMAND... runs one command in a machine and ends with its status
(125: the machine failed).
"""
import ctypes
import functools
import os
import pathlib
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from checks import MachineFailure
from links import open_link

HERE = pathlib.Path(__file__).resolve().parent
# Where the host has none but the emulator, a busy machine takes four times the usual 5 s.
BOOT_SECONDS = 60
PROGRAMS = ("ntpxdpd", "ntpxdp")
PR_SET_PDEATHSIG = 1


class Result:
    """What a command in the machine left: its status and all its output."""

    def __init__(self, command, status, output):
        self.command = command
        self.status = status
        self.output = output

    @property
    def good(self):
        return self.status == 0

    def __str__(self):
        return f"$ {self.command}\n{self.output}(status {self.status})"


@functools.lru_cache(maxsize=None)
def accelerator():
    """kvm where it works, else tcg. QEMU goes on with the second of two by itself where there is no
    /dev/kvm, but ends where that one does not do all it asks for (machines within machines)."""
    probe = ["timeout", "1", "qemu-system-x86_64", "-nodefaults", "-display", "none", "-machine",
             "q35", "-accel", "kvm", "-cpu", "max", "-m", "64", "-S"]
    done = subprocess.run(probe, capture_output=True, check=False)
    return "kvm" if done.returncode == 124 else "tcg"  # 124: it was still running


class Machine:
    """
    cards: a QEMU device for each (see links.open_link), as eth0, eth1, ... in the machine, and
    links[0], links[1], ... here. seconds: the machine is ended after so long. Use it as a context
    manager.
    """

    def __init__(self, cards=(), seconds=150, memory=384):
        self.cards = cards
        self.devices = []
        self.links = []
        self.seconds = seconds
        self.memory = memory
        self.folder = pathlib.Path(tempfile.mkdtemp(
            prefix="vm-", dir=os.environ.get("NTPXDP_VM_SCRATCH", "/tmp")))
        self.number = 0
        self.process = None
        self.port = None
        self.pending = b""

    def __enter__(self):
        try:
            self._prepare()
            self._boot()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def mac(self, index):
        return bytes((0x52, 0x54, 0, 0, 0, index))

    def run(self, command, seconds=20):
        """Runs a shell command as root in the machine; status 143 when it took too long."""
        self.number += 1
        script = self.folder / "command" / str(self.number)
        script.write_text(command + "\n")
        self._send(f"{self.number} {seconds}\n")
        answer = self._line(time.monotonic() + seconds + 20).split()
        if len(answer) != 2 or answer[0] != str(self.number):
            raise MachineFailure(f"odd answer {answer} to: {command}" + self.console())
        output = script.with_name(script.name + ".out").read_text(errors="replace")
        return Result(command, int(answer[1]), output)

    def must(self, command, seconds=20):
        """As run(), for what is no check but the way to one."""
        result = self.run(command, seconds)
        if not result.good:
            raise RuntimeError(str(result))
        return result.output

    def start(self, name, command):
        """Starts a program in the background; log(name) is what it says, stop(name) ends it."""
        script = shlex.quote(f"echo $$ >/run/{name}.pid; exec {command}")
        self.must(f"setsid sh -c {script} >>/run/vm/{name}.log 2>&1 </dev/null & sleep 0.2")

    def stop(self, name, sign="TERM", seconds=8):
        """Ends a started program; whether it was gone in time."""
        self.run(f"kill -{sign} $(cat /run/{name}.pid)")
        return self.wait(f"! kill -0 $(cat /run/{name}.pid)", seconds)

    def alive(self, name):
        return self.run(f"kill -0 $(cat /run/{name}.pid)").good

    def log(self, name):
        path = self.folder / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def wait(self, command, seconds=15):
        """Whether the command succeeds within so many seconds; it is tried five times a second."""
        end = time.monotonic() + seconds
        while True:
            if self.run(command).good:
                return True
            if time.monotonic() >= end:
                return False
            time.sleep(0.2)

    def console(self):
        """The last of what the kernel said, for a report."""
        path = self.folder / "console"
        text = path.read_text(errors="replace") if path.exists() else ""
        lines = [line for line in text.replace("\r", "").splitlines() if line.strip()]
        return "".join(f"\nconsole: {line}" for line in lines[-30:] or ["(empty)"])

    def close(self):
        if self.process and self.process.poll() is None:
            try:
                self._send("end\n")
                self.process.wait(5)
            except (MachineFailure, subprocess.TimeoutExpired):
                self.process.terminate()
                self.process.wait()
        if self.port:
            self.port.close()
        for link in self.links:
            link.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _prepare(self):
        (self.folder / "command").mkdir()
        (self.folder / "bin").mkdir()
        for index, card in enumerate(self.cards):
            link, device = open_link(card, self.folder, index)
            self.links.append(link)
            self.devices.append(device)
        for name in ("stage2", "agent"):
            shutil.copy(HERE / "guest" / name, self.folder)
        build = os.environ.get("NTPXDP_VM_BUILD")
        for name in PROGRAMS if build else ():
            path = pathlib.Path(build) / name
            if path.exists():
                shutil.copy(path, self.folder / "bin")

    def _command_line(self):
        kernel = pathlib.Path(os.environ["NTPXDP_VM_KERNEL"])
        load = {"virtio_net" if card.startswith("virtio-net") else card.split(",")[0]
                for card in self.devices}
        words = ["timeout", "-k", "5", str(self.seconds), "qemu-system-x86_64",
                 "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none",
                 "-machine", "q35", "-accel", accelerator(), "-cpu", "max",
                 # One CPU: with two under TCG the kernel gives the TSC up as a clock.
                 "-smp", "1", "-m", str(self.memory),
                 "-serial", f"file:{self.folder}/console", "-device", "virtio-rng-pci",
                 "-kernel", str(kernel / "vmlinux"), "-initrd", str(kernel / "initrd.gz"),
                 # On a busy host the kernel may think that an emulated timer does not tick (and
                 # panic), or that its TSC is not steady.
                 "-append", "console=ttyS0 panic=-1 quiet no_timer_check tsc=reliable "
                 f"vm.modules={kernel}/tree/lib/modules vm.load={','.join(sorted(load))}",
                 "-device", "virtio-serial-pci",
                 "-chardev", f"socket,id=agent,path={self.folder}/agent.port,server=on,wait=off",
                 "-device", "virtserialport,chardev=agent,name=agent"]
        share = "security_model=none,multidevs=remap"
        words += ["-virtfs", f"local,path=/,mount_tag=rootfs,readonly=on,{share}",
                  "-virtfs", f"local,path={self.folder},mount_tag=out,{share}"]
        for index, device in enumerate(self.devices):
            words += ["-netdev", f"{self.links[index].netdev()},id=net{index}",
                      "-device", f"{device},netdev=net{index},mac={self.mac(index).hex(':')}"]
        return words

    def _boot(self):
        with open(self.folder / "qemu", "wb") as said:
            self.process = subprocess.Popen(
                self._command_line(), stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                preexec_fn=die_with_parent,
                pass_fds=[each for link in self.links for each in link.descriptors()])
        end = time.monotonic() + BOOT_SECONDS
        self.port = socket.socket(socket.AF_UNIX)
        while True:
            try:
                self.port.connect(str(self.folder / "agent.port"))
                break
            except OSError:
                self._must_run()
                if time.monotonic() > end:
                    raise MachineFailure("QEMU opened no port" + self.console()) from None
                time.sleep(0.05)
        if self._line(end) != "ready":
            raise MachineFailure("its agent did not say that it is ready" + self.console())

    def _must_run(self):
        if self.process.poll() is not None:
            said = (self.folder / "qemu").read_text(errors="replace")
            raise MachineFailure(f"QEMU ended: {said}" + self.console())

    def _send(self, text):
        try:
            self.port.sendall(text.encode())
        except (OSError, AttributeError):
            raise MachineFailure("it takes no commands any more" + self.console()) from None

    def _line(self, end):
        while b"\n" not in self.pending:
            self.port.settimeout(max(0.01, end - time.monotonic()))
            try:
                more = self.port.recv(4096)
            except socket.timeout:
                raise MachineFailure("it gave no answer in time" + self.console()) from None
            except OSError:
                more = b""
            if not more:
                time.sleep(0.2)  # QEMU's own end, and its last words
                self._must_run()
                raise MachineFailure("its agent has gone" + self.console())
            self.pending += more
        line, self.pending = self.pending.split(b"\n", 1)
        return line.decode()


def die_with_parent():
    """For the child that becomes QEMU: no machine outlives its test."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def end_on_signals():
    """SIGTERM and SIGHUP unwind like an exception, so that the machine is ended too."""
    def leave(number, _):
        sys.exit(128 + number)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)


def main(words):
    end_on_signals()
    try:
        with Machine(cards=("virtio-net-pci",)) as machine:
            result = machine.run(shlex.join(words) if len(words) > 1 else words[0], 120)
    except MachineFailure as failure:
        print(f"the virtual machine failed: {failure}", file=sys.stderr)
        return 125
    print(result.output, end="")
    return result.status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
