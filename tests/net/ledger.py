# SPDX-License-Identifier: GPL-2.0-or-later
"""The account of a load: what became of each request, for any engine.

A test takes what the server counts (Server.verdicts()) and what the cable counts (losses()) before
and after, and hands account() the sum: `made`, and under a name each all that became of it.
"""
from server import interface_counters


def losses(namespace, interface):
    """What a veth counts as lost that came or went by XDP."""
    counters = interface_counters(namespace, interface)
    return {kind: sum(count for name, count in counters.items() if name.endswith(kind))
            for kind in ("_xdp_tx_errors", "_drops", "link:tx_dropped")} | {
                "received": sum(count for name, count in counters.items()
                                if name.endswith("_xdp_packets"))}


def difference(after, before):
    """By name."""
    return {name: after[name] - before.get(name, 0) for name in after}


def account(tap_, what, terms):
    """One line of the sum, and whether it is exact: terms has `made` and all that became of it."""
    made = terms.pop("made")
    said = " + ".join(f"{count:,} {name}" for name, count in terms.items() if count)
    tap_.say(f"{what}: {made:,} requests = {said}")
    tap_.check(sum(terms.values()) == made, f"{what}: every one of {made:,} requests is accounted "
               "for", f"{made - sum(terms.values()):+,} are not", terms)
