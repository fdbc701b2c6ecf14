// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The course of scores; score_board.h is the manual.
 */
#include "control/score_board.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* The address in its usual form. */
static bool normalise(const char *address, char out[INET6_ADDRSTRLEN])
{
	struct in6_addr bits;
	int family = AF_INET;

	if (inet_pton(family, address, &bits) != 1) {
		family = AF_INET6;
		if (inet_pton(family, address, &bits) != 1)
			return false;
	}
	return inet_ntop(family, &bits, out, INET6_ADDRSTRLEN) != NULL;
}

static bool is_word(const char row[SCORE_BOARD_ROW_MAX])
{
	size_t length = strnlen(row, SCORE_BOARD_ROW_MAX);

	return length > 0 && length < SCORE_BOARD_ROW_MAX &&
	       strspn(row, "abcdefghijklmnopqrstuvwxyz0123456789_") == length;
}

/* Nothing else holds for what is no number. */
static bool is_score(double value)
{
	return value >= SCORE_BOARD_LOWEST && value <= SCORE_BOARD_HIGHEST;
}

/* The course of an address; for a new one an empty place, or that of the one checked longest ago.
 */
static struct score_course *find(struct score_board *board, const char *address)
{
	struct score_course *found = &board->course[0];

	for (int i = 0; i < SCORE_BOARD_ADDRESSES; i++)
		if (strcmp(board->course[i].address, address) == 0)
			return &board->course[i];
	for (int i = 0; i < SCORE_BOARD_ADDRESSES && found->count > 0; i++) {
		struct score_course *course = &board->course[i];

		if (course->count == 0 || score_board_get(course, course->count - 1)->time_s <
						  score_board_get(found, found->count - 1)->time_s)
			found = course;
	}
	memset(found, 0, sizeof(*found));
	strcpy(found->address, address);
	return found;
}

int score_board_keep(
	struct score_board *board, const char *address, const struct score_check *check)
{
	char text[INET6_ADDRSTRLEN];
	struct score_course *course;

	if (!normalise(address, text) || !is_word(check->row) || !is_score(check->score) ||
		!is_score(check->step))
		return -EINVAL;
	course = find(board, text);
	course->check[course->next] = *check;
	course->next = (course->next + 1) % SCORE_BOARD_CHECKS;
	if (course->count < SCORE_BOARD_CHECKS)
		course->count++;
	return 0;
}

const struct score_check *score_board_get(const struct score_course *course, size_t index)
{
	return &course->check[(course->next + SCORE_BOARD_CHECKS - course->count + index) %
			      SCORE_BOARD_CHECKS];
}
