# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Network namespaces, virtual cables and background processes for a shell script, all removed when
# the script ends, whatever ends it. Sourced; the caller calls namespaces_begin first and owns the
# names after that. Processes in a namespace have no right to set the clock. (Network tests are in
# Python and have tests/net/lab.py for the same.)

# namespaces_begin PREFIX : from here on all that is made carries PREFIX and this process' id.
namespaces_begin() {
	namespaces_prefix=$1-$$
	namespaces_folder=$(mktemp -d "/tmp/$1-XXXXXX")
	namespaces_pins=/sys/fs/bpf/$namespaces_prefix
	mkdir -p "$namespaces_pins"
	namespaces_made=() namespaces_links=() namespaces_processes=()
	namespaces_at_end=()
	trap namespaces_end EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
}

# namespaces_later COMMAND... : runs at the end, before anything is removed.
namespaces_later() { namespaces_at_end+=("$(printf '%q ' "$@")"); }

namespaces_end() {
	local status=$? item
	trap - EXIT
	trap '' INT TERM HUP
	for item in "${namespaces_at_end[@]}"; do
		eval "$item" >/dev/null 2>&1
	done
	for item in "${namespaces_processes[@]}"; do
		kill "$item" 2>/dev/null
	done
	for item in "${namespaces_processes[@]}"; do
		timeout 3 tail --pid="$item" -f /dev/null 2>/dev/null || kill -KILL "$item" 2>/dev/null
		wait "$item" 2>/dev/null
	done
	for item in "${namespaces_links[@]}"; do
		ip link del "$item" 2>/dev/null
	done
	for item in "${namespaces_made[@]}"; do
		ip netns del "$item" 2>/dev/null
	done
	rm -rf "$namespaces_folder" "$namespaces_pins"
	exit "$status"
}

# namespaces_add NAME : a namespace with its loopback up.
namespaces_add() {
	ip netns add "$namespaces_prefix-$1" && namespaces_made+=("$namespaces_prefix-$1") &&
		ip -n "$namespaces_prefix-$1" link set lo up
}

# namespaces_in NAME COMMAND... : runs inside. nsenter and not `ip netns exec`, which would hide
# the host's bpffs. The name - is the namespace that the script itself is in.
namespaces_in() {
	local name=$1
	shift
	if [ "$name" = - ]; then
		"${namespaces_no_clock[@]}" "$@"
	else
		nsenter --net="/run/netns/$namespaces_prefix-$name" "${namespaces_no_clock[@]}" "$@"
	fi
}
namespaces_no_clock=(setpriv --bounding-set=-sys_time --inh-caps=-sys_time)

# namespaces_start LOG NAME COMMAND... : in the background, until the end; its id in $started.
namespaces_start() {
	local log=$1 name=$2
	shift 2
	if [ "$name" = - ]; then
		"${namespaces_no_clock[@]}" "$@" </dev/null >"$namespaces_folder/$log.log" 2>&1 &
	else
		nsenter --net="/run/netns/$namespaces_prefix-$name" "${namespaces_no_clock[@]}" "$@" \
			</dev/null >"$namespaces_folder/$log.log" 2>&1 &
	fi
	started=$!
	namespaces_processes+=("$started")
}

# namespaces_cable NAME END ADDRESS... -- NAME END ADDRESS... : a virtual cable with an end in each
# namespace. Checksums are computed by the sender, since XDP answers before the kernel would.
# namespaces_queues may hold options of ip-link(8) for both ends.
namespaces_queues=()
namespaces_cable() {
	local left=() right=()
	while [ "$1" != -- ]; do
		left+=("$1")
		shift
	done
	shift
	right=("$@")
	# shellcheck disable=SC2046
	ip link add "${left[1]}" "${namespaces_queues[@]}" $(_namespaces_place "${left[0]}") type veth \
		peer name "${right[1]}" "${namespaces_queues[@]}" $(_namespaces_place "${right[0]}") ||
		return
	[ "${left[0]}" != - ] || namespaces_links+=("${left[1]}")
	_namespaces_end_of_cable "${left[@]}" && _namespaces_end_of_cable "${right[@]}" &&
		namespaces_wait 5 _namespaces_carrier "${left[0]}" "${left[1]}" &&
		namespaces_wait 5 _namespaces_carrier "${right[0]}" "${right[1]}"
}

_namespaces_place() { [ "$1" = - ] || printf 'netns %s' "$namespaces_prefix-$1"; }

_namespaces_end_of_cable() {
	local name=$1 end=$2 address where=() nodad
	shift 2
	[ "$name" = - ] || where=(-n "$namespaces_prefix-$name")
	namespaces_in "$name" ethtool -K "$end" tx off txvlan off >/dev/null || return
	for address in "$@"; do
		nodad=
		case $address in *:*) nodad=nodad ;; esac
		ip "${where[@]}" address add "$address" dev "$end" $nodad || return
	done
	ip "${where[@]}" link set "$end" up
}

_namespaces_carrier() { namespaces_in "$1" ip link show dev "$2" | grep -q LOWER_UP; }

# namespaces_wait SECONDS COMMAND... : until the command succeeds; fails after the time.
namespaces_wait() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}
