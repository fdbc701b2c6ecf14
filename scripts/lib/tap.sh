# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Counts and prints the results of test programs that speak TAP (docs/testing.md). scripts/test
# sources it; the caller owns $tap_logs, the folder for the full outputs.
tap_passed=0 tap_failed=0 tap_skipped=0

# One short line per test; the first lines of what a failed one said; the counts at the end.
tap_print='
function name_of(line) {
	sub(/^(not )?ok[ \t]*[0-9]*[ \t]*(-[ \t]*)?/, "", line)
	return line
}
/^not ok/ { failed++; said = 0; show = 1; print "  FAIL  " name_of($0); fflush(); next }
/^ok/ {
	show = 0
	line = name_of($0)
	if (match(line, /[ \t]*# *[Ss][Kk][Ii][Pp] */)) {
		skipped++
		why = substr(line, RSTART + RLENGTH)
		print "  skip  " substr(line, 1, RSTART - 1) ": " (why ? why : "no reason given")
	} else {
		passed++
		print "  ok    " line
	}
	fflush()
	next
}
/^#! / { print "        " substr($0, 4); fflush(); next }
show && /^#/ && said++ < 15 { print "        " $0; fflush() }
END { print passed + 0, failed + 0, skipped + 0 >counts }'

# tap_suite NAME SECONDS COMMAND... : runs the command for SECONDS at most, prints and counts.
tap_suite() {
	local name=$1 limit=$2 log=$tap_logs/$1.log status passed failed skipped began=$SECONDS
	shift 2
	printf '== %s\n' "$name"
	timeout -k 20 "$limit" "$@" </dev/null 2>&1 | tee "$log" |
		awk -v counts="$tap_logs/$name.counts" "$tap_print"
	status=${PIPESTATUS[0]}
	read -r passed failed skipped <"$tap_logs/$name.counts"
	if [ "$status" = 77 ] && [ $((passed + failed + skipped)) = 0 ]; then
		printf '  skip  %s: %s\n' "$name" "$(tail -n 1 "$log")"
		skipped=1
	elif [ "$status" = 124 ] || [ "$status" = 137 ]; then
		_tap_failure "$name took more than $limit s" "$log"
		failed=$((failed + 1))
	elif [ "$status" != 0 ] && [ "$failed" = 0 ]; then
		_tap_failure "$name ended with status $status" "$log"
		failed=1
	elif [ $((passed + failed + skipped)) = 0 ]; then
		_tap_failure "$name ran no test" "$log"
		failed=1
	fi
	tap_passed=$((tap_passed + passed))
	tap_failed=$((tap_failed + failed))
	tap_skipped=$((tap_skipped + skipped))
	printf '   %s: %d passed, %d failed, %d skipped (%d s)\n' "$name" "$passed" "$failed" \
		"$skipped" $((SECONDS - began))
	[ "$failed" = 0 ] || printf '   the whole output is in %s\n' "$log"
}

_tap_failure() {
	printf '  FAIL  %s; its last lines:\n' "$1"
	tail -n 15 "$2" | cut -c 1-200 | sed 's/^/        /'
}

# tap_beside N COMMAND NAME... : runs COMMAND NAME, which counts and prints, for each name, N at a
# time; what each prints appears whole when it ends.
tap_beside() {
	local width=$1 command=$2 running=0 name passed failed skipped
	shift 2
	for name; do
		if [ "$running" -ge "$width" ]; then
			wait -n
			running=$((running - 1))
		fi
		_tap_aside "$command" "$name" &
		running=$((running + 1))
	done
	wait
	for name; do
		read -r passed failed skipped <"$tap_logs/$name.sum"
		tap_passed=$((tap_passed + passed))
		tap_failed=$((tap_failed + failed))
		tap_skipped=$((tap_skipped + skipped))
	done
}

_tap_aside() {
	tap_passed=0 tap_failed=0 tap_skipped=0
	printf '0 1 0\n' >"$tap_logs/$2.sum" # unless it gets to its end
	"$1" "$2" >"$tap_logs/$2.shown" 2>&1
	printf '%d %d %d\n' "$tap_passed" "$tap_failed" "$tap_skipped" >"$tap_logs/$2.sum"
	flock "$tap_logs" cat "$tap_logs/$2.shown"
}

# tap_skip NAME WHY : counts a suite that cannot run here.
tap_skip() {
	printf '== %s\n  skip  %s: %s\n' "$1" "$1" "$2"
	tap_skipped=$((tap_skipped + 1))
}

# tap_program LABEL COMMAND... : runs one TAP program, its name before each of its tests. For use
# inside a suite that runs several; fails like the program.
tap_program() {
	local label=$1 status
	shift
	"$@" 2>&1 | sed -u -E "s/^(not ok|ok)[ \t]*[0-9]*[ \t]*(-[ \t]*)?/\1 - $label: /"
	status=${PIPESTATUS[0]}
	[ "$status" = 0 ] || printf 'not ok - %s: ended with status %d\n' "$label" "$status"
	return "$status"
}

# tap_total : the closing line, and the exit status of the whole run.
tap_total() {
	printf '%d passed, %d failed, %d skipped\n' "$tap_passed" "$tap_failed" "$tap_skipped"
	[ "$tap_failed" = 0 ]
}
