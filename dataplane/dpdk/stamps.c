// SPDX-License-Identifier: GPL-2.0-or-later
/* Relating the card's clock; see stamps.h. */
#include "dataplane/dpdk/stamps.h"

#include <time.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "dataplane/core/ntp_time.h"

#define READINGS 5 /* of which the one that was least interrupted counts */

struct reading {
	uint64_t ticks, counter_ns;
};

static uint64_t counter_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NTP_TIME_NS_PER_S + (uint64_t)now.tv_nsec;
}

/* The card's clock in the middle of two readings of ours. False: the driver has none to read. */
static bool read_pair(uint16_t port, struct reading *ret_reading)
{
	uint64_t shortest_ns = UINT64_MAX;

	*ret_reading = (struct reading){0};
	for (int i = 0; i < READINGS; i++) {
		uint64_t before_ns = counter_ns(), ticks = 0, after_ns;

		if (rte_eth_read_clock(port, &ticks))
			return false;
		after_ns = counter_ns();
		if (after_ns - before_ns >= shortest_ns)
			continue;
		shortest_ns = after_ns - before_ns;
		*ret_reading = (struct reading){ticks, before_ns + shortest_ns / 2};
	}
	return true;
}

bool stamps_open(struct stamps *stamps, const struct port *port)
{
	struct reading first, second;

	*stamps = (struct stamps){.port = port->id};
	if (port->stamp_flag == 0 || !read_pair(port->id, &first))
		return false;
	rte_delay_us_sleep(20000);
	if (!read_pair(port->id, &second) || second.ticks <= first.ticks)
		return false;
	/* The nominal rate, within the noise of 20 ms: the relation has the rest. */
	stamps->shared.multiplier_q32 =
		((second.counter_ns - first.counter_ns) << 32) / (second.ticks - first.ticks);
	stamps->shared.offset = port->stamp_offset;
	stamps->shared.flag = port->stamp_flag;
	stamps_relate(stamps);
	return true;
}

static uint64_t card_ns(const struct stamps *stamps, uint64_t ticks)
{
	return (uint64_t)((__uint128_t)ticks * stamps->shared.multiplier_q32 >> 32);
}

void stamps_relate(struct stamps *stamps)
{
	struct cardclock_relation relation = {0};
	struct reading now;

	if (stamps->shared.flag == 0 || !read_pair(stamps->port, &now))
		return;
	relation.card_ns = card_ns(stamps, now.ticks);
	relation.counter_ns = now.counter_ns;
	if (stamps->ticks != 0 && now.ticks > stamps->ticks) {
		int64_t card = (int64_t)(relation.card_ns - card_ns(stamps, stamps->ticks));
		int64_t gained = (int64_t)(now.counter_ns - stamps->counter_ns) - card;

		/* Some ms in some s: 2^32 times it fits. */
		if (card > 0 && gained < card / 2 && gained > -card / 2)
			relation.rate_q32 = (int32_t)((double)gained / (double)card * 4294967296.0);
	}
	stamps->ticks = now.ticks;
	stamps->counter_ns = now.counter_ns;
	cardclock_publish(&stamps->shared.clock, &relation);
}
