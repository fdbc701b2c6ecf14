# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The measurements of scripts/bench, in rounds: what is compared is measured one after the other,
# and each round does all. A result is a line of $results (results_line says what is in it), which
# tests/bench/report.awk reads. Sourced after lib/bench-servers.sh.

# So many clients are within the limit together (2^19 requests/s each), and all in the first cache.
hot=32
many=1000000

field() { sed -n 's/.*"'"$1"'":\([0-9.]*\).*/\1/p' <<<"$2"; }

# results_line KEY LINE : KEY SENT REPLIES NS_EACH CPU_NS_EACH SERVER_NS_EACH RATE CORES P50 P99
# P99.9 DURATION_NS, of a line of JSON.
results_line() {
	local key=$1 line=$2 replies server_ns p50 p99 p999
	replies=$(($(field replies "$line") + $(field unsynchronised "$line")))
	server_ns=$(field server_cpu_ns "$line")
	p50=$(field p50 "$line") p99=$(field p99 "$line") p999=$(field 'p99.9' "$line")
	printf '%s %s %s %s %s %s %s %s %s %s %s %s\n' "$key" "$(field sent "$line")" "$replies" \
		"$(field ns_per_reply "$line")" "$(field cpu_ns_per_reply "$line")" \
		"$((replies ? ${server_ns:-0} / replies : 0))" "$(field rate "$line")" \
		"$(field cores "$line")" "${p50:--}" "${p99:--}" "${p999:--}" \
		"$(awk -v s="$(field seconds "$line")" 'BEGIN { printf "%.0f", s * 1e9 }')"
}

# load NAME SECONDS [OPTION...] : the generator's account of one load, a line of JSON.
load() {
	local name=$1 time=$2 end=$1 program=none cpus=$core
	shift 2
	case $name in reflector | sink) program=$name end=bare ;; esac
	case " $* " in *' --cores 2 '*) cpus=$core,$other_core ;; esac
	set -- "$@" ${server_pid[$name]:+--server-pid "${server_pid[$name]}"}
	local namespace=$end
	case $end in bare | generic) namespace=ntpxdp ;; esac
	namespaces_in clients "${load_under[@]}" taskset -c "$cpus" "$bench/load" --iface "$end-c" \
		--peer "$end-s" --peer-netns "/run/netns/$namespaces_prefix-$namespace" \
		--program "$program" --label "$name" --seconds "$time" "$@"
}
load_under=()

# measure KEY NAME SECONDS [OPTION...] : one result, kept in $results; what is no good reply, in
# $wrong.
measure() {
	local key=$1 name=$2 line bad
	shift
	line=$(load "$@") || die "the generator failed on $name"
	[ -z "$json" ] || printf '%s\n' "$line" >>"$json"
	results_line "$key" "$line" >>"$results"
	[ -z "${server_pid[$name]:-}" ] || [ "$(tail -n 1 "$results" | cut -d ' ' -f 3)" != 0 ] ||
		die "$name does not reply any more: $line"
	bad=$(($(field bad_checksum "$line") + $(field other "$line")))
	[ "$name" = ntpsec ] || bad=$((bad + $(field unsynchronised "$line")))
	[ "$bad" = 0 ] || printf '%s\n' "$line" >>"$wrong"
}

# Before anything is timed: every reply in full, checksum too, at a rate that each server keeps.
verify() {
	local name family
	for name in reflector ntpxdp generic "${server_names[@]}"; do
		for family in 4 6; do
			measure verify "$name" 0.2 --families $family --rate 3000 --verify --clients $hot
			[ ! -s "$wrong" ] || die "$name gives wrong replies: $(tail -n 1 "$wrong")"
			awk '{ exit !($3 > 0.5 * $2) }' <(tail -n 1 "$results") ||
				die "$name does not reply over IPv$family: $(tail -n 1 "$results")"
		done
	done
	: >"$results"
}

# What is left of a reply without the generator is a small difference of two large figures: pairs of
# neighbours in time, several a round.
pairs_with_sink() {
	local pair pairs=4
	[ -z "$quick" ] || pairs=1
	for ((pair = 0; pair < pairs; pair++)); do
		measure sink sink "$seconds" --clients $hot
		measure ntpxdp/sink ntpxdp "$seconds" --clients $hot
	done
}

# Replies a second: each line of it is measured beside the others of its kind.
round_rates() {
	local family name best
	for family in 4 6; do
		measure reflector/$family reflector "$seconds" --families $family --clients $hot
		measure ntpxdp/$family ntpxdp "$seconds" --families $family --clients $hot
	done
	measure ntpxdp/many ntpxdp "$seconds" --clients $many
	[ "$queues" = 1 ] || {
		measure reflector/two reflector "$seconds" --clients $hot --cores 2
		measure ntpxdp/two ntpxdp "$seconds" --clients $hot --cores 2
	}
	[ -n "$quick" ] || measure generic/4 generic "$seconds" --clients $hot
	[ -n "$quick" ] || [ "$queues" = 1 ] ||
		measure generic/two generic "$seconds" --clients $hot --cores 2
	pairs_with_sink
	for name in "${server_names[@]}"; do
		best=$(server_best_hz "$name")
		# The flood last: some have to get over it.
		measure "$name/best" "$name" "$seconds" --clients $hot --rate "$best"
		measure "$name/flood" "$name" "$seconds" --clients $hot
	done
}

# System calls that a reply takes each server, in a flood and at the rate that it can bear. Only
# replies that arrive count: what a server sends in vain costs it calls, too.
count_calls() {
	local name kind line calls
	for name in "${server_names[@]}"; do
		for kind in best flood; do
			load_under=("$bench/syscount" "${server_pid[$name]}")
			line=$(load "$name" "$seconds" --clients $hot \
				--rate $([ $kind = flood ] && echo 0 || server_best_hz "$name") \
				2>"$namespaces_folder/calls") ||
				die "cannot count system calls: $(cat "$namespaces_folder/calls")"
			load_under=()
			calls=$(tail -n 1 "$namespaces_folder/calls")
			awk -v key="calls/$name/$kind" -v calls="$calls" \
				-v n=$(($(field replies "$line") + $(field unsynchronised "$line"))) \
				'BEGIN { printf "%s %.4f\n", key, n ? calls / n : 0 }' >>"$results"
		done
	done
}

# Loss at 50 % and 90 % of the most that each answers a second, by the clock on the wall.
round_loss() {
	local name share most
	for name in ntpxdp generic "${server_names[@]}"; do
		most=$(awk -v name="$name" '
			$1 ~ "^" name "/(4|flood|best)$" { sum[$1] += $3 * 1e9 / $12; n[$1]++ }
			END {
				for (key in sum)
					most = sum[key] / n[key] > most ? sum[key] / n[key] : most
				printf "%d", most
			}' "$results")
		for share in 50 90; do
			measure "loss/$name/$share" "$name" "$seconds" --clients $hot \
				--rate $((most * share / 100))
		done
	done
}

# beside COMMAND... : runs it in the server's namespace on the second core until beside_end.
beside() {
	namespaces_start "beside-${#beside_running[@]}" ntpxdp taskset -c "$other_core" "$@"
	beside_running+=("$started")
}
beside_end() {
	local pid
	for pid in "${beside_running[@]}"; do
		kill "$pid" 2>/dev/null || die "what ran beside a measurement had ended: $(cat \
			"$namespaces_folder"/beside-*.log)"
		wait "$pid" 2>/dev/null
	done
	beside_running=()
}
beside_running=()

scrape() { beside python3 tests/bench/again.py "$1" url "http://127.0.0.1:$metrics_port/metrics"; }
list_clients() {
	beside python3 tests/bench/again.py "$1" run "$build/ntpxdp" clients --top 20 \
		--socket "$namespaces_folder/control"
}

# Latency from wire to wire, with the daemon stopped (what is there of it is the program and its
# page) and with what runs beside it on the other core. Rounds are short and many: who shares the
# processor with this machine empties its caches, more in one second than in the next.
latency_seconds=0.6
round_latency() {
	local rate state times=(1000)
	[ -n "$quick" ] || times+=(100000)
	for rate in "${times[@]}"; do
		measure "latency/reflector/$rate" reflector "$latency_seconds" --latency --rate "$rate"
		for state in idle daemon scrape clients; do
			[ "$state" != idle ] || kill -STOP "${server_pid[ntpxdp]}"
			[ "$state" != scrape ] || scrape 10
			[ "$state" != clients ] || list_clients 10
			measure "latency/$state/$rate" ntpxdp "$latency_seconds" --latency \
				--rate "$rate" --clients $hot
			beside_end
			kill -CONT "${server_pid[ntpxdp]}"
		done
		[ -n "$quick" ] || for state in chronyd socket; do
			measure "latency/$state/$rate" "$state" "$latency_seconds" --latency \
				--rate "$rate" --clients $hot
		done
	done
}

# Cost of a reply against how often the page is written, and how often the counters are read.
round_growth() {
	local hz
	kill -STOP "${server_pid[ntpxdp]}"
	for hz in 0 4 10 100 1000; do
		[ $hz = 0 ] || beside "$bench/pagewriter" "$namespaces_pins" $hz 60
		measure "pages/$hz" ntpxdp "$seconds" --clients $hot
		beside_end
	done
	kill -CONT "${server_pid[ntpxdp]}"
	for hz in 0 1 10 100 1000; do
		[ $hz = 0 ] || scrape $hz
		measure "scrapes/$hz" ntpxdp "$seconds" --clients $hot
		beside_end
	done
}

# The rounds of each kind are spread over the whole time: the machine is another one some minutes
# later, and a median over seconds of one minute is that minute's.
measure_all() {
	local run turn latency_turns=3
	[ -z "$quick" ] || latency_turns=1
	for ((run = 0; run < runs; run++)); do
		round_rates
		for ((turn = 0; turn < latency_turns; turn++)); do round_latency; done
		[ -n "$quick" ] || round_loss
		[ -n "$quick" ] || round_growth
	done
	count_calls
	[ ! -s "$wrong" ] || die "wrong replies while measuring: $(head -n 1 "$wrong")"
}
