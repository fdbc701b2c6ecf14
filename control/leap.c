// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Leap seconds: see leap.h. The calendar is computed here (days since 1970 to month
 * and day) since gmtime_r() is a table of the host's time zone away from pure.
 */
#include "control/leap.h"

#define DAY_S      86400
#define DAYS_400Y  146097 /* days in 400 years of the Gregorian calendar */
#define EPOCH_DAYS 719468 /* 0000-03-01 to 1970-01-01 */
#define QUIET_S    43200  /* after a leap second no other is armed for so long */

enum {
	INDICATOR_NONE = 0,
	INDICATOR_INSERT = 1,
	INDICATOR_DELETE = 2
};

uint8_t leap_vote(const uint8_t *indicators, size_t count)
{
	size_t insert = 0, delete = 0, i;

	for (i = 0; i < count; i++) {
		insert += indicators[i] == INDICATOR_INSERT;
		delete += indicators[i] == INDICATOR_DELETE;
	}
	if (insert * 2 > count)
		return INDICATOR_INSERT;
	if (delete *2 > count)
		return INDICATOR_DELETE;
	return INDICATOR_NONE;
}

/*
 * Is this day (since 1970) 30 June or 31 December? Years are counted from 1 March, so
 * that 29 February is their last day: after H. Hinnant, "chrono-Compatible Low-Level
 * Date Algorithms", 2013. June then ends with day 121, December with day 305.
 */
static bool is_leap_day(int64_t day)
{
	int64_t shifted = day + EPOCH_DAYS;
	int64_t of_era = ((shifted % DAYS_400Y) + DAYS_400Y) % DAYS_400Y;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);

	return of_year == 121 || of_year == 305;
}

int64_t leap_moment(int64_t utc_s, int8_t sign)
{
	int64_t day = utc_s / DAY_S - (utc_s % DAY_S < 0);

	if (sign == 0 || !is_leap_day(day))
		return 0;
	return (day + 1) * DAY_S - (sign < 0);
}

static bool arm(struct leap *leap, int64_t at_utc_s, int8_t sign)
{
	bool changed = leap->at_utc_s != at_utc_s || (at_utc_s && leap->sign != sign);

	leap->at_utc_s = at_utc_s;
	leap->sign = at_utc_s ? sign : 0;
	return changed;
}

/* An inserted second puts the clock back into the day that it ends: not once more. */
static bool quiet(const struct leap *leap, int64_t utc_s)
{
	return leap->done_utc_s && utc_s < leap->done_utc_s + QUIET_S;
}

bool leap_update(struct leap *leap, int64_t utc_s, int indicator)
{
	int8_t sign = indicator == INDICATOR_INSERT ? 1 : indicator == INDICATOR_DELETE ? -1 : 0;
	int64_t at_utc_s;

	if (indicator < 0 || quiet(leap, utc_s))
		return false;
	at_utc_s = leap_moment(utc_s, sign);
	if (at_utc_s && utc_s >= at_utc_s)
		return false;
	return arm(leap, at_utc_s, sign);
}

bool leap_set(struct leap *leap, int64_t utc_s, int64_t at_utc_s, int8_t sign)
{
	if (quiet(leap, utc_s) || utc_s >= at_utc_s || at_utc_s - utc_s > DAY_S)
		return false;
	return arm(leap, at_utc_s, sign);
}

bool leap_passed(struct leap *leap, int64_t utc_s, int8_t *ret_sign)
{
	if (leap->at_utc_s == 0 || utc_s < leap->at_utc_s)
		return false;
	*ret_sign = leap->sign;
	leap->done_utc_s = leap->at_utc_s;
	leap->passed++;
	arm(leap, 0, 0);
	return true;
}

uint8_t leap_indicator(const struct leap *leap)
{
	if (leap->at_utc_s == 0)
		return INDICATOR_NONE;
	return leap->sign > 0 ? INDICATOR_INSERT : INDICATOR_DELETE;
}
