/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See config_answered.h. Called through the rows of config_table.c. */
#include "control/config_line.h"
#include "control/config_value.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

static const char *const words[] = {
	[CONFIG_ANSWERED_LISTEN] = "interface listen",
	[CONFIG_ANSWERED_IGNORE] = "interface ignore",
	[CONFIG_ANSWERED_DROP] = "interface drop",
	[CONFIG_ANSWERED_BINDADDRESS] = "bindaddress",
	[CONFIG_ANSWERED_BINDDEVICE] = "binddevice",
};

static bool within(const struct config_answered *line, const struct config_own_address *own)
{
	return config_prefix_holds(&line->prefix, own->family, own->bytes);
}

static bool is_loopback(const struct config_own_address *own)
{
	return config_prefix_is_loopback(own->family, own->bytes);
}

bool config_answered_is(
	const struct config_answered_list *list, const struct config_own_address *own)
{
	bool any = false, spoken = false, listen = false;

	for (size_t i = 0; i < list->count; i++) {
		const struct config_answered *line = &list->entry[i];

		if (line->word == CONFIG_ANSWERED_BINDADDRESS) {
			if (line->prefix.family == own->family && !within(line, own))
				return false;
			continue;
		}
		if (line->word == CONFIG_ANSWERED_BINDDEVICE) {
			if (strcmp(line->name, own->interface) != 0)
				return false;
			continue;
		}
		any = true;
		if (*line->name ? strcmp(line->name, own->interface) != 0
				: !within(line, own) || (!line->prefix.bits && is_loopback(own)))
			continue;
		spoken = true;
		listen = line->word == CONFIG_ANSWERED_LISTEN;
	}
	return spoken ? listen : !any || is_loopback(own);
}

static int append(struct config_line *line, struct config_answered *answered)
{
	struct config_answered_list *list = &line->config->answered;

	if (list->count == CONFIG_ANSWERED_MAX)
		return config_line_error(line, "more than %d such lines", CONFIG_ANSWERED_MAX);
	answered->origin = line->origin;
	list->entry[list->count++] = *answered;
	return 0;
}

static bool parse_name(const char *text, struct config_answered *answered)
{
	if (!*text || strlen(text) >= sizeof(answered->name) || strchr(text, '/') ||
		text[0] == '-' || !strcmp(text, ".") || !strcmp(text, ".."))
		return false;
	strcpy(answered->name, text);
	return true;
}

int config_line_answered(struct config_line *line)
{
	struct config_answered answered = {.prefix = {.family = AF_UNSPEC}};
	int word = line->count == 2 ? config_value_choice(line->words[0], "listen|ignore|drop")
				    : -EINVAL;
	const char *which = line->count == 2 ? line->words[1] : "";

	if (word < 0)
		return config_line_error(line,
			"needs listen, ignore or drop, and one of all, ipv4, "
			"ipv6, wildcard, an interface, an address");
	answered.word = (enum config_answered_word)word;
	if (!strcasecmp(which, "wildcard")) {
		config_line_note(line, "wildcard: accepted without effect: what is sent to no "
				       "address of this host is never answered");
		return 0;
	}
	if (!strcasecmp(which, "ipv4"))
		answered.prefix.family = AF_INET;
	else if (!strcasecmp(which, "ipv6"))
		answered.prefix.family = AF_INET6;
	else if (strcasecmp(which, "all") != 0 && !config_prefix_parse(which, &answered.prefix)) {
		answered.prefix = (struct config_prefix){.family = AF_UNSPEC};
		if (!parse_name(which, &answered))
			return config_line_error(
				line, "%s: not the name of an interface, nor an address", which);
	}
	return append(line, &answered);
}

int config_line_bindaddress(struct config_line *line)
{
	struct config_answered answered = {.word = CONFIG_ANSWERED_BINDADDRESS};
	const struct config_answered_list *list = &line->config->answered;
	static const uint8_t any[16];

	if (line->count != 1 || strchr(line->words[0], '/') ||
		!config_prefix_parse(line->words[0], &answered.prefix))
		return config_line_error(line, "needs one IPv4 or IPv6 address of this host");
	if (!memcmp(answered.prefix.address, any, sizeof(any))) {
		config_line_note(line, "all addresses are answered");
		return 0;
	}
	for (size_t i = 0; i < list->count; i++)
		if (list->entry[i].word == answered.word &&
			list->entry[i].prefix.family == answered.prefix.family)
			return config_line_error(line, "one address of each family; first on %s",
				config_origin_place(
					line->config, list->entry[i].origin, line->origin)
					.text);
	return append(line, &answered);
}

int config_line_binddevice(struct config_line *line)
{
	struct config_answered answered = {.word = CONFIG_ANSWERED_BINDDEVICE};

	if (line->count != 1 || !parse_name(line->words[0], &answered))
		return config_line_error(line, "needs the name of an interface");
	return append(line, &answered);
}

static void print_which(const struct config_answered *answered, FILE *out)
{
	const struct config_prefix *prefix = &answered->prefix;
	char address[INET6_ADDRSTRLEN];

	if (*answered->name)
		fputs(answered->name, out);
	else if (answered->word == CONFIG_ANSWERED_BINDADDRESS)
		fputs(inet_ntop(prefix->family, prefix->address, address, sizeof(address)), out);
	else if (prefix->bits)
		config_prefix_print(prefix, out);
	else
		fputs(prefix->family == AF_INET      ? "ipv4"
			: prefix->family == AF_INET6 ? "ipv6"
						     : "all",
			out);
}

void config_line_print_answered(
	const struct config *config, const struct config_row *row, FILE *out)
{
	(void)row;
	for (size_t i = 0; i < config->answered.count; i++) {
		const struct config_answered *answered = &config->answered.entry[i];

		fprintf(out, "%s ", words[answered->word]);
		print_which(answered, out);
		config_origin_print(config, answered->origin, out);
	}
}

bool config_line_same_answered(const struct config *a, const struct config *b)
{
	if (a->answered.count != b->answered.count)
		return false;
	for (size_t i = 0; i < a->answered.count; i++) {
		const struct config_answered *x = &a->answered.entry[i], *y = &b->answered.entry[i];

		if (x->word != y->word || strcmp(x->name, y->name) != 0 ||
			!config_prefix_same(&x->prefix, &y->prefix))
			return false;
	}
	return true;
}
