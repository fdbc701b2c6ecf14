// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/score_board.c control/report_scores.c control/json_add.c
// control/control_protocol.c
/*
 * The course of scores: a ring for each address, the address checked longest ago makes room, and
 * what anybody could send in place of a result is refused.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <json-c/json.h>

#include "control/report_scores.h"

static int keep(struct score_board *board, const char *address, int64_t time_s, double score)
{
	struct score_check check = {.time_s = time_s, .score = score, .step = 1, .row = "good"};

	return score_board_keep(board, address, &check);
}

static void test_ring(void **state)
{
	static struct score_board board;

	(void)state;
	for (int i = 0; i < SCORE_BOARD_CHECKS + 10; i++)
		assert_int_equal(keep(&board, "192.0.2.1", i, i % 20), 0);
	assert_int_equal(board.course[0].count, SCORE_BOARD_CHECKS);
	assert_int_equal(score_board_get(&board.course[0], 0)->time_s, 10);
	assert_int_equal(score_board_get(&board.course[0], SCORE_BOARD_CHECKS - 1)->time_s,
		SCORE_BOARD_CHECKS + 9);
	/* One address, whichever way it is written. */
	assert_int_equal(keep(&board, "2001:db8:0::1", 1, 1), 0);
	assert_int_equal(keep(&board, "2001:DB8::1", 2, 2), 0);
	assert_string_equal(board.course[1].address, "2001:db8::1");
	assert_int_equal(board.course[1].count, 2);
}

static void test_room(void **state)
{
	static struct score_board board;
	char address[] = "192.0.2.0";

	(void)state;
	for (int i = 0; i < SCORE_BOARD_ADDRESSES; i++) {
		address[8] = (char)('0' + i);
		assert_int_equal(keep(&board, address, 100 + i, 1), 0);
	}
	assert_int_equal(keep(&board, "192.0.2.0", 200, 1), 0);
	assert_int_equal(keep(&board, "192.0.2.9", 300, 1), 0);
	assert_string_equal(board.course[0].address, "192.0.2.0");
	assert_string_equal(board.course[1].address, "192.0.2.9");
	assert_int_equal(board.course[1].count, 1);
}

/* The answer to a request line; "" where it is no error. */
static const char *refusal(struct score_board *board, const char *line, bool privileged)
{
	static char text[200];
	struct json_object *arguments = json_tokener_parse(line), *answer;
	struct control_request request = {CONTROL_COMMAND_KEEP_SCORE, arguments, privileged};

	answer = report_keep_score(&request, board);
	snprintf(text, sizeof(text), "%s",
		control_protocol_failure(answer) ? control_protocol_failure(answer) : "");
	json_object_put(answer);
	json_object_put(arguments);
	return text;
}

#define GOOD "{\"address\":\"192.0.2.1\",\"score\":1.5,\"step\":1,\"row\":\"good\"}"

static void test_refused(void **state)
{
	static const char *const lines[] = {"{}",
		"{\"address\":\"x.example\",\"score\":1,\"step\":1,\"row\":\"good\"}",
		"{\"address\":\"192.0.2.1\",\"score\":21,\"step\":1,\"row\":\"good\"}",
		"{\"address\":\"192.0.2.1\",\"score\":\"1\",\"step\":1,\"row\":\"good\"}",
		"{\"address\":\"192.0.2.1\",\"score\":1,\"step\":-101,\"row\":\"good\"}",
		"{\"address\":\"192.0.2.1\",\"score\":1,\"step\":1,\"row\":\"<b>\"}",
		"{\"address\":\"192.0.2.1\",\"score\":1,\"step\":1,\"row\":\"\"}",
		"{\"address\":[],\"score\":1,\"step\":1,\"row\":{}}"};
	static struct score_board board;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_non_null(strstr(refusal(&board, lines[i], true), "needs an address"));
	assert_non_null(strstr(refusal(&board, GOOD, false), "root"));
	assert_int_equal(board.course[0].count, 0);
	assert_int_equal(keep(&board, "192.0.2.1", 1, NAN), -EINVAL);
}

static void test_report(void **state)
{
	static struct score_board board;
	struct json_object *answer;

	(void)state;
	assert_string_equal(refusal(&board, GOOD, true), "");
	board.course[0].check[0].time_s = 7;
	answer = report_scores(&board);
	assert_string_equal(json_object_to_json_string_ext(answer, JSON_C_TO_STRING_PLAIN),
		"{\"scores\":[{\"address\":\"192.0.2.1\",\"checks\":[{\"time_s\":7,\"score\":1.5,"
		"\"step\":1,\"row\":\"good\"}]}]}");
	json_object_put(answer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ring),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
