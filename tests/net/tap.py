# SPDX-License-Identifier: GPL-2.0-or-later
"""Results of a network test in TAP: one line per check, said once, counted by scripts/test.

A test script makes one Tap and calls check() for each thing it shows; main() runs the script's
parts one after the other so that a part that raises counts as one failure and the others still run.
"""
import os
import subprocess
import sys
import traceback


class Tap:
    """Prints and counts."""

    def __init__(self):
        self.number = self.failed = 0

    def check(self, good, name, *details):
        """One result; the details are printed when it is bad. Returns good."""
        self.number += 1
        print(f"{'ok' if good else 'not ok'} {self.number} - {name}", flush=True)
        if not good:
            self.failed += 1
            for detail in details:
                for line in str(detail).splitlines()[-12:]:
                    print(f"# {line}", flush=True)
        return bool(good)

    def skip(self, name, why):
        """One check that cannot be made here."""
        self.number += 1
        print(f"ok {self.number} - {name} # SKIP {why}", flush=True)

    def say(self, text):
        """A line for the reader that is no result, such as a figure."""
        print(f"#! {text}", flush=True)


def main(parts, arguments):
    """Runs each part(tap, *arguments); the exit status of the script."""
    tap = Tap()
    if os.geteuid() != 0:
        print("needs root; run it with sudo")
        return 77
    for part in parts:
        try:
            part(tap, *arguments)
        except (Exception, subprocess.TimeoutExpired) as error:  # pylint: disable=broad-except
            tap.check(False, f"{part.__name__} runs to its end", f"{type(error).__name__}: {error}",
                      "".join(traceback.format_tb(error.__traceback__)))
    return 1 if tap.failed or tap.number == 0 else 0


def build_folder():
    """The build that the script was told to test: its first argument, or build/."""
    return sys.argv[1] if len(sys.argv) > 1 else "build"
