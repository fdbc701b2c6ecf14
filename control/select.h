// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which sources to believe: the majority whose correctness intervals, offset +-
 * root distance, share a point, after K. Marzullo and S. Owicki, "Maintaining the
 * Time in a Distributed System", 1983, as RFC 5905 sec. 11.2.1 has it. Fewer than a
 * majority agreeing is an answer of its own: nobody is believed. Pure; called by
 * control/clock.h, which owns the list and the object and combines the survivors.
 */
#ifndef CONTROL_SELECT_H
#define CONTROL_SELECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What became of a source, with the characters of ntpq's first column. Its `o` is a PPS
 * signal's, of which there are none here. */
enum tally {
	TALLY_UNREACHABLE = ' ', /* no usable samples, or not to be selected */
	TALLY_FALSETICKER = 'x', /* its interval does not hold the time of the majority */
	TALLY_EXCESS = '.',      /* not looked at: more than SELECT_MAX */
	TALLY_OUTLIER = '-',     /* not shown wrong, but not good enough to be combined */
	TALLY_BACKUP = '#',      /* good, and kept in reserve beside a preferred one */
	TALLY_CANDIDATE = '+',   /* combined */
	TALLY_SELECTED = '*'     /* combined; stratum and reference id are from it */
};

/* A word or two for each, for people. */
const char *select_tally_text(enum tally tally);

struct select_candidate {
	int64_t offset_ns;        /* UTC - RAW, of all candidates at the same moment */
	int64_t root_distance_ns; /* half width of the interval, >= 0 */
	int64_t merit_ns;         /* how good it is, less is better: distance without its age */
	int64_t likely_ns;        /* half width by what is known of its noise; 0: not known */
	uint8_t stratum;
	bool usable;       /* has good samples, within maxdistance, no loop */
	bool coming;       /* answers, and will be usable soon: no majority without asking it */
	bool prefer;       /* if it survives, only preferred sources are combined */
	bool trust;        /* cannot be voted down by sources without this mark */
	bool require;      /* where some have this mark, one of them must agree */
	bool noselect;     /* watched only: neither votes nor is combined, tallied all the same */
	bool was_selected; /* was the selected one the last time: hysteresis */
	enum tally ret_tally; /* out */
};

/* More than this and the rest is not looked at. */
#define SELECT_MAX 256

/* What is asked of a majority. */
struct select_rule {
	unsigned minsources; /* 0: 3 where three or more may be selected (of the trusted ones,
			      * while there are such), else all of them */
	bool expecting;      /* expected_ns is set: the offset that a good memory has */
	int64_t expected_ns;
};

/* What the intervals of the majority share: the time is in there if the majority is right. */
struct select_overlap {
	int64_t low_ns, high_ns;
	size_t depth;  /* sources that share it */
	size_t voters; /* of so many */
};

/*
 * The vote is held twice. Root distance grows by 15 ppm while nobody is asked, far more than most
 * clocks drift; one that lies by milliseconds is within it, and if it was asked last its narrow
 * interval is what all share. So the first vote is on the intervals that are likely by the
 * noise of each. If more than half of all agree there, who does not is an outlier, or a falseticker
 * where not even its root distance reaches the others. Else the vote is on root distances.
 *
 * Without a memory those that are `coming` are counted as disagreeing: the first to be heard
 * are not the majority of all.
 *
 * Marks every candidate's ret_tally. Returns the index of the selected one, or:
 * -ENODATA nobody is usable; -EAGAIN the usable ones are fewer than minsources, or
 * those that agree are; -ENOLINK nobody with `require` agrees; -EXDEV they contradict one another:
 * no majority, or two majorities that share some sources and not the time (depth is then more than
 * half). Of two such majorities the one next to what is expected is believed; without a memory,
 * neither: that would be a coin toss. After a negative result nobody is marked CANDIDATE or
 * SELECTED. ret_overlap is set whenever there are voters enough to ask.
 *
 * The selected source stays while it survives and no other is better by a third and 50 us:
 * sources of the same quality must not take turns.
 */
int select_majority(struct select_candidate *list, size_t count, const struct select_rule *rule,
	struct select_overlap *ret_overlap);

#endif
