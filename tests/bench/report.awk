# SPDX-License-Identifier: GPL-2.0-or-later
# The table of scripts/bench: medians, spreads, ratios and floors. Reads the results of program-run
# ("program FAMILY NS"), then those of the generator, one a line:
#
#   NAME FAMILY REPLIES_PER_S CPU_NS_EACH SENT REPLIES OFFERED_RATE NS_EACH
#
# Ratios that are judged are medians of those of neighbours in time; chronyd's best is at the rate
# where its median is higher. The exit status is 1 when a floor is missed.

function median(list, n,    i, j, t) {
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && list[j - 1] > list[j]; j--) {
			t = list[j]
			list[j] = list[j - 1]
			list[j - 1] = t
		}
	return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
}

# Leaves the sorted rates in list.
function sorted(key,    i) {
	split("", list)
	for (i = 1; i <= count[key]; i++)
		list[i] = rate[key, i]
	return median(list, count[key])
}

# The median of the ratios of run by run.
function median_ratio(key, other,    i) {
	split("", list)
	for (i = 1; i <= count[key]; i++)
		list[i] = rate[other, i] ? rate[key, i] / rate[other, i] : 0
	return median(list, count[key])
}

function row(key, title, of_reflector,    m, times) {
	m = sorted(key)
	printf "%-32s %9.0f  %9.0f..%-9.0f", title, m, list[1], list[count[key]]
	printf " %7.1f", m ? 1e9 / m : 0
	if (key ~ /^chronyd/) {
		printf "  %8s %8s  -\n", "-", "-"
		return
	}
	times = sorted(best) ? m / sorted(best) : 0
	printf "  %6.1f %% %8.1f  %.2f %%\n", 100 * of_reflector, times,
		100 * (1 - got[key] / sent[key])
}

function judge(good, text) {
	printf "%s - %s\n", good ? "ok" : "not ok", text
	if (!good)
		missed = 1
}

$1 == "program" {
	program[$2] = $3
	next
}

$1 == "sink" {
	sink[++sinks] = $4
	next
}

{
	key = $1 == "chronyd" ? $1 " " $7 : $1 " " $2
	rate[key, ++count[key]] = $4 ? 1e9 / $4 : 0
	sent[key] += $5
	got[key] += $6
}

$1 != "chronyd" {
	cpu += $4 * $6
	wall += $8 * $6
}

END {
	best = sorted("chronyd 0") > sorted("chronyd 250000") ? "chronyd 0" : "chronyd 250000"
	printf "%-32s %9s  %9s..%-9s %7s  %8s %8s  %s\n", "", "replies/s", "least", "most",
		"ns each", "of refl.", "x chrony", "lost"
	for (family = 4; family <= 6; family += 2) {
		of[family] = median_ratio("ntpxdp " family, "reflector " family)
		row("reflector " family, "bare reflector, IPv" family, 1)
		row("ntpxdp " family, "ntpxdp, IPv" family, of[family])
	}
	row("chronyd 0", "chronyd on a second core, flood")
	row("chronyd 250000", "chronyd at 250,000 requests/s")
	printf "\nPer second of the one core that answers; the core was ours for %.0f %% of the time.\n",
		wall ? 100 * cpu / wall : 0
	printf "A reply in the program alone (program-run): %d ns over IPv4, %d over IPv6.\n",
		program[4], program[6]
	printf "Generator and one crossing of the veth pair without a reply: %.1f ns.\n",
		median(sink, sinks)
	printf "chronyd has socket buffers %s.\n", buffers
	printf "A system call costs %d ns here, about 100 on bare metal: ratios to servers that\n",
		syscall
	printf "read sockets, such as chronyd, are larger on this machine by that.\n\n"
	for (family = 4; family <= 6; family += 2)
		judge(of[family] >= floor_reflector,
			sprintf("IPv%d: %.1f %% of the bare reflector on one core (at least %d %%)",
				family, 100 * of[family], 100 * floor_reflector))
	times = median_ratio("ntpxdp 4", best)
	judge(times >= floor_chronyd,
		sprintf("%.1f times the best of chronyd (at least %d)", times, floor_chronyd))
	exit missed
}
