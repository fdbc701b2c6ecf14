// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Selection: see select.h. The ends of all intervals are sorted and swept once; the
 * deepest stretch is where most sources say that the time is.
 */
#include "control/select.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define DEFAULT_MINSOURCES 3    /* protocol.md sec. 5 */
#define HYSTERESIS         1.5  /* as many times better another has to be to take over ... */
#define ALIKE_NS           50e3 /* ... and by this much: less is the weather of one LAN */

const char *select_tally_text(enum tally tally)
{
	switch (tally) {
	case TALLY_UNREACHABLE:
		return "unusable";
	case TALLY_FALSETICKER:
		return "falseticker";
	case TALLY_EXCESS:
		return "excess";
	case TALLY_OUTLIER:
		return "outlier";
	case TALLY_BACKUP:
		return "backup";
	case TALLY_CANDIDATE:
		return "candidate";
	case TALLY_SELECTED:
		return "selected";
	}
	return "unknown";
}

/* One end of an interval. */
struct edge {
	int64_t at_ns;
	int step; /* +1 it begins, -1 it ends */
};

static int64_t low(const struct select_candidate *candidate)
{
	return candidate->offset_ns - candidate->root_distance_ns;
}

static int64_t high(const struct select_candidate *candidate)
{
	return candidate->offset_ns + candidate->root_distance_ns;
}

/* Intervals that only touch do share a point: beginnings go before ends. */
static int compare_edges(const void *a, const void *b)
{
	const struct edge *left = a, *right = b;

	if (left->at_ns != right->at_ns)
		return left->at_ns < right->at_ns ? -1 : 1;
	return right->step - left->step;
}

static bool votes(const struct select_candidate *candidate, bool trusted_only)
{
	return candidate->usable && !candidate->noselect && (candidate->trust || !trusted_only);
}

/* Sorted ends of the voters' intervals; returns how many. */
static size_t collect_edges(const struct select_candidate *list, size_t count, bool trusted_only,
	struct edge edges[2 * SELECT_MAX])
{
	size_t i, used = 0;

	for (i = 0; i < count; i++) {
		if (!votes(&list[i], trusted_only))
			continue;
		edges[used++] = (struct edge){low(&list[i]), 1};
		edges[used++] = (struct edge){high(&list[i]), -1};
	}
	qsort(edges, used, sizeof(edges[0]), compare_edges);
	return used;
}

static int64_t distance(int64_t at_ns, const struct select_overlap *overlap)
{
	if (at_ns < overlap->low_ns)
		return overlap->low_ns - at_ns;
	return at_ns > overlap->high_ns ? at_ns - overlap->high_ns : 0;
}

/*
 * The deepest overlap of sorted edges. False where two of the same depth are apart and nothing
 * is expected. With three sources, one of which is wide, both may be majorities.
 */
static bool find_overlap(const struct edge *edges, size_t used, const struct select_rule *rule,
	struct select_overlap *ret_overlap)
{
	struct select_overlap best = {.voters = used / 2}, here = best;
	bool tie = false;
	size_t i;

	for (i = 0; i < used; i++) {
		if (edges[i].step < 0) {
			here.depth--;
			continue;
		}
		here.depth++;
		if (here.depth < best.depth)
			continue;
		here.low_ns = edges[i].at_ns;
		/* If this is the deepest stretch, it ends where the next interval does. */
		here.high_ns = edges[i + 1].at_ns;
		tie = here.depth == best.depth;
		if (!tie || distance(rule->expected_ns, &here) < distance(rule->expected_ns, &best))
			best = here;
	}
	*ret_overlap = best;
	return !tie || rule->expecting;
}

static size_t count_voters(const struct select_candidate *list, size_t count, bool trusted_only)
{
	size_t i, voters = 0;

	for (i = 0; i < count; i++)
		voters += votes(&list[i], trusted_only);
	return voters;
}

/* While trusted sources are heard nobody else is asked, so nobody else has to be there. */
static size_t default_minsources(const struct select_candidate *list, size_t count)
{
	size_t i, trusted = count_voters(list, count, true), asked = trusted;

	for (i = 0; i < count && !trusted; i++)
		asked += !list[i].noselect;
	return asked < DEFAULT_MINSOURCES ? asked : DEFAULT_MINSOURCES;
}

static bool shares(const struct select_candidate *candidate, const struct select_overlap *overlap)
{
	return low(candidate) <= overlap->high_ns && high(candidate) >= overlap->low_ns;
}

/*
 * A source that shares nothing with the majority is wrong. One whose middle is not
 * in what they share may be right, but says little of where in it the time is
 * (RFC 5905 sec. 11.2.1 counts midpoints for that): an outlier.
 */
static enum tally judge(
	const struct select_candidate *candidate, const struct select_overlap *overlap)
{
	if (!candidate->usable)
		return TALLY_UNREACHABLE;
	if (!shares(candidate, overlap))
		return TALLY_FALSETICKER;
	if (candidate->noselect)
		return TALLY_UNREACHABLE;
	if (candidate->offset_ns < overlap->low_ns || candidate->offset_ns > overlap->high_ns)
		return TALLY_OUTLIER;
	return TALLY_CANDIDATE;
}

static size_t count_tally(const struct select_candidate *list, size_t count, enum tally tally)
{
	size_t i, found = 0;

	for (i = 0; i < count; i++)
		found += list[i].ret_tally == tally;
	return found;
}

static void replace_tally(
	struct select_candidate *list, size_t count, enum tally from, enum tally to)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (list[i].ret_tally == from)
			list[i].ret_tally = to;
}

static size_t count_coming(const struct select_candidate *list, size_t count)
{
	size_t i, coming = 0;

	for (i = 0; i < count; i++)
		coming += list[i].coming && !list[i].usable && !list[i].noselect;
	return coming;
}

/* One vote on root distances. 0, -EXDEV or -EAGAIN as select_majority(). */
static int vote(const struct select_candidate *list, size_t count, const struct select_rule *rule,
	struct select_overlap *ret_overlap)
{
	struct edge edges[2 * SELECT_MAX];
	size_t used = collect_edges(list, count, count_voters(list, count, true) > 0, edges);
	bool decided = find_overlap(edges, used, rule, ret_overlap);

	if (!decided || ret_overlap->depth * 2 <= ret_overlap->voters)
		return -EXDEV;
	if (!rule->expecting)
		ret_overlap->voters += count_coming(list, count);
	return ret_overlap->depth * 2 <= ret_overlap->voters ? -EAGAIN : 0;
}

/* The first vote, see select.h. False where it decides nothing. */
static bool vote_likely(struct select_candidate *list, size_t count, const struct select_rule *rule,
	struct select_overlap *ret_overlap)
{
	struct select_candidate likely[SELECT_MAX] = {{0}};
	struct select_overlap overlap;
	size_t i;

	for (i = 0; i < count; i++) {
		if (list[i].usable && list[i].likely_ns <= 0)
			return false;
		likely[i] = list[i];
		likely[i].root_distance_ns = list[i].likely_ns;
	}
	if (vote(likely, count, rule, &overlap))
		return false;
	for (i = 0; i < count; i++) {
		list[i].ret_tally = judge(&list[i], &overlap);
		if (list[i].ret_tally == TALLY_CANDIDATE || list[i].ret_tally == TALLY_OUTLIER)
			list[i].ret_tally =
				shares(&likely[i], &overlap) ? TALLY_CANDIDATE : TALLY_OUTLIER;
	}
	*ret_overlap = overlap;
	return true;
}

/* A preferred source among the survivors leaves no room for others. */
static void keep_preferred(struct select_candidate *list, size_t count)
{
	bool preferred = false;
	size_t i;

	for (i = 0; i < count; i++)
		preferred |= list[i].prefer && list[i].ret_tally == TALLY_CANDIDATE;
	for (i = 0; preferred && i < count; i++)
		if (!list[i].prefer && list[i].ret_tally == TALLY_CANDIDATE)
			list[i].ret_tally = TALLY_BACKUP;
}

/* chrony's `require`: sources that merely agree with one another are not enough. */
static bool lacks_required(const struct select_candidate *list, size_t count)
{
	bool asked = false, there = false;
	size_t i;

	for (i = 0; i < count; i++) {
		if (!list[i].require || list[i].noselect)
			continue;
		asked = true;
		there |= list[i].ret_tally == TALLY_CANDIDATE || list[i].ret_tally == TALLY_OUTLIER;
	}
	return asked && !there;
}

/* The system peer: the best, a lower stratum first where they are alike. */
static int choose(const struct select_candidate *list, size_t count)
{
	int best = -1, current = -1;
	size_t i;

	for (i = 0; i < count; i++) {
		if (list[i].ret_tally != TALLY_CANDIDATE)
			continue;
		if (list[i].was_selected)
			current = (int)i;
		if (best < 0 || list[i].merit_ns < list[best].merit_ns ||
			(list[i].merit_ns == list[best].merit_ns &&
				list[i].stratum < list[best].stratum))
			best = (int)i;
	}
	if (current >= 0 &&
		(double)list[current].merit_ns <= fmax(HYSTERESIS * (double)list[best].merit_ns,
							  (double)list[best].merit_ns + ALIKE_NS))
		best = current;
	return best;
}

int select_majority(struct select_candidate *list, size_t count, const struct select_rule *rule,
	struct select_overlap *ret_overlap)
{
	size_t i, needed, agreeing;
	int chosen, err;

	for (i = 0; i < count; i++)
		list[i].ret_tally = TALLY_UNREACHABLE;
	if (count > SELECT_MAX)
		count = SELECT_MAX;
	needed = rule->minsources ? rule->minsources : default_minsources(list, count);
	if (count_voters(list, count, false) == 0)
		return -ENODATA;
	if (count_voters(list, count, false) < needed)
		return -EAGAIN;
	if (!vote_likely(list, count, rule, ret_overlap)) {
		err = vote(list, count, rule, ret_overlap);
		if (err)
			return err;
		for (i = 0; i < count; i++)
			list[i].ret_tally = judge(&list[i], ret_overlap);
	}
	agreeing =
		count_tally(list, count, TALLY_CANDIDATE) + count_tally(list, count, TALLY_OUTLIER);
	if (agreeing < needed || lacks_required(list, count)) {
		replace_tally(list, count, TALLY_CANDIDATE, TALLY_OUTLIER);
		return agreeing < needed ? -EAGAIN : -ENOLINK;
	}
	/* All intervals may overlap in a corner that holds nobody's middle. */
	if (count_tally(list, count, TALLY_CANDIDATE) == 0)
		replace_tally(list, count, TALLY_OUTLIER, TALLY_CANDIDATE);
	keep_preferred(list, count);
	chosen = choose(list, count);
	list[chosen].ret_tally = TALLY_SELECTED;
	return chosen;
}
