# SPDX-License-Identifier: GPL-2.0-or-later
# What the last part of scripts/bench must reach (lib/bench-parts.sh): reads its lines of JSON, says
# what is reached and what not. The exit status is 1 when something is missed; `many` is a million.
# With `table`, no more than the table of the DPDK worker's lines.

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

function not_slower(row, xdp_ns, text,    ns) {
	ns = middle(medians[row])
	judge(ns != "" && xdp_ns != "" && ns <= xdp_ns,
		sprintf("a reply of the DPDK worker, %s: %s ns; of the XDP program: %s", text, ns,
			xdp_ns))
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

/"label":"dpdk"/ {
	row = substr(field("device"), 2, length(field("device")) - 2) ", IPv" field("family") ", "
	row = row (field("limit") == "false" ? "no limit" : "limit, " field("clients") " client(s)")
	ns = field("ns_per_reply") + 0
	if (!lines[row]++) {
		order[++rows] = row
		least[row] = ns
	}
	if (ns < least[row])
		least[row] = ns
	medians[row] = medians[row] " " field("ns_per_reply_median")
	devices[row] = devices[row] " " field("ns_device")
}

function middle(numbers,    i, n, list, sorted) {
	n = split(numbers, list, " ")
	for (i = 1; i <= n; i++)
		insert(sorted, i, list[i] + 0)
	return sorted[int((n + 1) / 2)]
}

function print_table(    i) {
	for (i = 1; i <= rows; i++)
		printf "%-38s %8.1f %8.1f %14.1f\n", order[i], least[order[i]],
			middle(medians[order[i]]), middle(devices[order[i]])
}

END {
	if (table) {
		print_table()
		exit
	}
	at_most(one[int((ones + 1) / 2)], 200, "transmit timestamp, one client: p99 late by")
	at_most(all[int((alls + 1) / 2)], 200,
		"transmit timestamp, " many " random clients: p99 late by")
	if (rows) {
		hot = "ring, IPv4, no limit"
		limited = "ring, IPv4, limit, 1 client(s)"
		all_clients = "ring, IPv4, limit, " many " client(s)"
		at_most(least[hot], 40, "a reply of the DPDK worker, hot, in its best round:")
		at_most(least[all_clients], 100,
			"a reply of the DPDK worker, " many " random clients, in its best round:")
		not_slower(hot, xdp["hot"], "hot")
		not_slower(limited, xdp["limit"], "hot with the limit")
		not_slower(all_clients, xdp["many"], many " random clients")
	}
	exit missed
}
