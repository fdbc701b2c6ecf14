/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of leap seconds that IERS and NIST publish (leap-seconds.list): which one comes
 * next, and until when the list is good. Read by the clockwork at start and once a day; what
 * follows from it is control/leap.h's. No state, no log.
 */
#ifndef CONTROL_LEAP_LIST_H
#define CONTROL_LEAP_LIST_H

#include <stdbool.h>
#include <stdint.h>

struct leap_list {
	int64_t at_utc_s;      /* Unix second as leap_moment() has it; 0: none is announced */
	int8_t sign;           /* +1 inserted, -1 deleted */
	int64_t expires_utc_s; /* the list says nothing about later; 0: it does not tell */
	int tai_s;             /* TAI - UTC when it was read; 0: before all that it knows */
};

/*
 * The next leap second after utc_s in the file. 0; -EBADMSG for what is no such list, as
 * one with a leap second that does not end a June or a December; another negative errno.
 */
int leap_list_read(const char *path, int64_t utc_s, struct leap_list *ret_list);

/* How long a list is still good for. */
enum leap_list_life {
	LEAP_LIST_GOOD,
	LEAP_LIST_ENDING,  /* within 30 days: a new one should be there */
	LEAP_LIST_EXPIRED, /* what sources announce counts instead */
	LEAP_LIST_UNDATED  /* does not tell, and so is not believed either */
};

enum leap_list_life leap_list_life(const struct leap_list *list, int64_t utc_s);

/* What to say of it: "has expired; the sources are listened to". */
const char *leap_list_life_text(enum leap_list_life life);

/* Does it go before what sources announce? */
bool leap_list_rules(const struct leap_list *list, int64_t utc_s);

#endif
