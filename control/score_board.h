/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `ntpxdp poolcheck` has found about this host's addresses, one check after the other: the
 * course of the score that the NTP pool would give. The command judges and reckons; the daemon
 * keeps the last day of it in memory of fixed size, so that the status page can show it. Pure.
 */
#ifndef CONTROL_SCORE_BOARD_H
#define CONTROL_SCORE_BOARD_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#define SCORE_BOARD_ADDRESSES 4   /* the one that was checked longest ago makes room */
#define SCORE_BOARD_CHECKS    144 /* of an address: a day, one every ten minutes */
#define SCORE_BOARD_ROW_MAX   20

/* Bounds of what is taken: the pool's scores go from -100 to 20. */
#define SCORE_BOARD_LOWEST  (-100.0)
#define SCORE_BOARD_HIGHEST 20.0

struct score_check {
	int64_t time_s; /* Unix */
	double score;   /* after it */
	double step;
	char row[SCORE_BOARD_ROW_MAX]; /* a word: what decided, as `poolcheck --json` has it */
};

struct score_course {
	char address[INET6_ADDRSTRLEN]; /* empty: none */
	size_t count, next;             /* of a ring */
	struct score_check check[SCORE_BOARD_CHECKS];
};

/* The caller's; all zeros at first. */
struct score_board {
	struct score_course course[SCORE_BOARD_ADDRESSES];
};

/* Notes a check. 0; -EINVAL: that is no address, no score, or no word. */
int score_board_keep(
	struct score_board *board, const char *address, const struct score_check *check);

/* A check of a course, 0: the oldest; the index is less than count. */
const struct score_check *score_board_get(const struct score_course *course, size_t index);

#endif
