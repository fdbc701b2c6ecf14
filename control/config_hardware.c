/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `hwtimestamp` lines, with chrony's options: those that only tune how its own card filter works
 * are noted. Called through the row of config_table.c.
 */
#include "control/config_line.h"
#include "control/config_value.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define RXFILTERS  "auto|all|ntp|ptp|none"
#define COMP_MAX_S 1.0

static const char *const rxfilter_names[] = {"auto", "all", "ntp", "ptp", "none"};

static bool is(const char *word, const char *name)
{
	return !strcasecmp(word, name);
}

static int read_seconds(struct config_line *line, int at, double *ret_value)
{
	double value;

	if (config_value_number(line->words[at + 1], &value) || value < -COMP_MAX_S ||
		value > COMP_MAX_S)
		return config_line_error(line, "%s %s: must be seconds, -1 to 1", line->words[at],
			line->words[at + 1]);
	*ret_value = value;
	return 2;
}

static int read_rxfilter(struct config_line *line, int at, struct config_hardware *hardware)
{
	int value = config_value_choice(line->words[at + 1], RXFILTERS);

	if (value < 0)
		return config_line_error(
			line, "rxfilter %s: must be one of %s", line->words[at + 1], RXFILTERS);
	hardware->rxfilter = (enum config_rxfilter)value;
	return 2;
}

/* The option at words[at]: how many words it took, or -EINVAL after saying why. */
static int read_option(struct config_line *line, int at, struct config_hardware *hardware)
{
	static const char *const tunes[] = {
		"minpoll", "maxpoll", "precision", "minsamples", "maxsamples"};
	const char *word = line->words[at];

	if (is(word, "nocrossts")) {
		hardware->nocrossts = true;
		return 1;
	}
	if (at + 1 >= line->count)
		return config_line_error(
			line, "%s: unknown option, or one that needs a value", word);
	if (is(word, "txcomp"))
		return read_seconds(line, at, &hardware->txcomp_s);
	if (is(word, "rxcomp"))
		return read_seconds(line, at, &hardware->rxcomp_s);
	if (is(word, "rxfilter"))
		return read_rxfilter(line, at, hardware);
	for (size_t i = 0; i < sizeof(tunes) / sizeof(tunes[0]); i++)
		if (is(word, tunes[i])) {
			config_line_note(line,
				"%s: accepted without effect: the card's clock is read once a "
				"second",
				word);
			return 2;
		}
	return config_line_error(line, "%s: unknown option", word);
}

int config_line_hardware(struct config_line *line)
{
	struct config_hardware_list *list = &line->config->hardware;
	struct config_hardware hardware = {.origin = line->origin};
	const char *name = line->count ? line->words[0] : "";
	int at = 1;

	if (!*name)
		return config_line_error(line, "needs the name of an interface, or *");
	if (strlen(name) >= sizeof(hardware.name) || strchr(name, '/') || name[0] == '-')
		return config_line_error(line, "%s: not the name of an interface", name);
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->entry[i].name, name))
			return config_line_error(line, "%s: repeated, first on %s", name,
				config_origin_place(
					line->config, list->entry[i].origin, line->origin)
					.text);
	if (list->count >= CONFIG_HARDWARE_MAX)
		return config_line_error(line, "more than %d interfaces", CONFIG_HARDWARE_MAX);
	strcpy(hardware.name, name);
	while (at < line->count) {
		int taken = read_option(line, at, &hardware);

		if (taken < 0)
			return taken;
		at += taken;
	}
	list->entry[list->count++] = hardware;
	return 0;
}

void config_line_print_hardware(
	const struct config *config, const struct config_row *row, FILE *out)
{
	for (size_t i = 0; i < config->hardware.count; i++) {
		const struct config_hardware *hardware = &config->hardware.entry[i];
		char tx[40], rx[40];

		config_value_print_number(hardware->txcomp_s, tx, sizeof(tx));
		config_value_print_number(hardware->rxcomp_s, rx, sizeof(rx));
		fprintf(out, "%s %s rxfilter %s txcomp %s rxcomp %s%s", row->name, hardware->name,
			rxfilter_names[hardware->rxfilter], tx, rx,
			hardware->nocrossts ? " nocrossts" : "");
		config_origin_print(config, hardware->origin, out);
	}
}

bool config_line_same_hardware(const struct config *a, const struct config *b)
{
	if (a->hardware.count != b->hardware.count)
		return false;
	for (size_t i = 0; i < a->hardware.count; i++) {
		const struct config_hardware *x = &a->hardware.entry[i], *y = &b->hardware.entry[i];

		if (strcmp(x->name, y->name) != 0 || x->txcomp_s != y->txcomp_s ||
			x->rxcomp_s != y->rxcomp_s || x->nocrossts != y->nocrossts ||
			x->rxfilter != y->rxfilter)
			return false;
	}
	return true;
}
