// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which engines beside the XDP program and the daemon's socket answer from this state: one entry
 * for each process, written by that process alone, read by the daemon and the command. An engine
 * that was killed leaves its entry; its heartbeat tells (engine_entry_state()).
 *
 * Packet counts by verdict are in counters->dpdk; here stands what only such an engine has: what
 * went to the host and came from it, and what was lost on the way.
 */
#ifndef STATE_ENGINE_TABLE_H
#define STATE_ENGINE_TABLE_H

#include "dataplane/core/counters.h"

#define ENGINES_MAX         8
#define ENGINES_NAME_SIZE   32
#define ENGINES_HEARTBEAT_S 3 /* who was silent for so long is gone */

enum engine_kind {
	ENGINE_NONE,
	ENGINE_DPDK
};

/* One list for the struct, the reports and the metrics: X(member, text). */
#define ENGINES_COUNTS(X)                                                                          \
	X(unsent, "replies that the port did not take")                                            \
	X(to_host, "frames handed to the host")                                                    \
	X(to_host_lost, "frames for the host that were lost on the way")                           \
	X(from_host, "frames of the host sent")                                                    \
	X(from_host_lost, "frames of the host that the port did not take")                         \
	X(ignored, "frames for the host where it gets none (--exception none)")                    \
	X(bad_checksum, "frames that the card found corrupt, handed on as the rest")               \
	X(missed, "frames that the port lost before they were seen")

struct engine_entry {
	uint32_t pid; /* 0: ended by itself; kind says whether anybody was here */
	uint32_t kind;
	uint32_t first_block, queues; /* of counters->dpdk: one block for each queue */
	uint64_t started_ns;          /* CLOCK_MONOTONIC */
	uint64_t heartbeat_ns;        /* the same: when it last said that it runs */
	char port[ENGINES_NAME_SIZE], driver[ENGINES_NAME_SIZE];
	char exception[ENGINES_NAME_SIZE]; /* the host's interface, or "none" */
	uint32_t card_stamps;              /* receive stamps are the card's */
	uint32_t reserved0;
	struct {
#define ENGINES_MEMBER(member, text) uint64_t member;
		ENGINES_COUNTS(ENGINES_MEMBER)
#undef ENGINES_MEMBER
	} count;
	uint64_t reserved[3];
} CORE_CACHE_ALIGNED;

struct engine_table {
	struct engine_entry entry[ENGINES_MAX];
};
_Static_assert(sizeof(struct engine_entry) == 256, "engine table layout 1: whole cache lines");

enum engine_state {
	ENGINE_ABSENT, /* never anybody */
	ENGINE_RUNNING,
	ENGINE_STOPPED, /* ended by itself */
	ENGINE_GONE     /* silent for too long: killed, or hung */
};

struct state;

/* Both are for people and for whoever wants the place. */
enum engine_state engine_table_state(const struct engine_entry *entry, uint64_t now_ns);
const char *engine_table_state_name(enum engine_state state);

/*
 * Takes a place for this process and `queues` blocks of counters that no running engine has. The
 * entry is this process' from then on; engine_table_leave() ends that. 0 or a negative errno:
 * -EUSERS: so many engines or queues run already; -EEXIST: a running engine has that port.
 */
int engine_table_join(struct state *state, const struct engine_entry *self, uint64_t now_ns,
	struct engine_entry **ret_entry);
void engine_table_leave(struct engine_entry *entry, uint64_t now_ns);

/* Does any engine run? */
bool engine_table_any(const struct state *state, uint64_t now_ns);

#endif
