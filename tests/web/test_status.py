#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The status page in a browser: what a person reads, while load runs and while sources fail.

    test_status.py [BUILD]

Headless Chromium opens / of the metrics listener in every dress: phone and desktop, light and
dark, with script and without. A daemon with three good sources, one that is silent and one that
lies answers a steady load, then loses its sources, then dies and comes back. Pictures of the page
are left in BUILD/test-logs/web/.
"""
import json
import os
import re
import signal
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "net")]
# pylint: disable=wrong-import-position
import peers  # noqa: E402
import tap  # noqa: E402
from browser import Browser, Connection, missing  # noqa: E402
from client import Flood  # noqa: E402
from lab import Lab, wait_for  # noqa: E402
from server import Server  # noqa: E402
# pylint: enable=wrong-import-position

PORT = 9123
HOME = f"http://127.0.0.1:{PORT}/"
GOOD = [f"198.51.100.{number}" for number in (1, 2, 3)]
LIAR, SILENT = "198.51.100.4", "198.51.100.77"
SIZES = {"phone": (390, 844), "desktop": (1280, 900)}
RATE = 300

# Elements with text of their own whose contrast with what is behind them is below WCAG 2.1's 4.5
# (3 for large text), as "ratio text".
CONTRAST = """(() => {
const parts = colour => colour.match(/[\\d.]+/g).map(Number);
const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
	.map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
	.reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
const behind = e => {
	for (; e; e = e.parentElement) {
		const c = parts(getComputedStyle(e).backgroundColor);
		if (c.length < 4 || c[3] > 0) return c;
	}
	return [255, 255, 255];
};
return [...document.querySelectorAll("main *")].filter(e => e.checkVisibility() &&
	[...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())).map(e => {
	const style = getComputedStyle(e), a = light(parts(style.color)), b = light(behind(e));
	return [(Math.max(a, b) + .05) / (Math.min(a, b) + .05), e.textContent.trim().slice(0, 40),
		parseFloat(style.fontSize) >= 24];
}).filter(([ratio, , large]) => ratio < (large ? 3 : 4.5)).map(r => r.slice(0, 2).join(" "));
})()"""

# Every text that a person reads, without its digits, so that two moments can be compared.
SHAPE = """(page => [...page.querySelectorAll(
	"h1, h2, h3, p:not(.reading):not(#since), dt, dd, caption, th, td, li, summary")]
	.map(e => e.textContent.replace(/[\\d.,:+-]+/g, "0").replace(/\\b(ns|us|ms|s|min)\\b/g, "s")
		.replace(/<0/g, "0").replace(/0( ?s)? ?0 ?s/g, "0 s").replace(/0s/g, "0 s").trim())
	.join("|"))"""


def set_up(lab):
    """Sources, server and client, and the server's daemon without its browser."""
    up, middle, client = (lab.namespace(name) for name in ("up", "server", "client"))
    lab.wire((up, "up0", [address + "/24" for address in [*GOOD, LIAR]]),
             (middle, "up1", ["198.51.100.254/24"]))
    lab.wire((middle, "srv0", ["192.0.2.1/24"]), (client, "cli0", ["192.0.2.2/24"]))
    lab.attach_pass(client, "cli0")
    sources = [peers.chronyd_server(up, f"up{number}", f"bindaddress {address}")
               for number, address in enumerate(GOOD)]
    peers.Liar(up, "liar", 7.0, f"bindaddress {LIAR}")
    server = Server(middle, *[f"server {address} iburst minpoll 0 maxpoll 1"
                              for address in [*GOOD, LIAR, SILENT]],
                    "interface srv0", "ratelimit interval 3 burst 8", "holdover 2s")
    return server.start(), client, sources


def get(server, path):
    """Status, headers and body."""
    connection = Connection(server.namespace, PORT, 5)
    connection.request("GET", path)
    answer = connection.getresponse()
    try:
        return answer.status, dict(answer.getheaders()), answer.read().decode()
    finally:
        connection.close()


def plain(tap_, server):
    """What a program gets: headers, JSON, the probe."""
    status, headers, page = get(server, "/")
    policy = headers.get("Content-Security-Policy", "")
    tap_.check(status == 200 and headers["Content-Type"].startswith("text/html") and
               headers.get("X-Content-Type-Options") == "nosniff" and
               policy.startswith("default-src 'none'") and "unsafe" not in policy,
               "/: a page with a strict policy", headers)
    tap_.check(len(page) < 64 << 10 and not re.search(r"(src|href)=\"(https?:)?//", page),
               "and nothing of other hosts", len(page))
    status, headers, body = get(server, "/status.json")
    said = json.loads(body)
    tap_.check(status == 200 and headers["Content-Type"].startswith("application/json"),
               "/status.json", headers)
    wanted = ("time_s host state good reason since_s since_start rates history interfaces limit "
              "clients status sources stats scores")
    tap_.check(not [key for key in wanted.split() if key not in said] and
               len(said["history"]["requests_hz"]) == 360 and
               len(said["sources"]) == 5, "has its keys", sorted(said))
    tap_.check(abs(said["rates"]["requests_hz"] - RATE) < RATE * 0.1 and
               said["limit"]["burst"] == 8, "and the load of now", said["rates"])
    status, _, body = get(server, "/healthz")
    tap_.check(status == 200 and body.startswith("ok"), "/healthz: good", status, body)


def scores(tap_, server):
    """What poolcheck finds is shown."""
    done = server.run("poolcheck", "localhost", "--spacing", "20ms", "-n", "2", "-i", "0.1s")
    time.sleep(0.2)  # what is asked for more often is a tenth of a second old
    said = json.loads(get(server, "/status.json")[2])["scores"]
    tap_.check(len(said) == 1 and [check["row"] for check in said[0]["checks"]] == ["good"] * 2 and
               abs(said[0]["checks"][1]["score"] - 1.95) < 1e-6, "poolcheck left its scores",
               said, done.stdout, done.stderr)
    server.run("poolcheck", "localhost", "--spacing", "20ms")
    time.sleep(0.2)
    said = json.loads(get(server, "/status.json")[2])["scores"]
    tap_.check(abs(said[0]["checks"][2]["score"] - 2.8525) < 1e-6,
               "and another run goes on from there", said)


def read(tap_, browser, name):
    """What a person reads in one dress; a picture of it."""
    text = browser.text()
    tap_.check(browser.text("h1").lower() == "synchronised" and "Good time for" in text,
               f"{name}: the state in one word, and since when", text[:300])
    facts = dict(re.findall(r"(Requests a second|Stratum|Sources that agree|Reference|"
                            r"Off UTC by at most)\n(.+)", text))
    tap_.check(abs(float(facts.get("Requests a second", "0").replace(",", "")) - RATE) <
               RATE * 0.15 and facts.get("Stratum") == "2" and
               facts.get("Sources that agree") == "3" and facts.get("Reference") in GOOD and
               re.fullmatch(r"[\d.]+ [um]s", facts.get("Off UTC by at most", "")),
               f"{name}: rate, stratum, error bound, sources", facts)
    rows = browser.evaluate("[...document.querySelectorAll('#sources tr')].map(r => r.innerText)")
    tap_.check(len(rows) == 5 and sum(row.startswith("*") for row in rows) == 1 and
               any(row.startswith("x") and LIAR in row for row in rows) and
               any(SILENT in row and "not answered" in row for row in rows),
               f"{name}: sources with their tally, in words", *rows)
    tap_.check("over the rate limit" in text and "version 4" in text and "over IPv6" in text and
               "one in 8 s" in text and "srv0" in text and "native" in text and
               "127.0.0.1" in text and "from 10 on the pool" in text,
               f"{name}: verdicts, versions, families, limit, interface, score", text[-900:])
    tap_.check(re.search(r"In the table\n[1-9]\n", text) and
               re.search(r"srv0\n?attached, native mode\s+[\d,]+\s+0\s+\d+\s+[\d-]+", text),
               f"{name}: clients in the table, losses of the card", text[-900:])
    chart = browser.evaluate("document.querySelector('#area').getBBox().width > 0 && "
                             "document.querySelector('#area').getAttribute('d').length")
    tap_.check(chart and chart > 10, f"{name}: the hour as a picture", chart)
    wide = browser.evaluate("document.documentElement.scrollWidth - innerWidth")
    tap_.check(wide <= 0, f"{name}: nothing is wider than the window", wide)
    poor = browser.evaluate(CONTRAST)
    tap_.check(not poor, f"{name}: text stands out from its ground", *(poor or []))
    browser.picture(browser.pictures + f"/{name}.png")


def dresses(tap_, browser):
    """Phone and desktop, light and dark, with script and without."""
    grounds = {}
    for size, (width, height) in SIZES.items():
        for scheme in ("light", "dark"):
            for script in (True, False):
                name = f"{size} {scheme}{'' if script else ' without script'}".replace(" ", "-")
                browser.dress(width, height, scheme, script)
                browser.open(HOME)
                if script:
                    browser.wait("document.querySelector('#made').textContent.startsWith('Upd')", 5)
                read(tap_, browser, name)
                grounds[scheme] = browser.evaluate(
                    "getComputedStyle(document.body).backgroundColor")
                made = browser.text("#made")
                tap_.check(made.startswith("Updated" if script else "Made at"),
                           f"{name}: says how fresh it is", made)
    tap_.check(grounds["light"] != grounds["dark"], "light and dark differ", grounds)


def differences(browser):
    """What script and server write differently. Of two moments: a difference that is gone at the
    next look is none."""
    for _ in range(4):
        found = browser.evaluate(
            "fetch('/').then(a => a.text()).then(t => { const shape = " + SHAPE + ";"
            "const a = shape(new DOMParser().parseFromString(t, 'text/html')).split('|'),"
            "b = shape(document).split('|');"
            "return a.length === b.length ? a.map((v, i) => v === b[i] ? '' : v + ' / ' + b[i])"
            ".filter(v => v && !/Made at/.test(v)) : ['lengths', a.length, b.length]; })")
        if found is not None and not found:
            break
        time.sleep(1.5)
    return found


def alive(tap_, browser):
    """It renews itself with script, not while hidden; what it writes is what the server writes."""
    browser.dress(*SIZES["desktop"], "light", True)
    browser.open(HOME)
    served = "document.querySelector('[data-share=\"versions.4\"] td').textContent"
    before = browser.evaluate(served)
    tap_.check(browser.wait(f"{served} !== {json.dumps(before)}", 6), "numbers go on by themselves",
               before)
    made = browser.text("#made")  # the rows of many zeros are put in order again, too
    browser.evaluate("(b => [...b.rows].reverse().forEach(row => b.append(row)))"
                     "(document.querySelector('#verdicts'))")
    browser.wait(f"document.querySelector('#made').textContent !== {json.dumps(made)}", 5)
    found = differences(browser)
    tap_.check(found is not None and not found, "script and server write the same", *(found or []))
    count = "performance.getEntriesByName(location.href + 'status.json').length"
    hide = ("Object.defineProperty(document, 'hidden', {configurable: true, get: () => %s}); "
            "document.dispatchEvent(new Event('visibilitychange')); ")
    browser.evaluate(hide % "true")
    time.sleep(0.3)
    first = browser.evaluate(count)
    time.sleep(3)
    second = browser.evaluate(count)
    browser.evaluate(hide % "false")
    tap_.check(first == second and browser.wait(f"{count} > {second}", 3),
               "pauses while nobody looks, and goes on at once", first, second)
    browser.evaluate("(b => document.querySelector('#plot').dispatchEvent(new PointerEvent("
                     "'pointermove', {clientX: b.right - 4, clientY: b.top + 9})))"
                     "(document.querySelector('#plot').getBoundingClientRect())")
    tap_.check(re.search(r"UTC: [\d.,]+ requests a second", browser.text("#reading")),
               "the chart says its values", browser.text("#reading"))


def changing(tap_, browser, server):
    """A source more in the settings: the open page gets its row."""
    rows = "document.querySelectorAll('#sources tr').length"
    with open(server.settings, encoding="utf-8") as text:
        before = text.read()
    with open(server.settings, "a", encoding="utf-8") as out:
        out.write("server 198.51.100.78\n")
    server.process.kill(signal.SIGHUP)
    more = browser.wait(f"{rows} === 6", 8)
    with open(server.settings, "w", encoding="utf-8") as out:
        out.write(before)
    server.process.kill(signal.SIGHUP)
    tap_.check(more and browser.wait(f"{rows} === 5", 8),
               "a source more, a source less: the open page follows", browser.evaluate(rows))


def failing(tap_, browser, server, sources):
    """The sources fail while the page is open."""
    for source in sources:
        source.stop()
    lost = browser.wait("document.querySelector('#state').textContent === 'unsynchronised'", 30)
    tap_.check(lost and browser.evaluate("document.querySelector('#head').className") == "bad" and
               len(browser.text("#reason")) > 10 and "No good time" in browser.text("#since"),
               "sources fail: the open page says so, and why", browser.text("#head"))
    tap_.check("unsynchronised" in browser.evaluate("document.title") and
               browser.wait("document.querySelector('#poor').getAttribute('d').length > 5", 15),
               "in its title and in the picture", browser.evaluate("document.title"))
    status, _, body = get(server, "/healthz")
    tap_.check(status == 503 and len(body) > 20 and "\n" in body, "/healthz: 503 and the reason",
               status, body)
    for scheme in ("light", "dark"):
        for size, (width, height) in SIZES.items():
            browser.dress(width, height, scheme, scheme == "light")
            browser.open(HOME)
            text = browser.text("header")
            tap_.check("unsynchronised" in text.lower() and "No good time" in text,
                       f"failed-{size}-{scheme}: state and reason", text)
            shown = re.search(r"Requests a second\n([\d.,]+)", browser.text())
            tap_.check(shown and abs(float(shown[1]) - RATE) < RATE * 0.2,
                       f"failed-{size}-{scheme}: a request is one, though XDP hands it up", shown)
            poor = browser.evaluate(CONTRAST)
            tap_.check(not poor, f"failed-{size}-{scheme}: text stands out", *(poor or []))
            browser.picture(browser.pictures + f"/failed-{size}-{scheme}.png")


def dying(tap_, browser, server):
    """The daemon dies under an open page, and comes back."""
    browser.dress(*SIZES["phone"], "light", True)
    browser.open(HOME)
    server.process.kill()
    tap_.check(browser.wait("!document.querySelector('#old').hidden", 8) and
               "old" in browser.text("#old"), "daemon gone: the page says that it is old",
               browser.text("#old"))
    tap_.check(browser.text("h1").lower() == "no answer" and
               browser.evaluate("document.querySelector('#head').className") == "warn",
               "and calls nothing good that it does not know", browser.text("#head"))
    browser.picture(browser.pictures + "/gone-phone-light.png")
    server.start()
    tap_.check(browser.wait("document.querySelector('#old').hidden", 10),
               "daemon back: the page goes on", browser.text("#head"))


def test(tap_, build):
    """The whole scene."""
    if missing():
        tap_.skip("the status page in a browser", f"no {' and no '.join(missing())}")
        return
    with Lab("web", build) as lab:
        server, client, sources = set_up(lab)
        server.attach("srv0")
        tap_.check(server.wait_synchronised(15), "synchronised", server.json("sources"))
        flood = Flood(client, "192.0.2.1", RATE)
        browser = Browser(server.namespace)
        browser.pictures = os.path.join(os.path.abspath(build), "test-logs", "web")
        tap_.check(wait_for(lambda: server.json("stats")["requests"] > 2.5 * RATE, 10),
                   "load runs", server.json("stats"))
        wait_for(lambda: any(row["tally"] == "x" for row in server.json("sources")["sources"]), 10)
        plain(tap_, server)
        scores(tap_, server)
        dresses(tap_, browser)
        alive(tap_, browser)
        changing(tap_, browser, server)
        failing(tap_, browser, server, sources)
        browser.listen()
        wrong = [line for line in browser.complaints if "SEVERE" in line or "WARNING" in line]
        tap_.check(not wrong, "no error on the console", *wrong)
        foreign = [url for url in browser.requests if not url.startswith((HOME, "data:"))]
        tap_.check(len(browser.requests) > 12 and not foreign, "no request to another host",
                   *foreign)
        dying(tap_, browser, server)
        flood.stop()
        tap_.say(f"{len(browser.requests)} requests of the browser, pictures in "
                 f"{os.path.relpath(browser.pictures)}")


if __name__ == "__main__":
    sys.exit(tap.main([test], [tap.build_folder()]))
