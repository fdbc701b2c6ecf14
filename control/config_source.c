/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `server`, `pool` and `mirror` lines: a host and options, each option one row of a table.
 * Options that chrony and ntpd know and that would change which time is believed are
 * refused as long as they cannot be honoured; those that only tune are noted.
 * Called through the rows of config_table.c.
 */
#include "control/config_file.h"
#include "control/config_line.h"
#include "control/config_value.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum option_type {
	OPTION_FLAG,
	OPTION_INTEGER,
	OPTION_PORT,
	OPTION_NUMBER,
	OPTION_FAMILY, /* `min` is it */
	OPTION_NOTED,
	OPTION_REFUSED
};

/* One option of a source. OPTION_NOTED and OPTION_REFUSED say `why`; `values` words follow. */
struct option {
	const char *name;
	enum option_type type;
	size_t offset;
	double min, max;
	int values;
	const char *why;
};

#define AT(field)       offsetof(struct config_source, field)
#define UNAUTHENTICATED "sources cannot be authenticated, and it would be used without"
#define TUNES           "only tunes what is not done here"

static const struct option options[] = {
	{"iburst", OPTION_FLAG, AT(iburst), 0, 0, 0, NULL},
	{"burst", OPTION_FLAG, AT(burst), 0, 0, 0, NULL},
	{"prefer", OPTION_FLAG, AT(prefer), 0, 0, 0, NULL},
	{"noselect", OPTION_FLAG, AT(noselect), 0, 0, 0, NULL},
	{"trust", OPTION_FLAG, AT(trust), 0, 0, 0, NULL},
	{"require", OPTION_FLAG, AT(require), 0, 0, 0, NULL},
	{"xleave", OPTION_FLAG, AT(xleave), 0, 0, 0, NULL},
	{"minpoll", OPTION_INTEGER, AT(minpoll), 0, 17, 1, NULL},
	{"maxpoll", OPTION_INTEGER, AT(maxpoll), 0, 17, 1, NULL},
	{"maxsources", OPTION_INTEGER, AT(maxsources), 1, 16, 1, NULL},
	{"version", OPTION_INTEGER, AT(version), 3, 4, 1, NULL},
	{"port", OPTION_PORT, AT(port), 1, 65535, 1, NULL},
	{"maxdelay", OPTION_NUMBER, AT(maxdelay_s), 1e-6, 1000, 1, NULL},
	{"true", OPTION_FLAG, AT(trust), 0, 0, 0, NULL}, /* ntpd's word for it; not printed */
	{"key", OPTION_REFUSED, 0, 0, 0, 1, UNAUTHENTICATED},
	{"nts", OPTION_REFUSED, 0, 0, 0, 0, UNAUTHENTICATED},
	{"autokey", OPTION_REFUSED, 0, 0, 0, 0, UNAUTHENTICATED},
	{"ca", OPTION_REFUSED, 0, 0, 0, 1, UNAUTHENTICATED},
	{"noval", OPTION_REFUSED, 0, 0, 0, 0, UNAUTHENTICATED},
	{"aead", OPTION_REFUSED, 0, 0, 0, 1, UNAUTHENTICATED},
	{"ipv4", OPTION_FAMILY, 0, AF_INET, 0, 0, NULL},
	{"ipv6", OPTION_FAMILY, 0, AF_INET6, 0, 0, NULL},
	{"bias", OPTION_REFUSED, 0, 0, 0, 1, "a constant correction is not supported"},
	{"offset", OPTION_REFUSED, 0, 0, 0, 1, "a constant correction is not supported"},
	{"offline", OPTION_REFUSED, 0, 0, 0, 0, "no command could switch it on again"},
	{"copy", OPTION_REFUSED, 0, 0, 0, 0, "hides a loop from other servers"},
	{"certset", OPTION_NOTED, 0, 0, 0, 1, "there is no NTS here"},
	{"ntsport", OPTION_NOTED, 0, 0, 0, 1, "there is no NTS here"},
	{"extfield", OPTION_NOTED, 0, 0, 0, 1, "requests have no extension fields"},
	{"minstratum", OPTION_NOTED, 0, 0, 0, 1, TUNES},
	{"maxdelayquant", OPTION_NOTED, 0, 0, 0, 1, TUNES},
	{"maxunreach", OPTION_NOTED, 0, 0, 0, 1, TUNES},
	{"presend", OPTION_NOTED, 0, 0, 0, 1, TUNES},
	{"minsamples", OPTION_NOTED, 0, 0, 0, 1, TUNES},
	{"maxsamples", OPTION_NOTED, 0, 0, 0, 1, TUNES},
	{"filter", OPTION_NOTED, 0, 0, 0, 1, TUNES},
	{"polltarget", OPTION_NOTED, 0, 0, 0, 1, TUNES},
	{"maxdelayratio", OPTION_NOTED, 0, 0, 0, 1, TUNES},
	{"maxdelaydevratio", OPTION_NOTED, 0, 0, 0, 1, TUNES},
	{"mindelay", OPTION_NOTED, 0, 0, 0, 1, TUNES},
	{"asymmetry", OPTION_NOTED, 0, 0, 0, 1, TUNES},
	{"auto_offline", OPTION_NOTED, 0, 0, 0, 0, TUNES},
	{"preempt", OPTION_NOTED, 0, 0, 0, 0, TUNES},
	{"mode", OPTION_NOTED, 0, 0, 0, 1, TUNES},
	{"ttl", OPTION_NOTED, 0, 0, 0, 1, TUNES},
};

#define OPTIONS (sizeof(options) / sizeof(options[0]))

static const struct option *option_find(const char *name)
{
	for (size_t i = 0; i < OPTIONS; i++)
		if (!strcasecmp(options[i].name, name))
			return &options[i];
	return NULL;
}

/* Stores the value of a numeric option. */
static int option_store(struct config_line *line, const struct option *option, const char *text,
	struct config_source *source)
{
	void *destination = (char *)source + option->offset;
	double value;
	long integer;

	if (option->type == OPTION_NUMBER) {
		if (config_value_number(text, &value))
			return config_line_error(line, "%s %s: not a number", option->name, text);
	} else {
		if (config_value_integer(text, &integer))
			return config_line_error(
				line, "%s %s: not a whole number", option->name, text);
		value = (double)integer;
	}
	if (value < option->min || value > option->max)
		return config_line_error(line, "%s %s: must be %g to %g", option->name, text,
			option->min, option->max);
	if (option->type == OPTION_NUMBER)
		*(double *)destination = value;
	else if (option->type == OPTION_PORT)
		*(uint16_t *)destination = (uint16_t)value;
	else
		*(int *)destination = (int)value;
	return 0;
}

/* Reads the option at words[at]; returns how many words it took, or a negative errno. */
static int option_read(
	struct config_line *line, int at, struct config_source *source, uint64_t *seen)
{
	const char *name = line->words[at];
	const struct option *option = option_find(name);
	uint64_t bit;
	int err;

	if (!option)
		return config_line_error(line, "%s: unknown option", name);
	if (option->type == OPTION_REFUSED)
		return config_line_error(line, "%s: %s", option->name, option->why);
	bit = UINT64_C(1) << (option - options);
	if (*seen & bit)
		return config_line_error(line, "%s: repeated", option->name);
	*seen |= bit;
	if (at + option->values >= line->count)
		return config_line_error(line, "%s: needs a value", option->name);
	if (option->type == OPTION_NOTED) {
		config_line_note(
			line, "%s: accepted without effect: %s", option->name, option->why);
	} else if (option->type == OPTION_FAMILY) {
		source->family = (int)option->min;
	} else if (option->type == OPTION_FLAG) {
		*(bool *)((char *)source + option->offset) = true;
	} else {
		err = option_store(line, option, line->words[at + 1], source);
		if (err)
			return err;
	}
	return 1 + option->values;
}

/* A name or address that can be asked at all. */
static int check_host(struct config_line *line, const struct config_source *source)
{
	struct in_addr address;

	if (source->host[0] == '-')
		return config_line_error(line, "%s: unknown option", source->host);
	for (const char *p = source->host; *p; p++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:%",
			    *p))
			return config_line_error(
				line, "%s: not a host name or address", source->host);
	if (inet_pton(AF_INET, source->host, &address) == 1 &&
		(ntohl(address.s_addr) & 0xffff0000) == 0x7f7f0000)
		return config_line_error(line,
			"%s: reference clock drivers are not supported; use `local stratum N`",
			source->host);
	return 0;
}

/* Checks what only shows with all options read. A lone minpoll above 10 lifts maxpoll. */
static int check_options(struct config_line *line, struct config_source *source, uint64_t seen)
{
	uint64_t min = UINT64_C(1) << (option_find("minpoll") - options);
	uint64_t max = UINT64_C(1) << (option_find("maxpoll") - options);

	if (source->minpoll > source->maxpoll && !(seen & max))
		source->maxpoll = source->minpoll;
	if (source->minpoll > source->maxpoll && !(seen & min))
		source->minpoll = source->maxpoll;
	if (source->minpoll > source->maxpoll)
		return config_line_error(
			line, "minpoll %d is above maxpoll %d", source->minpoll, source->maxpoll);
	return check_host(line, source);
}

/* 0; 1: it is there already, which only files of `sourcedir` may say, written by many hands. */
static int check_repeated(const struct config_line *line, const struct config_source *source)
{
	struct config_place place;

	for (size_t i = 0; i < line->config->source_count; i++) {
		const struct config_source *other = &line->config->sources[i];

		if (strcasecmp(other->host, source->host) != 0 || other->port != source->port)
			continue;
		place = config_origin_place(line->config, other->origin, line->origin);
		if (!config_file_of_sources(line))
			return config_line_error(
				line, "%s: repeated, first on %s", source->host, place.text);
		config_line_note(line, "%s: left out, it stands on %s", source->host, place.text);
		return 1;
	}
	return 0;
}

static int append(struct config_line *line, const struct config_source *source)
{
	struct config *config = line->config;
	struct config_source *list;
	int err = check_repeated(line, source);

	if (err)
		return err < 0 ? err : 0;
	if (config->source_count >= CONFIG_LIST_MAX)
		return config_line_error(line, "more than %d sources", CONFIG_LIST_MAX);
	list = realloc(config->sources, (config->source_count + 1) * sizeof(*list));
	if (!list)
		return config_line_error(line, "out of memory");
	list[config->source_count++] = *source;
	config->sources = list;
	return 0;
}

static int read_source(struct config_line *line, bool pool)
{
	struct config_source source = {
		.port = 123,
		.pool = pool,
		.family = AF_UNSPEC,
		.minpoll = 6,
		.maxpoll = 10,
		.maxsources = 4,
		.version = 4,
		.maxdelay_s = 3,
		.origin = line->origin,
	};
	uint64_t seen = 0;
	int at = 0;

	if (line->count > 0 && (!strcmp(line->words[0], "-4") || !strcmp(line->words[0], "-6")))
		source.family = line->words[at++][1] == '4' ? AF_INET : AF_INET6;
	if (at >= line->count)
		return config_line_error(line, "needs a host name or an address");
	if (strlen(line->words[at]) >= sizeof(source.host))
		return config_line_error(
			line, "host name longer than %zu characters", sizeof(source.host) - 1);
	strcpy(source.host, line->words[at++]);
	while (at < line->count) {
		int taken = option_read(line, at, &source, &seen);

		if (taken < 0)
			return taken;
		at += taken;
	}
	if (!pool && seen & UINT64_C(1) << (option_find("maxsources") - options))
		return config_line_error(line, "maxsources: only a `pool` has members");
	if (check_options(line, &source, seen))
		return -EINVAL;
	return append(line, &source);
}

int config_line_server(struct config_line *line)
{
	return read_source(line, false);
}

int config_line_pool(struct config_line *line)
{
	return read_source(line, true);
}

/* One server on this host, asked every 4 s: a loopback costs nothing, and its word is short-lived.
 */
int config_line_mirror(struct config_line *line)
{
	struct config_source source = {
		.port = 123,
		.mirror = true,
		.family = AF_UNSPEC,
		.minpoll = 2,
		.maxpoll = 2,
		.maxsources = 1,
		.version = 4,
		.maxdelay_s = 3,
		.origin = line->origin,
	};
	struct config_address address;
	long port = source.port;

	if (line->count != 1 && line->count != 3)
		return config_line_error(
			line, "needs an address of this host, and may take port N");
	if (config_line_address(line, line->words[0], &address))
		return -EINVAL;
	if (line->count == 3 && strcasecmp(line->words[1], "port") != 0)
		return config_line_error(line, "%s: unknown option", line->words[1]);
	if (line->count == 3 &&
		(config_value_integer(line->words[2], &port) || port < 1 || port > 65535))
		return config_line_error(line, "port %s: must be 1 to 65535", line->words[2]);
	strcpy(source.host, line->words[0]);
	source.port = (uint16_t)port;
	line->config->mirror = true;
	return append(line, &source);
}

static void print_mirror(const struct config *config, const struct config_source *source, FILE *out)
{
	fprintf(out, "mirror %s port %u", source->host, source->port);
	config_origin_print(config, source->origin, out);
}

/* One line a source in the order of the file, whichever word it has. */
void config_line_print_sources(const struct config *config, const struct config_row *row, FILE *out)
{
	char delay[40];

	(void)row;
	for (size_t i = 0; i < config->source_count; i++) {
		const struct config_source *source = &config->sources[i];

		if (source->mirror) {
			print_mirror(config, source, out);
			continue;
		}
		fprintf(out, "%s %s%s", source->pool ? "pool" : "server",
			source->family == AF_INET    ? "-4 "
			: source->family == AF_INET6 ? "-6 "
						     : "",
			source->host);
		config_value_print_number(source->maxdelay_s, delay, sizeof(delay));
		fprintf(out, " port %u minpoll %d maxpoll %d maxdelay %s version %d", source->port,
			source->minpoll, source->maxpoll, delay, source->version);
		if (source->pool)
			fprintf(out, " maxsources %d", source->maxsources);
		for (size_t j = 0; j < OPTIONS && options[j].type == OPTION_FLAG; j++)
			if (*(const bool *)((const char *)source + options[j].offset))
				fprintf(out, " %s", options[j].name);
		config_origin_print(config, source->origin, out);
	}
}

static bool same(const struct config_source *a, const struct config_source *b)
{
	return !strcasecmp(a->host, b->host) && a->port == b->port && a->pool == b->pool &&
	       a->mirror == b->mirror && a->iburst == b->iburst && a->burst == b->burst &&
	       a->prefer == b->prefer && a->noselect == b->noselect && a->trust == b->trust &&
	       a->require == b->require && a->xleave == b->xleave && a->family == b->family &&
	       a->minpoll == b->minpoll && a->maxpoll == b->maxpoll &&
	       a->maxsources == b->maxsources && a->version == b->version &&
	       a->maxdelay_s == b->maxdelay_s;
}

bool config_line_same_sources(const struct config *a, const struct config *b)
{
	if (a->source_count != b->source_count)
		return false;
	for (size_t i = 0; i < a->source_count; i++)
		if (!same(&a->sources[i], &b->sources[i]))
			return false;
	return true;
}
