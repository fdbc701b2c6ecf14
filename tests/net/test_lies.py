#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Lies on the wire: what wrong servers and forged replies do to the served time.

    test_lies.py [BUILD]

ntpxdpd among made-up servers (liars.py) of which a minority is wrong by 50 ms, drifts away, jumps
or announces a leap second that is none: the served time, read from the page all the while, moves by
less than 1 ms and stays inside what the honest servers' intervals share. Two of four that agree on
another time end it, in words. Replies forged from another address, replayed, with a wrong or no
origin, and such kisses, do nothing and are counted, each of them. One namespace for each scene, all
at the same time; what takes hours is in tests/sim.
"""
import json
import os
import re
import sys
import time

import tap
from lab import Lab, wait_for
from server import Server

HERE = os.path.dirname(os.path.abspath(__file__))
HONEST_S, LYING_S = 9, 10  # the clock settles; then lies come
LIMIT_NS = 1_000_000
LIES = ("off", "drifting", "jumping", "leap")
MINORITIES = ((1, 4), (2, 5), (3, 7))
READ_MS = 2  # page_offset's pause


class Scene:
    """A daemon among so many servers, the first of them liars."""

    def __init__(self, lab, name, count, lies):
        self.name, self.lab = name, lab
        self.lies = lies
        self.key = name.replace("-", "_").replace(" ", "_")
        self.namespace = lab.namespace(self.key)
        self.namespace.ip("address", "add", "127.2.0.1/8", "dev", "lo")
        self.addresses = [f"127.1.0.{number + 1}" for number in range(count)]
        self.report = lab.path(self.key + ".report")
        self.server = self.watch = None
        self.seen = []

    def start(self, begin):
        """Servers and daemon; the lies begin at a moment of Unix time."""
        lies = dict(zip(self.addresses, self.lies))
        settings = self.lab.write(self.key + ".json", json.dumps({"from": begin, "servers": [
            {"address": address, "lie": lies.get(address, "")} for address in self.addresses]}))
        liars = self.namespace.start(self.key + ".liars", sys.executable,
                                     os.path.join(HERE, "liars.py"), settings, self.report)
        if not liars.wait_output("ready", 10):
            raise RuntimeError(f"liars.py does not start: {liars.output()}")
        self.server = Server(
            self.namespace, *[f"server {address} iburst minpoll 0 maxpoll 0"
                              for address in self.addresses], "port 0", name=self.key,
            pindir=os.path.join(self.lab.pindir, self.key))
        self.server.start(10)

    def read_page(self, seconds):
        """Begins to read the page, in the background."""
        self.watch = self.namespace.start(
            self.key + ".page", self.lab.program("tests/net/page_offset"), self.server.control,
            str(int(seconds * 1000 / (READ_MS + 0.1))))

    def look(self):
        """Notes what is said of the honest servers now."""
        for source in self.server.json("sources")["sources"][len(self.lies):]:
            if source["offset_s"] is not None:
                self.seen.append((source["offset_s"], source["root_distance_s"]))

    def page(self):
        """What was read."""
        self.watch.popen.wait(30)
        if self.watch.popen.returncode != 0:
            raise RuntimeError(f"page_offset: {self.watch.output()}")
        return json.loads(self.watch.output())


def minority(tap_, scene):
    """The served time while a minority lies."""
    page, listing = scene.page(), scene.server.json("sources")["sources"]
    distances = [distance for _, distance in scene.seen]
    tap_.check(page["synchronised"] and abs(page["worst_ns"]) < LIMIT_NS and page["leap"] == 0,
               f"{scene.name}: the served time moves by less than 1 ms", page, listing)
    tap_.check(distances and max(distances) < LIMIT_NS / 1e9 and
               all(abs(offset) < distance for offset, distance in scene.seen),
               f"{scene.name}: it is always inside the honest servers' intervals",
               sorted(distances)[-3:], max(scene.seen, default=None))
    marks = [source["tally"] for source in listing]
    liars, honest = marks[:len(scene.lies)], marks[len(scene.lies):]
    # One that jumps says itself, by its jitter, that it knows little: no falseticker then.
    wrong = {"off": "x", "drifting": "x", "jumping": "x-# "}.get(scene.lies[0], "x-#+* ")
    tap_.check(all(mark in wrong for mark in liars) and "x" not in honest and "*" in honest + liars,
               f"{scene.name}: it is told who lies, and nobody else is called so", marks)
    return abs(page["worst_ns"]), max(distances, default=0)


def half(tap_, scene):
    """Two against two: no time, in words."""
    server = scene.server
    lost = wait_for(lambda: not server.json("status")["synchronised"], 5, 0.2)
    reason = server.json("status")["reason"]
    words = r"agree, which is no majority|two majorities, which disagree"
    tap_.check(lost and re.search(words, reason),
               f"{scene.name}: not synchronised, and status says why", reason)
    tracking = server.run("tracking").stdout
    tap_.check(re.search(words, tracking), f"{scene.name}: so does tracking", tracking)
    log = server.process.output()
    tap_.check(re.search(r"not synchronised[^\n]*(" + words + ")", log),
               f"{scene.name}: so does the log", log[-800:])
    tap_.say(f"{scene.name}: \"{reason}\"")
    page = server.page(5)
    tap_.check(not page["synchronised"], f"{scene.name}: so does the page", page)


def forged(tap_, scene):
    """Exact counts of what was forged; no effect."""
    def settled():
        with open(scene.report, encoding="utf-8") as text:
            sent = json.load(text)
        source = scene.server.json("sources")["sources"][0]
        found = source["rejected"]
        return (sent, source) if found == {
            name: count for name, count in sent.items() if name != "accepted"} else None
    both = wait_for(settled, 5, 0.05)
    source = scene.server.json("sources")["sources"][0]
    with open(scene.report, encoding="utf-8") as text:
        tap_.check(both, "forged: each is counted, by what is wrong with it", source, text.read())
    if both:
        sent, source = both
        tap_.check(source["sent"] - source["accepted"] <= 1 and sent["accepted"] >= LYING_S - 2,
                   "forged: no true reply is lost", both)
        tap_.say(f"forged and counted around {sent['accepted']} true replies: "
                 f"{sent['origin']} of a wrong origin, {sent['address']} of another address, "
                 f"{sent['unexpected']} replayed")
    tap_.check(source["poll_s"] == 1 and source["tally"] in "*+" and
               not any(name.startswith("kiss") for name in source["rejected"]),
               "forged: no kiss is obeyed", source)
    page = scene.page()
    tap_.check(page["synchronised"] and abs(page["worst_ns"]) < LIMIT_NS,
               "forged: the served time is untouched", page)
    text = scene.server.metrics()
    tap_.check(all(f'ntpxdp_source_replies_total{{result="{name}"}} ' in text and
                   f'ntpxdp_source_replies_total{{result="{name}"}} 0\n' not in text
                   for name in ("origin", "address", "unexpected")),
               "forged: /metrics counts them, too", text)


def test(tap_, build):
    """All scenes, side by side."""
    with Lab("lies", build) as lab:
        os.makedirs(lab.pindir)
        scenes = [Scene(lab, f"{liars} of {count} {lie}", count, [lie] * liars)
                  for liars, count in MINORITIES for lie in LIES]
        halves = [Scene(lab, "2 of 4 off", 4, ["off"] * 2),
                  Scene(lab, "2 of 4 off from the start", 4, ["off"] * 2)]
        spoofed = Scene(lab, "forged", 1, ["spoofed"])
        everyone = [*scenes, *halves, spoofed]
        begin = time.time() + len(everyone) * 0.3 + HONEST_S
        for scene in everyone:
            scene.start(0 if scene is halves[1] else begin)
        for scene in [*scenes, halves[0], spoofed]:
            tap_.check(scene.server.wait_synchronised(10), f"{scene.name}: synchronised before",
                       scene.server.process.output()[-600:])
        tap_.check(not halves[1].server.json("status")["synchronised"],
                   "2 of 4 off from the start: never synchronised",
                   halves[1].server.json("status"))
        time.sleep(max(0, begin - 1 - time.time()))
        for scene in [*scenes, spoofed]:
            scene.read_page(LYING_S + 1)
        while time.time() < begin + LYING_S - 1:
            for scene in scenes:
                scene.look()
            time.sleep(0.5)
        worst = [minority(tap_, scene) for scene in scenes]
        tap_.say(f"worst of {len(scenes)} scenes: {max(worst)[0] / 1000:.0f} us off, honest root "
                 f"distance up to {max(distance for _, distance in worst) * 1e6:.0f} us")
        for scene in halves:
            half(tap_, scene)
        forged(tap_, spoofed)


if __name__ == "__main__":
    sys.exit(tap.main([test], [tap.build_folder()]))
