#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the service manager is told by sd_notify.

    test_notify.py [BUILD]

A socket of the test's own in the place of systemd's: READY, STATUS in words and renewed, RELOADING
and READY again, STOPPING, and a watchdog that is patted at half its period while the clockwork
turns, and only then: not by a loop that turns without its clock, nor by one that stands still.
"""
import os
import re
import signal
import sys
import time

import tap
from lab import Lab, wait_for
from watched import Notified, Watched


def service_manager(tap_, build):
    """What sd_notify is told."""
    with Lab("notify", build) as lab:
        middle = lab.namespace("server")
        notified, stuck = Notified(lab, "notify.socket"), lab.path("stuck")
        server = Watched(middle, "local stratum 3", "port 0", journal=False, notify=notified.path,
                         preload={"LD_PRELOAD": lab.program("tests/net/stuck_clock.so"),
                                  "STUCK_FILE": stuck}).start()
        tap_.check(wait_for(lambda: notified.all("READY=1"), 3), "READY", notified.messages)
        tap_.check(wait_for(lambda: notified.all("STATUS=synchronised: stratum 3"), 5),
                   "STATUS says what the clock is", notified.messages)
        tap_.check(wait_for(lambda: any("replies/s" in text for _, text in
                                        notified.all("STATUS=")), 15),
                   "STATUS is renewed, with the rate", notified.all("STATUS="))
        pats = notified.all("WATCHDOG=1")
        gaps = [later[0] - sooner[0] for sooner, later in zip(pats, pats[1:])]
        tap_.check(len(pats) > 10 and max(gaps) < 0.9,
                   f"WATCHDOG: {len(pats)} times, never more than {max(gaps):.2f} s apart (of 1 s)",
                   gaps)
        lab.write("stuck", "")
        time.sleep(0.8)
        count = len(notified.all("WATCHDOG=1"))
        time.sleep(2.2)
        tap_.check(len(notified.all("WATCHDOG=1")) == count and server.answers() and
                   server.run("status").returncode is not None,
                   "a loop that turns without its clock pats no watchdog",
                   notified.all("WATCHDOG=1")[count:])
        os.remove(stuck)
        tap_.check(wait_for(lambda: len(notified.all("WATCHDOG=1")) > count, 3),
                   "and pats it again with its clock")
        server.process.kill(signal.SIGSTOP)
        time.sleep(0.3)
        count = len(notified.all("WATCHDOG=1"))
        time.sleep(1.5)
        tap_.check(len(notified.all("WATCHDOG=1")) == count, "nor does a loop that stands still")
        server.process.kill(signal.SIGCONT)
        server.process.kill(signal.SIGHUP)
        tap_.check(wait_for(lambda: len(notified.all("READY=1")) == 2, 3) and
                   re.match(r"RELOADING=1\nMONOTONIC_USEC=\d+$", notified.all("RELOADING")[0][1]),
                   "RELOADING, with its moment, and READY again", notified.messages[-3:])
        server.process.stop()
        tap_.check(notified.all("STOPPING=1"), "STOPPING", notified.messages[-2:])


if __name__ == "__main__":
    sys.exit(tap.main([service_manager], [tap.build_folder()]))
