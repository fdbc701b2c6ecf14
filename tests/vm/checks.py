# SPDX-License-Identifier: GPL-2.0-or-later
"""
What a payload has found out, printed as it goes: one short "ok" or "not ok" line for each check
(TAP), the reason below a failed one. Knows nothing of machines or packets. A payload makes one
Checks and ends with its status().
"""
import contextlib
import textwrap
import traceback

WIDTH = 160


class MachineFailure(Exception):
    """The virtual machine, not what runs in it, went wrong; no later check can be made."""


class Checks:
    def __init__(self, payload):
        self.payload = payload
        self.failed = 0
        self.made = 0

    def check(self, good, name, *details):
        """One check; the details are printed only when it failed. Returns whether it is good."""
        self.made += 1
        self._print(f"{'ok' if good else 'not ok'} - {self.payload}: {name}")
        if not good:
            self.failed += 1
            for detail in details:
                self.note(detail)
        return bool(good)

    def skip(self, name, why):
        self.made += 1
        self._print(f"ok - {self.payload}: {name} # SKIP {why}")

    def note(self, text):
        for line in str(text).rstrip().splitlines() or [""]:
            for piece in textwrap.wrap(line, WIDTH)[:4] or [""]:
                self._print(f"# {piece}")

    def say(self, text):
        """A figure worth reading although nothing failed."""
        self._print(f"#! {text}")

    @contextlib.contextmanager
    def section(self, name):
        """A failure in a section is one failed check, and the next section begins all the same."""
        try:
            yield
        except MachineFailure:
            raise
        except Exception:  # whatever it was, the other sections still tell something
            self.check(False, name + " could be checked", traceback.format_exc(limit=-3))

    def status(self):
        if not self.made:
            self.check(False, "made at least one check")
        return 1 if self.failed else 0

    @staticmethod
    def _print(line):
        print(line, flush=True)
