// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dataplane/core/limit.h and visit.h: what a client may ask, at each interval that can be set: the
 * burst, the rate in the long run, the shares that leak and are told, honest clients and the
 * pool's monitor that are never limited. Time is the test's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "dataplane/core/visit.h"
#include "tests/unit/dice.h"

#define S_NS 1000000000ULL

/* One client, in a set of its own, and its clock. */
struct scene {
	struct client_set set;
	struct limit limit;
	struct visit visit;
	struct dice dice;
};

static struct scene scene_new(int interval, uint32_t burst, uint32_t leak)
{
	struct scene s = {.dice = {42}};

	limit_set(&s.limit, interval, burst, leak);
	s.visit = (struct visit){.mixed = clients_mix(clients_key_ipv4(0xc0000207), 77),
		.now_ns = 123456789012345,
		.flags = ACCESS_LIMITED,
		.version = 4};
	return s;
}

static enum limit_result ask(struct scene *s)
{
	s->visit.random = (uint32_t)dice_roll(&s->dice);
	return visit_enter(&s->set, &s->limit, &s->visit);
}

/* How many of so many requests at this distance are within the limit. */
static unsigned within(struct scene *s, unsigned count, uint64_t step_ns)
{
	unsigned good = 0;

	for (unsigned i = 0; i < count; i++, s->visit.now_ns += step_ns)
		good += ask(s) == LIMIT_WITHIN;
	return good;
}

/* What is known of the client. */
static uint64_t tag_of(const struct scene *s)
{
	return s->set.way[0].tag;
}

static uint64_t visit_of(const struct scene *s)
{
	return s->set.way[0].visit;
}

/* What is read of the levels in 12 bits fits them. */
static void test_levels_fit(void **state)
{
	(void)state;
	for (int interval = LIMIT_INTERVAL_MIN; interval <= LIMIT_INTERVAL_MAX; interval++) {
		struct scene s = scene_new(interval, LIMIT_BURST_MAX, 2);

		assert_true(s.limit.burst_level <= CLIENTS_LEVEL_MAX);
		assert_true(s.limit.burst_level >= LIMIT_BURST_MAX * s.limit.cost);
		assert_true(s.limit.quiet_ticks < CLIENTS_TICKS_MASK / 2);
	}
}

/* So many at once and no more; from 2^-7 s on it is the number asked for. */
static void test_burst(void **state)
{
	static const uint32_t bursts[] = {LIMIT_BURST_MIN, 8, 100, LIMIT_BURST_MAX};

	(void)state;
	for (int interval = LIMIT_INTERVAL_MIN; interval <= LIMIT_INTERVAL_MAX; interval++)
		for (int i = 0; i < 4; i++) {
			struct scene s = scene_new(interval, bursts[i], 2);
			unsigned good = within(&s, 5000, 0);
			unsigned tick = (unsigned)ldexp(0.00377, -interval);

			if (interval >= -7)
				assert_int_equal(
					good, bursts[i] > 8 || interval > -7 ? bursts[i] : good);
			else
				assert_true(good == bursts[i] || good <= tick + 2);
			assert_true(good >= bursts[i]);
		}
}

/* A flood gets one request per 2^I s, within 1 %, whatever its own rate is. */
static void test_rate_in_the_long_run(void **state)
{
	static const double paces[] = {0.013, 0.31, 0.77};

	(void)state;
	for (int interval = LIMIT_INTERVAL_MIN; interval <= LIMIT_INTERVAL_MAX; interval++)
		for (int i = 0; i < 3; i++) {
			struct scene s = scene_new(interval, 8, 2);
			double share, step_ns = ldexp(paces[i] * 1e9, interval);
			unsigned count = i ? 400000 : 2000000;

			/* A step is whole ns; one of near a minute is not for the bucket to judge.
			 */
			if (step_ns < 1000 || step_ns > 50e9)
				continue;
			within(&s, 100000, (uint64_t)step_ns);
			share = within(&s, count, (uint64_t)step_ns) / (double)count;
			share /= floor(step_ns) / ldexp(1e9, interval);
			if (fabs(share - 1) > 0.01)
				printf("# interval %d, pace %.3f: %.4f\n", interval, paces[i],
					share);
			assert_true(fabs(share - 1) < 0.01);
		}
}

/* Just within the rate: never limited, at intervals of a tick's precision. */
static void test_within_the_rate(void **state)
{
	(void)state;
	for (int interval = LIMIT_INTERVAL_MIN; interval <= LIMIT_INTERVAL_MAX; interval++) {
		struct scene s = scene_new(interval, 8, 2);
		uint64_t step_ns = (uint64_t)ldexp(1.03e9, interval) + 1;

		assert_int_equal(within(&s, 100000, step_ns), 100000);
	}
}

/* An empty bucket fills up again in burst times 2^I s and not sooner. */
static void test_recovery(void **state)
{
	(void)state;
	for (int interval = 0; interval <= 5; interval++)
		for (unsigned wait = 1; wait <= 7; wait++) {
			struct scene s = scene_new(interval, 8, 2);
			double most = 0;

			for (int i = 0; i < 200; i++) {
				s.visit.now_ns += 3600 * S_NS;
				within(&s, 20, 0);
				s.visit.now_ns += (uint64_t)ldexp(wait * 1e9, interval);
				most += within(&s, 20, 0);
			}
			/* A minute's quiet gives room for three whatever the interval is. */
			if (ldexp(wait, interval) < 58)
				assert_true(fabs(most / 200 - wait) < 0.15);
			else
				assert_true(most / 200 > wait - 0.15);
		}
}

static void test_leak_and_kiss_shares(void **state)
{
	(void)state;
	for (uint32_t leak = LIMIT_LEAK_MIN; leak <= LIMIT_LEAK_MAX; leak++)
		for (uint8_t kod = 0; kod <= LIMIT_KOD_MAX; kod++) {
			struct scene s = scene_new(12, 4, leak);
			unsigned of[4] = {0}, over;
			double leaked, told;

			s.limit.kod_log2 = kod;
			s.visit.flags |= ACCESS_KOD;
			for (int i = 0; i < 400000; i++)
				of[ask(&s)]++;
			assert_int_equal(of[LIMIT_WITHIN], 4);
			over = of[LIMIT_LEAKED] + of[LIMIT_KISS] + of[LIMIT_OVER];
			leaked = of[LIMIT_LEAKED] / (double)over;
			told = of[LIMIT_KISS] / (double)(over - of[LIMIT_LEAKED]);
			assert_true(fabs(ldexp(leaked, (int)leak) - 1) < 0.03);
			assert_true(kod ? fabs(ldexp(told, kod) - 1) < 0.04 : of[LIMIT_KISS] == 0);
		}
}

/* Without the flags of a rule nobody is limited, and nobody is told. */
static void test_flags(void **state)
{
	struct scene s = scene_new(12, 4, 2);

	(void)state;
	s.limit.kod_log2 = 1;
	for (int i = 0; i < 100000; i++)
		assert_int_not_equal(ask(&s), LIMIT_KISS);
	s.visit.flags = ACCESS_KOD;
	assert_int_equal(within(&s, 1000, 0), 1000);
	/* The flood of before still counts when the rule comes back. */
	s.visit.flags = ACCESS_LIMITED;
	assert_int_equal(within(&s, 1000, 0), 0);
}

/* Three requests 2 s apart with a minute of quiet before them: for days, some microseconds early
 * or late, and after a flood in its name too. */
static void test_pool_monitor(void **state)
{
	(void)state;
	for (int interval = LIMIT_INTERVAL_MIN; interval <= LIMIT_INTERVAL_MAX; interval++)
		for (uint32_t burst = LIMIT_BURST_MIN; burst <= LIMIT_BURST_MAX; burst++) {
			struct scene s = scene_new(interval, burst, 2);

			for (int i = 0; i < 300; i++) {
				if (i % 50 == 49)
					within(&s, 3000, 0);
				s.visit.now_ns += 60 * S_NS - 500000 + dice_roll(&s.dice) % 1000000;
				assert_int_equal(within(&s, 1, 2 * S_NS - 100000), 1);
				assert_int_equal(within(&s, 1, 2 * S_NS + 50000), 1);
				assert_int_equal(within(&s, 1, 0), 1);
			}
		}
}

/* Polls of powers of two at every interval up to theirs; also for as long as `last` takes to come
 * around, and where the interval is longer but for `iburst` never more than one a minute. */
static void test_honest_clients(void **state)
{
	static const uint64_t polls_s[] = {16, 64, 1024, 1ULL << 14, 1ULL << 17};

	(void)state;
	for (int interval = LIMIT_INTERVAL_MIN; interval <= LIMIT_INTERVAL_MAX; interval++)
		for (int i = 0; i < 5; i++) {
			struct scene s = scene_new(interval, LIMIT_BURST_MIN, 2);
			uint64_t step_ns = polls_s[i] * S_NS;
			unsigned good = 0;

			if (polls_s[i] < 60 && ldexp(1, interval) > (double)polls_s[i])
				continue;
			for (int k = 0; k < 20000; k++) {
				good += within(&s, 1, step_ns - 1000000);
				s.visit.now_ns += dice_roll(&s.dice) % 2000000;
			}
			assert_int_equal(good, 20000);
		}
}

/* `iburst`: four requests 2 s apart at the start, then polls of 16 s. */
static void test_iburst(void **state)
{
	(void)state;
	for (int interval = LIMIT_INTERVAL_MIN; interval <= 4; interval++) {
		struct scene s = scene_new(interval, 8, 2);

		assert_int_equal(within(&s, 4, 2 * S_NS), 4);
		s.visit.now_ns += 14 * S_NS;
		assert_int_equal(within(&s, 1000, 16 * S_NS), 1000);
	}
}

/* So many ticks before the tick comes around to 0. */
static uint64_t before_zero_ns(const struct scene *s, double ticks)
{
	double tick_ns = ldexp(1, LIMIT_TICK_SHIFT) / (double)s->limit.tick_multiplier;

	return (uint64_t)(tick_ns * (CLIENTS_TICKS_MASK + 1 - ticks));
}

/* The tick comes around: a flood gets as much across it as at any other time, a client that was
 * away at that moment has the room that it ought to have. */
static void test_ticks_come_around(void **state)
{
	(void)state;
	for (int interval = LIMIT_INTERVAL_MIN; interval <= 8; interval++) {
		struct scene s = scene_new(interval, 8, 2);
		uint64_t span_ns = before_zero_ns(&s, 0) - before_zero_ns(&s, 1000);
		unsigned far, across;

		within(&s, 10000, 0);
		far = within(&s, 100000, span_ns / 100000);
		s.visit.now_ns = before_zero_ns(&s, 500);
		assert_true(limit_tick(&s.limit, s.visit.now_ns) > CLIENTS_TICKS_MASK - 502);
		within(&s, 10000, 0);
		across = within(&s, 100000, span_ns / 100000);
		assert_true(limit_tick(&s.limit, s.visit.now_ns) < 502);
		if (fabs((double)across - far) > 6 + far / 100.0)
			printf("# interval %d: %u, across %u\n", interval, far, across);
		assert_true(fabs((double)across - far) <= 6 + far / 100.0);
		s.visit.now_ns += (uint64_t)ldexp(9e9, interval) + 70 * S_NS;
		assert_int_equal(ask(&s), LIMIT_WITHIN);
	}
}

/* Cores whose clocks are read in another order than they get to the table: neither is the client
 * taken for one that was away for a cycle, nor is it drained twice. */
static void test_time_a_little_backwards(void **state)
{
	(void)state;
	for (int interval = -4; interval <= 8; interval++) {
		struct scene s = scene_new(interval, 8, 2);
		uint64_t step_ns = (uint64_t)ldexp(0.05e9, interval);
		unsigned good = 0, count = 200000;
		double share;

		within(&s, 1000, 0);
		for (unsigned i = 0; i < count; i++) {
			uint64_t now_ns = s.visit.now_ns += step_ns;

			if (i % 2)
				s.visit.now_ns -= dice_roll(&s.dice) % (20 * step_ns);
			good += ask(&s) == LIMIT_WITHIN;
			s.visit.now_ns = now_ns;
		}
		share = good / (count * 0.05);
		assert_true(fabs(share - 1) < 0.02);
	}
}

static void test_what_is_kept(void **state)
{
	struct scene s = scene_new(3, 8, 2);
	double tick_s = ldexp(1, LIMIT_TICK_SHIFT) / (double)s.limit.tick_multiplier / 1e9;
	double sum = 0;

	(void)state;
	ask(&s);
	assert_int_equal(clients_average(visit_of(&s)), 0);
	for (int i = 0; i < 100; i++) {
		s.visit.now_ns += 64 * S_NS;
		s.visit.version = 1 + (uint32_t)i % 4;
		assert_int_equal(ask(&s), LIMIT_WITHIN);
		assert_int_equal(clients_version(tag_of(&s)), s.visit.version);
		assert_int_equal(clients_requests(visit_of(&s)), i + 2);
		assert_int_equal(clients_limited(visit_of(&s)), 0);
		assert_true(fabs(clients_average(visit_of(&s)) * tick_s - 64) < 4 * tick_s);
	}
	/* Shorter than a tick too, on average. */
	within(&s, 200, S_NS / 5);
	for (int i = 0; i < 20000; i++) {
		within(&s, 1, S_NS / 5);
		sum += clients_average(visit_of(&s)) * tick_s;
	}
	assert_true(fabs(sum / 20000 - 0.2) < 0.02);
	/* A client that comes back after a day: the longest that can be told. */
	for (int i = 0; i < 20; i++)
		within(&s, 1, 86400 * S_NS);
	assert_true(clients_average(visit_of(&s)) * tick_s > 1900);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels_fit),
		cmocka_unit_test(test_burst),
		cmocka_unit_test(test_rate_in_the_long_run),
		cmocka_unit_test(test_within_the_rate),
		cmocka_unit_test(test_recovery),
		cmocka_unit_test(test_leak_and_kiss_shares),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_pool_monitor),
		cmocka_unit_test(test_honest_clients),
		cmocka_unit_test(test_iburst),
		cmocka_unit_test(test_ticks_come_around),
		cmocka_unit_test(test_time_a_little_backwards),
		cmocka_unit_test(test_what_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
