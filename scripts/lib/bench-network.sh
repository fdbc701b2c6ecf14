# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The network of scripts/bench: one namespace of clients with a cable to each server, two queues an
# end, native XDP on both ends. Sourced after lib/namespaces.sh; the caller begins and ends.

# network_cable NAME NAMESPACE : a cable to that namespace; its ends are NAME-c and NAME-s.
network_cable() {
	local name=$1 namespace=$2
	# shellcheck disable=SC2034 # namespaces_cable reads it
	namespaces_queues=(numrxqueues "$queues" numtxqueues "$queues")
	namespaces_cable clients "$name-c" -- "$namespace" "$name-s" ||
		die "cannot make a virtual cable for $name"
	network_mac[$name]=$(ip -n "$namespaces_prefix-clients" -o link show "$name-c" |
		sed -n 's|.*link/ether \([0-9a-f:]*\).*|\1|p')
}

# network_server NAME : a namespace of its own with a cable, the address that is asked, and a way
# back to all clients over it.
network_server() {
	namespaces_add "$1" || die "cannot make a network namespace"
	network_cable "$1" "$1"
	network_addresses "$1" "$1-s" "${network_mac[$1]}"
}

# network_addresses NAMESPACE END MAC
network_addresses() {
	local address netns=$namespaces_prefix-$1
	ip -n "$netns" addr add 198.18.0.1/24 dev "$2"
	ip -n "$netns" addr add fd4e:7470::1/64 dev "$2" nodad
	for address in 198.18.0.2 fd4e:7470::2; do
		ip -n "$netns" neigh add "$address" lladdr "$3" dev "$2" nud permanent
		ip -n "$netns" route add default via "$address"
	done
	# Without a program there, veth takes frames from XDP only with this.
	namespaces_in "$1" ethtool -K "$2" gro on >/dev/null
}

network_make() {
	declare -gA network_mac=()
	namespaces_add clients || die "cannot make a network namespace"
	network_server ntpxdp
	network_cable generic ntpxdp
	network_cable bare ntpxdp
	# Generic mode has no XDP ring: frames from XDP come in by GRO's.
	namespaces_in ntpxdp ethtool -K generic-s gro on >/dev/null
}
