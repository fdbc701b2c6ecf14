#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Runs one payload, test_NAME.py's run(checks), and ends with its status: 1 when a check failed, 125
when the machine did (then with the last lines of its console). tests/vm/run calls it.
"""
import importlib
import sys
import time
import traceback

from checks import Checks, MachineFailure
from machine import end_on_signals


def main(name):
    end_on_signals()
    checks = Checks(name)
    start = time.monotonic()
    try:
        importlib.import_module("test_" + name).run(checks)
    except MachineFailure as failure:
        checks.check(False, "the virtual machine works", failure)
        return 125
    except Exception:  # a payload's own mistake, or a step that had to work
        checks.check(False, "ran to its end", traceback.format_exc(limit=-4))
    checks.say(f"{name}: {checks.made} checks in {time.monotonic() - start:.0f} s")
    return checks.status()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
