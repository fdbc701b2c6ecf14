# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The servers that scripts/bench compares: ntpxdp by XDP, native and generic, and by its socket
# engine; chronyd and NTPsec's ntpd; two bare responders. Each has a core, $other_core, and socket
# buffers of 4 MiB; none may set the clock. Sourced after lib/bench-network.sh.
socket_bytes=4194304
declare -A server_pid=() # NAME: process, of those that answer by sockets
server_names=()          # these, in the order of the table
metrics_port=9123

# server_start NAME NAMESPACE COMMAND... : on the second core; its process in ${server_pid[NAME]}.
server_start() {
	local name=$1 namespace=$2
	shift 2
	namespaces_start "$name" "$namespace" taskset -c "$other_core" "$@"
	server_pid[$name]=$started
}

# server_socket NAME COMMAND... : one that answers by a socket, in a namespace of its own.
server_socket() {
	local name=$1
	shift
	network_server "$name"
	server_start "$name" "$name" "$@"
	namespaces_wait 3 "$bench/sockbuf" "${server_pid[$name]}" "$socket_bytes" || {
		sed "s/^/$name: /" "$namespaces_folder/$name.log" >&2
		die "$name opens no socket, or its buffers cannot be set"
	}
	server_names+=("$name")
}

server_xdp() {
	local setting=$namespaces_folder/ntpxdp.conf
	# The limit is on, so high that 32 clients together are within it. A table for two million.
	cat >"$setting" <<-EOF
		local stratum 1
		ratelimit interval -19 burst 255 leak 1
		clientloglimit 33554432
		driftfile $namespaces_folder/drift
		pindir $namespaces_pins
		control $namespaces_folder/control
		metrics 127.0.0.1:$metrics_port
		user root
	EOF
	server_start ntpxdp ntpxdp "$build/ntpxdpd" -f "$setting"
	namespaces_later ntpxdp_in_server detach ntpxdp-s
	namespaces_later ntpxdp_in_server detach generic-s
	ntpxdp_in_server health --wait 10 >"$namespaces_folder/health.log" 2>&1 &&
		ntpxdp_in_server attach ntpxdp-s --mode native >"$namespaces_folder/attach.log" 2>&1 &&
		ntpxdp_in_server attach generic-s --mode generic >>"$namespaces_folder/attach.log" 2>&1 &&
		return
	sed 's/^/ntpxdpd: /' "$namespaces_folder"/{ntpxdp,health,attach}.log >&2
	die "ntpxdpd does not serve"
}

ntpxdp_in_server() {
	namespaces_in ntpxdp "$build/ntpxdp" "$@" --socket "$namespaces_folder/control"
}

server_chronyd() {
	cat >"$namespaces_folder/chrony.conf" <<-EOF
		local stratum 1
		allow all
		cmdport 0
		bindcmdaddress /
		pidfile $namespaces_folder/chronyd.pid
	EOF
	server_socket chronyd "$(command -v chronyd)" -x -n -d -U -u root \
		-f "$namespaces_folder/chrony.conf"
}

# It follows no server here, and says so in its replies; they cost the same. Its limit of some 20
# requests for each client is built in, and on unless it is taken back.
server_ntpsec() {
	cat >"$namespaces_folder/ntpsec.conf" <<-EOF
		unrestrict default limited kod
		disable ntp
		driftfile $namespaces_folder/ntpsec.drift
	EOF
	server_socket ntpsec "$peers_dir/ntpsec/usr/sbin/ntpd" -n -c "$namespaces_folder/ntpsec.conf" \
		-p "$namespaces_folder/ntpsec.pid"
}

# server_engine NAME OPTION LINE... : our socket engine with these settings.
server_engine() {
	local name=$1 option=$2
	shift 2
	printf '%s\n' 'local stratum 1' "driftfile $namespaces_folder/$name.drift" \
		"control $namespaces_folder/$name.control" 'metrics off' 'user root' "$@" \
		>"$namespaces_folder/$name.conf"
	# shellcheck disable=SC2086 # no option is none
	server_socket "$name" "$build/ntpxdpd" $option -f "$namespaces_folder/$name.conf"
	namespaces_in "$name" "$build/ntpxdp" health --wait 10 \
		--socket "$namespaces_folder/$name.control" >"$namespaces_folder/health.log" 2>&1 ||
		die "$name: $(cat "$namespaces_folder/health.log")"
}

# Does this build know `workers`?
server_knows_workers() {
	printf 'workers 1\n' >"$namespaces_folder/workers.conf"
	"$build/ntpxdpd" -p -f "$namespaces_folder/workers.conf" >/dev/null 2>&1
}

servers_start() {
	server_xdp
	server_chronyd
	server_socket batch "$bench/responder" batch
	[ -z "$quick" ] || return
	[ ! -x "$peers_dir/ntpsec/usr/sbin/ntpd" ] || server_ntpsec
	server_socket single "$bench/responder" single
	server_engine socket -n
	! server_knows_workers || server_engine workers '' "pindir $namespaces_pins/w" 'workers 1'
}

# What each is called in the tables (_ for a blank), and at how many requests a second it is at its
# best, if that is not in a flood: a little above what it can bear.
server_title() {
	case $1 in
	chronyd) chronyd --version | sed -n 's/.*version \([0-9.]*\).*/chronyd_\1/p' ;;
	ntpsec) "$peers_dir/ntpsec/usr/sbin/ntpd" --version 2>&1 |
		sed -n 's/.*ntpsec-\([0-9.]*\).*/NTPsec_\1_ntpd/p' | head -n 1 ;;
	single) echo recvfrom/sendto ;;
	batch) echo recvmmsg/sendmmsg_64 ;;
	socket) echo ntpxdpd_-n ;;
	workers) echo ntpxdpd_workers_1 ;;
	esac
}
server_best_hz() {
	case $1 in
	batch) echo 750000 ;;
	*) echo 250000 ;;
	esac
}
