# SPDX-License-Identifier: GPL-2.0-or-later
# A section of scripts/bench: what a reply costs in the XDP program part by part, and how true its
# transmit timestamp is on veth under load. Sourced; uses $bench, $core, $json, $tag, mac[] and
# in_server/in_clients of scripts/bench, and the reflector's veth pair r0/r1, which has to be free.
# shellcheck shell=bash

bench_parts() {
	local more=()
	[ -z "$json" ] || more=(--json "$json")
	taskset -c "$core" "$bench/parts" "${more[@]}" || return
	printf '\n'
	bench_transmit
}

# The server's MAC address is read there: scripts/bench keeps only the clients'.
bench_transmit() {
	local address clients line
	address=$(ip -n "$tag-server" -o link show r1 | sed -n 's|.*link/ether \([0-9a-f:]*\).*|\1|p')
	for clients in 1 1000000; do
		line=$(in_server "$bench/transmit" --iface r1 nsenter --net="/run/netns/$tag-clients" \
			taskset -c "$core" "$bench/load" --iface r0 --server-mac "$address" \
			--program none --clients "$clients" --seconds 1 2>/dev/null) || return
		[ -z "$json" ] || printf '%s\n' "$line" >>"$json"
		printf 'transmit timestamp, %s client(s): %s\n' "$clients" "$line"
	done
}
