// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/cli/pool_score.c
/*
 * The pool monitor's judgement, row by row: what counts as a reply, what each kind costs, and where
 * the score goes.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/cli/pool_score.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define NOW_NS   1800000000000000000LL /* 2027 */
#define DELAY_NS 20000000LL            /* of a round trip */
#define COOKIE   0x0123456789abcdefULL
#define S        1000000000LL
#define MS       1000000LL

/* A reply to be spoilt by a test. */
struct scene {
	struct ntp_packet packet;
	struct pool_score_datagram datagram;
};

static uint64_t wire(int64_t unix_ns)
{
	return ((uint64_t)(unix_ns / S) + 2208988800ULL) << 32 |
	       (uint64_t)((double)(unix_ns % S) * 4.294967296);
}

static void put_times(struct scene *scene, int64_t offset_ns, int64_t delay_ns)
{
	/* The server holds the request for 1 us. */
	int64_t middle_ns = scene->datagram.t1_ns + delay_ns / 2 + offset_ns;

	scene->packet.receive_ts = be64_of(wire(middle_ns));
	scene->packet.transmit_ts = be64_of(wire(middle_ns + 1000));
	scene->datagram.t4_ns = scene->datagram.t1_ns + delay_ns + 1000;
}

/* Offset and stratum as wanted, all else in order. */
static void make(struct scene *scene, int64_t offset_ns, uint8_t stratum)
{
	memset(scene, 0, sizeof(*scene));
	scene->packet.leap_version_mode = 0x24;
	scene->packet.stratum = stratum;
	scene->packet.origin_ts = be64_of(COOKIE);
	scene->datagram = (struct pool_score_datagram){.data = (const uint8_t *)&scene->packet,
		.length = sizeof(scene->packet),
		.cookie = be64_of(COOKIE),
		.t1_ns = NOW_NS};
	put_times(scene, offset_ns, DELAY_NS);
}

static struct pool_score_reply read_scene(const struct scene *scene)
{
	struct pool_score_reply reply;

	pool_score_read(&scene->datagram, &reply);
	return reply;
}

static struct pool_score_check judge_scene(const struct scene *scene)
{
	struct pool_score_reply reply = read_scene(scene);
	struct pool_score_check check;

	pool_score_judge(&reply, 1, &check);
	return check;
}

static void assert_near(double is, double wanted)
{
	if (!(fabs(is - wanted) < 1e-6))
		fail_msg("%.9f is not %.9f", is, wanted);
}

static void assert_check(
	const struct scene *scene, enum pool_score_row row, double step, double cap)
{
	struct pool_score_check check = judge_scene(scene);

	assert_string_equal(pool_score_row_name(check.row), pool_score_row_name(row));
	assert_near(check.step, step);
	assert_near(check.cap, cap);
}

static void test_offset_and_delay(void **state)
{
	static const int64_t offsets[] = {0, 1, -1, 12345678, -12345678, 3 * S, -100 * S};
	struct pool_score_reply reply;
	struct scene scene;

	(void)state;
	for (size_t i = 0; i < COUNT(offsets); i++) {
		make(&scene, offsets[i], 2);
		reply = read_scene(&scene);
		assert_int_equal(reply.state, POOL_SCORE_REPLY_GOOD);
		assert_true(fabs(reply.offset_s - (double)offsets[i] / 1e9) < 2e-9);
		assert_true(fabs(reply.delay_s - (double)DELAY_NS / 1e9) < 2e-9);
	}
}

/* On both sides of the end of the era, and a request sent before 1970. */
static void test_eras(void **state)
{
	static const int64_t moments[] = {
		2085978495999999000LL, 2085978496 * S, 4294967296 * S, -S};
	struct scene scene;

	(void)state;
	for (size_t i = 0; i < COUNT(moments); i++) {
		make(&scene, 0, 2);
		scene.datagram.t1_ns = moments[i];
		put_times(&scene, 10 * MS, moments[i] < 0 ? 4 * S : 100 * MS);
		assert_near(read_scene(&scene).offset_s, 0.010);
		assert_check(&scene, POOL_SCORE_ROW_GOOD, 1, 20);
	}
}

/* What is no reply for the monitor: -5, whatever else the packet says. */
static void test_no_reply(void **state)
{
	struct scene scene;
	enum pool_score_reply_state wanted;

	(void)state;
	for (wanted = POOL_SCORE_REPLY_SILENT; wanted < POOL_SCORE_REPLY_BAD; wanted++) {
		make(&scene, 0, 2);
		if (wanted == POOL_SCORE_REPLY_SILENT)
			scene.datagram.length = 0;
		else if (wanted == POOL_SCORE_REPLY_SHORT)
			scene.datagram.length = NTP_PACKET_SIZE - 1;
		else if (wanted == POOL_SCORE_REPLY_MODE)
			scene.packet.leap_version_mode = 0x23;
		else if (wanted == POOL_SCORE_REPLY_TRANSMIT)
			scene.packet.transmit_ts.raw = 0;
		else if (wanted == POOL_SCORE_REPLY_ORIGIN)
			scene.packet.origin_ts = be64_of(COOKIE + 1);
		else
			scene.packet.receive_ts = be64_of(be64_value(scene.packet.transmit_ts) + 1);
		assert_string_equal(pool_score_reply_name(read_scene(&scene).state),
			pool_score_reply_name(wanted));
		assert_check(&scene, POOL_SCORE_ROW_NO_REPLY, -5, 20);
	}
}

/* Near the edges of "no reply": these are good. */
static void test_tolerated(void **state)
{
	struct scene scene;

	(void)state;
	make(&scene, 0, 1);
	scene.packet.receive_ts = scene.packet.transmit_ts;
	assert_check(&scene, POOL_SCORE_ROW_GOOD, 1, 20);
	make(&scene, 0, 1);
	scene.packet.leap_version_mode = 0xdc; /* leap 3, version 3: the monitor looks at neither */
	assert_check(&scene, POOL_SCORE_ROW_GOOD, 1, 20);
	make(&scene, 0, 1);
	scene.datagram.length = 68;
	assert_check(&scene, POOL_SCORE_ROW_GOOD, 1, 20);
}

static void test_kisses(void **state)
{
	static const struct {
		char code[5];
		enum pool_score_row row;
		double step, cap;
	} cases[] = {{"RATE", POOL_SCORE_ROW_RATE, -3.5, 20},
		{"DENY", POOL_SCORE_ROW_DENIED, -10, -50},
		{"RSTR", POOL_SCORE_ROW_DENIED, -10, -50}, {"INIT", POOL_SCORE_ROW_ERROR, -4, 20},
		{"\0\0\0\0", POOL_SCORE_ROW_STRATUM_0, -2, 5},
		{"GPS\0", POOL_SCORE_ROW_STRATUM_0, -2, 5},
		{"RAT\x7f", POOL_SCORE_ROW_STRATUM_0, -2, 5}};
	struct scene scene;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		/* 4 s off: the kiss comes first in the order. */
		make(&scene, 4 * S, 0);
		memcpy(&scene.packet.reference_id, cases[i].code, 4);
		assert_int_equal(read_scene(&scene).state, POOL_SCORE_REPLY_BAD);
		assert_check(&scene, cases[i].row, cases[i].step, cases[i].cap);
		/* With a stratum the same four octets are a reference id. */
		make(&scene, 0, 1);
		memcpy(&scene.packet.reference_id, cases[i].code, 4);
		assert_check(&scene, POOL_SCORE_ROW_GOOD, 1, 20);
	}
}

static void test_stratum(void **state)
{
	struct scene scene;

	(void)state;
	for (unsigned stratum = 1; stratum < 256; stratum++) {
		make(&scene, 0, (uint8_t)stratum);
		if (stratum < 8)
			assert_check(&scene, POOL_SCORE_ROW_GOOD, 1, 20);
		else if (stratum <= 10)
			assert_check(&scene, POOL_SCORE_ROW_STRATUM_8, -4, 20);
		else
			assert_check(&scene, POOL_SCORE_ROW_ERROR, -4, 20);
		/* Above 10 the offset is not looked at; up to 10 it caps the score. */
		make(&scene, 4 * S, (uint8_t)stratum);
		if (stratum <= 10)
			assert_check(&scene, POOL_SCORE_ROW_OFFSET_3S, -4, -20);
		else
			assert_check(&scene, POOL_SCORE_ROW_ERROR, -4, 20);
	}
}

static void test_offsets(void **state)
{
	static const struct {
		int64_t offset_ns;
		enum pool_score_row row;
		double step, cap;
	} cases[] = {{0, POOL_SCORE_ROW_GOOD, 1, 20}, {24999 * 1000LL, POOL_SCORE_ROW_GOOD, 1, 20},
		/* just above 25 ms the line would be above 1 */
		{25001 * 1000LL, POOL_SCORE_ROW_OFFSET_25MS, 1, 20},
		{26 * MS, POOL_SCORE_ROW_OFFSET_25MS, 1.167 - 6.667 * 0.026, 20},
		{50 * MS, POOL_SCORE_ROW_OFFSET_25MS, 1.167 - 6.667 * 0.050, 20},
		{99999 * 1000LL, POOL_SCORE_ROW_OFFSET_25MS, 1.167 - 6.667 * 0.099999, 20},
		{100001 * 1000LL, POOL_SCORE_ROW_OFFSET_100MS, 0.731 - 2.308 * 0.100001, 20},
		{200 * MS, POOL_SCORE_ROW_OFFSET_100MS, 0.731 - 2.308 * 0.2, 20},
		{749999 * 1000LL, POOL_SCORE_ROW_OFFSET_100MS, 0.731 - 2.308 * 0.749999, 20},
		{750001 * 1000LL, POOL_SCORE_ROW_OFFSET_750MS, -2, 20},
		{2999 * MS, POOL_SCORE_ROW_OFFSET_750MS, -2, 20},
		{3001 * MS, POOL_SCORE_ROW_OFFSET_3S, -4, -20},
		{1000000 * S, POOL_SCORE_ROW_OFFSET_3S, -4, -20}};
	struct scene scene;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		make(&scene, cases[i].offset_ns, 2);
		assert_check(&scene, cases[i].row, cases[i].step, cases[i].cap);
		make(&scene, -cases[i].offset_ns, 2);
		assert_check(&scene, cases[i].row, cases[i].step, cases[i].cap);
	}
}

/* Of several replies: the fastest good one; the first that is bad by its own word. */
static void test_several(void **state)
{
	struct pool_score_reply replies[3];
	struct pool_score_check check;
	struct scene scene;

	(void)state;
	make(&scene, 0, 2);
	scene.datagram.length = 0;
	replies[0] = read_scene(&scene);
	make(&scene, 500 * MS, 2);
	replies[1] = read_scene(&scene);
	make(&scene, 10 * MS, 2);
	put_times(&scene, 10 * MS, DELAY_NS / 2);
	replies[2] = read_scene(&scene);
	pool_score_judge(replies, 3, &check);
	assert_int_equal(check.reply, 2);
	assert_int_equal(check.row, POOL_SCORE_ROW_GOOD);
	pool_score_judge(replies, 2, &check);
	assert_int_equal(check.reply, 1);
	assert_int_equal(check.row, POOL_SCORE_ROW_OFFSET_100MS);
	pool_score_judge(replies, 1, &check);
	assert_int_equal(check.reply, -1);
	assert_int_equal(check.row, POOL_SCORE_ROW_NO_REPLY);
	make(&scene, 0, 0);
	memcpy(&scene.packet.reference_id, "RATE", 4);
	replies[1] = read_scene(&scene);
	pool_score_judge(replies, 3, &check);
	assert_int_equal(check.reply, 1);
	assert_int_equal(check.row, POOL_SCORE_ROW_RATE);
}

/* 20 (1 - 0.95^n) reaches 10 with the 14th check. */
static void test_course_of_a_good_server(void **state)
{
	const struct pool_score_check good = {.step = 1, .cap = POOL_SCORE_MAX};
	struct pool_score_course course = {.score = POOL_SCORE_START};

	(void)state;
	for (int n = 1; n <= 500; n++) {
		pool_score_take(&course, &good);
		assert_near(course.score, 20 * (1 - pow(0.95, n)));
		assert_true(course.score <= POOL_SCORE_MAX);
		assert_int_equal(course.score >= POOL_SCORE_IN, n >= 14);
		assert_int_equal(pool_score_checks_to_join(&course), 14);
	}
	assert_near(pool_score_steady(&course), 20);
}

static void test_course_of_others(void **state)
{
	static const struct {
		double step, cap, first, steady;
		int joins;
	} cases[] = {{-5, 20, -5, -100, -1}, {-3.5, 20, -3.5, -70, -1}, {-10, -50, -50, -200, -1},
		{-2, 5, -2, -40, -1}, {-4, -20, -20, -80, -1}, {0.833, 20, 0.833, 16.66, 18},
		{0.27, 20, 0.27, 5.4, -1}, {1, 5, 1, 5, -1}};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct pool_score_check check = {.step = cases[i].step, .cap = cases[i].cap};
		struct pool_score_course course = {.score = POOL_SCORE_START};

		pool_score_take(&course, &check);
		assert_near(course.score, cases[i].first);
		assert_near(pool_score_steady(&course), cases[i].steady);
		assert_int_equal(pool_score_checks_to_join(&course), cases[i].joins);
	}
}

/* One DENY throws a server out at once, and its cap goes with the next good check. */
static void test_cap_holds_once(void **state)
{
	const struct pool_score_check good = {.step = 1, .cap = POOL_SCORE_MAX};
	const struct pool_score_check deny = {.step = -10, .cap = -50};
	struct pool_score_course course = {.score = POOL_SCORE_MAX};

	(void)state;
	pool_score_take(&course, &deny);
	assert_near(course.score, -50);
	pool_score_take(&course, &good);
	assert_near(course.score, -46.5);
	assert_int_equal(pool_score_checks_to_join(&course), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_offset_and_delay),
		cmocka_unit_test(test_eras),
		cmocka_unit_test(test_no_reply),
		cmocka_unit_test(test_tolerated),
		cmocka_unit_test(test_kisses),
		cmocka_unit_test(test_stratum),
		cmocka_unit_test(test_offsets),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_course_of_a_good_server),
		cmocka_unit_test(test_course_of_others),
		cmocka_unit_test(test_cap_holds_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
