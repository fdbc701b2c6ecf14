# SPDX-License-Identifier: GPL-2.0-or-later
# What the last part of scripts/bench must reach (lib/bench-parts.sh): reads its lines of JSON, says
# what is reached and what not. The exit status is 1 when something is missed; `many` is a million.

function field(name) {
	if (!match($0, "\"" name "\":[^,}]*"))
		return ""
	return substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3)
}

# Insertion, into list[1..n].
function insert(list, n, value,    i) {
	for (i = n; i > 1 && list[i - 1] > value; i--)
		list[i] = list[i - 1]
	list[i] = value
}

function judge(good, text) {
	printf "%s - %s\n", good ? "ok" : "not ok", text
	if (!good)
		missed = 1
}

function at_most(ns, limit, text) {
	judge(ns != "" && ns <= limit, sprintf("%s %s ns (at most %d)", text, ns, limit))
}

function not_slower(kind, text) {
	judge(dpdk[kind] != "" && xdp[kind] != "" && dpdk[kind] <= xdp[kind],
		sprintf("a reply of the DPDK worker, %s: %s ns; of the XDP program: %s", text,
			dpdk[kind], xdp[kind]))
}

/"group":"asked","name":"no rules, no limit, hot"/ { xdp["hot"] = field("ns") + 0 }
/"group":"asked","name":"limit, hot"/ { xdp["limit"] = field("ns") + 0 }
/"group":"asked","name":"limit, 1,000,000 clients"/ { xdp["many"] = field("ns") + 0 }

/"label":"transmit"/ {
	if (field("clients") == 1)
		insert(one, ++ones, field("p99") + 0)
	else
		insert(all, ++alls, field("p99") + 0)
}

/"device":"ring","family":4/ {
	kind = field("limit") == "false" ? "hot" : field("clients") == 1 ? "limit" : "many"
	least[kind] = field("ns_per_reply") + 0
	dpdk[kind] = field("ns_per_reply_median") + 0
	measured = 1
}

END {
	at_most(one[int((ones + 1) / 2)], 200, "transmit timestamp, one client: p99 late by")
	at_most(all[int((alls + 1) / 2)], 200,
		"transmit timestamp, " many " random clients: p99 late by")
	if (measured) {
		at_most(least["hot"], 40, "a reply of the DPDK worker, hot, in its best round:")
		at_most(least["many"], 100,
			"a reply of the DPDK worker, " many " random clients, in its best round:")
		not_slower("hot", "hot")
		not_slower("limit", "hot with the limit")
		not_slower("many", many " random clients")
	}
	exit missed
}
