/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of the settings file that are more than a name and a value, except sources
 * (config_source.c), the clock (config_clock.c) and access (config_access.c). Each reader owns all
 * words after the name and says its own errors. Called through the rows of config_table.c.
 */
#include "control/config_line.h"
#include "control/config_value.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MODES       "auto|native|generic"
#define REPLY_PATHS "reflect|fib"

static const char *const mode_names[] = {"auto", "native", "generic"};
static const char *const reply_path_names[] = {"reflect", "fib"};

/* Reads "NAME CHOICE" at words[at]; the position of CHOICE, or -EINVAL after saying why. */
static int read_choice(struct config_line *line, int at, const char *choices)
{
	int value;

	if (at + 1 >= line->count)
		return config_line_error(line, "%s: needs one of %s", line->words[at], choices);
	value = config_value_choice(line->words[at + 1], choices);
	if (value < 0)
		return config_line_error(line, "%s %s: must be one of %s", line->words[at],
			line->words[at + 1], choices);
	return value;
}

static int read_interface_options(struct config_line *line, struct config_interface *interface)
{
	bool mode = false, path = false;

	for (int at = 1; at < line->count; at += 2) {
		int value;

		if (!strcasecmp(line->words[at], "mode") && !mode) {
			mode = true;
			value = read_choice(line, at, MODES);
			interface->mode = value;
		} else if (!strcasecmp(line->words[at], "reply-path") && !path) {
			path = true;
			value = read_choice(line, at, REPLY_PATHS);
			interface->reply_path = value;
		} else {
			return config_line_error(
				line, "%s: unknown or repeated option", line->words[at]);
		}
		if (value < 0)
			return value;
	}
	return 0;
}

int config_line_interface(struct config_line *line)
{
	struct config *config = line->config;
	struct config_interface interface = {.origin = line->origin}, *list;
	const char *name = line->count ? line->words[0] : "";

	if (!*name)
		return config_line_error(line, "needs the name of an interface");
	if (config_value_choice(name, "listen|ignore|drop") >= 0)
		return config_line_answered(line);
	if (strlen(name) >= sizeof(interface.name) || strchr(name, '/') || name[0] == '-' ||
		!strcmp(name, ".") || !strcmp(name, ".."))
		return config_line_error(line, "%s: not the name of an interface", name);
	for (size_t i = 0; i < config->interface_count; i++)
		if (!strcmp(config->interfaces[i].name, name))
			return config_line_error(line, "%s: repeated, first on %s", name,
				config_origin_place(
					config, config->interfaces[i].origin, line->origin)
					.text);
	strcpy(interface.name, name);
	if (read_interface_options(line, &interface))
		return -EINVAL;
	if (config->interface_count >= CONFIG_LIST_MAX)
		return config_line_error(line, "more than %d interfaces", CONFIG_LIST_MAX);
	list = realloc(config->interfaces, (config->interface_count + 1) * sizeof(*list));
	if (!list)
		return config_line_error(line, "out of memory");
	list[config->interface_count++] = interface;
	config->interfaces = list;
	return 0;
}

void config_line_print_interfaces(
	const struct config *config, const struct config_row *row, FILE *out)
{
	for (size_t i = 0; i < config->interface_count; i++) {
		const struct config_interface *interface = &config->interfaces[i];

		fprintf(out, "%s %s mode %s reply-path %s", row->name, interface->name,
			mode_names[interface->mode], reply_path_names[interface->reply_path]);
		config_origin_print(config, interface->origin, out);
	}
}

bool config_line_same_interfaces(const struct config *a, const struct config *b)
{
	if (a->interface_count != b->interface_count)
		return false;
	for (size_t i = 0; i < a->interface_count; i++) {
		const struct config_interface *x = &a->interfaces[i], *y = &b->interfaces[i];

		if (strcmp(x->name, y->name) != 0 || x->mode != y->mode ||
			x->reply_path != y->reply_path)
			return false;
	}
	return true;
}

/* Addresses that can never be asked for: multicast, unspecified, broadcast. */
static bool address_unusable(const struct config_address *address)
{
	static const uint8_t zero[16], ones[4] = {255, 255, 255, 255};
	size_t length = address->family == AF_INET ? 4 : 16;

	if (!memcmp(address->bytes, zero, length))
		return true;
	if (address->family == AF_INET)
		return (address->bytes[0] & 0xf0) == 0xe0 || !memcmp(address->bytes, ones, 4);
	return address->bytes[0] == 0xff ||
	       IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)(const void *)address->bytes);
}

int config_line_address(
	struct config_line *line, const char *text, struct config_address *ret_address)
{
	struct config_address address = {.origin = line->origin};

	if (inet_pton(AF_INET, text, address.bytes) == 1)
		address.family = AF_INET;
	else if (inet_pton(AF_INET6, text, address.bytes) == 1)
		address.family = AF_INET6;
	else
		return config_line_error(line, "%s: not an IPv4 or IPv6 address", text);
	if (address_unusable(&address))
		return config_line_error(line, "%s: no host can have this address", text);
	*ret_address = address;
	return 0;
}

int config_line_serve(struct config_line *line)
{
	struct config *config = line->config;
	struct config_address address = {.family = AF_UNSPEC}, *list;

	if (line->count != 1)
		return config_line_error(line, "needs one IPv4 or IPv6 address");
	if (config_line_address(line, line->words[0], &address))
		return -EINVAL;
	for (size_t i = 0; i < config->serve_count; i++)
		if (config->serve[i].family == address.family &&
			!memcmp(config->serve[i].bytes, address.bytes, 16))
			return config_line_error(line, "%s: repeated, first on %s", line->words[0],
				config_origin_place(config, config->serve[i].origin, line->origin)
					.text);
	if (config->serve_count >= CONFIG_LIST_MAX)
		return config_line_error(line, "more than %d addresses", CONFIG_LIST_MAX);
	list = realloc(config->serve, (config->serve_count + 1) * sizeof(*list));
	if (!list)
		return config_line_error(line, "out of memory");
	list[config->serve_count++] = address;
	config->serve = list;
	return 0;
}

void config_line_print_serve(const struct config *config, const struct config_row *row, FILE *out)
{
	char text[INET6_ADDRSTRLEN];

	for (size_t i = 0; i < config->serve_count; i++) {
		inet_ntop(config->serve[i].family, config->serve[i].bytes, text, sizeof(text));
		fprintf(out, "%s %s", row->name, text);
		config_origin_print(config, config->serve[i].origin, out);
	}
}

bool config_line_same_serve(const struct config *a, const struct config *b)
{
	if (a->serve_count != b->serve_count)
		return false;
	for (size_t i = 0; i < a->serve_count; i++)
		if (a->serve[i].family != b->serve[i].family ||
			memcmp(a->serve[i].bytes, b->serve[i].bytes, 16) != 0)
			return false;
	return true;
}
