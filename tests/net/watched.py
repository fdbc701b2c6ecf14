# SPDX-License-Identifier: GPL-2.0-or-later
"""ntpxdpd as a service: a journal reads it (journal.py), and a service manager listens."""
import os
import socket
import threading
import time

from journal import Journal
from lab import wait_for
from server import Server


class Watched(Server):
    """A daemon that believes a journal reads it, and a service manager listens."""

    def __init__(self, namespace, *lines, journal=True, notify=None, preload=None, **options):
        super().__init__(namespace, *lines, **options)
        self.journal = Journal(self.lab, self.name + ".journal") if journal else None
        self.notify, self.preload = notify, preload

    def start(self, seconds=5):
        environment = dict(os.environ)
        argv = [self.lab.program("ntpxdpd"), "-f", self.settings]
        if self.journal:
            argv = [*self.journal.prefix(), *argv]
            environment["JOURNAL_STREAM"] = self.journal.stream(self.lab.path(self.name + ".log"))
        if self.notify:
            environment |= {"NOTIFY_SOCKET": self.notify, "WATCHDOG_USEC": "1000000"}
        if self.preload:
            environment |= self.preload
        self.process = self.namespace.start(self.name, *argv, env=environment)
        if not wait_for(self.answers, seconds):
            raise RuntimeError(f"ntpxdpd does not start: {self.process.output()[-2000:]}")
        return self


class Notified:
    """The socket of a service manager."""

    def __init__(self, lab, name):
        self.path, self.messages = lab.path(name), []
        self.channel = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.channel.bind(self.path)
        lab.later.append(self.close)
        threading.Thread(target=self._receive, daemon=True).start()

    def close(self):
        """Nobody listens any more, the waiting thread included."""
        self.channel.shutdown(socket.SHUT_RDWR)
        self.channel.close()

    def _receive(self):
        while True:
            try:
                text = self.channel.recv(4096).decode()
            except OSError:
                return
            if not text:
                return
            self.messages.append((time.monotonic(), text))

    def all(self, start):
        """[(moment, message)] of one kind."""
        return [one for one in list(self.messages) if one[1].startswith(start)]
