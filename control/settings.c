/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings of the daemon with remarks to the log; see settings.h. The command has its own way
 * to say them, which is why config.h does not log.
 */
#include "control/settings.h"

#include "control/config_origin.h"
#include "control/endpoint.h"
#include "control/live_settings.h"
#include "control/log.h"
#include "control/resolver.h"
#include "dataplane/socket/datagram.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

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

/* False only for an address that this host does not have: a socket that sends nothing tells. */
static bool is_own(const struct sockaddr_storage *address)
{
	int fd = datagram_socket(address->ss_family), err;

	if (fd < 0)
		return true;
	err = bind(fd, (const struct sockaddr *)address, endpoint_length(address)) < 0 ? errno : 0;
	close(fd);
	return err != EADDRNOTAVAIL;
}

/* The word of a server elsewhere would be told of a system clock that it does not steer. */
static int check_mirror(const struct config *config)
{
	const struct config_source *source = config->sources;
	struct resolver_name name;
	struct sockaddr_storage address;

	if (!config->mirror)
		return 0;
	/* Port 0: whichever is free. */
	name = (struct resolver_name){source->host, 0, source->family};
	if (!resolver_numeric(&name, &address) || is_own(&address))
		return 0;
	log_line(LOG_ERR,
		"%s:%d: mirror: %s: not an address of this host; name one of the NTP server that "
		"steers the system clock here, such as 127.0.0.1, or use `server`",
		config_origin_file(config, source->origin), source->origin.line, source->host);
	return -EINVAL;
}

struct config *settings_load(const char *file)
{
	const struct config_sink sink = {say, NULL};
	struct config *config = config_new();
	int err = config ? config_load(config, file, &sink) : -ENOMEM;

	if (!err)
		err = check_mirror(config);
	if (!err)
		return config;
	if (err != -EINVAL)
		log_line(LOG_ERR, "cannot read the settings file %s: %s", file, strerror(-err));
	config_free(config);
	return NULL;
}

void settings_put_in_force(struct state *state, const struct config *config,
	const struct live_settings_readers *readers)
{
	int err = live_settings_write(state, config, readers);

	if (err == -E2BIG)
		log_line(LOG_ERR,
			"rules by address: more than %d; going on with those before, merge some",
			ACCESS_RULES_MAX);
	else if (err)
		log_line(LOG_ERR,
			"no memory for rules or client table: %s; rate limit and new rules are not "
			"in force, lower `clientloglimit`",
			strerror(-err));
}
