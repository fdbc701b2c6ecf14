// SPDX-License-Identifier: GPL-2.0-or-later
/* See rule_set.h. */
#include "tests/vectors/rule_set.h"

#include <stdlib.h>

#include "tests/vectors/build.h"

struct rule_set_prefix {
	enum frame_family family;
	unsigned bits;
	uint64_t high, low, high_mask, low_mask;
	size_t number;
};

static uint64_t ones(unsigned bits)
{
	return bits == 0 ? 0 : bits >= 64 ? UINT64_MAX : ~(UINT64_MAX >> bits);
}

static struct rule_set_prefix read_prefix(const struct rule *rule, size_t number)
{
	struct rule_set_prefix prefix = {
		.family = rule->family, .bits = rule->bits, .number = number};

	prefix.high_mask = ones(rule->bits);
	prefix.low_mask = ones(rule->bits > 64 ? rule->bits - 64U : 0);
	if (rule->family == FRAME_IPV4) {
		prefix.high = build_get(rule->address, 4) << 32;
	} else {
		prefix.high = build_get(rule->address, 8);
		prefix.low = build_get(rule->address + 8, 8);
	}
	prefix.high &= prefix.high_mask;
	prefix.low &= prefix.low_mask;
	return prefix;
}

static void put_address(struct rule *rule, uint64_t high, uint64_t low)
{
	if (rule->family == FRAME_IPV4) {
		build_put(rule->address, 4, high >> 32);
		return;
	}
	build_put(rule->address, 8, high);
	build_put(rule->address + 8, 8, low);
}

/* One rule; those before it in the list may be used as a model. */
static void make_rule(struct dice *dice, struct rule *rules, size_t index)
{
	struct rule *rule = &rules[index];
	uint64_t kind = dice_roll(dice) % 16, high = dice_roll(dice), low = dice_roll(dice);
	unsigned whole;

	*rule = (struct rule){.family = dice_roll(dice) % 2 ? FRAME_IPV6 : FRAME_IPV4};
	if (kind < 8 && index) {
		struct rule_set_prefix model = read_prefix(&rules[dice_roll(dice) % index], 0);

		rule->family = model.family;
		whole = rule->family == FRAME_IPV4 ? 32 : 128;
		/* Within it, the same again, or beside it. */
		if (kind < 5)
			rule->bits =
				(uint8_t)(model.bits + dice_roll(dice) % (whole - model.bits + 1));
		else
			rule->bits = (uint8_t)model.bits;
		high = model.high | (high & ~model.high_mask);
		low = model.low | (low & ~model.low_mask);
		if (kind == 7 && model.bits <= 64)
			high += model.bits ? 1ULL << (64 - model.bits) : 0;
	} else {
		whole = rule->family == FRAME_IPV4 ? 32 : 128;
		rule->bits = (uint8_t)(kind < 12 ? whole - dice_roll(dice) % (whole - 7) : whole);
		/* Many begin alike, as on the internet. */
		if (kind % 2)
			high = (high >> 12) | (rule->family == FRAME_IPV4 ? 0xcb0ULL : 0x2a0ULL)
						      << 52;
		if (kind == 14)
			high = low = UINT64_MAX;
		if (kind == 15)
			high = low = 0;
	}
	if (dice_roll(dice) % 4000 == 0)
		rule->bits = 0;
	put_address(rule, high, low);
	rule->flags = dice_roll(dice) & ACCESS_FLAGS;
	rule->ntpport_flags = dice_roll(dice) % 3 ? rule->flags : dice_roll(dice) & ACCESS_FLAGS;
}

static int compare(const void *a, const void *b)
{
	const struct rule_set_prefix *x = a, *y = b;

	if (x->bits != y->bits)
		return x->bits > y->bits ? -1 : 1;
	return x->number > y->number ? -1 : 1;
}

struct rule_set rule_set_make(struct dice *dice, size_t count)
{
	struct rule_set set = {.count = count, .otherwise = dice_roll(dice) & ACCESS_FLAGS};

	set.rules = calloc(count, sizeof(*set.rules));
	set.plain = calloc(count, sizeof(*set.plain));
	if (set.rules == NULL || set.plain == NULL)
		abort();
	for (size_t i = 0; i < count; i++) {
		make_rule(dice, set.rules, i);
		set.plain[i] = read_prefix(&set.rules[i], i + 1);
	}
	qsort(set.plain, count, sizeof(*set.plain), compare);
	return set;
}

void rule_set_free(struct rule_set *set)
{
	free(set->rules);
	free(set->plain);
}

struct rule_set_address rule_set_address(const struct rule_set *set, struct dice *dice)
{
	const struct rule_set_prefix *near = &set->plain[dice_roll(dice) % set->count];
	struct rule_set_address address = {near->family, near->high, near->low};
	uint64_t kind = dice_roll(dice) % 8, step = near->family == FRAME_IPV4 ? 1ULL << 32 : 0;

	switch (kind) {
	case 0: /* before the first */
		address.high -= step ? step : near->low == 0;
		address.low -= step ? 0 : 1;
		break;
	case 1:
		break;
	case 2: /* the last */
	case 3: /* behind it */
		address.high |= ~near->high_mask;
		address.low |= ~near->low_mask;
		if (kind == 3) {
			address.low += step ? 0 : 1;
			address.high += step ? step : address.low == 0;
		}
		break;
	case 4:
	case 5: /* within */
		address.high |= dice_roll(dice) & ~near->high_mask;
		address.low |= dice_roll(dice) & ~near->low_mask;
		break;
	default:
		address.high = dice_roll(dice);
		address.low = dice_roll(dice);
	}
	if (address.family == FRAME_IPV4) {
		address.high &= ~0xffffffffULL;
		address.low = 0;
	}
	return address;
}

/* Some billion comparisons in a run of test_rules: not each of them is looked at. */
__attribute__((no_sanitize("address"), no_sanitize("undefined"))) struct rule_set_decision
rule_set_decide(const struct rule_set *set, const struct rule_set_address *address)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct rule_set_prefix *prefix = &set->plain[i];
		const struct rule *rule = &set->rules[prefix->number - 1];

		if (prefix->family == address->family &&
			(address->high & prefix->high_mask) == prefix->high &&
			(address->low & prefix->low_mask) == prefix->low)
			return (struct rule_set_decision){
				prefix->number, rule->flags, rule->ntpport_flags};
	}
	return (struct rule_set_decision){0, set->otherwise, set->otherwise};
}
