/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines about the rate limit and the client table: chrony's `ratelimit`, `clientloglimit` and
 * `noclientlog`, ntp.conf's `discard`. Called through the rows of config_table.c;
 * config_limit_finish() when the file is read.
 */
#include "control/config_limit.h"

#include "control/config_line.h"
#include "control/config_value.h"
#include "dataplane/core/limit.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define KOD_DEFAULT       2 /* of `restrict ... kod`: one in four */
#define CLIENTLOG_DEFAULT (16.0 * 1024 * 1024)
#define CLIENTLOG_MIN     ((double)(sizeof(struct client_set) << CLIENTS_SETS_LOG2_MIN))
#define CLIENTLOG_MAX     ((double)(sizeof(struct client_set) << CLIENTS_SETS_LOG2_MAX))
#define PREFIX6_MIN       16

static const struct {
	const char *name;
	size_t offset;
	int min, max;
} options[] = {
	{"interval", offsetof(struct config_ratelimit, interval), LIMIT_INTERVAL_MIN,
		LIMIT_INTERVAL_MAX},
	{"burst", offsetof(struct config_ratelimit, burst), 1, LIMIT_BURST_MAX},
	{"leak", offsetof(struct config_ratelimit, leak), LIMIT_LEAK_MIN, LIMIT_LEAK_MAX},
	{"kod", offsetof(struct config_ratelimit, kod), 0, LIMIT_KOD_MAX},
	{"prefix6", offsetof(struct config_ratelimit, prefix6), PREFIX6_MIN, 64},
};

#define OPTIONS (sizeof(options) / sizeof(options[0]))

void config_limit_defaults(struct config *config)
{
	/* One by one: its padding stays zero, and config_compare() looks at all octets. */
	config->ratelimit.interval = 3;
	config->ratelimit.burst = 8;
	config->ratelimit.leak = 2;
	config->ratelimit.prefix6 = 64;
	config->clientlog_bytes = -1;
}

static int read_option(struct config_line *line, int at)
{
	const char *name = line->words[at];
	long value;
	size_t i = 0;

	while (i < OPTIONS && strcasecmp(options[i].name, name) != 0)
		i++;
	if (i == OPTIONS)
		return config_line_error(
			line, "%s: not one of interval, burst, leak, kod, prefix6", name);
	if (at + 1 >= line->count)
		return config_line_error(line, "%s: needs a value", name);
	if (config_value_integer(line->words[at + 1], &value) || value < options[i].min ||
		value > options[i].max)
		return config_line_error(line, "%s %s: must be %d to %d", name, line->words[at + 1],
			options[i].min, options[i].max);
	*(int *)((char *)&line->config->ratelimit + options[i].offset) = (int)value;
	return 0;
}

int config_line_ratelimit(struct config_line *line)
{
	struct config_ratelimit *rate = &line->config->ratelimit;
	int err = 0;

	for (int at = 0; at < line->count && !err; at += 2)
		err = read_option(line, at);
	if (!err && rate->burst < LIMIT_BURST_MIN)
		err = config_line_error(line,
			"burst %d: must be %d to %d; the pool's monitor sends three requests at "
			"a time and would be limited",
			rate->burst, LIMIT_BURST_MIN, LIMIT_BURST_MAX);
	rate->on = !err;
	return err;
}

/* ntp.conf(5): `average` is log2 s; `minimum`, the least time between two, is what the burst
 * bounds here. */
int config_line_discard(struct config_line *line)
{
	for (int at = 0; at < line->count; at += 2) {
		const char *name = line->words[at];
		long value;

		if (at + 1 >= line->count)
			return config_line_error(line, "%s: needs a value", name);
		if (config_value_integer(line->words[at + 1], &value))
			return config_line_error(
				line, "%s %s: not a whole number", name, line->words[at + 1]);
		if (!strcasecmp(name, "average")) {
			if (value < LIMIT_INTERVAL_MIN || value > LIMIT_INTERVAL_MAX)
				return config_line_error(line, "average %ld: must be %d to %d",
					value, LIMIT_INTERVAL_MIN, LIMIT_INTERVAL_MAX);
			line->config->ratelimit.interval = (int)value;
		} else if (!strcasecmp(name, "minimum")) {
			config_line_note(line, "minimum: accepted without effect: how many may "
					       "come at once is bounded (`ratelimit burst N`)");
		} else if (!strcasecmp(name, "monitor")) {
			config_line_note(line, "monitor: accepted without effect: all clients "
					       "are counted");
		} else {
			return config_line_error(line, "%s: not one of average, minimum", name);
		}
	}
	return 0;
}

int config_line_clientloglimit(struct config_line *line)
{
	double bytes;

	if (line->count != 1 || config_value_number(line->words[0], &bytes) || bytes < 1 ||
		bytes > CLIENTLOG_MAX)
		return config_line_error(line, "needs a number of bytes up to %.0f", CLIENTLOG_MAX);
	if (bytes < CLIENTLOG_MIN) {
		config_line_note(line, "the smallest table has %.0f bytes", CLIENTLOG_MIN);
		bytes = CLIENTLOG_MIN;
	}
	line->config->clientlog_bytes = bytes;
	return 0;
}

int config_line_noclientlog(struct config_line *line)
{
	if (line->count)
		return config_line_error(line, "%s: takes no value", line->words[0]);
	line->config->clientlog_bytes = 0;
	return 0;
}

int config_limit_finish(struct config_line *line)
{
	struct config *config = line->config;
	bool limits = config->ratelimit.on, kod = false;

	for (size_t i = 0; i < config->rule_count; i++) {
		limits |= (config->rules[i].flags & ACCESS_LIMITED) != 0;
		kod |= (config->rules[i].flags & ACCESS_KOD) &&
		       config->rules[i].flags & ACCESS_LIMITED;
	}
	if (kod && !config->ratelimit.kod)
		config->ratelimit.kod = KOD_DEFAULT;
	if (config->clientlog_bytes < 0)
		config->clientlog_bytes = limits ? CLIENTLOG_DEFAULT : 0;
	if (limits && config->clientlog_bytes == 0) {
		line->row = config_table_find("noclientlog");
		line->origin = config->origins[line->row - config_table];
		return config_line_error(line, "the rate limit needs the client table: remove "
					       "this line, or `ratelimit` and `limited`");
	}
	return 0;
}

void config_line_print_ratelimit(
	const struct config *config, const struct config_row *row, FILE *out)
{
	const struct config_ratelimit *rate = &config->ratelimit;

	if (!rate->on)
		return;
	fprintf(out, "%s", row->name);
	for (size_t i = 0; i < OPTIONS; i++)
		fprintf(out, " %s %d", options[i].name,
			*(const int *)((const char *)rate + options[i].offset));
	config_origin_print(config, config->origins[row - config_table], out);
}

/* Whether or not a limit is asked for, and by which line. */
void config_line_print_discard(const struct config *config, const struct config_row *row, FILE *out)
{
	const struct config_origin origin = config->origins[config_table_at(row)];

	if (!origin.line)
		return;
	fprintf(out, "%s average %d", row->name, config->ratelimit.interval);
	config_origin_print(config, origin, out);
}

void config_line_print_noclientlog(
	const struct config *config, const struct config_row *row, FILE *out)
{
	const struct config_origin origin = config->origins[config_table_at(row)];

	if (!origin.line)
		return;
	fputs(row->name, out);
	config_origin_print(config, origin, out);
}

void config_line_print_clientloglimit(
	const struct config *config, const struct config_row *row, FILE *out)
{
	if (config->clientlog_bytes <= 0)
		return;
	fprintf(out, "%s %.0f", row->name, config->clientlog_bytes);
	config_origin_print(config, config->origins[row - config_table], out);
}
