#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A real Prometheus scrapes the daemon under load.

    test_scrape.py [BUILD]

What Prometheus answers to queries are the totals that the clients of the load have sent and
received, by family, version and interface; the clients are counted; the program's time per frame is
there while the kernel measures it; promtool has nothing to say about the text.
"""
import ctypes
import json
import os
import struct
import sys
import time
import urllib.parse

import tap
from client import ask
from lab import Lab, peer, wait_for
from server import ADDRESS, Server
import frames

HERE = os.path.dirname(os.path.abspath(__file__))
PORT, PROMETHEUS_PORT = 9123, 9090
ADDRESS6 = "2001:db8:1::1"
FLOOD6_RATE, CROWD, CLIENTS, POLL_S, LOAD_S = 400, "10.77.0.0", 40, 1, 60
VERSIONS = {1: 3, 2: 5, 3: 7}  # requests of old versions, over IPv4
SYS_BPF, BPF_ENABLE_STATS = 321, 32  # x86_64; linux/bpf.h


def query(middle, text):
    """The sum of what a query finds."""
    url = f"http://127.0.0.1:{PROMETHEUS_PORT}/api/v1/query?query={urllib.parse.quote(text)}"
    done = middle.run("curl", "-fsS", "-m", "5", url)
    if done.returncode != 0:
        raise RuntimeError(f"{text}: {done.stderr}")
    return sum(float(one["value"][1]) for one in json.loads(done.stdout)["data"]["result"])


def start_prometheus(lab, middle):
    """Scrapes once a second; True once it is ready."""
    settings = lab.write("prometheus.yml", json.dumps({
        "global": {"scrape_interval": "1s", "scrape_timeout": "900ms"},
        "scrape_configs": [{"job_name": "ntpxdp", "static_configs": [
            {"targets": [f"127.0.0.1:{PORT}"]}]}]}))
    middle.start("prometheus", peer("prometheus", "usr/bin/prometheus"),
                 f"--config.file={settings}", f"--storage.tsdb.path={lab.path('tsdb')}",
                 f"--web.listen-address=127.0.0.1:{PROMETHEUS_PORT}", "--log.level=warn",
                 env={**os.environ, "GOMAXPROCS": "1"})
    return wait_for(lambda: middle.run(
        "curl", "-fs", "-m", "1", f"http://127.0.0.1:{PROMETHEUS_PORT}/-/ready").returncode == 0,
        15, 0.3)


def measure_programs(lab):
    """The kernel measures programs until the end of the test, as with kernel.bpf_stats_enabled=1,
    which would outlive a test that is killed."""
    attributes = ctypes.create_string_buffer(struct.pack("=I", 0), 128)
    fd = ctypes.CDLL(None, use_errno=True).syscall(SYS_BPF, BPF_ENABLE_STATS, attributes, 128)
    if fd < 0:
        raise OSError(ctypes.get_errno(), "BPF_ENABLE_STATS")
    lab.later.append(lambda: os.close(fd))


def stats_are_on():
    """Does the machine measure its programs anyway?"""
    with open("/proc/sys/kernel/bpf_stats_enabled", encoding="ascii") as setting:
        return setting.read().strip() != "0"


def check_runtime(tap_, middle, totals):
    """The program's time per frame."""
    runs, spent = (query(middle, f'ntpxdp_interface_program_{name}_total{{interface="srv0"}}')
                   for name in ("runs", "run_seconds"))
    tap_.check(runs >= sum(sent for sent, _ in totals.values()) and 1e-8 < spent / runs < 1e-4,
               f"the program took {spent / max(runs, 1) * 1e9:.0f} ns a frame", runs, spent)


def set_up(lab):
    """Namespaces and a server of its own time, XDP towards the clients."""
    middle, client = (lab.namespace(name) for name in ("server", "client"))
    lab.wire((middle, "srv0", [ADDRESS + "/24", ADDRESS6 + "/64"]),
             (client, "cli0", ["192.0.2.2/24", "2001:db8:1::2/64"]))
    lab.attach_pass(client, "cli0")
    client.ip("route", "add", "local", CROWD + "/16", "dev", "lo")
    middle.ip("route", "add", CROWD + "/16", "via", "192.0.2.2")
    for interface in ("all", "srv0"):
        middle.sysctl(f"net.ipv4.conf.{interface}.rp_filter", 0)
    server = Server(middle, "local stratum 1", "clientloglimit 16777216",
                    f"metrics 127.0.0.1:{PORT}").start()
    server.wait_synchronised(20)
    server.attach("srv0", "--mode", "native")
    return middle, client, server


def load(lab, client):
    """Requests of many kinds; {(family, version): (sent, received)}."""
    six = client.start("six", sys.executable, os.path.join(HERE, "flood.py"), ADDRESS6,
                       str(FLOOD6_RATE), lab.path("six.json"))
    crowd = client.start("crowd", sys.executable, os.path.join(HERE, "crowd.py"), ADDRESS, CROWD,
                         str(CLIENTS), str(POLL_S), "0", str(LOAD_S), lab.path("crowd.json"))
    if not wait_for(lambda: not crowd.running(), LOAD_S + 10, 0.2):
        raise RuntimeError("crowd.py does not end")
    totals = {}
    for version, count in VERSIONS.items():
        got = [ask(client, ADDRESS, payload=frames.Ntp(version=version, transmit=i + 1).pack())
               for i in range(count)]
        totals["ipv4", version] = (count, sum(answer is not None for answer in got))
    six.stop()
    with open(lab.path("six.json"), encoding="utf-8") as report:
        account = json.load(report)
    totals["ipv6", 4] = (account["sent"], account["received"])
    with open(lab.path("crowd.json"), encoding="utf-8") as report:
        account = json.load(report)["clients"]
    totals["ipv4", 4] = (account["sent"], account["answered"])
    return totals


def check_totals(tap_, middle, totals):
    """Requests and replies as Prometheus has them."""
    for (family, version), (sent, received) in sorted(totals.items()):
        labels = f'{{engine="xdp",interface="srv0",family="{family}",version="{version}"}}'
        counted = [query(middle, f"ntpxdp_{what}_total{labels}")
                   for what in ("requests", "replies")]
        tap_.check(counted == [sent, received] and sent == received > 0,
                   f"{family}, version {version}: {sent} requests and {received} replies, as sent",
                   counted)
    all_sent = sum(sent for sent, _ in totals.values())
    tap_.check(query(middle, 'sum(ntpxdp_requests_total)') == all_sent
               == query(middle, 'sum(ntpxdp_verdicts_total{verdict=~"served.*"})'),
               f"all engines and interfaces: {all_sent}, verdicts and requests alike",
               query(middle, 'sum(ntpxdp_requests_total)'))
    octets = sum(sent * (96 if family == "ipv6" else 76) for (family, _), (sent, _)
                 in totals.items())
    tap_.check(query(middle, "sum(ntpxdp_reply_bytes_total)") == octets, f"{octets} bytes",
               query(middle, "sum(ntpxdp_reply_bytes_total)"))
    tap_.check(query(middle, 'ntpxdp_interface_transmit_bytes_total{interface="srv0"}') >= octets,
               "and the interface has sent no less")


def check_clients(tap_, middle, totals):
    """What is told of the client table."""
    counts = {family: query(middle, f'ntpxdp_active_clients{{family="{family}",window="1m"}}')
              for family in ("ipv4", "ipv6")}
    tap_.check(counts == {"ipv4": CLIENTS + 1, "ipv6": 1},
               f"distinct clients of the last minute: {CLIENTS + 1} and 1", counts)
    half = 'ntpxdp_client_poll_interval_seconds_bucket{le="%s"}'
    within = query(middle, half % "1.5") - query(middle, half % "0.75")
    tap_.check(within >= CLIENTS, f"{within:.0f} clients ask every 0.75 to 1.5 s", within)
    tap_.check(query(middle, "ntpxdp_client_requests_sum") >= 0.9 * sum(
        sent for sent, _ in totals.values()), "they have asked so often in all")


def totals_under_load(tap_, build):
    """Prometheus scrapes while clients ask."""
    with Lab("scrape", build) as lab:
        middle, client, server = set_up(lab)
        if not tap_.check(start_prometheus(lab, middle), "Prometheus runs"):
            return
        tap_.check(query(middle, "ntpxdp_interface_program_runs_total") == 0 or stats_are_on(),
                   "nobody measures: no figure about the program")
        measure_programs(lab)
        totals = load(lab, client)
        time.sleep(7)  # the census is made anew after 5 s, and scraped a second later
        # Each has 900 ms, beside whatever else runs on the machine.
        tap_.check(query(middle, "count_over_time(up[90s])") >= LOAD_S
                   and query(middle, "count_over_time(up[90s]) - sum_over_time(up[90s])") <= 1,
                   "a scrape a second, and not more than one was late",
                   query(middle, "count_over_time(up[90s])"),
                   query(middle, "avg_over_time(up[90s])"))
        took = query(middle, "avg_over_time(scrape_duration_seconds[30s])")
        tap_.say(f"a scrape takes {took * 1e3:.1f} ms")
        check_totals(tap_, middle, totals)
        check_clients(tap_, middle, totals)
        check_runtime(tap_, middle, totals)
        check_text(tap_, lab, middle, server)


def check_text(tap_, lab, middle, server):
    """What promtool says of the text: nothing."""
    path = lab.write("metrics.txt", server.metrics(PORT))
    done = middle.run("sh", "-c", f"{peer('prometheus', 'usr/bin/promtool')} check metrics <{path}")
    tap_.check(done.returncode == 0 and not done.stdout + done.stderr,
               "promtool check metrics is silent", done.stdout, done.stderr)


if __name__ == "__main__":
    sys.exit(tap.main([totals_under_load], [tap.build_folder()]))
