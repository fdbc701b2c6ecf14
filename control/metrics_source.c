/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows about the servers that time is taken from; see metrics_private.h. */
#include "control/metrics_private.h"

#include <math.h>
#include <string.h>
#include <sys/socket.h>

struct labels {
	char name[METRICS_LABEL_MAX], address[METRICS_LABEL_MAX];
};

/* The labels of a source that is told of; NULL: of another. */
static const struct source_report *begin(
	const struct metrics_out *out, size_t index, struct labels *ret_labels)
{
	const struct source_report *source = &out->input->snapshot->sources[index];

	if (out->repeated[index])
		return NULL;
	metrics_escape(source->name, ret_labels->name);
	metrics_escape(source->address, ret_labels->address);
	return source;
}

void metrics_mark_repeated(const struct snapshot *s, bool *ret_repeated)
{
	for (size_t i = 0; i < s->source_count; i++)
		for (size_t k = 0; k < i && !ret_repeated[i]; k++)
			ret_repeated[i] = !strcmp(s->sources[k].address, s->sources[i].address) &&
					  !strcmp(s->sources[k].name, s->sources[i].name);
}

#define SOURCE       "source=\"%s\",address=\"%s\""
#define SOURCE_OF(l) (l).name, (l).address

static void each_source(
	const struct metrics_out *out, double (*value)(const struct source_report *r))
{
	struct labels labels;

	for (size_t i = 0; i < out->input->snapshot->source_count; i++) {
		const struct source_report *source = begin(out, i, &labels);

		if (source)
			metrics_sample(out, value(source), SOURCE, SOURCE_OF(labels));
	}
}

#define WRITE(id, name, type, help, expression)                                                    \
	static double id##_of(const struct source_report *r)                                       \
	{                                                                                          \
		return expression;                                                                 \
	}                                                                                          \
	void metrics_write_source_##id(const struct metrics_out *out)                              \
	{                                                                                          \
		each_source(out, id##_of);                                                         \
	}
METRICS_SOURCE_ROWS(WRITE)
#undef WRITE

void metrics_write_source_state(const struct metrics_out *out)
{
	static const struct {
		char tally;
		const char *name;
	} states[] = {
		{TALLY_SELECTED, "selected"},
		{TALLY_CANDIDATE, "combined"},
		{TALLY_BACKUP, "backup"},
		{TALLY_OUTLIER, "outlier"},
		{TALLY_EXCESS, "excess"},
		{TALLY_FALSETICKER, "falseticker"},
		{TALLY_UNREACHABLE, "unusable"},
	};
	struct labels labels;

	for (size_t i = 0; i < out->input->snapshot->source_count; i++) {
		const struct source_report *source = begin(out, i, &labels);

		for (size_t k = 0; source && k < sizeof(states) / sizeof(states[0]); k++)
			metrics_sample(out, source->tally == states[k].tally,
				SOURCE ",state=\"%s\"", SOURCE_OF(labels), states[k].name);
	}
}

void metrics_write_source_kisses(const struct metrics_out *out)
{
	static const struct {
		enum exchange_result result;
		const char *code;
	} kisses[] = {
		{EXCHANGE_KISS_RATE, "RATE"},
		{EXCHANGE_KISS_DENY, "DENY"},
		{EXCHANGE_KISS_RSTR, "RSTR"},
		{EXCHANGE_KISS_OTHER, "other"},
	};
	struct labels labels;

	for (size_t i = 0; i < out->input->snapshot->source_count; i++) {
		const struct source_report *source = begin(out, i, &labels);

		for (size_t k = 0; source && k < sizeof(kisses) / sizeof(kisses[0]); k++)
			metrics_sample(out, (double)source->counters.result[kisses[k].result],
				SOURCE ",code=\"%s\"", SOURCE_OF(labels), kisses[k].code);
	}
}

void metrics_write_exchanges(const struct metrics_out *out)
{
	for (int i = 0; i < EXCHANGE_RESULT_COUNT; i++)
		metrics_sample(out, (double)out->input->snapshot->totals->result[i],
			"result=\"%s\"", exchange_result_name((enum exchange_result)i));
}
