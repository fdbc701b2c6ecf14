/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which interfaces have the program, and the events of that; see attachments.h. */
#include "control/attachments.h"

#include "control/log.h"

#include <string.h>

struct name {
	char text[CONFIG_NAME_SIZE + 1];
};

static struct name name_of(const struct interface *interface)
{
	struct name name = {""};

	memcpy(name.text, interface->name, CONFIG_NAME_SIZE);
	return name;
}

static void tell_attached(const struct interface *interface, bool fresh)
{
	const char *mode = attach_mode_name(interface->mode);
	const char *path = attach_reply_path_name(interface->reply_path);
	struct name name = name_of(interface);

	log_event(fresh ? LOG_EVENT_ATTACH : LOG_EVENT_REPLACED,
		LOG_WITH(LOG_TEXT(IFACE, name.text), LOG_TEXT(MODE, mode),
			LOG_TEXT(REPLY_PATH, path)),
		"%s %s, mode %s, reply path %s; firewall rules and captures do not see what it "
		"answers",
		fresh ? "attached to" : "program replaced on", name.text, mode, path);
}

static void tell_detached(const char *name, const char *because)
{
	log_event(LOG_EVENT_DETACH, LOG_WITH(LOG_TEXT(IFACE, name)), "detached from %s%s", name,
		because);
}

static void tell_lost(const struct interface *interface, const char *detail)
{
	struct name name = name_of(interface);

	log_event(LOG_EVENT_DETACH_LOST,
		LOG_WITH(LOG_TEXT(IFACE, name.text), LOG_TEXT(REASON, detail)),
		"the program is not on %s any more: %s; requests there go to the socket, attach it "
		"again with `ntpxdp attach %s`",
		name.text, detail, name.text);
}

void attachments_note(struct attachments *attachments, const struct interface_table *table)
{
	for (int i = 0; i < CONFIG_INTERFACES; i++) {
		struct attachment *known = &attachments->known[i];

		if (known->told.ifindex != table->entry[i].ifindex)
			known->lost = false;
		known->told = table->entry[i];
	}
}

void attachments_attached(struct attachments *attachments, const struct interface_table *table,
	uint32_t ifindex, bool fresh)
{
	for (int i = 0; i < CONFIG_INTERFACES; i++)
		if (table->entry[i].ifindex == ifindex)
			tell_attached(&table->entry[i], fresh);
	attachments_note(attachments, table);
}

void attachments_detached(struct attachments *attachments, const struct interface_table *table,
	const char *name, const char *because)
{
	tell_detached(name, because);
	attachments_note(attachments, table);
}

static bool is_anew(const struct interface *before, const struct interface *now)
{
	return before->mode != now->mode || before->reply_path != now->reply_path ||
	       before->attached_realtime_s != now->attached_realtime_s;
}

static bool is_same(const struct interface *before, const struct interface *now)
{
	return before->ifindex == now->ifindex && !is_anew(before, now);
}

/* Another interface's slot now, or nobody's: what hung there was taken off. */
static void forget(struct attachment *known)
{
	if (!known->lost)
		tell_detached(name_of(&known->told).text, "");
	known->told = (struct interface){.ifindex = 0};
	known->lost = false;
}

/* `inspect` is NULL where what hung well may be taken to do so still. */
static void look_at(
	struct attachment *known, const struct interface *now, attachments_inspect *inspect)
{
	struct attach_inspection found = {.attached = inspect == NULL};
	bool same = is_same(&known->seen, now);

	if (known->told.ifindex && known->told.ifindex != now->ifindex)
		forget(known);
	if (inspect && now->ifindex)
		inspect(now, &found);
	known->looks = same && found.attached == known->attached ? known->looks + 1 : 1;
	known->seen = *now;
	known->attached = found.attached;
	if (!now->ifindex || known->looks != ATTACHMENTS_LOOKS)
		return;
	if (found.attached && (known->lost || !is_same(&known->told, now))) {
		tell_attached(now, known->lost || !known->told.ifindex);
		known->told = *now;
		known->lost = false;
	} else if (!found.attached && known->told.ifindex && !known->lost) {
		tell_lost(now, found.detail);
		known->lost = true;
	}
}

void attachments_look(struct attachments *attachments, const struct interface_table *table,
	attachments_inspect *inspect)
{
	for (int i = 0; i < CONFIG_INTERFACES; i++) {
		struct attachment *known = &attachments->known[i];
		struct interface now = table->entry[i];
		bool well = known->attached && is_same(&known->told, &now) && now.ifindex;

		look_at(known, &now, well && attachments->turn % ATTACHMENTS_ASK ? NULL : inspect);
	}
	attachments->turn++;
}
