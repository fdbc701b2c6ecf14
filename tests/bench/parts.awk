# SPDX-License-Identifier: GPL-2.0-or-later
# The end of scripts/bench (lib/bench-parts.sh): of lines of JSON, how true the transmit timestamp is
# and what a reply costs the DPDK worker, and what of it and of the XDP program's cost is reached. Of
# the worker also the best round counts: a shared machine is slower now and then. The exit status is
# 1 when something is missed; `many` is a million, and the limits are given. With `quick` there is
# nothing of the XDP program. Wants median.awk before it.

function field(name) {
	if (!match($0, "\"" name "\":[^,}]*"))
		return ""
	return substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3)
}

function text_field(name) {
	if (!match($0, "\"" name "\":\"[^\"]*"))
		return ""
	return substr($0, RSTART + length(name) + 4, RLENGTH - length(name) - 4)
}

function note(what, row) {
	value[what, row, ++count[what, row]] = field(what) + 0
}

function middle(what, row,    i, list) {
	for (i = 1; i <= count[what, row]; i++)
		list[i] = value[what, row, i]
	return median(list, count[what, row])
}

function least(what, row,    i, m) {
	m = value[what, row, 1]
	for (i = 2; i <= count[what, row]; i++)
		if (value[what, row, i] < m)
			m = value[what, row, i]
	return m
}

function judge(good, text) {
	printf "%s - %s\n", good ? "ok" : "not ok", text
	if (!good)
		missed = 1
}

function at_most(ns, limit, text) {
	judge(ns != "" && ns <= limit, sprintf("%s %s ns (at most %d)", text, ns, limit))
}

function not_slower(row, other, text,    ns, xdp_ns) {
	ns = middle("ns_per_reply_median", row)
	xdp_ns = middle("ns", other)
	judge(ns != "" && xdp_ns != "" && ns <= xdp_ns,
		sprintf("a reply of the DPDK worker, %s: %s ns; of the XDP program: %s", text, ns,
			xdp_ns))
}

/"label":"parts","group":"asked"/ { note("ns", text_field("name")) }

/"label":"transmit"/ {
	row = field("clients") " client(s)"
	note("p50", row)
	note("p99", row)
}

/"label":"dpdk"/ {
	row = text_field("device") ", IPv" field("family") ", "
	row = row (field("limit") == "false" ? "no limit" : "limit, " field("clients") " client(s)")
	if (!count["ns_device", row])
		rows[++row_count] = row
	note("ns_per_reply", row)
	note("ns_per_reply_median", row)
	note("ns_device", row)
}

function transmit_row(row) {
	printf "%-38s %5s ns %5s ns\n", row, middle("p50", row), middle("p99", row)
}

function dpdk_table(    i) {
	printf "\nDPDK worker, ns a reply all in            least   median   device alone\n"
	for (i = 1; i <= row_count; i++)
		printf "%-38s %8.1f %8.1f %14.1f\n", rows[i], least("ns_per_reply", rows[i]),
			middle("ns_per_reply_median", rows[i]), middle("ns_device", rows[i])
}

function judge_dpdk(    hot, limited, all) {
	hot = "ring, IPv4, no limit"
	limited = "ring, IPv4, limit, 1 client(s)"
	all = "ring, IPv4, limit, " many " client(s)"
	at_most(least("ns_per_reply", hot), limit_dpdk,
		"a reply of the DPDK worker, hot, in its best round:")
	at_most(least("ns_per_reply", all), limit_dpdk_many,
		"a reply of the DPDK worker, " many " random clients, in its best round:")
	if (quick)
		return
	not_slower(hot, "no rules, no limit, hot", "hot")
	not_slower(limited, "limit, hot", "hot with the limit")
	not_slower(all, "limit, 1,000,000 clients", many " random clients")
}

END {
	printf "\ntransmit timestamp under load, late by      p50      p99\n"
	transmit_row("1 client(s)")
	transmit_row(many " client(s)")
	if (row_count)
		dpdk_table()
	printf "\n"
	at_most(middle("p99", "1 client(s)"), limit_late,
		"transmit timestamp, one client: p99 late by")
	at_most(middle("p99", many " client(s)"), limit_late,
		"transmit timestamp, " many " random clients: p99 late by")
	if (row_count)
		judge_dpdk()
	exit missed
}
