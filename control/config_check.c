/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What only shows with the whole settings file read: settings that exclude one another, how many
 * sources there are, and whose. Nothing is changed; errors and warnings go to the caller's
 * sink. Called by config.c after the last line.
 */
#include "control/config_line.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

static struct config_origin origin_of(const struct config *config, const char *name)
{
	return config->origins[config_table_at(config_table_find(name))];
}

/* Says it about a word of the file, as if its line were being read. */
static struct config_line at_word(const struct config_line *line, const char *name)
{
	struct config_line at = *line;

	at.row = config_table_find(name);
	at.origin = origin_of(line->config, name);
	return at;
}

/* The mirrored server alone says what is served, and steers the system clock. */
static int check_mirror(const struct config_line *line)
{
	const struct config *config = line->config;
	struct config_line at = at_word(line, "mirror");
	const char *other = NULL;

	if (!config->mirror)
		return 0;
	if (config->source_count > 1)
		other = "server` or `pool";
	else if (config->local.stratum)
		other = "local";
	if (other)
		return config_line_error(&at,
			"the mirrored server alone says what is served: no `%s` beside it", other);
	if (config->clock == CONFIG_CLOCK_SYSTEM)
		return config_line_error(&at, "the mirrored server steers the system clock: no "
					      "`clock system` beside it");
	if (config->leapseclist[0])
		config_line_note(&at,
			"leap seconds are the mirrored server's matter: `leapseclist` "
			"is not used");
	if (config->unsynchronised_drop)
		config_line_note(&at, "who asks while there is no good time is answered by the "
				      "mirrored server: `unsynchronised drop` does not silence it");
	return 0;
}

/* Sources that may be selected, and those of them that are one name's to choose. */
static size_t selectable(const struct config *config)
{
	size_t count = 0;

	for (size_t i = 0; i < config->source_count; i++)
		if (!config->sources[i].noselect)
			count +=
				config->sources[i].pool ? (size_t)config->sources[i].maxsources : 1;
	return count;
}

static void warn_of_count(const struct config_line *line)
{
	size_t count = selectable(line->config);

	if (!line->config->source_count || line->config->mirror)
		return;
	if (!count)
		config_line_warn(
			line, "all sources are marked `noselect`: none of them can give the time");
	else if (count < CONFIG_SOURCES_MIN)
		config_line_warn(line,
			"%zu source%s to choose from: with fewer than %d, time is lost when one "
			"lies and another is down; name %d to %d with `server` or `pool` lines",
			count, count == 1 ? "" : "s", CONFIG_SOURCES_MIN, CONFIG_SOURCES_MIN,
			CONFIG_SOURCES_MAX);
	else if (count > CONFIG_SOURCES_MAX)
		config_line_warn(line,
			"%zu sources to choose from (members of pools are counted): more than %d "
			"burden other people's servers and do not make time better; %d to %d do",
			count, CONFIG_SOURCES_MAX, CONFIG_SOURCES_MIN, CONFIG_SOURCES_MAX);
}

bool config_is_the_pool(const char *host)
{
	static const char pool[] = "pool.ntp.org";
	size_t length = strlen(host), width = sizeof(pool) - 1;

	if (length && host[length - 1] == '.')
		length--;
	if (length < width || strncasecmp(host + length - width, pool, width) != 0)
		return false;
	return length == width || host[length - width - 1] == '.';
}

/* A server of the pool that takes its time from the pool may be given itself, or worse ones. */
static void warn_of_pool(const struct config_line *line)
{
	const struct config *config = line->config;
	struct config_line at = *line;

	if (!config->port && !config->interface_count)
		return;
	for (size_t i = 0; i < config->source_count; i++) {
		const struct config_source *source = &config->sources[i];

		if (!config_is_the_pool(source->host))
			continue;
		at.row = config_table_find(source->pool ? "pool" : "server");
		at.origin = source->origin;
		config_line_warn(&at,
			"%s: a server must not live on the NTP pool that it may be part of: the "
			"members change, and one of them can be this host; name %d to %d servers "
			"near you, or serve nobody (`port 0`)",
			source->host, CONFIG_SOURCES_MIN, CONFIG_SOURCES_MAX);
		return;
	}
}

static void note_without_effect(const struct config_line *line)
{
	const struct config *config = line->config;
	struct config_line at;

	if (!config->source_count && !config->local.stratum)
		config_line_note(line,
			"no `server`, `pool`, `mirror` or `local` line: time will never be "
			"served as synchronised");
	at = at_word(line, "rtcsync");
	if (config->rtcsync && config->clock != CONFIG_CLOCK_SYSTEM)
		config_line_note(&at, "accepted without effect: the kernel copies its clock to the "
				      "real-time clock while it is steered, with `clock system`");
}

static int check_minsources(const struct config_line *line)
{
	const struct config *config = line->config;
	struct config_line at = *line;
	size_t count = selectable(config);

	if (!config->source_count || (size_t)config->minsources <= count)
		return 0;
	at.origin = origin_of(config, "minsources");
	return config_line_error(&at,
		"minsources: %d can never agree, there are %zu to choose from (members of pools "
		"are counted, not `noselect`)",
		config->minsources, count);
}

int config_line_check(struct config_line *line)
{
	struct config_origin list = origin_of(line->config, "leapseclist"),
			     file = origin_of(line->config, "leapfile");

	line->row = NULL;
	line->origin = (struct config_origin){0, 0};
	if (check_mirror(line))
		return -EINVAL;
	if (list.line && file.line) {
		line->origin = file;
		return config_line_error(line, "leapfile and leapseclist are the same setting");
	}
	note_without_effect(line);
	if (check_minsources(line))
		return -EINVAL;
	warn_of_count(line);
	warn_of_pool(line);
	return 0;
}
