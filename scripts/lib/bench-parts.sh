# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The end of a whole run of scripts/bench: what a reply costs in the XDP program part by part, how
# true its transmit timestamp is on the cable under load, and what a reply costs the DPDK worker.
# Sourced after lib/bench-measure.sh; the reflector's cable has to be free by then.

parts_report() {
	printf '\n'
	taskset -c "$core" "$bench/parts" ${json:+--json "$json"} ||
		die "tests/bench/parts failed"
	parts_transmit
	[ ! -x "$bench/dpdk" ] || parts_dpdk
}

# The program of this measurement reads the clock once more, just before it returns.
parts_transmit() {
	local address clients line
	address=$(ip -n "$namespaces_prefix-ntpxdp" -o link show bare-s |
		sed -n 's|.*link/ether \([0-9a-f:]*\).*|\1|p')
	printf '\ntransmit timestamp under load, late by      p50      p99\n'
	for clients in 1 $many; do
		line=$(namespaces_in ntpxdp "$bench/transmit" --iface bare-s \
			nsenter --net="/run/netns/$namespaces_prefix-clients" taskset -c "$core" \
			"$bench/load" --iface bare-c --server-mac "$address" --program none \
			--clients "$clients" --seconds 1 2>"$namespaces_folder/transmit.log") ||
			die "tests/bench/transmit failed: $(tail -n 2 "$namespaces_folder/transmit.log")"
		[ -z "$json" ] || printf '%s\n' "$line" >>"$json"
		printf '%-38s %5s ns %5s ns\n' "$clients client(s)" "$(field p50 "$line")" \
			"$(field p99 "$line")"
	done
}

# Hot, then so many random clients with the limit on; rings, and a capture read again and again.
parts_dpdk() {
	local line device limit
	printf '\nDPDK worker, ns a reply all in            least   median   device alone\n'
	taskset -c "$core" "$bench/dpdk" --clients $many 2>"$namespaces_folder/dpdk.log" |
		tee -a "${json:-/dev/null}" | while read -r line; do
		device=$(sed -n 's/.*"device":"\([^"]*\)".*/\1/p' <<<"$line")
		limit='no limit'
		[[ $line != *'"limit":true'* ]] || limit="limit, $(field clients "$line") client(s)"
		printf '%-38s %8s %8s %14s\n' "$device, IPv$(field family "$line"), $limit" \
			"$(field ns_per_reply "$line")" "$(field ns_per_reply_median "$line")" \
			"$(field ns_device "$line")"
	done
	[ "${PIPESTATUS[0]}" = 0 ] ||
		die "tests/bench/dpdk failed: $(tail -n 2 "$namespaces_folder/dpdk.log")"
}
