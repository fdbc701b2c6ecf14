// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The clock: what UTC is against CLOCK_MONOTONIC_RAW, out of the estimates of all
 * sources. Selects (control/select.h), combines the survivors weighted with the
 * inverse of their variances, remembers time and frequency when sources are gone,
 * and says how far off it may be. Steers nothing: control/publisher.h makes the time page
 * of it, control/kernel_clock.h the system clock. Pure: raw time is handed in, so
 * that a simulator runs this very code. The daemon owns the object.
 *
 * States: WAITING (never synchronised, or the memory is used up), SYNCHRONISED (a
 * majority agreed at the last update), HOLDOVER (sources are gone or too few: time
 * from memory, bounds growing, until `holdover` is over or root distance passes
 * maxdistance), DISAGREEING (usable sources without a majority, or one that contradicts the memory:
 * not synchronised, at once), LOCAL (`local`, see control/local_reference.h: no source has ever
 * been believed, CLOCK_REALTIME is followed; or the memory is used up, and it is kept on).
 */
#ifndef CONTROL_CLOCK_H
#define CONTROL_CLOCK_H

#include "control/filter.h"
#include "control/local_reference.h"
#include "control/select.h"

#define CLOCK_STRATUM_UNSYNCHRONISED 16

struct clock_options {
	unsigned minsources;  /* 0: the default rule of select_majority(); 1 with local.orphan */
	double maxdistance_s; /* root distance beyond which time is not good; 1.5 */
	double holdover_s;    /* how long the memory is good for; 3600 */
	struct local_options local;
	double frequency;    /* from the drift file ... */
	double frequency_sd; /* ... and how well it is known; 0: there is none */
};

/* One source at an update. The caller fills all but ret_tally. */
struct clock_input {
	uintptr_t id;                          /* the same for the same source, never 0 */
	struct filter_estimate estimate;       /* at the raw_ns of the update */
	bool usable;                           /* reachable, has an estimate, makes no loop */
	bool prefer, noselect, trust, require; /* as in control/select.h */
	be32 reference_id;                     /* what stands for this source in our replies */
	be32 own_reference_id;                 /* and for us in its; used with local.orphan only */
	enum tally ret_tally;
};

/* X(symbol, name in log and metrics) */
#define CLOCK_STATES(X)                                                                            \
	X(WAITING, "waiting")                                                                      \
	X(SYNCHRONISED, "synchronised")                                                            \
	X(HOLDOVER, "holdover")                                                                    \
	X(DISAGREEING, "disagreeing")                                                              \
	X(LOCAL, "local")

enum clock_state {
#define CLOCK_ENUM(symbol, name) CLOCK_##symbol,
	CLOCK_STATES(CLOCK_ENUM)
#undef CLOCK_ENUM
};

struct clock_reading {
	enum clock_state state;
	bool synchronised;   /* may be served as good time */
	uint64_t raw_ns;     /* the moment of all that follows */
	int64_t offset_ns;   /* UTC - RAW */
	double frequency;    /* d(UTC)/d(RAW) - 1 */
	double offset_sd_ns; /* noise alone */
	double frequency_sd;
	int64_t root_delay_ns;
	int64_t root_dispersion_ns; /* grown to raw_ns */
	int64_t root_distance_ns;   /* |error| is below this */
	double dispersion_rate;     /* its further growth, s/s, at least FILTER_PHI */
	int64_t maxdistance_ns;     /* where root_distance_ns makes it bad time */
	uint64_t expires_raw_ns;    /* not good any more from this moment on, unless updated */
	uint64_t update_raw_ns;     /* the newest sample in use: the reference time */
	int64_t reference_utc_ns;   /* the same as Unix time */
	be32 reference_id;
	uint8_t stratum;    /* of this server: the source's + 1; 16 unsynchronised */
	uint8_t leap;       /* majority of the survivors, see leap_vote() */
	unsigned survivors; /* sources combined at the last update */
};

struct clock;

/* NULL with errno ENOMEM. The options are copied. */
struct clock *clock_new(const struct clock_options *options);
void clock_free(struct clock *clock);

/* New options for a running clock (SIGHUP). A given frequency is not taken again. */
void clock_configure(struct clock *clock, const struct clock_options *options);

/*
 * Selects and combines. To be called after each new sample, and when a source becomes
 * unusable, with all sources. Marks ret_tally of each. 0, or select_majority()'s
 * negative result; clock_state() then says what follows from it.
 */
int clock_update(struct clock *clock, uint64_t raw_ns, struct clock_input *inputs, size_t count);

/*
 * The local reference: CLOCK_REALTIME is offset_ns before RAW, read within window_ns.
 * To be called once a second where `local` is set; no effect otherwise, and none
 * once a source has been believed.
 */
void clock_follow(struct clock *clock, uint64_t raw_ns, int64_t offset_ns, uint32_t window_ns);

/*
 * What is known of this machine's frequency, from the sources or before them from the drift
 * file: filter_set_frequency() of a new source. False where nothing is known.
 */
bool clock_frequency(const struct clock *clock, double *ret_frequency, double *ret_frequency_sd);

/* The time. False where nothing is known at all: then only state is set. */
bool clock_read(const struct clock *clock, uint64_t raw_ns, struct clock_reading *ret_reading);

/* UTC has moved by delta_ns against RAW by agreement (a leap second), see filter_shift(). */
void clock_shift(struct clock *clock, int64_t delta_ns);

/*
 * RAW has stood still while UTC went on (the host was suspended): nothing of the time is
 * remembered any more, the frequency as from a drift file. `why` in words, for clock_state_text().
 */
void clock_forget(struct clock *clock, const char *why);

/*
 * The state at raw_ns, and a sentence about it for people: "2 of 4 sources agree, which is
 * no majority". The text is valid until the next call of clock_update().
 */
enum clock_state clock_state(const struct clock *clock, uint64_t raw_ns);
const char *clock_state_text(const struct clock *clock, uint64_t raw_ns);

#endif
