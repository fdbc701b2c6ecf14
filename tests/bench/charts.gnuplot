# SPDX-License-Identifier: GPL-2.0-or-later
# The charts of docs/performance.md, from the tables that report.awk leaves. Called by scripts/bench
# --plot with `data` and `out`, folders, and `when`: the machine and the date, for each title.
set terminal pngcairo size 900,460 noenhanced font "sans,11"
set style data histograms
set style fill solid 0.8 border -1
set grid ytics
set key top right

set output out."/rates.png"
set title "Replies a second of one core that answers\n".when
set ylabel "replies/s"
set logscale y
set yrange [10000:*]
set format y "%.0s %c"
set boxwidth 0.6
set style data boxes
set xtics rotate by -25
set bars small
unset key
plot data."/rates.dat" using 0:2:xtic(1) with boxes lc rgb "#4878a8", \
	"" using 0:2:3:4 with yerrorbars lc rgb "black" pt -1

set output out."/latency.png"
set title "Latency from wire to wire at 1,000 requests/s\n".when
set ylabel "us"
set format y "%g"
set yrange [0.1:*]
set style data histograms
set style histogram clustered gap 1
set key top left
plot data."/latency.dat" using 2:xtic(1) title "p50" lc rgb "#4878a8", \
	"" using 3 title "p99" lc rgb "#e08030", "" using 4 title "p99.9" lc rgb "#b03030"

unset logscale y
set style data yerrorlines
set yrange [0:*]
set xtics rotate by 0
set logscale x
set xrange [0.5:2000]
set xtics ("0" 0.5, "1" 1, "4" 4, "10" 10, "100" 100, "1000" 1000)
set ylabel "ns a reply"
set xlabel "times a second"
set output out."/growth.png"
set title "Cost of a reply against what happens beside it\n".when
set key bottom right
plot data."/pages.dat" using ($1 > 0 ? $1 : 0.5):2:3:4 title "time page written" lc rgb "#4878a8" pt 7, \
	data."/scrapes.dat" using ($1 > 0 ? $1 : 0.5):2:3:4 title "metrics read" lc rgb "#e08030" pt 5
