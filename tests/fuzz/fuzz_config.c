/* SPDX-License-Identifier: GPL-2.0-or-later */
// test-sources: control/config.c control/config_access.c control/config_check.c
// test-sources: control/config_file.c control/config_include.c control/config_origin.c
// test-sources: control/config_answered.c control/config_prefix.c
// test-sources: control/config_clock.c control/config_limit.c control/config_line.c
// test-sources: control/config_listen.c
// test-sources: control/config_print.c control/config_source.c control/config_table.c
// test-sources: control/config_value.c control/config_hardware.c
/*
 * Settings files out of any bytes: reading never fails but with a remark, and what was taken
 * prints as lines that are taken again and mean the same.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/config.h"

static void count(void *arg, const struct config_remark *remark)
{
	if (remark->level == CONFIG_ERROR)
		++*(int *)arg;
}

static void differs(void *arg, const char *name, bool live)
{
	(void)arg;
	(void)live;
	fprintf(stderr, "%s changed when printed and read again\n", name);
	abort();
}

/* Reads what -p prints and compares. */
static void check_print(const struct config *config)
{
	struct config_sink sink = {NULL, NULL};
	struct config *again = config_new();
	struct config_text printed;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!again || !out)
		abort();
	config_print(config, out);
	fclose(out);
	printed =
		(struct config_text){.name = "again", .text = text, .length = size, .alone = true};
	if (config_parse(again, &printed, &sink)) {
		fprintf(stderr, "not taken again:\n%s", text);
		abort();
	}
	config_compare(config, again, differs, NULL);
	config_free(again);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config *config = config_new();
	int errors = 0, err;
	struct config_sink sink = {count, &errors};
	struct config_text input = {
		.name = "input", .text = (const char *)data, .length = size, .alone = true};

	if (!config)
		return 0;
	err = config_parse(config, &input, &sink);
	if ((err != 0) != (errors != 0))
		abort();
	if (!err)
		check_print(config);
	config_free(config);
	return 0;
}
