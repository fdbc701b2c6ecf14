// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Settings from a text, with the remarks that were made: for the tests of config.h.
 * Included after cmocka.
 */
#ifndef TESTS_UNIT_REMARKS_H
#define TESTS_UNIT_REMARKS_H

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "control/config.h"

struct remarks {
	char text[16384];
	int errors, warnings, notes;
};

static inline void collect(void *arg, const struct config_remark *remark)
{
	struct remarks *remarks = arg;
	size_t used = strlen(remarks->text);

	*(remark->level == CONFIG_ERROR           ? &remarks->errors
		: remark->level == CONFIG_WARNING ? &remarks->warnings
						  : &remarks->notes) += 1;
	snprintf(remarks->text + used, sizeof(remarks->text) - used, "%s:%d: %s\n", remark->file,
		remark->line, remark->text);
}

/* Reads a text; the settings, or NULL when it was refused. */
static inline struct config *parse(const char *text, struct remarks *remarks)
{
	struct config *config = config_new();
	struct config_sink sink = {collect, remarks};
	struct config_text whole = {.name = "f", .text = text, .length = strlen(text)};
	int err;

	assert_non_null(config);
	memset(remarks, 0, sizeof(*remarks));
	err = config_parse(config, &whole, &sink);
	assert_int_equal(err != 0, remarks->errors != 0);
	if (err) {
		assert_int_equal(err, -EINVAL);
		config_free(config);
		return NULL;
	}
	return config;
}

static inline struct config *taken(const char *text)
{
	struct remarks remarks;
	struct config *config = parse(text, &remarks);

	if (!config)
		fail_msg("%s: refused: %s", text, remarks.text);
	return config;
}

#endif
