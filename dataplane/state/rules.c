// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Cutting prefixes into ranges; see rules.h. Both families are swept with addresses of 128 bits,
 * IPv4's in the highest 32: prefixes sorted by their first address, the shorter first, are nested
 * like brackets, and a stack of those that are open says which one holds between two brackets.
 */
#include "dataplane/state/rules.h"

#include <endian.h>
#include <errno.h>
#include <linux/membarrier.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define DEPTH_MAX 130 /* of nested prefixes: one for each length, and the whole family */

struct address {
	uint64_t high, low;
};

struct prefix {
	struct address first, last;
	uint8_t bits;
	uint32_t leaf;
	size_t order; /* in the list */
};

/* Where ranges go to. */
struct sweep {
	struct access_set *set;
	enum frame_family family;
	uint32_t count;
};

static int compare_addresses(const struct address *a, const struct address *b)
{
	if (a->high != b->high)
		return a->high < b->high ? -1 : 1;
	return (a->low > b->low) - (a->low < b->low);
}

static int compare_prefixes(const void *a, const void *b)
{
	const struct prefix *left = a, *right = b;
	int order = compare_addresses(&left->first, &right->first);

	if (order)
		return order;
	if (left->bits != right->bits)
		return left->bits < right->bits ? -1 : 1;
	return (left->order > right->order) - (left->order < right->order);
}

/* The bits of a word that are beyond a prefix. */
static uint64_t beyond(unsigned int bits)
{
	return bits >= 64 ? 0 : UINT64_MAX >> bits;
}

static struct prefix make_prefix(const struct rule *rule, size_t order)
{
	struct prefix prefix = {.bits = rule->bits, .order = order};
	uint64_t words[2] = {0, 0}, high, low;

	memcpy(words, rule->address, rule->family == FRAME_IPV4 ? 4 : 16);
	high = beyond(rule->bits);
	low = rule->bits > 64 ? beyond(rule->bits - 64U) : UINT64_MAX;
	prefix.first = (struct address){be64toh(words[0]) & ~high, be64toh(words[1]) & ~low};
	prefix.last = (struct address){prefix.first.high | high, prefix.first.low | low};
	prefix.leaf = (uint32_t)(order + 1) << ACCESS_RULE_SHIFT |
		      (rule->ntpport_flags & ACCESS_FLAGS) << ACCESS_NTPPORT_SHIFT |
		      (rule->flags & ACCESS_FLAGS);
	return prefix;
}

static struct address range_start(const struct sweep *sweep, uint32_t range)
{
	if (sweep->family == FRAME_IPV4)
		return (struct address){(uint64_t)sweep->set->range4[range].start << 32, 0};
	return (struct address){sweep->set->range6[range].high, sweep->set->range6[range].low};
}

/* From this address on the leaf holds. */
static void begin_range(struct sweep *sweep, struct address start, uint32_t leaf)
{
	struct access_set *set = sweep->set;
	uint32_t *leaves = sweep->family == FRAME_IPV4 ? set->leaf4 : set->leaf6;
	struct address before;

	if (sweep->count) {
		before = range_start(sweep, sweep->count - 1);
		if (compare_addresses(&before, &start) == 0)
			sweep->count--; /* it held nowhere */
		else if (leaves[sweep->count - 1] == leaf)
			return;
	}
	if (sweep->family == FRAME_IPV4)
		set->range4[sweep->count].start = (uint32_t)(start.high >> 32);
	else
		set->range6[sweep->count] = (struct access_ipv6){start.high, start.low};
	leaves[sweep->count++] = leaf;
}

/* The address behind the last one of a prefix. False: there is none. */
static bool behind(const struct prefix *prefix, struct address *ret_next)
{
	*ret_next = (struct address){prefix->last.high, prefix->last.low + 1};
	if (ret_next->low == 0)
		ret_next->high++;
	return ret_next->high || ret_next->low;
}

/* Closes the open prefixes that end before an address (all of them: NULL). */
static void close_prefixes(
	struct sweep *sweep, const struct prefix **open, int *depth, const struct address *until)
{
	struct address next;

	while (*depth > 1 && (!until || compare_addresses(&open[*depth - 1]->last, until) < 0)) {
		(*depth)--;
		if (behind(open[*depth], &next))
			begin_range(sweep, next, open[*depth - 1]->leaf);
	}
}

static void sweep_prefixes(struct sweep *sweep, const struct prefix *list, size_t count)
{
	const struct prefix *open[DEPTH_MAX];
	int depth = 0;

	/* The first is the whole family. */
	for (size_t i = 0; i < count; i++) {
		close_prefixes(sweep, open, &depth, &list[i].first);
		/* The same prefix once more: the later one holds. */
		if (depth && open[depth - 1]->bits == list[i].bits &&
			compare_addresses(&open[depth - 1]->first, &list[i].first) == 0)
			depth--;
		open[depth++] = &list[i];
		begin_range(sweep, list[i].first, list[i].leaf);
	}
	close_prefixes(sweep, open, &depth, NULL);
}

/* For each 16 bits the range in which the first address that begins so lies. */
static void make_index(const struct sweep *sweep)
{
	uint32_t *index = sweep->family == FRAME_IPV4 ? sweep->set->index4 : sweep->set->index6;
	uint32_t range = 0;

	for (uint32_t i = 0; i < ACCESS_INDEX; i++) {
		struct address first = {(uint64_t)i << 48, 0};

		while (range + 1 < sweep->count) {
			struct address next = range_start(sweep, range + 1);

			if (compare_addresses(&next, &first) > 0)
				break;
			range++;
		}
		index[i] = range;
	}
	index[ACCESS_INDEX] = sweep->count - 1;
}

static int build_family(
	struct sweep *sweep, const struct rule *rules, size_t count, uint32_t otherwise)
{
	struct prefix *list = calloc(count + 1, sizeof(*list));
	size_t used = 1;

	if (!list)
		return -ENOMEM;
	list[0] = (struct prefix){
		.last = {UINT64_MAX, UINT64_MAX},
		.leaf = (otherwise & ACCESS_FLAGS) << ACCESS_NTPPORT_SHIFT |
			(otherwise & ACCESS_FLAGS),
	};
	for (size_t i = 0; i < count; i++) {
		if (rules[i].family != sweep->family)
			continue;
		list[used] = make_prefix(&rules[i], i);
		list[used].order = i + 1;
		used++;
	}
	qsort(list, used, sizeof(*list), compare_prefixes);
	sweep_prefixes(sweep, list, used);
	free(list);
	make_index(sweep);
	return 0;
}

int rules_build(struct access_set *set, const struct rule *rules, size_t count, uint32_t otherwise)
{
	struct sweep ipv4 = {.set = set, .family = FRAME_IPV4};
	struct sweep ipv6 = {.set = set, .family = FRAME_IPV6};
	int error;

	if (count > ACCESS_RULES_MAX)
		return -E2BIG;
	error = build_family(&ipv4, rules, count, otherwise);
	return error ? error : build_family(&ipv6, rules, count, otherwise);
}

/* MEMBARRIER_CMD_GLOBAL waits for all programs that run now (RCU), see membarrier(2). */
void rules_wait(void)
{
	const struct timespec grace = {0, 20000000};

	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		nanosleep(&grace, NULL);
}

int rules_publish(struct state *state, const struct rule *rules, size_t count, uint32_t otherwise)
{
	struct access_table *table = state->access;
	uint64_t next = (table->current + 1) & 1;
	int error;

	error = rules_build(&table->set[next], rules, count, otherwise);
	if (!error)
		compiler_store_release(table->current, next);
	return error;
}
