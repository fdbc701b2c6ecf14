#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""scripts/dashboards/ and docs/events.md against the program.

    test_dashboards.py [BUILD]

promtool checks the rules and runs their tests, each rule being seen to be raised and not to be. The
dashboard is one: its shape, its variables, its panels side by side. Each metric that any of these
names is on a daemon's /metrics. A Prometheus scrapes that daemon under load, loads the rules, and
every panel's query has an answer. The tables of docs/events.md are what the program says.
"""
import json
import os
import re
import subprocess
import sys
import time

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "tests", "net"))
import tap  # noqa: E402  pylint: disable=wrong-import-position
from client import Flood  # noqa: E402  pylint: disable=wrong-import-position
from lab import Lab, peer, wait_for  # noqa: E402  pylint: disable=wrong-import-position
import server as daemon  # noqa: E402  pylint: disable=wrong-import-position

DASHBOARDS = os.path.join(ROOT, "scripts", "dashboards")
PROMTOOL = peer("prometheus", "usr/bin/promtool")
PROMETHEUS = peer("prometheus", "usr/bin/prometheus")
NTP_UNIX = 2208988800
# The kernel measures only when told to, for the whole machine.
UNMEASURED = ["Time for a packet"]
SETTINGS = {"$job": "ntpxdp", "$instance": ".*", "$__rate_interval": "4s"}
WANTED = ["state", "error bound", "requests", "replies", "limiter", "offset", "card", "clients",
          "page", "no reply"]


def read(name):
    """A file of scripts/dashboards/."""
    with open(os.path.join(DASHBOARDS, name), encoding="utf-8") as text:
        return text.read()


def targets(dashboard):
    """[(panel's title, query)] with the variables filled in."""
    found = []
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            query = target["expr"]
            for variable, value in SETTINGS.items():
                query = query.replace(variable, value)
            found.append((panel["title"], query))
    return found


def rules(tap_, _build):
    """What promtool says of the rules, and that no rule is without its test."""
    for words in (["check", "rules", "alerts.yml"], ["test", "rules", "alerts_test.yml"]):
        done = subprocess.run([PROMTOOL, *words], cwd=DASHBOARDS, capture_output=True, text=True,
                              check=False)
        tap_.check(done.returncode == 0 and "FAILED" not in done.stdout,
                   f"promtool {' '.join(words[:2])}", done.stdout + done.stderr)
    names = re.findall(r"^      - alert: (\w+)$", read("alerts.yml"), re.M)
    tests = read("alerts_test.yml")
    raised = re.findall(r"alertname: (\w+)\n        exp_alerts:\n", tests)
    quiet = re.findall(r"^      - \{eval_time: \w+, alertname: (\w+)\}$", tests, re.M)
    tap_.check(len(names) == len(set(names)) >= 9 and set(names) == set(raised) == set(quiet),
               f"each of the {len(names)} rules is raised in a test, and not in another",
               set(names) ^ set(raised), set(names) ^ set(quiet))


def overlap(one, other):
    """Do two places in the grid share a cell?"""
    return one["x"] < other["x"] + other["w"] and other["x"] < one["x"] + one["w"] and \
        one["y"] < other["y"] + other["h"] and other["y"] < one["y"] + one["h"]


def shape(tap_, _build):
    """What Grafana wants of a dashboard."""
    dashboard = json.loads(read("grafana.json"))
    panels = dashboard["panels"]
    variables = {one["name"]: one for one in dashboard["templating"]["list"]}
    tap_.check(dashboard["schemaVersion"] >= 36 and dashboard["id"] is None and dashboard["uid"] and
               set(variables) == {"datasource", "job", "instance"} and
               variables["datasource"]["type"] == "datasource" and
               variables["datasource"]["query"] == "prometheus",
               "a dashboard of Grafana 9, with the data source as a variable", list(variables))
    numbers = [panel["id"] for panel in panels]
    places = [panel["gridPos"] for panel in panels]
    pairs = [(a, b) for i, a in enumerate(places) for b in places[:i] if overlap(a, b)]
    tap_.check(len(set(numbers)) == len(numbers) and not pairs and
               all(place["x"] + place["w"] <= 24 for place in places),
               f"{len(panels)} panels with numbers of their own, side by side", pairs[:2])
    plain = [panel for panel in panels if panel["type"] != "row"]
    tap_.check(all(thing["datasource"]["uid"] == "${datasource}" for panel in plain
                   for thing in [panel, *panel["targets"]]) and
               all(panel["type"] in ("stat", "timeseries", "bargauge") and panel["title"] and
                   panel["fieldConfig"]["defaults"].get("unit") for panel in plain),
               "every panel asks that data source, and has a title and a unit")
    titles = " ".join(panel["title"] for panel in panels).lower()
    tap_.check(all(word in titles for word in WANTED), "it shows all that is wanted",
               [word for word in WANTED if word not in titles])


def events(tap_, build):
    """docs/events.md is the program's table."""
    done = subprocess.run([os.path.join(build, "tests/dashboards/describe_events")],
                          capture_output=True, text=True, check=False)
    with open(os.path.join(ROOT, "docs", "events.md"), encoding="utf-8") as text:
        said = text.read()
    tap_.check(done.stdout.count("\n") > 40 and said.endswith("\n" + done.stdout),
               "docs/events.md ends with what build/tests/dashboards/describe_events prints",
               done.stdout[:200])


def leap_file(lab):
    """A list of leap seconds that ends in 100 days."""
    end = int(time.time()) + NTP_UNIX + 100 * 86400
    return lab.write("leap-seconds.list", f"#$\t{end - 10**7}\n#@\t{end}\n3692217600\t37\n")


class Prometheus:
    """Scrapes the daemon once a second, with our rules."""

    def __init__(self, namespace):
        self.namespace, lab = namespace, namespace.lab
        path = lab.write("prometheus.yml", json.dumps({
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [os.path.join(DASHBOARDS, "alerts.yml")],
            "scrape_configs": [{"job_name": "ntpxdp", "static_configs": [
                {"targets": ["127.0.0.1:9123"]}]}]}))
        self.process = namespace.start(
            "prometheus", PROMETHEUS, f"--config.file={path}",
            f"--storage.tsdb.path={lab.path('tsdb')}", "--web.listen-address=127.0.0.1:9090")

    def get(self, what, **values):
        """The data of an answer of its API; None."""
        words = [word for name, value in values.items()
                 for word in ("--data-urlencode", f"{name}={value}")]
        done = self.namespace.run("curl", "-sS", "-m", "5", "-G", *words,
                                  f"http://127.0.0.1:9090/api/v1/{what}")
        try:
            answer = json.loads(done.stdout)
        except ValueError:
            return None
        return answer.get("data")

    def samples(self, query):
        """What a query gives now."""
        return (self.get("query", query=query) or {}).get("result", [])


def names(tap_, page):
    """Each metric that is named somewhere is one of the daemon's."""
    known = set()
    for metric, kind in re.findall(r"^# TYPE (\w+) (\w+)", page, re.M):
        known |= {metric + part for part in ("_bucket", "_sum", "_count")} \
            if kind == "histogram" else {metric}
    for name in ("grafana.json", "alerts.yml", "alerts_test.yml"):
        named = set(re.findall(r"\bntpxdp_\w+", read(name)))
        tap_.check(named and named <= known, f"{name}: its {len(named)} metrics are the daemon's",
                   sorted(named - known))


def judge(tap_, prometheus, dashboard):
    """Every panel has something to show, and no rule is broken."""
    silent, wrong = {}, []
    for title, query in targets(dashboard):
        answer = prometheus.get("query", query=query)
        if answer is None:
            wrong.append(query)
        silent[title] = silent.get(title, True) and not (answer and answer["result"])
    tap_.check(not wrong, f"{len(targets(dashboard))} queries are taken by Prometheus", wrong[:3])
    empty = [title for title, none in silent.items() if none and title not in UNMEASURED]
    tap_.check(not empty, f"{len(silent)} panels: each has an answer", empty)
    groups = (prometheus.get("rules") or {}).get("groups", [])
    states = {rule["name"]: (rule["health"], rule["state"], rule.get("lastError"))
              for group in groups for rule in group["rules"]}
    tap_.check(len(states) >= 9 and all(state[0] == "ok" for state in states.values()),
               f"{len(states)} rules are evaluated", states)
    tap_.check(all(state[1] == "inactive" for name, state in states.items()
                   if name != "NtpxdpLimitStorm"),
               "none is raised by a good node", states)


def live(tap_, build):
    """A daemon under load, and a Prometheus."""
    with Lab("dashboards", build) as lab:
        middle, client = daemon.set_up(lab)
        server = daemon.Server(middle, daemon.UPSTREAM, "ratelimit interval 1 burst 8 leak 2",
                               f"leapseclist {leap_file(lab)}", "metrics 127.0.0.1:9123").start()
        server.attach("srv0")
        prometheus = Prometheus(middle)
        tap_.check(server.wait_synchronised(10), "a daemon with time", server.process.output())
        # The list of leap seconds is read once the year is known.
        wait_for(lambda: "ntpxdp_leap_list_expiry" in server.metrics(), 5, 0.2)
        names(tap_, server.metrics())
        flood = Flood(client, daemon.ADDRESS, 500)
        client.start("ping", "ping", "-i", "0.2", daemon.ADDRESS)  # what passes
        tap_.check(wait_for(lambda: prometheus.samples("sum(rate(ntpxdp_requests_total[4s])) > 0"),
                            30, 0.2), "Prometheus runs and has a rate",
                   prometheus.process.output()[-1500:])
        time.sleep(3)  # for rates of what began later
        judge(tap_, prometheus, json.loads(read("grafana.json")))
        flood.stop()


if __name__ == "__main__":
    sys.exit(tap.main([rules, shape, events, live], [tap.build_folder()]))
