// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random sets of rules by address, addresses to try them with, and the second opinion on which
 * rule decides: a plain search through all of them. For the tests of the table
 * (tests/unit/test_rules.c) and of the program (tests/bpf/run_access.c); of the product only the
 * struct that a rule is comes in.
 */
#ifndef TESTS_VECTORS_RULE_SET_H
#define TESTS_VECTORS_RULE_SET_H

#include "dataplane/state/rules.h"
#include "tests/unit/dice.h"

struct rule_set {
	struct rule *rules;
	size_t count;
	uint32_t otherwise;            /* ACCESS_* where no rule holds */
	struct rule_set_prefix *plain; /* most specific first, of the same prefix the last one */
};

struct rule_set_address {
	enum frame_family family;
	uint64_t high, low; /* host order; IPv4 in high's upper half */
};

/* What decides: the rule's place in the list, from 1, 0 for none; and what it says. */
struct rule_set_decision {
	size_t number;
	uint32_t flags, ntpport_flags;
};

/*
 * IPv4 and IPv6 prefixes of all lengths: scattered, nested in one another, next to one another,
 * the same twice, single addresses, the first and the last of the family, now and then all of it.
 * Ends the program when there is no memory.
 */
struct rule_set rule_set_make(struct dice *dice, size_t count);
void rule_set_free(struct rule_set *set);

/* Anywhere, or at or beside the first or the last address of a rule. */
struct rule_set_address rule_set_address(const struct rule_set *set, struct dice *dice);

struct rule_set_decision rule_set_decide(
	const struct rule_set *set, const struct rule_set_address *address);

#endif
