// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading and writing the relation of a card's clock to the counter; its layout, and whose it is,
 * are in cardclock_layout.h. cardclock_received() is for the XDP program, cardclock_publish() for
 * the one writer.
 */
#ifndef CORE_CARDCLOCK_H
#define CORE_CARDCLOCK_H

#include "dataplane/core/cardclock_layout.h"

/* Counter moment of a card's stamp. False: it is further from the base than a relation reaches. */
CORE_INLINE bool cardclock_convert(
	const struct cardclock_relation *relation, uint64_t card_ns, uint64_t *ret_counter_ns)
{
	bool before = card_ns < relation->card_ns;
	uint64_t away = before ? relation->card_ns - card_ns : card_ns - relation->card_ns;
	int64_t rate = relation->rate_q32;

	if (away > CARDCLOCK_REACH_NS)
		return false;
	if (rate < 0)
		away -= away * (uint64_t)-rate >> 32;
	else
		away += away * (uint64_t)rate >> 32;
	*ret_counter_ns = before ? relation->counter_ns - away : relation->counter_ns + away;
	return true;
}

/* One look at the relation that is current: the counter moment of a stamp, 0: it tells none. */
CORE_INLINE uint64_t cardclock_look(const struct cardclock_relation *relation, uint32_t ifindex,
	uint64_t card_ns, uint64_t now_ns)
{
	uint64_t counter_ns;

	if (relation->counter_ns == 0 || relation->ifindex != ifindex ||
		now_ns > relation->counter_ns + CARDCLOCK_REACH_NS ||
		!cardclock_convert(relation, card_ns, &counter_ns))
		return 0;
	if (counter_ns > now_ns + CARDCLOCK_AHEAD_NS || counter_ns + CARDCLOCK_AGE_NS < now_ns)
		return 0;
	return counter_ns < now_ns ? counter_ns : now_ns;
}

/*
 * When a frame came, by its card, as a counter moment not after now_ns, the clock read just now.
 * 0: there is no relation, or the stamp is none (0) or cannot be true.
 */
CORE_INLINE uint64_t cardclock_received(
	const struct cardclock *clock, uint32_t ifindex, uint64_t card_ns, uint64_t now_ns)
{
	int attempt;

	if (card_ns == 0)
		return 0;
	CORE_NO_UNROLL
	for (attempt = 0; attempt < CARDCLOCK_TRIES; attempt++) {
		/* Pairs with the store-release in cardclock_publish(). */
		uint64_t generation = compiler_load_acquire(clock->generation);
		const struct cardclock_relation *relation = &clock->copy[generation & 1];
		uint64_t counter_ns;
		bool whole;

		if (generation == 0)
			break;
		compiler_opaque(relation);
		counter_ns = cardclock_look(relation, ifindex, card_ns, now_ns);
		whole = relation->generation == generation;
		/* Pairs with the barrier at the head of cardclock_publish(). */
		compiler_barrier();
		if (CORE_LIKELY(whole && compiler_load(clock->generation) == generation))
			return counter_ns;
	}
	return 0;
}

/* Is there a relation that a stamp of now could be read by? Before the card is asked. */
CORE_INLINE bool cardclock_related(const struct cardclock *clock, uint32_t ifindex, uint64_t now_ns)
{
	const struct cardclock_relation *relation =
		&clock->copy[compiler_load(clock->generation) & 1];

	compiler_opaque(relation);
	return relation->counter_ns != 0 && relation->ifindex == ifindex &&
	       now_ns <= relation->counter_ns + CARDCLOCK_REACH_NS;
}

/* The writer: makes the relation current; counter_ns 0 takes it back. One writer at a time. */
CORE_INLINE void cardclock_publish(
	struct cardclock *clock, const struct cardclock_relation *relation)
{
	uint64_t next = clock->generation + 1;
	struct cardclock_relation *copy = &clock->copy[next & 1];

	/* Store before store; pairs with the barrier in cardclock_read(). */
	compiler_barrier();
	*copy = *relation;
	copy->generation = next;
	/* Pairs with the load-acquire in cardclock_read(). */
	compiler_store_release(clock->generation, next);
}

/* The program: a stamp was used, or one was wanted and missing. */
CORE_INLINE void cardclock_note(struct cardclock *clock, bool used, uint64_t now_ns)
{
	if (used && now_ns - compiler_load(clock->stamped_ns) > CARDCLOCK_NOTE_NS)
		clock->stamped_ns = now_ns;
	if (!used && now_ns - compiler_load(clock->unstamped_ns) > CARDCLOCK_NOTE_NS)
		clock->unstamped_ns = now_ns;
}

/* For reports: does the program use the card's stamps, as far as the last requests tell? */
CORE_INLINE bool cardclock_used(const struct cardclock *clock)
{
	uint64_t stamped_ns = compiler_load(clock->stamped_ns);

	return stamped_ns != 0 &&
	       stamped_ns + 2 * CARDCLOCK_NOTE_NS >= compiler_load(clock->unstamped_ns);
}

#endif
