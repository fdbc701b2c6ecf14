# SPDX-License-Identifier: GPL-2.0-or-later
"""
The host's end of a machine's network card, one Ethernet frame at a time. Two kinds: a pair of UNIX
datagram sockets, which needs no right at all, and a tap device in a network namespace of its own,
which needs root but carries virtio's offloads as on a real hypervisor. Neither leaves anything
behind: the namespace has no name and goes with its last descriptor. machine.py opens them, wire.py
speaks through them.
"""
import ctypes
import fcntl
import os
import socket
import struct
import threading

CLONE_NEWNET = 0x40000000
# linux/if_tun.h, linux/sockios.h, linux/if.h
TUNSETIFF, SIOCGIFFLAGS, SIOCSIFFLAGS = 0x400454CA, 0x8913, 0x8914
IFF_UP, IFF_TAP, IFF_NO_PI, IFF_VNET_HDR = 0x1, 0x2, 0x1000, 0x4000
ETH_P_ALL, PACKET_OUTGOING = 0x0003, 4
TAP_NAME = b"tap0"
ROOM = 65536


class DatagramLink:
    """One datagram is one frame; QEMU offers a card no offloads here."""

    def __init__(self, folder, index):
        self.ours, self.peer = (str(folder / f"card{index}.{end}") for end in ("host", "vm"))
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.ours)

    def netdev(self):
        """QEMU's words for its end, after the id."""
        return f"dgram,local.type=unix,local.path={self.peer}," \
            f"remote.type=unix,remote.path={self.ours}"

    def descriptors(self):
        """What QEMU has to inherit."""
        return ()

    def send(self, frame):
        self.socket.sendto(frame, self.peer)

    def receive(self):
        return self.socket.recv(ROOM)

    def fileno(self):
        return self.socket.fileno()

    def close(self):
        self.socket.close()


class TapLink:
    """
    A tap device and a packet socket on it. VLAN tags do not come through: the host's kernel takes
    them off. PermissionError without root.
    """

    def __init__(self):
        self.tap = self.socket = self.failure = None
        # A namespace belongs to a thread; this one makes a new one, and both ends in it.
        thread = threading.Thread(target=self._open)
        thread.start()
        thread.join()
        if self.failure:
            self.close()
            raise self.failure

    def _open(self):
        try:
            libc = ctypes.CDLL(None, use_errno=True)
            if libc.unshare(CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "a network namespace")
            self.tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR
            fcntl.ioctl(self.tap, TUNSETIFF, struct.pack("16sH22x", TAP_NAME, flags))
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            asked = fcntl.ioctl(self.socket, SIOCGIFFLAGS, struct.pack("16sH22x", TAP_NAME, 0))
            flags = struct.unpack_from("16xH", asked)[0] | IFF_UP
            fcntl.ioctl(self.socket, SIOCSIFFLAGS, struct.pack("16sH22x", TAP_NAME, flags))
            self.socket.bind((TAP_NAME.decode(), ETH_P_ALL))
        except OSError as failure:
            self.failure = failure

    def netdev(self):
        return f"tap,fd={self.tap}"

    def descriptors(self):
        return (self.tap,)

    def send(self, frame):
        self.socket.send(frame)

    def receive(self):
        """A frame from the machine; empty for one that the host itself sent there."""
        data, address = self.socket.recvfrom(ROOM)
        return b"" if address[2] == PACKET_OUTGOING else data

    def fileno(self):
        return self.socket.fileno()

    def close(self):
        if self.tap is not None:
            os.close(self.tap)
        if self.socket is not None:
            self.socket.close()


def open_link(card, folder, index):
    """The link of a card, and the QEMU device it is for: "tap:DEVICE" asks for a tap."""
    if card.startswith("tap:"):
        return TapLink(), card.removeprefix("tap:")
    return DatagramLink(folder, index), card
