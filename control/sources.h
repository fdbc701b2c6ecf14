// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The upstream servers of the settings: `server` and `pool` lines become sources
 * as their names get addresses, and other ones where an address does not serve. Each good
 * sample is reported to the daemon, which asks for the inputs of the clock
 * (sources_inputs()) and hands back what became of them (sources_tallies()).
 * Runs in the caller's libevent loop and never blocks it. Logs what happens to sources.
 */
#ifndef CONTROL_SOURCES_H
#define CONTROL_SOURCES_H

#include "control/clock.h"
#include "control/source.h"

struct sources;

/* All but base may be left out (NULL, 0). Pointers must outlive the object. */
struct sources_options {
	struct event_base *base;
	const struct timepage *page;             /* what we serve, for loop detection */
	const struct localaddr_table *addresses; /* own addresses, for loop detection */
	const struct timestamping_cards *cards;  /* whose stamps are used */
	double frequency;                        /* from the drift file, as a rate ... */
	double frequency_sd; /* ... and how well it is known; 0: there is none */
	/* Something that the clock should know: a new sample, a source that is lost or gone;
	 * of a mirrored server also what it says against its time. */
	void (*on_update)(void *arg);
	void *arg;
};

/* One line of `ntpxdp sources`; times as in `ntpq -p`. */
struct source_report {
	char name[CONFIG_HOST_MAX]; /* as in the settings; an address in its usual form */
	char address[64];           /* empty while the name has none */
	char refid[20];             /* ".GPS.", "192.0.2.1", ".INIT.", ".DNS.", ".POOL." */
	const char *state;          /* in words */
	uint16_t association; /* its place in the settings, for ntpq: ascends; 0: beyond 65535 */
	struct sockaddr_storage endpoint; /* address and port; ss_family 0: no address */
	struct ntp_sample sample;         /* the last good answer; version 0: there is none */
	uint8_t stratum;                  /* 16: never answered well */
	char type;                        /* 'u' server, 'p' pool entry, 'm' mirrored server */
	char tally;
	uint8_t reach;
	unsigned unanswered; /* requests in a row */
	bool answered;       /* when_s and last_result mean something */
	bool measured;       /* delay, offset and jitter do */
	bool usable, noselect, prefer;
	bool interleaved; /* the last sample was */
	double when_s;    /* since the last reply */
	double poll_s;
	int poll; /* the same, log2 s */
	double delay_s, offset_s, jitter_s;
	double root_distance_s;
	enum exchange_result last_result;
	enum stamp stamp; /* who stamped the last good exchange, with `measured` */
	struct source_counters counters;
};

/* Starts the sources of the settings, which are copied. NULL and errno. For freeing, what
 * resolver_free() says of the loop holds. */
struct sources *sources_new(const struct sources_options *options, const struct config *config);
void sources_free(struct sources *sources);

/* Other settings: sources that stand in both go on undisturbed. 0 or -ENOMEM, then as before. */
int sources_apply(struct sources *sources, const struct config *config);

/*
 * Fills at most max inputs for clock_update() at raw_ns; returns their number. A name that has no
 * address yet is among them, unusable (a pool as often as it can matter), so that those
 * which have one are not taken for all there are.
 */
size_t sources_inputs(
	const struct sources *sources, uint64_t raw_ns, struct clock_input *ret_list, size_t max);

/* What clock_update() made of them. */
void sources_tallies(struct sources *sources, const struct clock_input *list, size_t count);

/* With `mirror`: the mirrored server; NULL without. */
const struct source *sources_mirrored(const struct sources *sources);

/* The moved leap second, for all filters: filter_shift(). */
void sources_shift(struct sources *sources, int64_t delta_ns);

/*
 * Begins anew with all: no sample, reach or interval of before counts. What is known of the
 * frequency as in the options. Not to be called from on_update.
 */
void sources_renew(struct sources *sources, double frequency, double frequency_sd);

/*
 * Fills a list of sources_report_max() lines, those without an address too; returns their
 * number. offset_ns: UTC - RAW as served now, to which their offsets are.
 */
size_t sources_report(const struct sources *sources, uint64_t raw_ns, int64_t offset_ns,
	struct source_report *ret_list);
size_t sources_report_max(const struct sources *sources);

/* The name in the settings of the source with this id, NULL: gone. */
const char *sources_name(const struct sources *sources, uintptr_t id);

/* Totals since the start, of sources that are gone too. */
const struct source_counters *sources_counters(const struct sources *sources);

#endif
