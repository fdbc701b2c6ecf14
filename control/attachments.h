/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What hangs on which interface, as last told, and the events when that changes: `ntpxdp attach`
 * and `detach` change the table of interfaces beside the daemon, and an interface can vanish or be
 * taken over. Owned by plane.c, which tells its own doings at once, so that they are told once.
 */
#ifndef CONTROL_ATTACHMENTS_H
#define CONTROL_ATTACHMENTS_H

#include "control/attach.h"

/* So many looks in a row that find the same are believed: attaching takes some steps, between which
 * the table says what will not be. */
#define ATTACHMENTS_LOOKS 2

/* The kernel is asked about what hangs well at one look of so many: it costs some 0.2 ms. */
#define ATTACHMENTS_ASK 4

/* Zero at first. */
struct attachments {
	unsigned int turn;
	struct attachment {
		struct interface told, seen; /* as told; as the last look found it */
		bool attached;               /* the same look */
		bool lost;                   /* and that was told */
		unsigned int looks;          /* that found the same */
	} known[CONFIG_INTERFACES];
};

/* The table as it stands is no news: what hung there before. */
void attachments_note(struct attachments *attachments, const struct interface_table *table);

/* What asks the kernel about one interface: attach_inspect(), or a test's own. */
typedef void attachments_inspect(
	const struct interface *interface, struct attach_inspection *ret_inspection);

/* One look, once a second; tells what changed. */
void attachments_look(struct attachments *attachments, const struct interface_table *table,
	attachments_inspect *inspect);

/*
 * For who has attached by itself, or taken off: tells it, and notes it. `fresh`: there was no
 * program before; `because`: goes on the line.
 */
void attachments_attached(struct attachments *attachments, const struct interface_table *table,
	uint32_t ifindex, bool fresh);
void attachments_detached(struct attachments *attachments, const struct interface_table *table,
	const char *name, const char *because);

#endif
