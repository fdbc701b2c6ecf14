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
};

/*
 * The next leap second after utc_s in the file. 0; -EBADMSG for what is no such list;
 * another negative errno.
 */
int leap_list_read(const char *path, int64_t utc_s, struct leap_list *ret_list);

#endif
