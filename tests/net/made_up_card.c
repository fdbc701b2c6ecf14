// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pretends that the card of an attached interface has a clock, for tests/net/test_hardware.py:
 * writes a relation (card = CLOCK_MONOTONIC) into the pins every 100 ms until its standard input
 * ends, so that the program does ask the driver for a stamp. No veth has one: it answers 0.
 *
 *     made_up_card PINDIR IFACE
 *
 * Prints "related" once that is so.
 */
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dataplane/state/state.h"

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
}

int main(int argc, char **argv)
{
	struct state_failure failure = {.doing = "opening"};
	struct cardclock *clock = NULL;
	struct state *state;
	uint32_t ifindex;

	if (argc != 3 || !(ifindex = if_nametoindex(argv[2])))
		return 2;
	if (state_create(argv[1], &state, &failure)) {
		fprintf(stderr, "%s %s\n", failure.doing, failure.object);
		return 1;
	}
	for (int slot = 0; slot < CONFIG_INTERFACES; slot++)
		if (state->interfaces->entry[slot].ifindex == ifindex)
			clock = &state->cards->entry[slot];
	if (!clock) {
		fprintf(stderr, "%s is not attached\n", argv[2]);
		return 1;
	}
	for (;;) {
		uint64_t now_ns = monotonic_ns();
		struct cardclock_relation relation = {
			.card_ns = now_ns, .counter_ns = now_ns, .ifindex = ifindex};

		cardclock_publish(clock, &relation);
		if (clock->generation < 3) {
			puts("related");
			fflush(stdout);
		}
		usleep(100000);
	}
}
