# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What scripts/bench says in the end: the tables and the floors, by tests/bench/report.awk, and with
# --plot the charts and the page of docs/. Sourced after lib/bench-measure.sh.

# floors_set : what must be reached; limits of latency are those of a machine on which the bare
# reflector has bare_*. A short run on a busy machine has softer ones.
floors_set() {
	floors=(-v floor_reflector=0.60 -v floor_many=0.40 -v floor_cores=1.9 -v floor_chronyd=30
		-v floor_batch=10 -v floor_cpu=36 -v limit_p50_us=2 -v limit_p99_us=6
		-v limit_change=0.20 -v limit_late=200 -v limit_dpdk=40 -v limit_dpdk_many=100)
	[ -z "$quick" ] || floors=(-v floor_reflector=0.50 -v floor_many=0.25 -v floor_cores=1.6
		-v floor_chronyd=25 -v floor_batch=6 -v floor_cpu=20 -v limit_p50_us=8
		-v limit_p99_us=40 -v limit_change=0.50 -v limit_late=1000 -v limit_dpdk=120
		-v limit_dpdk_many=300)
	floors+=(-v bare_p50_us=0.9 -v bare_p99_us=2)
}

report_head() {
	printf '%s, %s core(s), Linux %s, %s\n' \
		"$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" \
		"$(uname -r)" "$(date -u +%Y-%m-%dT%H:%MZ)"
	printf '%s runs of %s s each, interleaved; medians, and the least and the most\n' \
		"$runs" "$seconds"
}

report_tables() {
	local names=() name
	for name in "${server_names[@]}"; do
		names+=("$name=$(server_title "$name")")
	done
	awk -v titles="${names[*]}" -v syscall="$("$bench/syscost")" -v hot=$hot -v many=$many \
		"${floors[@]}" -v plots="$namespaces_folder" -f tests/bench/median.awk \
		-f tests/bench/report.awk "$results"
}

report() {
	local tables=$namespaces_folder/tables status parts
	floors_set
	report_head | tee "$tables"
	report_tables | tee -a "$tables"
	status=${PIPESTATUS[0]}
	parts_report | tee -a "$tables"
	parts=${PIPESTATUS[0]}
	[ "$parts" -le 1 ] || return "$parts"
	[ -z "$plot" ] || report_plot "$tables"
	return $((status > parts ? status : parts))
}

# The page's part between its two marks is the tables of this run.
report_plot() {
	local page=docs/performance.md
	mkdir -p docs/performance
	awk -v tables="$1" '
		/^<!-- measured -->$/ { print; print "```"; while ((getline line <tables) > 0) print line
			print "```"; inside = 1; next }
		/^<!-- end of measured -->$/ { inside = 0 }
		!inside' $page >"$namespaces_folder/page" && cp "$namespaces_folder/page" $page ||
		die "cannot write $page"
	gnuplot -e "data='$namespaces_folder'; out='docs/performance'; \
		when='$(head -n 1 "$1" | tr -d "'")'" tests/bench/charts.gnuplot ||
		die "gnuplot could not draw the charts"
}
