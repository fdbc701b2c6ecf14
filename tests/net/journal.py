# SPDX-License-Identifier: GPL-2.0-or-later
"""A journal for one process: a socket in the place of journald's, and what it was sent.

systemd's native protocol: a datagram is an entry, a field is NAME=VALUE in one line, or NAME, a
line feed, a 64-bit length and the value, where that has line feeds itself.
"""
import os
import socket
import struct
import threading

from lab import wait_for


def parse(data):
    """{name: value} of one datagram."""
    fields = {}
    while data:
        line, _, rest = data.partition(b"\n")
        name, equals, value = line.partition(b"=")
        if not equals:
            length = struct.unpack_from("<Q", rest)[0]
            value, rest = rest[8:8 + length], rest[9 + length:]
        fields[name.decode()] = value.decode(errors="replace")
        data = rest
    return fields


class Journal:
    """Bound in the laboratory's folder; prefix() mounts it where the library looks."""

    def __init__(self, lab, name):
        self.lab, self.folder, self.entries = lab, lab.path(name), []
        os.makedirs(self.folder)
        self.channel = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.channel.bind(os.path.join(self.folder, "socket"))
        lab.later.append(self.close)
        threading.Thread(target=self._receive, daemon=True).start()

    def _receive(self):
        while True:
            try:
                data = self.channel.recv(1 << 16)
            except OSError:
                return
            if not data:
                return
            self.entries.append(parse(data))

    def close(self):
        """Nobody listens any more, the waiting thread included."""
        self.channel.shutdown(socket.SHUT_RDWR)
        self.channel.close()

    def prefix(self):
        """What a command is started with: a mount namespace in which journald's socket is ours."""
        return ["unshare", "-m", "sh", "-ec",
                "mount -t tmpfs none /run\nmkdir -p /run/systemd/journal\n"
                f"mount --bind {self.folder} /run/systemd/journal\nexec \"$@\"", "sh"]

    def stream(self, log):
        """JOURNAL_STREAM for a process whose standard error is this file."""
        with open(log, "ab"):
            status = os.stat(log)
        return f"{status.st_dev}:{status.st_ino}"

    def events(self, name):
        """The entries of one event."""
        return [entry for entry in list(self.entries) if entry.get("EVENT") == name]

    def wait(self, name, seconds, count=1):
        """The last entry of an event once there are so many; {} when they do not come."""
        wait_for(lambda: len(self.events(name)) >= count, seconds)
        found = self.events(name)
        return found[-1] if len(found) >= count else {}
