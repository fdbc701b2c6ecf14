/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads leap-seconds.list: "#@ EXPIRY" and lines "MOMENT TAI-UTC", both moments in NTP
 * seconds since 1900; see leap_list.h.
 */
#include "control/leap_list.h"

#include "control/leap.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#define NTP_UNIX_S INT64_C(2208988800)
#define ENDING_S   (30 * 86400)

/* A new difference is in force from the end of a June or a December on. */
static bool is_moment(int64_t utc_s)
{
	return leap_moment(utc_s - 1, 1) == utc_s;
}

/* One line; returns 1 when it was an entry, 0 for a comment, negative when it is neither. */
static int read_line(const char *line, struct leap_list *list, int64_t *ret_moment, int *ret_tai)
{
	int64_t moment;
	int tai;

	if (sscanf(line, "#@ %" SCNd64, &moment) == 1) {
		list->expires_utc_s = moment - NTP_UNIX_S;
		return 0;
	}
	if (line[0] == '#' || line[0] == '\n' || line[0] == '\r')
		return 0;
	if (sscanf(line, "%" SCNd64 " %d", &moment, &tai) != 2 || moment < NTP_UNIX_S || tai < 0 ||
		tai > 1000 || !is_moment(moment - NTP_UNIX_S))
		return -EBADMSG;
	*ret_moment = moment - NTP_UNIX_S;
	*ret_tai = tai;
	return 1;
}

int leap_list_read(const char *path, int64_t utc_s, struct leap_list *ret_list)
{
	FILE *file = fopen(path, "re");
	struct leap_list list = {0};
	char line[256];
	int err = 0, tai = 0, before = 0, entries = 0;

	if (!file)
		return -errno;
	while (!err && fgets(line, sizeof(line), file)) {
		int64_t moment = 0;
		int kind = read_line(line, &list, &moment, &tai);

		if (kind < 0)
			err = kind;
		if (kind <= 0)
			continue;
		if (entries++ && moment > utc_s && !list.at_utc_s && tai != before) {
			list.sign = tai > before ? 1 : -1;
			/* An inserted second ends at midnight; a deleted one is the last before. */
			list.at_utc_s = list.sign > 0 ? moment : moment - 1;
		}
		before = tai;
		if (moment <= utc_s)
			list.tai_s = tai;
	}
	if (!err && (ferror(file) || !entries))
		err = ferror(file) ? -EIO : -EBADMSG;
	fclose(file);
	if (!err)
		*ret_list = list;
	return err;
}

enum leap_list_life leap_list_life(const struct leap_list *list, int64_t utc_s)
{
	if (!list->expires_utc_s)
		return LEAP_LIST_UNDATED;
	if (list->expires_utc_s <= utc_s)
		return LEAP_LIST_EXPIRED;
	return list->expires_utc_s < utc_s + ENDING_S ? LEAP_LIST_ENDING : LEAP_LIST_GOOD;
}

const char *leap_list_life_text(enum leap_list_life life)
{
	switch (life) {
	case LEAP_LIST_GOOD:
		return "is good";
	case LEAP_LIST_ENDING:
		return "expires within 30 days";
	case LEAP_LIST_EXPIRED:
		return "has expired, so the sources are listened to";
	case LEAP_LIST_UNDATED:
		return "does not say until when it is good, so the sources are listened to";
	}
	return "is odd";
}

bool leap_list_rules(const struct leap_list *list, int64_t utc_s)
{
	enum leap_list_life life = leap_list_life(list, utc_s);

	return life == LEAP_LIST_GOOD || life == LEAP_LIST_ENDING;
}
