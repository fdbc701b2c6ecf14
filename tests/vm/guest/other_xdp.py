#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Somebody else's XDP program beside ours: other_xdp.py attach|detach INTERFACE puts libxdp's own
example filter (it lets everything pass and counts) on the interface through libxdp's dispatcher, as
xdp-loader does, or takes it off again; "list" prints the names of the programs there.
"""
import ctypes
import socket
import sys

FILTER = b"/usr/lib/x86_64-linux-gnu/bpf/xdpfilt_alw_udp.o"
NAME = b"xdpfilt_alw_udp"
XDP_MODE_NATIVE = 1


def library():
    found = ctypes.CDLL("libxdp.so.1", use_errno=True)
    pointer = ctypes.c_void_p
    for name, result, arguments in (
            ("xdp_program__open_file", pointer, (ctypes.c_char_p, ctypes.c_char_p, pointer)),
            ("xdp_program__attach", ctypes.c_int, (pointer, ctypes.c_int, ctypes.c_int,
                                                   ctypes.c_uint)),
            ("xdp_program__detach", ctypes.c_int, (pointer, ctypes.c_int, ctypes.c_int,
                                                   ctypes.c_uint)),
            ("xdp_program__name", ctypes.c_char_p, (pointer,)),
            ("xdp_multiprog__get_from_ifindex", pointer, (ctypes.c_int,)),
            ("xdp_multiprog__next_prog", pointer, (pointer, pointer)),
            ("libxdp_get_error", ctypes.c_long, (pointer,))):
        function = getattr(found, name)
        function.restype, function.argtypes = result, arguments
    return found


def programs(xdp, index):
    there = xdp.xdp_multiprog__get_from_ifindex(index)
    if xdp.libxdp_get_error(there):
        return
    program = xdp.xdp_multiprog__next_prog(None, there)
    while program:
        yield program
        program = xdp.xdp_multiprog__next_prog(program, there)


def main(action, interface):
    xdp, index = library(), socket.if_nametoindex(interface)
    if action == "attach":
        program = xdp.xdp_program__open_file(FILTER, None, None)
        if xdp.libxdp_get_error(program):
            sys.exit(f"cannot open {FILTER.decode()}")
        return -xdp.xdp_program__attach(program, index, XDP_MODE_NATIVE, 0)
    for program in programs(xdp, index):
        name = xdp.xdp_program__name(program)
        if action == "list":
            print(name.decode())
        elif name == NAME:
            return -xdp.xdp_program__detach(program, index, XDP_MODE_NATIVE, 0)
    return 0 if action == "list" else 1


sys.exit(main(*sys.argv[1:3]))
