// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/clock.c control/clock_reading.c control/combine.c control/filter.c
// test-sources: control/filter_bank.c control/filter_delays.c control/leap.c control/local_reference.c control/select.c
// test-sources: control/stability.c
/*
 * `local`: several servers of an isolated site with one another as sources, their clocks wired
 * together here, and when the local reference takes over from none. Time is the test's.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "control/clock.h"

#define NS_PER_S  1000000000LL
#define UNIX_NOW  1790000000LL
#define NODES     4
#define OUTSIDE   NODES /* the source beyond the site */
#define STRATUM   8
#define BAD_START 250000000LL

/* One server: its oscillator, its system clock as it was set, and what it hears of the others. */
struct node {
	struct clock *clock;
	struct filter *filters[NODES + 1];
	bool loop[NODES + 1]; /* the last reply was our own time */
	int64_t wrong_ns;     /* of its system clock */
	double frequency;
	uint64_t raw_ns;
	int64_t offset_ns; /* UTC - RAW, the true one */
	double rest;
	bool down, sees_outside;
};

struct site {
	struct node nodes[NODES];
	size_t count;
};

static const struct local_options orphan = {
	.stratum = STRATUM, .orphan = true, .distance_s = 1.0, .waitunsynced_s = 10.0};

static be32 id_of(size_t node)
{
	return be32_of(0x0a000001U + (uint32_t)node);
}

static void begin(struct site *site, size_t count)
{
	const struct clock_options options = {
		.maxdistance_s = 1.5, .holdover_s = 60.0, .local = orphan};
	size_t i, j;

	*site = (struct site){.count = count};
	for (i = 0; i < count; i++) {
		struct node *node = &site->nodes[i];

		node->clock = clock_new(&options);
		assert_non_null(node->clock);
		for (j = 0; j <= NODES; j++)
			assert_non_null(node->filters[j] = filter_new());
		node->wrong_ns = (int64_t)i * BAD_START;
		node->frequency = 10e-6 * (double)i - 10e-6;
		node->raw_ns = (1000 + 500 * i) * (uint64_t)NS_PER_S;
		node->offset_ns = (UNIX_NOW - (int64_t)(1000 + 500 * i)) * NS_PER_S;
	}
}

static void end(struct site *site)
{
	size_t i, j;

	for (i = 0; i < site->count; i++) {
		clock_free(site->nodes[i].clock);
		for (j = 0; j <= NODES; j++)
			filter_free(site->nodes[i].filters[j]);
	}
}

static struct clock_reading reading(const struct node *node)
{
	struct clock_reading ret;

	clock_read(node->clock, node->raw_ns, &ret);
	return ret;
}

/* Served time less the true one. */
static int64_t error_ns(const struct node *node)
{
	return reading(node).offset_ns - node->offset_ns;
}

/* What `node` hears from another at this moment; the source beyond the site is right. */
static void hear(struct site *site, size_t i, size_t from)
{
	struct node *node = &site->nodes[i];
	struct ntp_sample sample = {.raw_ns = node->raw_ns,
		.offset_ns = node->offset_ns,
		.delay_ns = 200000,
		.dispersion_ns = 500,
		.stratum = 2};

	node->loop[from] = false;
	if (from != OUTSIDE) {
		const struct clock_reading r = reading(&site->nodes[from]);

		node->loop[from] = !r.synchronised || r.reference_id.raw == id_of(i).raw;
		if (node->loop[from])
			return;
		sample.offset_ns += error_ns(&site->nodes[from]);
		sample.root_delay_ns = r.root_delay_ns;
		sample.root_dispersion_ns = r.root_dispersion_ns;
		sample.stratum = r.stratum;
		sample.reference_id = r.reference_id;
	}
	filter_add(node->filters[from], &sample);
}

static void update(struct site *site, size_t i)
{
	struct node *node = &site->nodes[i];
	struct clock_input inputs[NODES + 1];
	size_t j, count = 0;

	for (j = 0; j <= NODES; j++) {
		bool there = j == OUTSIDE ? node->sees_outside
					  : j != i && j < site->count && !site->nodes[j].down;

		if (j == i || (j >= site->count && j != OUTSIDE))
			continue;
		inputs[count] = (struct clock_input){
			.id = j + 1, .reference_id = id_of(j), .own_reference_id = id_of(i)};
		inputs[count].usable =
			there && !node->loop[j] &&
			filter_estimate(node->filters[j], node->raw_ns, &inputs[count].estimate);
		count++;
	}
	clock_update(node->clock, node->raw_ns, inputs, count);
}

/* A second: system clocks are looked at; every other second everybody asks everybody. */
static void second(struct site *site, int round)
{
	size_t i, j;

	for (i = 0; i < site->count; i++) {
		struct node *node = &site->nodes[i];

		node->rest += 1e9 * node->frequency;
		node->raw_ns += (uint64_t)NS_PER_S;
		node->offset_ns += (int64_t)floor(node->rest);
		node->rest -= floor(node->rest);
		if (!node->down)
			clock_follow(
				node->clock, node->raw_ns, node->offset_ns + node->wrong_ns, 200);
	}
	for (i = 0; i < site->count && round % 2 == 0; i++) {
		if (site->nodes[i].down)
			continue;
		for (j = 0; j < site->count; j++)
			if (j != i && !site->nodes[j].down)
				hear(site, i, j);
		if (site->nodes[i].sees_outside)
			hear(site, i, OUTSIDE);
		update(site, i);
	}
}

static void run(struct site *site, int seconds)
{
	int i;

	for (i = 0; i < seconds; i++)
		second(site, i);
}

/* The reference of each, one letter a server: itself, another, or `-` while it has no time. */
static void assert_references(const struct site *site, const char *expected)
{
	char found[NODES + 1] = {0};
	size_t i, j;

	for (i = 0; i < site->count; i++) {
		const struct clock_reading r = reading(&site->nodes[i]);

		found[i] = '-';
		if (site->nodes[i].down || !r.synchronised)
			continue;
		found[i] = r.state == CLOCK_LOCAL ? (char)('a' + i) : '?';
		for (j = 0; j <= NODES; j++)
			if (r.state != CLOCK_LOCAL && r.reference_id.raw == id_of(j).raw)
				found[i] = j == OUTSIDE ? 'O' : (char)('a' + j);
	}
	assert_string_equal(found, expected);
}

static void assert_together(const struct site *site, size_t with, int64_t within_ns)
{
	size_t i;

	for (i = 0; i < site->count; i++)
		if (!site->nodes[i].down)
			assert_true(llabs(error_ns(&site->nodes[i]) -
					    error_ns(&site->nodes[with])) < within_ns);
}

static void test_one_becomes_the_reference(void **state)
{
	struct site site;
	size_t i;

	(void)state;
	begin(&site, 3);
	run(&site, 9);
	assert_references(&site, "---");
	run(&site, 30);
	assert_references(&site, "aaa");
	assert_int_equal(reading(&site.nodes[0]).stratum, STRATUM);
	assert_int_equal(reading(&site.nodes[0]).state, CLOCK_LOCAL);
	for (i = 1; i < 3; i++) {
		assert_int_equal(reading(&site.nodes[i]).stratum, STRATUM + 1);
		assert_int_equal(reading(&site.nodes[i]).state, CLOCK_SYNCHRONISED);
	}
	/* Everybody has the time of the first one's system clock, and stays with it. */
	assert_together(&site, 0, 100000);
	run(&site, 1000);
	assert_references(&site, "aaa");
	assert_together(&site, 0, 100000);
	assert_true(llabs(error_ns(&site.nodes[0]) - site.nodes[0].wrong_ns) < 100000);
	end(&site);
}

static void test_the_next_takes_over(void **state)
{
	struct site site;
	int64_t before_ns;

	(void)state;
	begin(&site, 4);
	run(&site, 60);
	assert_references(&site, "aaaa");
	before_ns = error_ns(&site.nodes[1]);
	site.nodes[0].down = true;
	/* Its memory is good for a minute here, then the next in order is followed. */
	run(&site, 30);
	assert_references(&site, "-aaa");
	run(&site, 120);
	assert_references(&site, "-bbb");
	/* The time goes on where it was: no server goes back to its own system clock. */
	assert_true(llabs(error_ns(&site.nodes[1]) - before_ns) < 5000000);
	assert_together(&site, 1, 200000);
	/* The first comes back, and is the smallest still. */
	site.nodes[0].down = false;
	run(&site, 200);
	assert_references(&site, "aaaa");
	assert_together(&site, 0, 200000);
	end(&site);
}

/* One server alone sees the world again: it is followed, by those who do not, and no loop stays. */
static void test_a_real_source_comes_back(void **state)
{
	struct site site;
	size_t i;

	(void)state;
	begin(&site, 3);
	run(&site, 60);
	assert_references(&site, "aaa");
	site.nodes[2].sees_outside = true;
	run(&site, 60);
	assert_references(&site, "ccO");
	for (i = 0; i < 3; i++) {
		assert_true(llabs(error_ns(&site.nodes[i])) < 100000);
		assert_int_equal(reading(&site.nodes[i]).stratum, i == 2 ? 3 : 4);
	}
	/* It goes again. After some counting up among the memories one is the reference. */
	site.nodes[2].sees_outside = false;
	run(&site, 600);
	assert_references(&site, "aaa");
	assert_together(&site, 0, 200000);
	for (i = 0; i < 3; i++)
		assert_true(llabs(error_ns(&site.nodes[i])) < 50000000);
	end(&site);
}

/* One server with the world as its source, to see when the local reference takes over. */
static void begin_alone(struct site *site, const struct local_options *local)
{
	struct clock_options options = {
		.maxdistance_s = 1.5, .holdover_s = 3600.0, .local = *local};

	begin(site, 1);
	clock_configure(site->nodes[0].clock, &options);
}

static void test_activate(void **state)
{
	const struct local_options local = {.stratum = 5, .distance_s = 1.0, .activate_s = 0.01};
	struct site site;

	(void)state;
	begin_alone(&site, &local);
	run(&site, 600);
	assert_references(&site, "-");
	site.nodes[0].sees_outside = true;
	run(&site, 20);
	assert_int_equal(reading(&site.nodes[0]).state, CLOCK_SYNCHRONISED);
	site.nodes[0].sees_outside = false;
	run(&site, 3500);
	assert_int_equal(reading(&site.nodes[0]).state, CLOCK_HOLDOVER);
	run(&site, 200);
	assert_references(&site, "a");
	assert_int_equal(reading(&site.nodes[0]).stratum, 5);
	end(&site);
}

static void test_distance(void **state)
{
	const struct local_options local = {
		.stratum = 5, .distance_s = 0.005, .waitsynced_s = 600.0};
	struct site site;

	(void)state;
	begin_alone(&site, &local);
	site.nodes[0].sees_outside = true;
	run(&site, 20);
	assert_int_equal(reading(&site.nodes[0]).state, CLOCK_SYNCHRONISED);
	site.nodes[0].sees_outside = false;
	/* 5 ms are reached after some 300 s at 15 ppm and a little; 600 s have to pass as well. */
	run(&site, 580);
	assert_int_equal(reading(&site.nodes[0]).state, CLOCK_HOLDOVER);
	assert_true(reading(&site.nodes[0]).root_distance_ns > 5000000);
	run(&site, 40);
	assert_references(&site, "a");
	site.nodes[0].sees_outside = true;
	run(&site, 4);
	assert_int_equal(reading(&site.nodes[0]).state, CLOCK_SYNCHRONISED);
	end(&site);
}

static void test_waitunsynced(void **state)
{
	const struct local_options local = {
		.stratum = 5, .distance_s = 1.0, .waitunsynced_s = 300.0};
	struct site site;

	(void)state;
	begin_alone(&site, &local);
	run(&site, 299);
	assert_references(&site, "-");
	run(&site, 3);
	assert_references(&site, "a");
	site.nodes[0].sees_outside = true;
	run(&site, 20);
	site.nodes[0].sees_outside = false;
	run(&site, 3610);
	assert_references(&site, "-");
	run(&site, 300);
	assert_references(&site, "a");
	end(&site);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_becomes_the_reference),
		cmocka_unit_test(test_the_next_takes_over),
		cmocka_unit_test(test_a_real_source_comes_back),
		cmocka_unit_test(test_activate),
		cmocka_unit_test(test_distance),
		cmocka_unit_test(test_waitunsynced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
