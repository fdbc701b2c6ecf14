#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Does one thing again and again, so many times a second, until it is ended:

    again.py HZ url URL            reads a page over HTTP
    again.py HZ run COMMAND...     runs a command, its output unseen

Ends with status 1 when it failed three times in a row. For scripts/bench: what happens beside a
measurement.
"""
import subprocess
import sys
import time
import urllib.request


def read(url):
    """Whether the page came, whole."""
    try:
        with urllib.request.urlopen(url, timeout=5) as page:
            return page.status == 200 and len(page.read()) > 0
    except OSError as error:
        print(error, flush=True)
        return False


def run(*command):
    """Whether the command succeeded."""
    return subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode == 0


def main():
    """Keeps the rate where that is possible, else does it without a pause."""
    interval, what = 1 / float(sys.argv[1]), {"url": read, "run": run}[sys.argv[2]]
    due, failures = time.monotonic(), 0
    while failures < 3:
        failures = 0 if what(*sys.argv[3:]) else failures + 1
        due = max(due + interval, time.monotonic())
        time.sleep(max(0, due - time.monotonic()))
    return 1


if __name__ == "__main__":
    sys.exit(main())
