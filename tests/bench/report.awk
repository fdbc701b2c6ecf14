# SPDX-License-Identifier: GPL-2.0-or-later
# The tables of scripts/bench: medians, spreads, ratios and floors. Reads one result a line:
#
#   KEY SENT REPLIES NS_EACH CPU_NS_EACH SERVER_NS_EACH RATE CORES P50 P99 P99.9 DURATION_NS
#   calls/NAME/flood|best SYSTEM_CALLS_A_REPLY
#
# Ratios that are judged are medians of those of neighbours in time. What a reply costs is CPU time,
# the generator's core for XDP, the server's process where it reads a socket: other programs on the
# machine do not count. The exit status is 1 when a floor is missed; one that the bare reflector
# itself does not leave room for is skipped: this machine cannot show it, now. With `plots` it leaves
# tables for gnuplot in that folder. Wants median.awk before it.

# The median of a column of a key; least and most are set, too.
function middle(what, key,    i, m, list) {
	if (!count[key])
		return 0
	for (i = 1; i <= count[key]; i++)
		list[i] = value[what, key, i]
	m = median(list, count[key])
	least = list[1]
	most = list[count[key]]
	return m
}

# The median of the ratios of run by run.
function ratio(what, key, other,    i, list) {
	if (!count[key] || !count[other])
		return 0
	for (i = 1; i <= count[key]; i++)
		list[i] = value[what, other, i] ? value[what, key, i] / value[what, other, i] : 0
	return median(list, count[key])
}

# The median of the differences of run by run.
function difference(what, key, other,    i, list) {
	for (i = 1; i <= count[key]; i++)
		list[i] = value[what, key, i] - value[what, other, i]
	return median(list, count[key]) + 0
}

# How many times the CPU time a reply of ours another one's is, without the generator's share: the
# median over the rounds. A round has several pairs with and without replies.
function cpu_times(other,    rounds, pairs, round, pair, i, net, ours, list) {
	rounds = count[other]
	pairs = rounds ? int(count["sink"] / rounds) : 0
	for (round = 1; round <= rounds && pairs; round++) {
		for (pair = 1; pair <= pairs; pair++) {
			i = (round - 1) * pairs + pair
			net[pair] = value["ns", "ntpxdp/sink", i] - value["ns", "sink", i]
		}
		ours = median(net, pairs)
		list[round] = ours > 0 ? value["ns", other, round] / ours : 0
	}
	return pairs ? median(list, rounds) : 0
}

function judge(good, text) {
	verdicts = verdicts sprintf("%s - %s\n", good ? "ok" : "not ok", text)
	if (!good)
		missed = 1
}

# Beside servers that read sockets: with floor_reflector of its rate the reflector would not get there.
function judge_times(other, floor, text,    times, room) {
	times = ratio("hz", "ntpxdp/4", other)
	room = ratio("hz", "reflector/4", other) * floor_reflector
	text = sprintf("%.1f times %s (at least %d)", times, text, floor)
	if (times > 0 && times < floor && room < floor)
		skip(text, sprintf("the bare reflector is %.0f times here", room / floor_reflector))
	else
		judge(times >= floor, text)
}

function skip(text, why) {
	verdicts = verdicts sprintf("ok - %s # SKIP %s\n", text, why)
}

function rate_row(key, title, reflector,    m) {
	if (!count[key])
		return
	m = middle("hz", key)
	printf "%-34s %10.0f %10.0f..%-10.0f %6.1f", title, m, least, most, middle("ns", key)
	if (reflector != "")
		printf "  %6.1f %%  %5.2f %%", 100 * ratio("hz", key, reflector),
			100 * (1 - got[key] / sent[key])
	printf "\n"
}

function rates() {
	printf "\nXDP, replies/s%19s %10s %10s..%-10s %6s  %8s  %7s\n", "", "median", "least", "most",
		"ns", "of refl.", "lost"
	rate_row("reflector/4", "bare reflector, IPv4", "")
	rate_row("ntpxdp/4", "ntpxdp, IPv4, " hot " clients", "reflector/4")
	rate_row("ntpxdp/many", "ntpxdp, IPv4, " many " clients", "reflector/4")
	rate_row("reflector/6", "bare reflector, IPv6", "")
	rate_row("ntpxdp/6", "ntpxdp, IPv6, " hot " clients", "reflector/6")
	rate_row("reflector/two", "bare reflector, two cores", "")
	rate_row("ntpxdp/two", "ntpxdp, two cores", "reflector/two")
	rate_row("generic/4", "ntpxdp, generic mode", "reflector/4")
	rate_row("generic/two", "ntpxdp, generic mode, two cores", "reflector/two")
	printf "Limit, own addresses and counters on. ns: CPU time of a reply with generator and cable,\n"
	printf "%.1f ns of which are spent where nothing replies; the cores were ours for %.0f %% of the time.\n",
		middle("ns", "sink"), wall ? 100 * cpu / wall : 0
}

# Where a server was faster, in a flood or at a rate that it can bear.
function best_of(name) {
	return middle("hz", name "/flood") > middle("hz", name "/best") ? name "/flood" : name "/best"
}

# What the ratio would be if a system call cost a tenth of what it costs here.
function cheaper(key, times,    ns, less) {
	ns = middle("ns", key)
	less = ns - 0.9 * syscall * calls[key]
	return (calls[key] > 0 && less > 0) ? sprintf("%.1f", times * less / ns) : "?"
}

function servers(    i, name, key, times) {
	printf "\n%-22s %10s %10s..%-10s %6s %7s  %9s  %9s\n", "Sockets, replies/s", "median", "least",
		"most", "ns", "calls", "ntpxdp is", "at 1/10"
	for (i = 1; i <= names; i++) {
		name = server[i]
		key = best_of(name)
		times = ratio("hz", "ntpxdp/4", key)
		printf "%-22s %10.0f", title[name], middle("hz", key)
		printf " %10.0f..%-10.0f", least, most
		printf " %6.0f %7s  %7.1f x  %7s x\n", middle("ns", key),
			(calls[key] > 0) ? sprintf("%.2f", calls[key]) : "?", times, cheaper(key, times)
	}
	printf "Each server has a core, generator and softirq the other. calls: system calls a reply; one costs\n"
	printf "%d ns here, and some 100 on bare metal: the last column is the ratio if it were a tenth.\n",
		syscall
}

function losses(    i, name, list, n) {
	if (!count["loss/ntpxdp/50"])
		return
	n = split("ntpxdp generic", list)
	for (i = 1; i <= names; i++)
		list[n + i] = server[i]
	printf "\n%-34s %12s  %12s\n", "Lost at this share of the most", "50 %", "90 %"
	for (i = 1; i <= n + names; i++) {
		name = list[i]
		printf "%-34s %10.3f %%  %10.3f %%\n", name in title ? title[name] : "ntpxdp, " \
			(name == "generic" ? "generic mode" : "native mode"),
			middle("lost", "loss/" name "/50"), middle("lost", "loss/" name "/90")
	}
}

function latency_row(state, text, hz,    key) {
	key = "latency/" state "/" hz
	if (!count[key])
		return
	printf "%-40s %8.2f", text, middle("p50", key) / 1000
	printf " %8.2f", middle("p99", key) / 1000
	printf " %8.2f..%-8.2f", least / 1000, most / 1000
	printf " %8.2f\n", middle("p999", key) / 1000
}

function latencies(hz) {
	if (!count["latency/idle/" hz])
		return
	printf "\n%-40s %8s %8s %8s..%-8s %8s\n", "Latency in us, " hz " requests/s", "p50", "p99",
		"least", "most", "p99.9"
	latency_row("reflector", "bare reflector", hz)
	latency_row("idle", "ntpxdp, its daemon stopped", hz)
	latency_row("daemon", "ntpxdp, its daemon running", hz)
	latency_row("scrape", "  and 10 scrapes/s of its metrics", hz)
	latency_row("clients", "  and 10 listings/s of its clients", hz)
	latency_row("chronyd", title["chronyd"], hz)
	latency_row("socket", title["socket"], hz)
}

# A row of what a reply costs against one thing, and the first point at which it costs 5 % more.
function growth(kind, text, points,    i, n, list, key, first, now, bend) {
	n = split(points, list)
	if (!count[kind "/" list[1]])
		return
	printf "%-26s", text
	for (i = 1; i <= n; i++)
		printf " %9s", list[i]
	printf "\n%-26s", "  ns a reply"
	for (i = 1; i <= n; i++) {
		key = kind "/" list[i]
		now = middle("ns", key)
		first = i == 1 ? now : first
		printf " %9.1f", now
		if (!bend && i > 1 && ratio("ns", key, kind "/" list[1]) > 1.05)
			bend = list[i]
		if (plots != "")
			print list[i], now, least, most >(plots "/" kind ".dat")
	}
	printf "   %s\n", bend ? "bends at " bend : "does not bend"
}

function floors(    key, times) {
	judge(ratio("hz", "ntpxdp/4", "reflector/4") >= floor_reflector,
		sprintf("IPv4: %.1f %% of the bare reflector on one core (at least %d %%)",
			100 * ratio("hz", "ntpxdp/4", "reflector/4"), 100 * floor_reflector))
	judge(ratio("hz", "ntpxdp/6", "reflector/6") >= floor_reflector,
		sprintf("IPv6: %.1f %% of the bare reflector on one core (at least %d %%)",
			100 * ratio("hz", "ntpxdp/6", "reflector/6"), 100 * floor_reflector))
	judge(ratio("hz", "ntpxdp/many", "reflector/4") >= floor_many,
		sprintf("%d random clients: %.1f %% of the bare reflector (at least %d %%)", many,
			100 * ratio("hz", "ntpxdp/many", "reflector/4"), 100 * floor_many))
	if (count["ntpxdp/two"])
		judge(ratio("hz", "ntpxdp/two", "ntpxdp/4") >= floor_cores,
			sprintf("two cores answer %.2f times as much as one (at least %.1f)",
				ratio("hz", "ntpxdp/two", "ntpxdp/4"), floor_cores))
	key = best_of("chronyd")
	judge_times(key, floor_chronyd, "the best of chronyd")
	times = cpu_times(key)
	judge(times >= floor_cpu,
		sprintf("%.0f ns of CPU time a reply without the generator's, 1/%.0f of chronyd's (at most 1/%d)",
			difference("ns", "ntpxdp/sink", "sink"), times, floor_cpu))
	judge_times(best_of("batch"), floor_batch, "the best of a bare recvmmsg/sendmmsg responder")
	judge_latency("p50", limit_p50_us, bare_p50_us)
	judge_latency("p99", limit_p99_us, bare_p99_us)
	undisturbed("daemon", "the page writer")
	undisturbed("scrape", "a scrape")
	undisturbed("clients", "a client listing")
}

# The limit is that of a machine on which the reflector has room_us. Where it has more, the limit
# cannot be shown, but as much more than the reflector's is too much here, too.
function judge_latency(what, limit_us, room_us,    bare_us, times, us, text) {
	us = middle(what, "latency/daemon/1000") / 1000
	bare_us = middle(what, "latency/reflector/1000") / 1000
	times = ratio(what, "latency/daemon/1000", "latency/reflector/1000")
	text = sprintf("latency at 1000/s: %s %.2f us (at most %d), %.1f times the reflector's (%.1f)",
		what, us, limit_us, times, limit_us / room_us)
	if (us > limit_us && bare_us > room_us && times <= limit_us / room_us)
		skip(text, sprintf("the bare reflector has %.2f us here, not %.1f", bare_us, room_us))
	else
		judge(us > 0 && us <= limit_us, text)
}

# What runs beside changes p99 by less than a share of it, or by less than either varies between runs.
function undisturbed(state, text,    change, before, spread) {
	change = middle("p99", "latency/" state "/1000")
	spread = most - least
	before = middle("p99", "latency/idle/1000")
	change -= before
	if (most - least > spread)
		spread = most - least
	judge(before > 0 && (change < limit_change * before || change < spread),
		sprintf("%s changes p99 by %+.2f us of %.2f (less than %d %%, or than its spread, %.2f)",
			text, change / 1000, before / 1000, 100 * limit_change, spread / 1000))
}

function plot_tables(    i, list, n, name) {
	n = split("reflector/4 ntpxdp/4 ntpxdp/many generic/4", list)
	split("bare reflector,ntpxdp,ntpxdp; a million clients,ntpxdp; generic mode", name, ",")
	for (i = 1; i <= n; i++)
		printf "\"%s\" %.0f %.0f %.0f\n", name[i], middle("hz", list[i]), least, most >(plots "/rates.dat")
	for (i = 1; i <= names; i++)
		printf "\"%s\" %.0f %.0f %.0f\n", title[server[i]], middle("hz", best_of(server[i])), least,
			most >(plots "/rates.dat")
	n = split("reflector idle daemon scrape clients chronyd socket", list)
	split("bare reflector,daemon stopped,ntpxdp,with scrapes,with listings," title["chronyd"] "," \
		title["socket"], name, ",")
	for (i = 1; i <= n; i++)
		if (count["latency/" list[i] "/1000"])
			printf "\"%s\" %.3f %.3f %.3f %.3f %.3f %.3f\n", name[i],
				middle("p50", "latency/" list[i] "/1000") / 1000,
				middle("p99", "latency/" list[i] "/1000") / 1000,
				middle("p999", "latency/" list[i] "/1000") / 1000,
				middle("p50", "latency/" list[i] "/100000") / 1000,
				middle("p99", "latency/" list[i] "/100000") / 1000,
				middle("p999", "latency/" list[i] "/100000") / 1000 >(plots "/latency.dat")
}

BEGIN {
	names = split(titles, server)
	for (i = 1; i <= names; i++) {
		split(server[i], part, "=")
		gsub("_", " ", part[2])
		server[i] = part[1]
		title[part[1]] = part[2]
	}
}

/^calls\// {
	calls[substr($1, 7)] = $2
	next
}

{
	key = $1
	n = ++count[key]
	split(key, part, "/")
	reads = part[1] in title
	ns = reads ? $6 : $5
	value["ns", key, n] = ns
	value["hz", key, n] = ns ? $8 * 1e9 / ns : 0
	if (reads && ns)
		value["hz", key, n] = 1e9 / ns
	value["lost", key, n] = $2 ? 100 * (1 - $3 / $2) : 0
	value["p50", key, n] = $9
	value["p99", key, n] = $10
	value["p999", key, n] = $11
	sent[key] += $2
	got[key] += $3
	if (key ~ /^(reflector|ntpxdp)\//) {
		cpu += $5 * $3
		wall += $4 * $3 * $8
	}
}

END {
	rates()
	servers()
	losses()
	latencies(1000)
	latencies(100000)
	if (count["pages/0"]) {
		printf "\nGrowth, and the first point that costs over 5 %% more\n"
		if (count["ntpxdp/two"]) {
			printf "%-26s %9s %9s\n%-26s %9.1f %9.1f   %s\n", "cores", 1, 2, "  ns a reply",
				middle("ns", "ntpxdp/4"), middle("ns", "ntpxdp/two"),
				(ratio("ns", "ntpxdp/two", "ntpxdp/4") > 1.05) ? "bends at 2" : "does not bend"
		}
		growth("pages", "page written, times/s", "0 4 10 100 1000")
		growth("scrapes", "metrics read, times/s", "0 1 10 100 1000")
	}
	if (plots != "")
		plot_tables()
	floors()
	printf "\n%s", verdicts
	exit missed
}
