/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's side of the data plane; see plane.h. Attaching itself is attach.h's, the
 * address table addresses.h's; this module decides when, and what is said about it.
 */
#include "control/plane.h"

#include "control/addresses.h"
#include "control/addresses_once.h"
#include "control/attach.h"
#include "control/attachments.h"
#include "control/config_origin.h"
#include "control/log.h"
#include "control/settings.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

struct plane {
	struct state *state;
	struct addresses *addresses; /* NULL with -n */
	struct event *event;
	struct attachments told;
	int page_fd; /* -1 with -n; opened while we may */
	int lock_fd; /* on the folder of pins: the page has one writer */
	bool bare;
	bool in_files; /* -n with a `pindir` line: the state is in ordinary files there */
	bool overflow_told;
	bool made;             /* the folder was not there before */
	unsigned int attached; /* interface lines done */
	struct {
		char name[CONFIG_NAME_SIZE];
		bool fresh; /* was not attached before */
	} attachments[CONFIG_INTERFACES];
	char pindir[CONFIG_PATH_MAX];
};

/* One daemon for one folder, as long as this process lives. */
static int lock(struct plane *plane)
{
	int err = 0;

	plane->lock_fd = open(plane->pindir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (plane->lock_fd < 0 || flock(plane->lock_fd, LOCK_EX | LOCK_NB))
		err = errno == EWOULDBLOCK ? -EBUSY : -errno;
	if (err)
		log_line(LOG_ERR, "cannot use %s: %s", plane->pindir,
			err == -EBUSY
				? "another ntpxdpd is running on it and writes its time page; stop "
				  "that one, or name another `pindir`"
				: strerror(-err));
	return err;
}

static int open_state(struct plane *plane, const struct config *config)
{
	struct state_failure failure = {.doing = "opening"};
	char text[ATTACH_TEXT_MAX];
	int err;

	if (plane->bare && !plane->in_files) {
		plane->state = state_new_private();
		if (plane->state)
			return 0;
		log_line(LOG_ERR, "cannot make the time page in memory: %s", strerror(errno));
		return -errno;
	}
	state_directory(config->pindir, text, sizeof(text));
	plane->made = access(text, F_OK) != 0;
	err = plane->in_files ? state_create_in_files(config->pindir, &plane->state, &failure)
			      : state_create(config->pindir, &plane->state, &failure);
	if (err) {
		attach_explain_state(&failure, err, text, sizeof(text));
		log_line(LOG_ERR, "cannot open the shared state: %s", text);
		return err;
	}
	err = lock(plane);
	if (err || plane->bare)
		return err;
	plane->page_fd = state_page_descriptor(plane->state);
	if (plane->page_fd < 0)
		log_line(LOG_WARNING,
			"no read-only descriptor of the time page: %s; local programs will not "
			"get it over the control socket",
			strerror(-plane->page_fd));
	return 0;
}

int plane_open(const struct config *config, bool bare, struct plane **ret_plane)
{
	struct plane *plane = calloc(1, sizeof(*plane));
	int err;

	if (!plane)
		return -ENOMEM;
	plane->bare = bare;
	plane->in_files = bare && config_origin_has_line(config, "pindir") &&
			  state_takes_files(config->pindir);
	plane->page_fd = -1;
	plane->lock_fd = -1;
	strcpy(plane->pindir, config->pindir);
	err = open_state(plane, config);
	if (err) {
		plane_discard(plane);
		return err;
	}
	settings_put_in_force(plane->state, config, NULL);
	*ret_plane = plane;
	return 0;
}

/* Once for each time that it begins. */
static void tell_overflow(struct plane *plane)
{
	bool complete = addresses_complete(plane->addresses);

	if (!complete && !plane->overflow_told)
		log_line(LOG_WARNING,
			"this host has more than %d addresses (broadcast addresses counted): "
			"requests to the last ones are answered by the socket, not by XDP",
			LOCALADDR_MAX);
	plane->overflow_told = !complete;
}

static void on_change(evutil_socket_t fd, short what, void *arg)
{
	static struct log_limit limit;
	struct plane *plane = arg;
	int err = addresses_handle(plane->addresses);

	(void)fd;
	(void)what;
	if (err)
		log_limited(&limit, LOG_WARNING,
			"cannot follow the addresses of this host: %s; serving those known",
			strerror(-err));
	else
		tell_overflow(plane);
}

static int follow_addresses(
	struct plane *plane, struct event_base *base, const struct config *config)
{
	plane->addresses = addresses_new(plane->state, config);
	if (!plane->addresses) {
		int err = -errno;

		log_line(LOG_ERR, "cannot read the addresses of this host: %s", strerror(-err));
		return err;
	}
	tell_overflow(plane);
	plane->event = event_new(base, addresses_descriptor(plane->addresses), EV_READ | EV_PERSIST,
		on_change, plane);
	return plane->event && !event_add(plane->event, NULL) ? 0 : -ENOMEM;
}

static int attach_one(
	struct plane *plane, const struct config *config, const struct config_interface *line)
{
	struct attach_options options = {
		.pindir = plane->pindir,
		.mode = line->mode == CONFIG_MODE_NATIVE    ? ATTACH_NATIVE
			: line->mode == CONFIG_MODE_GENERIC ? ATTACH_GENERIC
							    : ATTACH_AUTO,
		.reply_path =
			line->reply_path == CONFIG_REPLY_FIB ? INTERFACE_FIB : INTERFACE_REFLECT,
	};
	struct attach_report report = {.error = ""};
	int err = attach_interface(line->name, &options, &report);

	if (err) {
		if (line->origin.line)
			log_line(LOG_ERR, "%s:%d: interface %s: %s",
				config_origin_file(config, line->origin), line->origin.line,
				line->name, *report.error ? report.error : strerror(-err));
		else
			log_line(LOG_ERR, "interface %s: %s", line->name, report.error);
		return err;
	}
	if (plane->attached < CONFIG_INTERFACES) {
		strcpy(plane->attachments[plane->attached].name, line->name);
		plane->attachments[plane->attached++].fresh = report.fresh;
	}
	attachments_attached(
		&plane->told, plane->state->interfaces, if_nametoindex(line->name), report.fresh);
	if (*report.why_not_native)
		log_line(LOG_NOTICE, "%s: not native: %s", line->name, report.why_not_native);
	if (*report.warning)
		log_line(LOG_WARNING, "%s: %s", line->name, report.warning);
	return 0;
}

int plane_start(struct plane *plane, struct event_base *base, const struct config *config)
{
	int err;

	if (plane->bare) {
		err = addresses_once(plane->state->addresses, config);
		if (err)
			log_line(LOG_INFO, "addresses of this host are not known: %s",
				strerror(-err));
		if (config->interface_count)
			log_line(LOG_INFO, "without a data plane (-n) no interface is attached");
		return 0;
	}
	attachments_note(&plane->told, plane->state->interfaces);
	err = follow_addresses(plane, base, config);
	for (size_t i = 0; i < config->interface_count && !err; i++)
		err = attach_one(plane, config, &config->interfaces[i]);
	return err;
}

int plane_give(struct plane *plane, const struct privileges_account *account)
{
	int err;

	if (plane->bare || !account->change)
		return 0;
	err = state_give(plane->pindir, account->uid, account->gid);
	if (err)
		log_line(LOG_ERR, "cannot give the pins in %s to the daemon's account: %s",
			plane->pindir, strerror(-err));
	return err;
}

/* The slot of an interface that is on this host; NULL: it is not attached. */
static const struct interface *find_attached(const struct plane *plane, const char *name)
{
	uint32_t ifindex = if_nametoindex(name);

	for (int slot = 0; ifindex && slot < CONFIG_INTERFACES; slot++)
		if (plane->state->interfaces->entry[slot].ifindex == ifindex)
			return &plane->state->interfaces->entry[slot];
	return NULL;
}

/* Does the program that is there look for what the settings ask for, in the tables of now? */
static bool features_fit(const struct plane *plane, const struct interface *entry)
{
	return (entry->features & ~(FEATURE_FIB | FEATURE_HARDWARE)) ==
		       plane->state->settings->features &&
	       entry->clients_map == attach_clients_map(plane->state);
}

static bool fits(const struct interface *entry, const struct config_interface *line)
{
	return (entry->reply_path == INTERFACE_FIB) == (line->reply_path == CONFIG_REPLY_FIB) &&
	       (line->mode == CONFIG_MODE_AUTO ||
		       (entry->mode == INTERFACE_NATIVE) == (line->mode == CONFIG_MODE_NATIVE));
}

static bool has_line(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->interface_count; i++)
		if (!strcmp(config->interfaces[i].name, name))
			return true;
	return false;
}

/* By hand attached, without a line: loaded anew as it is, with the features of now. */
static void renew_others(struct plane *plane, const struct config *config)
{
	for (int slot = 0; slot < CONFIG_INTERFACES; slot++) {
		const struct interface *entry = &plane->state->interfaces->entry[slot];
		struct config_interface line = {
			.mode = CONFIG_MODE_AUTO,
			.reply_path = entry->reply_path == INTERFACE_FIB ? CONFIG_REPLY_FIB
									 : CONFIG_REPLY_REFLECT,
		};

		if (entry->ifindex && !features_fit(plane, entry) &&
			if_indextoname(entry->ifindex, line.name) && !has_line(config, line.name))
			attach_one(plane, config, &line);
	}
}

static void drop_removed(struct plane *plane, const struct config *old, const struct config *config)
{
	for (size_t i = 0; i < old->interface_count; i++) {
		const char *name = old->interfaces[i].name;
		struct attach_report report;

		if (has_line(config, name) || !find_attached(plane, name))
			continue;
		if (attach_detach(name, plane->pindir, true, &report))
			log_line(LOG_ERR, "interface %s: %s; it goes on answering", name,
				report.error);
		else
			attachments_detached(&plane->told, plane->state->interfaces, name,
				", whose line is gone");
	}
}

static void apply_interfaces(
	struct plane *plane, const struct config *old, const struct config *config)
{
	for (size_t i = 0; i < config->interface_count; i++) {
		const struct config_interface *line = &config->interfaces[i];
		const struct interface *entry = find_attached(plane, line->name);

		if (!entry || !fits(entry, line) || !features_fit(plane, entry))
			attach_one(plane, config, line);
	}
	renew_others(plane, config);
	drop_removed(plane, old, config);
}

void plane_apply(struct plane *plane, const struct config *old, const struct config *config)
{
	int err;

	if (!plane->bare)
		apply_interfaces(plane, old, config);
	err = plane->bare ? addresses_once(plane->state->addresses, config)
			  : addresses_set(plane->addresses, config);
	if (err)
		log_line(LOG_ERR, "cannot take what the settings say of addresses: %s",
			strerror(-err));
	else if (!plane->bare)
		tell_overflow(plane);
}

void plane_look(struct plane *plane)
{
	if (!plane->bare)
		attachments_look(&plane->told, plane->state->interfaces, attach_inspect);
}

void plane_close(struct plane *plane)
{
	if (!plane)
		return;
	if (plane->event)
		event_free(plane->event);
	addresses_free(plane->addresses);
	if (plane->page_fd >= 0)
		close(plane->page_fd);
	if (plane->lock_fd >= 0)
		close(plane->lock_fd);
	state_close(plane->state);
	free(plane);
}

/* Takes off the programs that this start has attached, and no others. */
static void detach_fresh(struct plane *plane)
{
	for (unsigned int i = 0; i < plane->attached; i++) {
		struct attach_report report = {.error = ""};

		if (plane->attachments[i].fresh)
			attach_detach(plane->attachments[i].name, plane->pindir, true, &report);
	}
}

void plane_discard(struct plane *plane)
{
	char pindir[CONFIG_PATH_MAX];
	bool made = plane && plane->made;

	if (!plane)
		return;
	detach_fresh(plane);
	strcpy(pindir, plane->pindir);
	plane_close(plane);
	if (made)
		state_remove(pindir);
}

struct state *plane_state(const struct plane *plane)
{
	return plane->state;
}

int plane_page_descriptor(const struct plane *plane)
{
	int fd = plane->page_fd < 0 ? -1 : fcntl(plane->page_fd, F_DUPFD_CLOEXEC, 0);

	if (plane->page_fd < 0)
		return plane->bare ? -ENOTSUP : plane->page_fd;
	return fd < 0 ? -errno : fd;
}
