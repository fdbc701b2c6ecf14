/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Single values of the settings file; see config_value.h.
 * Called with words that hold no white space. The caller owns all text.
 */
#include "control/config_value.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Units of time, largest first: printing takes the first that divides evenly. */
static const struct {
	const char *name;
	double seconds;
} units[] = {
	{"d", 86400},
	{"h", 3600},
	{"min", 60},
	{"s", 1},
	{"ms", 1e-3},
	{"us", 1e-6},
	{"ns", 1e-9},
};

#define UNITS (sizeof(units) / sizeof(units[0]))

int config_value_integer(const char *text, long *ret_value)
{
	const char *digits = text + (*text == '-' || *text == '+');
	char *end;
	long value;

	if (!isdigit((unsigned char)*digits))
		return -EINVAL;
	errno = 0;
	value = strtol(text, &end, 10);
	if (*end)
		return -EINVAL;
	if (errno)
		return -errno;
	*ret_value = value;
	return 0;
}

/* strtod() without what only it knows: inf, nan, hexadecimal, leading space. */
static int number(const char *text, double *ret_value, char **ret_end)
{
	const char *digits = text + (*text == '-' || *text == '+');
	double value;

	if (!isdigit((unsigned char)*digits) && *digits != '.')
		return -EINVAL;
	if (digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X'))
		return -EINVAL;
	value = strtod(text, ret_end);
	if (*ret_end == text || !isfinite(value))
		return -EINVAL;
	*ret_value = value;
	return 0;
}

int config_value_number(const char *text, double *ret_value)
{
	char *end;
	double value;
	int err = number(text, &value, &end);

	if (err)
		return err;
	if (*end)
		return -EINVAL;
	*ret_value = value;
	return 0;
}

int config_value_duration(const char *text, double *ret_seconds)
{
	char *end;
	double value;
	int err = number(text, &value, &end);

	if (err)
		return err;
	if (!*end) {
		*ret_seconds = value;
		return 0;
	}
	for (size_t i = 0; i < UNITS; i++) {
		if (!strcasecmp(end, units[i].name)) {
			*ret_seconds = value * units[i].seconds;
			return 0;
		}
	}
	return -EINVAL;
}

void config_value_print_number(double value, char *text, size_t size)
{
	snprintf(text, size, "%.15g", value);
	if (strtod(text, NULL) != value)
		snprintf(text, size, "%.17g", value);
}

void config_value_print_duration(double seconds, char *text, size_t size)
{
	for (size_t i = 0; i < UNITS && seconds != 0; i++) {
		double count = round(seconds / units[i].seconds);

		if (fabs(count) >= 1 && count * units[i].seconds == seconds) {
			snprintf(text, size, "%.17g%s", count, units[i].name);
			return;
		}
	}
	config_value_print_number(seconds, text, size - 1);
	strcat(text, "s");
}

int config_value_choice(const char *text, const char *choices)
{
	size_t length = strlen(text);

	if (!length || strchr(text, '|'))
		return -EINVAL;
	for (int i = 0; choices; i++) {
		const char *bar = strchr(choices, '|');
		size_t width = bar ? (size_t)(bar - choices) : strlen(choices);

		if (width == length && !strncasecmp(text, choices, length))
			return i;
		choices = bar ? bar + 1 : NULL;
	}
	return -EINVAL;
}
