# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The end of a whole run of scripts/bench: what a reply costs in the XDP program part by part, how
# true its transmit timestamp is on the cable under load, and what a reply costs the DPDK worker.
# Sourced after lib/bench-measure.sh; the reflector's cable has to be free by then.

# The status is 1 when a floor is missed (tests/bench/parts.awk).
parts_report() {
	parts_lines=${json:-$namespaces_folder/parts}
	printf '\n'
	taskset -c "$core" "$bench/parts" --json "$parts_lines" || die "tests/bench/parts failed"
	parts_transmit
	[ ! -x "$bench/dpdk" ] || parts_dpdk
	printf '\n'
	awk -v many=$many -f tests/bench/parts.awk "$parts_lines"
}

# parts_late CLIENTS : one line, of a run of a second. The program of this measurement reads the
# clock once more, just before it returns.
parts_late() {
	local address
	address=$(ip -n "$namespaces_prefix-ntpxdp" -o link show bare-s |
		sed -n 's|.*link/ether \([0-9a-f:]*\).*|\1|p')
	namespaces_in ntpxdp "$bench/transmit" --iface bare-s \
		nsenter --net="/run/netns/$namespaces_prefix-clients" taskset -c "$core" \
		"$bench/load" --iface bare-c --server-mac "$address" --program none \
		--clients "$1" --seconds 1 2>"$namespaces_folder/transmit.log" ||
		die "tests/bench/transmit failed: $(tail -n 2 "$namespaces_folder/transmit.log")"
}

# parts_median LIST... : of numbers
parts_median() { printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"; }

parts_transmit() {
	local clients line run p50 p99
	printf '\ntransmit timestamp under load, late by      p50      p99, medians of %s\n' "$runs"
	for clients in 1 $many; do
		p50=() p99=()
		for ((run = 0; run < runs; run++)); do
			line=$(parts_late "$clients") || exit 1
			printf '{"clients":%s,%s\n' "$clients" "${line#\{}" >>"$parts_lines"
			p50+=("$(field p50 "$line")") p99+=("$(field p99 "$line")")
		done
		printf '%-38s %5s ns %5s ns\n' "$clients client(s)" "$(parts_median "${p50[@]}")" \
			"$(parts_median "${p99[@]}")"
	done
}

# Hot, then so many random clients with the limit on; rings, and a capture read again and again. The
# least of all runs, for the machine is slower now and then; and the median of their medians.
parts_dpdk() {
	local run
	printf '\nDPDK worker, ns a reply all in            least   median   device alone\n'
	for ((run = 0; run < runs; run++)); do
		taskset -c "$core" "$bench/dpdk" --clients $many 2>"$namespaces_folder/dpdk.log" ||
			die "tests/bench/dpdk failed: $(tail -n 2 "$namespaces_folder/dpdk.log")"
	done >"$namespaces_folder/dpdk"
	cat "$namespaces_folder/dpdk" >>"$parts_lines"
	awk -v table=1 -f tests/bench/parts.awk "$namespaces_folder/dpdk"
}
