/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's side of the data plane: opens or makes the shared state, writes the live
 * settings, keeps the table of own addresses, and attaches the interfaces of the settings.
 * With -n all of it is this process' memory, or with a `pindir` line ordinary files for an engine
 * to map: no BPF, no netlink. Says its own errors.
 * Owned by the daemon; what it made outlives the daemon, on purpose (design.md sec. 4).
 */
#ifndef CONTROL_PLANE_H
#define CONTROL_PLANE_H

#include "control/config.h"
#include "control/privileges.h"
#include "dataplane/state/state.h"

struct event_base;
struct plane;

/*
 * State and settings; as root, before privileges are dropped. `bare`: -n.
 * 0 or a negative errno, said, with nothing left behind that was not there; -EBUSY: another
 * daemon has the folder.
 */
int plane_open(const struct config *config, bool bare, struct plane **ret_plane);

/* Follows addresses in the loop, and attaches the `interface` lines. 0 or a negative errno. */
int plane_start(struct plane *plane, struct event_base *base, const struct config *config);

/* Gives the pins to an account. 0 or a negative errno, said. */
int plane_give(struct plane *plane, const struct privileges_account *account);

/*
 * What can change live beside what settings_put_in_force() writes: `serve` addresses and the
 * programs: interfaces whose line is new or says something else are attached, those whose line is
 * gone are detached, and where a feature has changed the program is replaced on its link. Says what
 * it could not do.
 */
void plane_apply(struct plane *plane, const struct config *old, const struct config *config);

/* Once a second: tells what others have attached and detached. */
void plane_look(struct plane *plane);

/* Unmaps; pins and programs stay. NULL is allowed. */
void plane_close(struct plane *plane);

/* The start has failed: takes back what plane_open() and plane_start() made, and closes. */
void plane_discard(struct plane *plane);

struct state *plane_state(const struct plane *plane);

/* A new read-only descriptor of the page; -ENOTSUP with -n. The caller closes it. */
int plane_page_descriptor(const struct plane *plane);

#endif
