/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines about who may reach what: `metrics`, and the access words of ntp.conf and
 * chrony.conf. A flag that forbids what does not exist here is taken with one line
 * that says so; one that would shut clients out is refused as long as it cannot be
 * kept, since answering them all the same would be worse than not starting.
 * Called through the rows of config_table.c.
 */
#include "control/config_line.h"
#include "control/config_value.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

/* What a flag of `restrict` means here. */
enum flag_meaning {
	FLAG_ABSENT,  /* restricts what does not exist here: nothing to do */
	FLAG_LATER,   /* asks for a limit that is not applied */
	FLAG_REFUSED, /* would shut clients out */
};

static const struct {
	const char *name;
	enum flag_meaning meaning;
} flags[] = {
	{"nomodify", FLAG_ABSENT},
	{"notrap", FLAG_ABSENT},
	{"nopeer", FLAG_ABSENT},
	{"noepeer", FLAG_ABSENT},
	{"noquery", FLAG_ABSENT},
	{"nomrulist", FLAG_ABSENT},
	{"lowpriotrap", FLAG_ABSENT},
	{"mssntp", FLAG_ABSENT},
	{"limited", FLAG_LATER},
	{"kod", FLAG_LATER},
	{"ignore", FLAG_REFUSED},
	{"noserve", FLAG_REFUSED},
	{"notrust", FLAG_REFUSED},
	{"version", FLAG_REFUSED},
	{"ntpport", FLAG_REFUSED},
	{"flake", FLAG_REFUSED},
};

#define FLAGS (sizeof(flags) / sizeof(flags[0]))

static bool is_address(const char *text)
{
	uint8_t bytes[16];

	return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

/* "ADDR" or "ADDR/BITS" */
static bool is_prefix(const char *text)
{
	char address[INET6_ADDRSTRLEN];
	const char *slash = strchr(text, '/');
	size_t length = slash ? (size_t)(slash - text) : strlen(text);
	long bits;

	if (length >= sizeof(address))
		return false;
	memcpy(address, text, length);
	address[length] = '\0';
	if (!is_address(address))
		return false;
	return !slash || (!config_value_integer(slash + 1, &bits) && bits >= 0 &&
				 bits <= (strchr(address, ':') ? 128 : 32));
}

/* Reads the address part; returns the index of the first flag, or -EINVAL. */
static int restrict_target(struct config_line *line)
{
	int at = 0;
	const char *target;

	if (line->count > 0 && (!strcmp(line->words[0], "-4") || !strcmp(line->words[0], "-6")))
		at++;
	if (at >= line->count)
		return config_line_error(line, "needs an address or `default`");
	target = line->words[at++];
	if (strcasecmp(target, "default") != 0 && strcasecmp(target, "source") != 0 &&
		!is_prefix(target))
		return config_line_error(line, "%s: not an address", target);
	if (at < line->count && !strcasecmp(line->words[at], "mask")) {
		if (at + 1 >= line->count || !is_address(line->words[at + 1]))
			return config_line_error(line, "mask: needs an address");
		at += 2;
	}
	return at;
}

static void append(char *list, size_t size, const char *word)
{
	size_t used = strlen(list);

	snprintf(list + used, size - used, "%s%s", used ? " " : "", word);
}

int config_line_restrict(struct config_line *line)
{
	char absent[160] = "", later[40] = "";
	int at = restrict_target(line);

	if (at < 0)
		return at;
	for (; at < line->count; at++) {
		size_t i = 0;

		while (i < FLAGS && strcasecmp(flags[i].name, line->words[at]) != 0)
			i++;
		if (i == FLAGS)
			return config_line_error(line, "%s: unknown flag", line->words[at]);
		if (flags[i].meaning == FLAG_REFUSED)
			return config_line_error(line,
				"%s: rules by address are not supported, and these clients would "
				"be "
				"answered; use a firewall in front and remove the line",
				flags[i].name);
		if (flags[i].meaning == FLAG_ABSENT)
			append(absent, sizeof(absent), flags[i].name);
		else
			append(later, sizeof(later), flags[i].name);
	}
	if (*later)
		config_line_note(line,
			"%s not yet applied: there is no rate limit, no client is limited%s%s%s",
			later, *absent ? " (" : "", absent,
			*absent ? ": what they forbid does not exist here)" : "");
	else if (*absent)
		config_line_note(line, "%s: what this forbids does not exist here", absent);
	return 0;
}

int config_line_allow(struct config_line *line)
{
	bool all = !line->count ||
		   (line->count == 1 &&
			   (!strcasecmp(line->words[0], "all") || !strcmp(line->words[0], "0/0") ||
				   !strcmp(line->words[0], "::/0") ||
				   !strcmp(line->words[0], "0.0.0.0/0")));

	if (!all)
		return config_line_error(line,
			"rules by address are not supported, and clients elsewhere would be "
			"answered "
			"too; use a firewall in front and remove the line, or write `allow all`");
	config_line_note(line, "accepted: every client is answered anyway");
	return 0;
}

/* Splits ADDR:PORT, [ADDR]:PORT or a bare ADDR (port 9123). */
static int listen_split(struct config_line *line, char *text, struct config_listen *listen)
{
	char *host = text, *colon = strrchr(text, ':');
	long port = 9123;

	if (*host == '[') {
		char *bracket = strchr(host, ']');

		if (!bracket || (bracket[1] && bracket[1] != ':'))
			return config_line_error(line, "%s: not ADDR:PORT", text);
		colon = bracket[1] ? bracket + 1 : NULL;
		*bracket = '\0';
		host++;
	} else if (colon && strchr(host, ':') != colon) {
		colon = NULL; /* a bare IPv6 address */
	}
	if (colon) {
		*colon = '\0';
		if (config_value_integer(colon + 1, &port) || port < 1 || port > 65535)
			return config_line_error(line, "port %s: must be 1 to 65535", colon + 1);
	}
	if (strlen(host) >= sizeof(listen->host) || !is_address(host))
		return config_line_error(line, "%s: not an IPv4 or IPv6 address", host);
	memset(listen, 0, sizeof(*listen));
	strcpy(listen->host, host);
	listen->port = (uint16_t)port;
	return 0;
}

int config_line_metrics(struct config_line *line)
{
	if (line->count != 1)
		return config_line_error(line, "needs ADDR:PORT or off");
	if (!strcasecmp(line->words[0], "off")) {
		memset(&line->config->metrics, 0, sizeof(line->config->metrics));
		return 0;
	}
	return listen_split(line, line->words[0], &line->config->metrics);
}

void config_line_print_metrics(const struct config *config, const struct config_row *row, FILE *out)
{
	const struct config_listen *listen = &config->metrics;

	if (!listen->port)
		fprintf(out, "%s off", row->name);
	else if (strchr(listen->host, ':'))
		fprintf(out, "%s [%s]:%u", row->name, listen->host, listen->port);
	else
		fprintf(out, "%s %s:%u", row->name, listen->host, listen->port);
	config_line_print_origin(config, config->lines[row - config_table], out);
}
