// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The history of the rates; history.h is the manual. Two rings, which are the same but for the
 * length of their slots. Inside, time is in ms: differences of the counters times ms stay in 64
 * bits for any rate that a machine has.
 */
#include "control/history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_MS 1000000ULL
#define MS_PER_S  1000ULL

struct ring {
	struct history_slot *slots;
	uint64_t first, last; /* numbers of the first and of the newest slot that was begun */
	bool begun;
};

/* What is known about some time: counted between from_ms and to_ms. */
struct spell {
	uint64_t from_ms, to_ms;
	uint64_t count[HISTORY_FIELD_COUNT];
	bool good;
};

struct history {
	struct ring ring[HISTORY_STEPS];
	struct history_reading last;
	uint64_t last_ms;
	bool begun;
	uint64_t state_ms; /* when the state of the last reading was seen first */
	bool state_changed;
	struct history_slot seconds[HISTORY_SECONDS];
	struct history_slot minutes[HISTORY_MINUTES];
};

static const unsigned int step_s[HISTORY_STEPS] = {[HISTORY_SECOND] = 1, [HISTORY_MINUTE] = 60};
static const size_t slot_count[HISTORY_STEPS] = {
	[HISTORY_SECOND] = HISTORY_SECONDS, [HISTORY_MINUTE] = HISTORY_MINUTES};

struct history *history_new(void)
{
	struct history *history = calloc(1, sizeof(*history));

	if (!history)
		return NULL;
	history->ring[HISTORY_SECOND].slots = history->seconds;
	history->ring[HISTORY_MINUTE].slots = history->minutes;
	return history;
}

void history_free(struct history *history)
{
	free(history);
}

unsigned int history_step_s(enum history_step step)
{
	return step_s[step];
}

size_t history_slots(enum history_step step)
{
	return slot_count[step];
}

const char *history_field_name(enum history_field field)
{
	static const char *const names[] = {
#define X(name) #name,
		CONTROL_HISTORY_COLUMNS(X)
#undef X
	};

	return names[field];
}

bool history_due(const struct history *history, uint64_t now_ns)
{
	uint64_t now_ms = now_ns / NS_PER_MS;

	return !history->begun || now_ms / MS_PER_S != history->last_ms / MS_PER_S;
}

/* The slot with this number, emptied as those between it and the newest one. */
static struct history_slot *begin_slot(struct ring *ring, enum history_step step, uint64_t number)
{
	size_t size = slot_count[step];

	if (!ring->begun) {
		ring->first = number;
		ring->last = number;
		ring->begun = true;
		memset(&ring->slots[number % size], 0, sizeof(*ring->slots));
	}
	if (number >= ring->last + size)
		ring->last = number - size; /* all of them are emptied */
	while (ring->last < number)
		memset(&ring->slots[++ring->last % size], 0, sizeof(*ring->slots));
	return &ring->slots[number % size];
}

static uint32_t add_bounded(uint32_t to, uint64_t more)
{
	return more > UINT32_MAX - to ? UINT32_MAX : to + (uint32_t)more;
}

/* Of what was counted in a spell, that up to a moment in it. */
static uint64_t share(const struct spell *spell, int field, uint64_t at_ms)
{
	uint64_t count = spell->count[field], length_ms = spell->to_ms - spell->from_ms;

	/* Whole counts a ms first: exact, and never over 64 bits. */
	return count / length_ms * (at_ms - spell->from_ms) +
	       count % length_ms * (at_ms - spell->from_ms) / length_ms;
}

static void spread(struct ring *ring, enum history_step step, const struct spell *spell)
{
	uint64_t slot_ms = step_s[step] * MS_PER_S;
	uint64_t from_ms = spell->from_ms;

	while (from_ms < spell->to_ms) {
		struct history_slot *slot = begin_slot(ring, step, from_ms / slot_ms);
		uint64_t end_ms = (from_ms / slot_ms + 1) * slot_ms;

		if (end_ms > spell->to_ms)
			end_ms = spell->to_ms;
		for (int i = 0; i < HISTORY_FIELD_COUNT; i++)
			slot->count[i] = add_bounded(
				slot->count[i], share(spell, i, end_ms) - share(spell, i, from_ms));
		slot->seen_ms += (uint16_t)(end_ms - from_ms);
		if (spell->good)
			slot->good_ms += (uint16_t)(end_ms - from_ms);
		from_ms = end_ms;
	}
}

/* What came since the last reading; false where that is not known. */
static bool since_last(const struct history *history, uint64_t now_ms,
	const struct history_reading *reading, struct spell *ret_spell)
{
	ret_spell->from_ms = history->last_ms;
	ret_spell->to_ms = now_ms;
	ret_spell->good = history->last.good && reading->good;
	if (now_ms - history->last_ms > HISTORY_SPREAD_S * MS_PER_S)
		return false;
	for (int i = 0; i < HISTORY_FIELD_COUNT; i++) {
		if (reading->count[i] < history->last.count[i])
			return false;
		ret_spell->count[i] = reading->count[i] - history->last.count[i];
	}
	return true;
}

void history_add(struct history *history, uint64_t now_ns, const struct history_reading *reading)
{
	uint64_t now_ms = now_ns / NS_PER_MS;
	struct spell spell;

	if (history->begun && now_ms <= history->last_ms)
		return;
	if (!history->begun) {
		history->state_ms = now_ms;
	} else {
		if (reading->good != history->last.good) {
			history->state_ms = now_ms;
			history->state_changed = true;
		}
		if (since_last(history, now_ms, reading, &spell))
			for (int step = 0; step < HISTORY_STEPS; step++)
				spread(&history->ring[step], (enum history_step)step, &spell);
	}
	history->last = *reading;
	history->last_ms = now_ms;
	history->begun = true;
}

bool history_range(const struct history *history, enum history_step step, uint64_t *ret_first,
	uint64_t *ret_end)
{
	const struct ring *ring = &history->ring[step];
	uint64_t end = history->last_ms / MS_PER_S / step_s[step], first = ring->first;

	if (!ring->begun || end <= first)
		return false;
	/* The slot that has begun stands where the oldest one stood. */
	if (end - first >= slot_count[step])
		first = end - slot_count[step] + 1;
	*ret_first = first;
	*ret_end = end;
	return true;
}

struct history_slot history_get(
	const struct history *history, enum history_step step, uint64_t number)
{
	const struct ring *ring = &history->ring[step];
	uint64_t first, end;

	if (!history_range(history, step, &first, &end) || number < first || number >= end ||
		number > ring->last || ring->last - number >= slot_count[step])
		return (struct history_slot){.seen_ms = 0};
	return ring->slots[number % slot_count[step]];
}

struct history_sum history_sum(
	const struct history *history, enum history_step step, uint64_t first, uint64_t end)
{
	struct history_sum sum = {.seen_ms = 0};

	for (uint64_t number = first; number < end; number++) {
		struct history_slot slot = history_get(history, step, number);

		for (int i = 0; i < HISTORY_FIELD_COUNT; i++)
			sum.count[i] += slot.count[i];
		sum.seen_ms += slot.seen_ms;
		sum.good_ms += slot.good_ms;
	}
	return sum;
}

double history_rate(const struct history_sum *sum, enum history_field field)
{
	return sum->seen_ms ? (double)sum->count[field] * 1e3 / (double)sum->seen_ms : NAN;
}

uint64_t history_state_ns(const struct history *history, uint64_t now_ns, bool *ret_since_start)
{
	uint64_t state_ns = history->state_ms * NS_PER_MS;

	*ret_since_start = !history->state_changed;
	return history->begun && now_ns > state_ns ? now_ns - state_ns : 0;
}
