# SPDX-License-Identifier: GPL-2.0-or-later
"""
More of test_leap.py: `clock system`, where the kernel inserts the second too and it must come once,
and a leap second that no server announces but a list of leap seconds has.
"""
import pathlib

from test_leap import MIDNIGHT, Case, run_cases
from frames import UNIX_TO_NTP

LIST = "/run/vm/leap-seconds.list"
CASES = (
    Case("inserted, clock system", "clock system\nmakestep 0.001 3\n", 1, 3, True,
         "57 58 59 59 00 01 02"),
    Case("inserted by a list", f"clock page\nleapseclist {LIST}\n", 1, 3, False,
         "57 58 59 59 00 01 02"),
)


def run(checks):
    run_cases(checks, CASES, write_list)


def write_list(machine):
    """The last second there was, this one, and when the list expires, all since 1900."""
    lines = (f"#@ {MIDNIGHT + UNIX_TO_NTP + 180 * 86400}", "3692217600 37 # 1 Jan 2017",
             f"{MIDNIGHT + UNIX_TO_NTP} 38 # 1 Jul 2027")
    (machine.folder / pathlib.Path(LIST).name).write_text("\n".join(lines) + "\n")
