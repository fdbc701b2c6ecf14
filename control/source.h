// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One upstream server at one address: asks it (control/client.h) when it is time
 * (control/poll.h), judges what comes back (control/exchange.h), and feeds good samples to
 * its filter (control/filter.h). Names, pools and settings are control/sources.h's,
 * the only caller, which owns the object. Runs in the caller's libevent loop.
 */
#ifndef CONTROL_SOURCE_H
#define CONTROL_SOURCE_H

#include <event2/event.h>

#include "control/config.h"
#include "control/exchange.h"
#include "control/filter.h"
#include "control/poll.h"
#include "control/reference_id.h"
#include "dataplane/core/timepage.h"

struct source;

enum source_event {
	SOURCE_SAMPLED,  /* a good sample was added */
	SOURCE_LOST,     /* is not usable any more */
	SOURCE_SILENT,   /* POLL_UNREACHABLE requests in a row were not answered; repeated */
	SOURCE_REJECTED, /* a reply was judged, and not accepted: source_last_result() */
	SOURCE_UNSENT    /* this host could not send: source_send_error() */
};

/* Totals over all sources. */
struct source_counters {
	uint64_t sent;
	uint64_t unsent;
	uint64_t result[EXCHANGE_RESULT_COUNT]; /* datagrams, by what became of them */
};

/* What all sources share; the caller's. */
struct source_environment {
	struct event_base *base;
	const struct timepage *page;             /* what we serve, for loop detection */
	const struct localaddr_table *addresses; /* and who we are */
	const struct timestamping_cards *cards;  /* whose stamps are used; NULL: none */
	int64_t precision_ns;                    /* of the local clock */
	int64_t max_root_distance_ns;
	double frequency;    /* known before any sample, see filter_set_frequency() */
	double frequency_sd; /* 0: it is not */
	struct source_counters counters;
	/* Called from the loop; must not free the source. */
	void (*on_event)(void *arg, struct source *source, enum source_event event);
	void *arg;
};

/* The first request goes out within a moment. NULL and errno. */
struct source *source_new(struct source_environment *environment,
	const struct config_source *options, const struct sockaddr_storage *address);
void source_free(struct source *source);

/* Other options for the same server; samples and reach are kept. */
void source_configure(struct source *source, const struct config_source *options);

/* Has samples, answers, and said nothing since that speaks against it. */
bool source_usable(const struct source *source);

uintptr_t source_id(const struct source *source); /* unique in this process, never 0 */
const struct sockaddr_storage *source_address(const struct source *source);
const struct config_source *source_options(const struct source *source);
struct filter *source_filter(struct source *source);
const struct poll *source_poll(const struct source *source);
/* UTC moves by this, at a leap second: filter_shift(), and what is not finished is forgotten. */
void source_shift(struct source *source, int64_t delta_ns);
const struct ntp_sample *source_last_sample(const struct source *source); /* NULL: none yet */
/* The last reply speaks against the server's time, its older samples included. */
bool source_refused(const struct source *source);
uint64_t source_last_reply_ns(const struct source *source); /* raw, of any answer; 0: none yet */
enum exchange_result source_last_result(const struct source *source);
/* Who stamped the last good exchange: T1 and T4, or the lesser of the two. */
enum stamp source_stamp(const struct source *source);
int source_send_error(const struct source *source); /* negative errno of the last request, or 0 */
const struct source_counters *source_counters(const struct source *source);

#endif
