# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The end of scripts/bench: what a reply costs in the XDP program part by part, how
# true its transmit timestamp is on the cable under load, and what a reply costs the DPDK worker.
# Sourced after lib/bench-measure.sh; the reflector's cable has to be free by then. A quick run has
# not the first: filling the tables for it takes a minute.

# The status is 1 when a floor is missed (tests/bench/parts.awk).
parts_report() {
	local lines=${json:-$namespaces_folder/parts}
	if [ -z "$quick" ]; then
		printf '\n'
		taskset -c "$core" "$bench/parts" --json "$lines" || die "tests/bench/parts failed"
	fi
	{
		parts_transmit
		[ ! -x "$bench/dpdk" ] || parts_dpdk
	} >>"$lines"
	awk -v many=$many -v quick="$quick" "${floors[@]}" -f tests/bench/median.awk \
		-f tests/bench/parts.awk "$lines"
}

# The program of this measurement reads the clock once more, just before it returns.
parts_transmit() {
	local address clients line run
	address=$(ip -n "$namespaces_prefix-ntpxdp" -o link show bare-s |
		sed -n 's|.*link/ether \([0-9a-f:]*\).*|\1|p')
	for clients in 1 $many; do
		for ((run = 0; run < runs; run++)); do
			line=$(namespaces_in ntpxdp "$bench/transmit" --iface bare-s \
				nsenter --net="/run/netns/$namespaces_prefix-clients" \
				taskset -c "$core" "$bench/load" --iface bare-c \
				--server-mac "$address" --program none --clients "$clients" \
				--seconds "$seconds" 2>"$namespaces_folder/transmit.log") ||
				die "tests/bench/transmit failed: $(tail -n 2 "$namespaces_folder/transmit.log")"
			printf '{"clients":%s,%s\n' "$clients" "${line#\{}"
		done
	done
}

# Hot, then so many random clients with the limit on; rings, and a capture read again and again.
parts_dpdk() {
	local run
	for ((run = 0; run < runs; run++)); do
		taskset -c "$core" "$bench/dpdk" --clients $many ${quick:+--repeat 10000} \
			2>"$namespaces_folder/dpdk.log" ||
			die "tests/bench/dpdk failed: $(tail -n 2 "$namespaces_folder/dpdk.log")"
	done
}
