/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The clockwork's object, for clockwork.c alone and its parts, which call downwards only:
 * upkeep.c (what is done once a second or more rarely), below it clockwork_page.c (time to page),
 * below that mirroring.c (with `mirror`). See clockwork.h.
 */
#ifndef CONTROL_CLOCKWORK_PRIVATE_H
#define CONTROL_CLOCKWORK_PRIVATE_H

#include "control/clockwork.h"
#include "control/driftfile.h"
#include "control/hardware.h"
#include "control/kernel_clock.h"
#include "control/leap_list.h"
#include "control/mirror.h"

/* Weight of the newest update in the long-term mean of squared offsets, as chrony's. */
#define CLOCKWORK_RMS_WEIGHT 0.1

struct clockwork {
	struct clockwork_options options;
	const struct config *config;
	struct sources *sources;
	struct clock *clock;
	struct mirror *mirror; /* in the place of the clock; NULL without `mirror` */
	struct publisher *publisher;
	struct hardware *hardware;   /* cards with stamps of their own */
	struct kernel_clock *kernel; /* NULL: the kernel clock is left alone */
	struct event *watch;         /* steps of CLOCK_REALTIME; NULL: not watched */
	int watch_fd;

	struct leap leap;
	struct leap_list leap_list;
	time_t leap_list_read_s; /* CLOCK_MONOTONIC; 0: never */

	int64_t asleep_ns; /* clocks_asleep_ns() */

	enum clock_state state; /* as last told */
	bool served_good;       /* the page held good time at the last publication */
	bool turned;            /* the last publication was made as it should be */
	unsigned int ticks;
	unsigned int kernel_steps;
	uint64_t updates, publications;
	uint64_t last_update_raw_ns;
	double update_interval_s;
	int64_t last_offset_ns;
	double mean_square_ns2, residual_frequency;
	uint64_t drift_written_raw_ns;
	bool drift_failed; /* and was told */
};

/* clockwork_page.c: reads the clocks and the clock. False while nothing is known (reading says
 * stratum 16). */
bool clockwork_read(const struct clockwork *clockwork, struct clocks_pair *ret_pair,
	struct clock_reading *ret_reading);

/* clockwork_page.c: a reading's state in words; valid until the next update. */
const char *clockwork_text(const struct clockwork *clockwork, const struct clock_reading *reading);

/* clockwork_page.c: a state in one word, as in metrics and events. */
const char *clockwork_state_name(enum clock_state state);

/* clockwork_page.c: writes the page, in any state. */
void clockwork_publish(struct clockwork *clockwork);

/* clockwork_page.c: the same after the time has jumped, which the caller has said. */
void clockwork_publish_step(struct clockwork *clockwork);

/* mirroring.c: where the system clock is now. True when it was stepped, which is said. */
bool mirroring_follow(struct clockwork *clockwork);

/* mirroring.c: the mirrored server has answered, well or not, or is lost. */
void mirroring_hear(struct clockwork *clockwork);

/* upkeep.c: begins and ends what is done beside the page. 0 or a negative errno, said. */
int upkeep_start(struct clockwork *clockwork);
void upkeep_stop(struct clockwork *clockwork);

/* upkeep.c: what is known of the frequency from the drift file; zeros where there is none. */
void upkeep_read_drift(struct clockwork *clockwork, struct drift *ret_drift);

/* upkeep.c: was the host suspended since the last call? Then all time from before is forgotten, and
 * the page says so. */
bool upkeep_resumes(struct clockwork *clockwork);

/* upkeep.c: once a second. */
void upkeep_second(struct clockwork *clockwork);

#endif
