// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The shared state of a host: time page, settings, address table, interface
 * table, counters and the relations of card clocks, each a BPF array of one element that is mapped
 * into memory and pinned under PINDIR/vN/, N being the layout version. Pins outlive every process;
 * a folder of another layout is neither read nor written.
 *
 * Opens and creates pins through libbpf. Loads and attaches no program
 * (control/attach.c does), knows no engine, logs nothing.
 */
#ifndef STATE_STATE_H
#define STATE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/core/access.h"
#include "dataplane/core/cardclock.h"
#include "dataplane/core/clients.h"
#include "dataplane/core/config.h"
#include "dataplane/core/counters.h"
#include "dataplane/core/localaddr.h"
#include "dataplane/core/timepage.h"
#include "dataplane/state/count.h"
#include "dataplane/state/engine_table.h"

/* Of the folder's name. Raised when any struct in it changes its layout. */
#define STATE_LAYOUT   3
#define STATE_PATH_MAX 512

/* X(symbol, member of struct state, name of the pin, type); one of each but for the sets of the
 * client table. */
#define STATE_MAPS(X)                                                                              \
	X(PAGE, page, "time_page", struct timepage)                                                \
	X(SETTINGS, settings, "settings", struct settings)                                         \
	X(INTERFACES, interfaces, "interfaces", struct interface_table)                            \
	X(ADDRESSES, addresses, "addresses", struct localaddr_table)                               \
	X(COUNTERS, counters, "counters", struct counters)                                         \
	X(ACCESS, access, "access", struct access_table)                                           \
	X(CLIENTS, clients, "clients", struct client_set)                                          \
	X(CARDS, cards, "card_clocks", struct cardclock_table)                                     \
	X(ENGINES, engines, "engines", struct engine_table)

enum state_map {
#define STATE_ENUM(symbol, member, pin, type) STATE_MAP_##symbol,
	STATE_MAPS(STATE_ENUM)
#undef STATE_ENUM
	STATE_MAP_COUNT
};

/* Opened by one of the functions below, closed by state_close(). The memory is shared with every
 * other process and program that uses the same folder. */
struct state {
#define STATE_MEMBER(symbol, member, pin, type) type *member;
	STATE_MAPS(STATE_MEMBER)
#undef STATE_MEMBER
	int fd[STATE_MAP_COUNT]; /* of the maps; -1 in private memory */
	uint32_t client_sets;    /* in `clients`: a power of two; 1 where there is no table */
	char directory[STATE_PATH_MAX]; /* PINDIR/vN; empty in private memory */
	bool writable;
	bool in_files;           /* ordinary files instead of pinned BPF arrays */
	struct timepage *mirror; /* of state_page_descriptor(); NULL before the first call */
	int mirror_fd;
};

/* On which object a call failed, for the caller's message. */
struct state_failure {
	char object[STATE_PATH_MAX + 64];
	const char *doing; /* "creating", "pinning", "opening", "mapping", "reading" */
};

/*
 * Opens the state for writing; what is not there yet is made, filled with an unwritten page and
 * default settings, and only then pinned. Needs root or CAP_BPF and access to the folder.
 * 0 or a negative errno and ret_failure: -ENOTSUP: the folder is not on a bpffs; -EPROTO: a pin
 * holds another layout than its folder says; -EXDEV: the state belongs to another network
 * namespace (addresses and interfaces are a namespace's own).
 */
int state_create(const char *pindir, struct state **ret_state, struct state_failure *ret_failure);

/*
 * The same in ordinary files that are mapped, where there is no BPF: `ntpxdpd -n` with a `pindir`.
 * -ENOTSUP: the folder is on a bpffs. Who opens the state finds out by itself which it is.
 */
int state_create_in_files(
	const char *pindir, struct state **ret_state, struct state_failure *ret_failure);

/* Is the folder, or the nearest one above that there is, not on a bpffs? */
bool state_takes_files(const char *pindir);

/* Opens what is there for writing: for an engine, which counts. -ENOENT: no state; the rest as
 * state_create(). */
int state_open_to_write(
	const char *pindir, struct state **ret_state, struct state_failure *ret_failure);

/* Opens what is there, read-only. -ENOENT: no state; the rest as state_create(). */
int state_open(const char *pindir, struct state **ret_state, struct state_failure *ret_failure);

/* Opens what is there for writing, whatever page and settings say: to take off an interface what
 * another version left there. -ENOENT: no state. */
int state_open_to_remove(
	const char *pindir, struct state **ret_state, struct state_failure *ret_failure);

/* State in this process' memory alone, for `ntpxdpd -n` and tests. NULL and errno. */
struct state *state_new_private(void);

/* Unmaps and closes; pins stay. NULL is allowed. */
void state_close(struct state *state);

/* Writes the page: the one way in which a sample is published. For the one writer. */
void state_publish(struct state *state, const struct timepage_sample *sample);

/*
 * A new descriptor through which other programs can map a time page for reading; the caller
 * closes it, or hands it on. Behind it is a copy in memory of its own, published together with the
 * page: of a read-only descriptor of a BPF array the kernel makes no shared mapping, and a
 * writable one is for nobody else. A negative errno on failure.
 */
int state_page_descriptor(struct state *state);

/* Path of the pin of an interface's link, in PINDIR/vN. */
void state_link_path(const char *pindir, uint32_t ifindex, char *ret_path, size_t size);

/* PINDIR/vN */
void state_directory(const char *pindir, char *ret_path, size_t size);

/* A pin just made gets the owner of its folder, the daemon's account, who may have to replace what
 * is behind it. Without the right to do so nothing happens. */
void state_give_pin(const char *pindir, const char *path);

/* Gives folder and pins to a user, so that a daemon without root still owns what it made. */
int state_give(const char *pindir, unsigned int uid, unsigned int gid);

/* Number of links pinned in PINDIR/vN; 0 where there is no folder. */
unsigned int state_link_count(const char *pindir);

/* Unpins everything of this layout and removes the folders it leaves empty, but only when no link
 * is left: -EBUSY. 0 also where nothing was. */
int state_remove(const char *pindir);

#endif
