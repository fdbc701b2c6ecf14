/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings of the daemon with remarks to the log; see settings.h. The command has its own way
 * to say them, which is why config.h does not log.
 */
#include "control/settings.h"

#include "control/log.h"

#include <errno.h>
#include <string.h>

static void say(void *arg, const struct config_remark *remark)
{
	int priority = remark->level == CONFIG_ERROR     ? LOG_ERR
		       : remark->level == CONFIG_WARNING ? LOG_WARNING
							 : LOG_INFO;

	(void)arg;
	if (remark->line)
		log_line(priority, "%s:%d: %s", remark->file, remark->line, remark->text);
	else
		log_line(priority, "%s: %s", remark->file, remark->text);
}

struct config *settings_load(const char *file)
{
	const struct config_sink sink = {say, NULL};
	struct config *config = config_new();
	int err = config ? config_load(config, file, &sink) : -ENOMEM;

	if (!err)
		return config;
	if (err != -EINVAL)
		log_line(LOG_ERR, "cannot read the settings file %s: %s", file, strerror(-err));
	config_free(config);
	return NULL;
}
