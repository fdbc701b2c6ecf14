/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of the settings file about the clock: `local`, `makestep`, `maxchange`, `rtcsync` of
 * chrony.conf, and `tos` and `tinker` of ntp.conf, whose words are other settings under other
 * names. Each reader owns all words after the name and says its own errors.
 * Called through the rows of config_table.c.
 */
#include "control/config_line.h"
#include "control/config_value.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define SECONDS_MAX      1e9
/* Sources asked with iburst have said four times what they know. chrony 4.7 waits for 300 s. */
#define ORPHAN_WAIT_S    10
#define LOCAL_STRATUM    10
#define LOCAL_DISTANCE_S 1

/* The number after words[at]: 0, or -EINVAL after saying why. */
static int read_number(struct config_line *line, int at, double min, double *ret_value)
{
	const char *name = line->words[at];

	if (at + 1 >= line->count)
		return config_line_error(line, "%s: needs a value", name);
	if (config_value_number(line->words[at + 1], ret_value) || *ret_value < min ||
		*ret_value > SECONDS_MAX)
		return config_line_error(line, "%s %s: must be a number, %g or more", name,
			line->words[at + 1], min);
	return 0;
}

static int read_integer(struct config_line *line, int at, long max, int *ret_value)
{
	const char *name = line->words[at];
	long value;

	if (at + 1 >= line->count)
		return config_line_error(line, "%s: needs a value", name);
	if (config_value_integer(line->words[at + 1], &value) || value < 1 || value > max)
		return config_line_error(
			line, "%s %s: must be 1 to %ld", name, line->words[at + 1], max);
	*ret_value = (int)value;
	return 0;
}

/* One option of `local` at words[at]; how many words it took, or -EINVAL. */
static int read_local_option(struct config_line *line, int at, struct config_local *local)
{
	const struct {
		const char *name;
		double *value;
	} numbers[] = {
		{"distance", &local->distance_s},
		{"activate", &local->activate_s},
		{"waitsynced", &local->waitsynced_s},
		{"waitunsynced", &local->waitunsynced_s},
	};

	if (!strcasecmp(line->words[at], "stratum"))
		return read_integer(line, at, 15, &local->stratum) ? -EINVAL : 2;
	if (!strcasecmp(line->words[at], "orphan")) {
		local->orphan = true;
		return 1;
	}
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (!strcasecmp(line->words[at], numbers[i].name))
			return read_number(line, at, 0, numbers[i].value) ? -EINVAL : 2;
	return config_line_error(line, "%s: unknown option", line->words[at]);
}

void config_line_local_defaults(struct config *config)
{
	config->local = (struct config_local){.waitunsynced_s = -1};
}

void config_line_finish_local(struct config_line *line)
{
	struct config_local *local = &line->config->local;
	struct config_line all = {.config = line->config, .sink = line->sink};

	if (local->stratum && local->waitunsynced_s < 0)
		local->waitunsynced_s = local->orphan ? ORPHAN_WAIT_S : 0;
	if (!local->stratum) {
		if (local->waitunsynced_s >= 0)
			config_line_note(&all, "tos orphanwait: accepted without effect: there is "
					       "no `tos orphan`");
		config_line_local_defaults(line->config);
	}
}

static void begin_local(struct config_local *local)
{
	local->stratum = LOCAL_STRATUM;
	local->distance_s = LOCAL_DISTANCE_S;
}

int config_line_local(struct config_line *line)
{
	struct config_local *local = &line->config->local;
	int at = 0, taken;

	begin_local(local);
	while (at < line->count) {
		taken = read_local_option(line, at, local);
		if (taken < 0)
			return taken;
		at += taken;
	}
	return 0;
}

static void print_number(const char *name, double value, FILE *out)
{
	char text[40];

	config_value_print_number(value, text, sizeof(text));
	fprintf(out, " %s%s%s", name, *name ? " " : "", text);
}

void config_line_print_local(const struct config *config, const struct config_row *row, FILE *out)
{
	const struct config_local *local = &config->local;

	if (!local->stratum)
		return;
	fprintf(out, "%s stratum %d%s", row->name, local->stratum, local->orphan ? " orphan" : "");
	print_number("distance", local->distance_s, out);
	print_number("activate", local->activate_s, out);
	print_number("waitsynced", local->waitsynced_s, out);
	print_number("waitunsynced", local->waitunsynced_s, out);
	config_origin_print(config, config->origins[config_table_at(row)], out);
}

int config_line_makestep(struct config_line *line)
{
	struct config_makestep *makestep = &line->config->makestep;
	double threshold;
	long limit;

	if (line->count != 2)
		return config_line_error(line, "needs a threshold in seconds and a limit");
	if (config_value_number(line->words[0], &threshold) || threshold <= 0 || threshold > 1e9)
		return config_line_error(
			line, "%s: the threshold must be above 0 s", line->words[0]);
	if (config_value_integer(line->words[1], &limit) || limit < -1 || limit > 1000000)
		return config_line_error(
			line, "%s: the limit must be -1 (always) to 1000000", line->words[1]);
	makestep->threshold_s = threshold;
	makestep->limit = (int)limit;
	return 0;
}

void config_line_print_makestep(
	const struct config *config, const struct config_row *row, FILE *out)
{
	fputs(row->name, out);
	print_number("", config->makestep.threshold_s, out);
	fprintf(out, " %d", config->makestep.limit);
	config_origin_print(config, config->origins[config_table_at(row)], out);
}

int config_line_maxchange(struct config_line *line)
{
	struct config_maxchange *maxchange = &line->config->maxchange;
	double offset;
	long start, ignored;

	if (line->count != 3)
		return config_line_error(line, "needs an offset in seconds, after how many updates "
					       "it holds, and how many are ignored");
	if (config_value_number(line->words[0], &offset) || offset < 0 || offset > SECONDS_MAX)
		return config_line_error(
			line, "%s: the offset must be 0 (no limit) to 1e9 s", line->words[0]);
	if (config_value_integer(line->words[1], &start) || start < 0 || start > 1000000)
		return config_line_error(line, "%s: must be 0 to 1000000", line->words[1]);
	if (config_value_integer(line->words[2], &ignored) || ignored < -1 || ignored > 1000000)
		return config_line_error(
			line, "%s: must be -1 (for ever) to 1000000", line->words[2]);
	maxchange->offset_s = offset;
	maxchange->start = (int)start;
	maxchange->ignored = (int)ignored;
	return 0;
}

void config_line_print_maxchange(
	const struct config *config, const struct config_row *row, FILE *out)
{
	fputs(row->name, out);
	print_number("", config->maxchange.offset_s, out);
	fprintf(out, " %d %d", config->maxchange.start, config->maxchange.ignored);
	config_origin_print(config, config->origins[config_table_at(row)], out);
}

int config_line_rtcsync(struct config_line *line)
{
	if (line->count)
		return config_line_error(line, "%s: takes no value", line->words[0]);
	line->config->rtcsync = true;
	return 0;
}

void config_line_print_rtcsync(const struct config *config, const struct config_row *row, FILE *out)
{
	if (!config->rtcsync)
		return;
	fputs(row->name, out);
	config_origin_print(config, config->origins[config_table_at(row)], out);
}

/*
 * A word of `tos` or `tinker` that is another setting: that one counts as set on this line, so
 * that naming both is found out. 0, or -EINVAL after saying so.
 */
static int claim(struct config_line *line, int at, const char *name)
{
	struct config_origin *seen =
		&line->config->origins[config_table_at(config_table_find(name))];

	if (seen->line)
		return config_line_error(line, "%s: the same as `%s`, set on %s", line->words[at],
			name, config_origin_place(line->config, *seen, line->origin).text);
	*seen = line->origin;
	return 0;
}

static int read_tos_orphan(struct config_line *line, int at)
{
	struct config_local *local = &line->config->local;

	if (claim(line, at, "local"))
		return -EINVAL;
	begin_local(local);
	local->orphan = true;
	return read_integer(line, at, 15, &local->stratum);
}

/* The words of `tos` that have no meaning here, and why. */
static const struct {
	const char *name, *why;
} tos_notes[] = {
	{"minclock", "all sources that agree are combined, each by its own noise"},
	{"maxclock", "`maxsources` of a `pool` line says how many members are used"},
	{"mindist", "intervals are as wide as what was measured, never less than that says"},
	{"cohort", "servers of the same stratum may be followed"},
	{"ceiling", "servers of stratum 1 to 15 are followed"},
	{"floor", "servers of stratum 1 to 15 are followed"},
	{"beacon", "nothing is sent that was not asked for"},
	{"maxhop", "all sources that agree are combined, each by its own noise"},
	{"bcpollbstep", "there are no broadcasts here"},
	{"basedate", "the era follows from the system's clock"},
};

static int read_maxdist(struct config_line *line, int at)
{
	const struct config_row *row = config_table_find("maxdistance");
	double *distance = &line->config->maxdistance_s;

	if (claim(line, at, row->name) || read_number(line, at, row->min, distance))
		return -EINVAL;
	if (*distance > row->max)
		return config_line_error(line, "%s %s: must be at most %g", line->words[at],
			line->words[at + 1], row->max);
	return 0;
}

static int read_tos(struct config_line *line, int at)
{
	struct config *config = line->config;
	const char *name = line->words[at];

	if (!strcasecmp(name, "orphan"))
		return read_tos_orphan(line, at);
	if (!strcasecmp(name, "orphanwait"))
		return read_number(line, at, 0, &config->local.waitunsynced_s);
	if (!strcasecmp(name, "minsane"))
		return claim(line, at, "minsources")
			       ? -EINVAL
			       : read_integer(line, at, 64, &config->minsources);
	if (!strcasecmp(name, "maxdist"))
		return read_maxdist(line, at);
	for (size_t i = 0; i < sizeof(tos_notes) / sizeof(tos_notes[0]); i++) {
		if (strcasecmp(name, tos_notes[i].name) != 0)
			continue;
		if (at + 1 >= line->count)
			return config_line_error(line, "%s: needs a value", name);
		config_line_note(line, "%s: accepted without effect: %s", name, tos_notes[i].why);
		return 0;
	}
	return config_line_error(line, "%s: unknown word", name);
}

int config_line_tos(struct config_line *line)
{
	if (!line->count)
		return config_line_error(line, "needs a word and its value");
	for (int at = 0; at < line->count; at += 2)
		if (read_tos(line, at))
			return -EINVAL;
	return 0;
}

static int read_tinker(struct config_line *line, int at)
{
	static const char known[] = "allan|dispersion|freq|huffpuff|step|stepback|stepfwd|stepout";
	struct config_maxchange *maxchange = &line->config->maxchange;
	const char *name = line->words[at];

	if (!strcasecmp(name, "panic")) {
		maxchange->start = 1;
		maxchange->ignored = 0;
		return claim(line, at, "maxchange")
			       ? -EINVAL
			       : read_number(line, at, 0, &maxchange->offset_s);
	}
	if (config_value_choice(name, known) < 0)
		return config_line_error(line, "%s: unknown word", name);
	if (at + 1 >= line->count)
		return config_line_error(line, "%s: needs a value", name);
	config_line_note(line, "%s: accepted without effect: %s", name,
		strncasecmp(name, "step", 4) == 0 ? "use `makestep`"
						  : "the clock filter here has no such knob");
	return 0;
}

int config_line_tinker(struct config_line *line)
{
	if (!line->count)
		return config_line_error(line, "needs a word and its value");
	for (int at = 0; at < line->count; at += 2)
		if (read_tinker(line, at))
			return -EINVAL;
	return 0;
}
