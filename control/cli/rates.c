// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rates out of counters; rates.h is the manual.
 */
#include "control/cli/rates.h"

#include "control/cli/answer.h"
#include "control/json_add.h"

#include <json-c/json.h>
#include <math.h>
#include <string.h>

struct rates_reading rates_read(struct json_object *stats)
{
	struct json_object *verdicts = answer_object(stats, "verdicts");
	struct rates_reading reading = {
		.at_s = answer_number(stats, "read_s"),
		.requests = answer_count(stats, "requests"),
		.answered = answer_count(stats, "served"),
		.limited = answer_count(verdicts, "drop_limited") +
			   answer_count(verdicts, "served_kiss"),
	};

	if (verdicts == NULL)
		return reading;
	json_object_object_foreach(verdicts, name, count)
	{
		if (strncmp(name, "pass_", 5) == 0)
			reading.passed += json_object_get_uint64(count);
	}
	return reading;
}

static double a_second(uint64_t from, uint64_t to, double interval_s)
{
	return (double)(to - from) / interval_s;
}

struct rates rates_between(const struct rates_reading *from, const struct rates_reading *to)
{
	struct rates rates = {.interval_s = to->at_s - from->at_s};
	bool forward = rates.interval_s > 0;

#define X(name, text) forward = forward && to->name >= from->name;
	RATES(X)
#undef X
	if (!forward)
		rates.interval_s = NAN;
#define X(name, text) rates.name##_hz = a_second(from->name, to->name, rates.interval_s);
	RATES(X)
#undef X
	return rates;
}

struct rates rates_average(const struct rates_reading *reading, double counted_s)
{
	struct rates_reading none = {.at_s = 0}, all = *reading;

	all.at_s = counted_s;
	return rates_between(&none, &all);
}

void rates_add(struct json_object *object, const char *key, const struct rates *rates)
{
	struct json_object *entry = json_object_new_object();

	json_add_number(entry, "interval_s", rates->interval_s);
#define X(name, text) json_add_number(entry, #name "_hz", rates->name##_hz);
	RATES(X)
#undef X
	json_object_object_add(object, key, entry);
}

double rates_sparkline(char *out, size_t width, bool utf8, const struct rates_series *series)
{
	static const char *const blocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	static const char *const ascii[] = {" ", ".", ".", ".", ":", ":", ":", "|", "|"};
	size_t shown = series->count < width ? series->count : width;
	const double *values = series->values + series->count - shown;
	double highest = 0;

	for (size_t i = 0; i < shown; i++)
		highest = fmax(highest, values[i]); /* fmax() passes NAN over */
	memset(out, ' ', width - shown);
	out += width - shown;
	for (size_t i = 0; i < shown; i++) {
		int level = values[i] > 0 ? (int)ceil(values[i] / highest * 8) : 0;
		const char *block = (utf8 ? blocks : ascii)[level];

		memcpy(out, block, strlen(block));
		out += strlen(block);
	}
	*out = '\0';
	return highest;
}
