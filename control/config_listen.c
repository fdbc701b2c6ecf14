/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The `metrics` line: an address and a port to listen on. Called through its row of
 * config_table.c.
 */
#include "control/config_line.h"
#include "control/config_value.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

static bool is_address(const char *text)
{
	uint8_t bytes[16];

	return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
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
	config_origin_print(config, config->origins[row - config_table], out);
}
