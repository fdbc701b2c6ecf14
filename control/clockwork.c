/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From samples to the page; see clockwork.h. What is done once a second is in upkeep.c, the
 * writing of the page in clockwork_page.c.
 * The order at each sample: inputs of all sources, clock_update(), tallies back, and a
 * publication at once, so that clients get the better time without waiting for a tick.
 */
#include "control/clockwork.h"

#include "control/answer_cost.h"
#include "control/clockwork_private.h"
#include "control/log.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Keeps the figures of `ntpxdp tracking` about the update just made. */
static void note_update(struct clockwork *clockwork, const struct clock_reading *before,
	const struct clock_reading *after)
{
	double moved_ns = 0, seconds = 0;

	if (after->update_raw_ns == clockwork->last_update_raw_ns)
		return;
	if (clockwork->updates) {
		seconds = (double)(after->update_raw_ns - clockwork->last_update_raw_ns) * 1e-9;
		moved_ns = (double)(after->offset_ns - before->offset_ns);
		clockwork->residual_frequency = after->frequency - before->frequency;
	}
	clockwork->update_interval_s = seconds;
	clockwork->last_offset_ns = (int64_t)moved_ns;
	if (clockwork->updates < 2)
		clockwork->mean_square_ns2 = moved_ns * moved_ns;
	else
		clockwork->mean_square_ns2 +=
			CLOCKWORK_RMS_WEIGHT * (moved_ns * moved_ns - clockwork->mean_square_ns2);
	clockwork->updates++;
	clockwork->last_update_raw_ns = after->update_raw_ns;
}

/* A new sample, a source that is lost or gone. */
static void on_update(void *arg)
{
	struct clockwork *clockwork = arg;
	static struct clock_input inputs[SELECT_MAX];
	struct clock_reading before = {.offset_ns = 0}, after = {.offset_ns = 0};
	uint64_t raw_ns = clocks_raw_ns();
	size_t count;

	if (clockwork->mirror) {
		clockwork_publish(clockwork);
		mirroring_hear(clockwork);
		clockwork_publish(clockwork);
		return;
	}
	count = sources_inputs(clockwork->sources, raw_ns, inputs, SELECT_MAX);
	clock_read(clockwork->clock, raw_ns, &before);
	clock_update(clockwork->clock, raw_ns, inputs, count);
	sources_tallies(clockwork->sources, inputs, count);
	if (clock_read(clockwork->clock, raw_ns, &after) && after.state == CLOCK_SYNCHRONISED)
		note_update(clockwork, &before, &after);
	clockwork_publish(clockwork);
}

static struct clock_options clock_options(const struct config *config)
{
	return (struct clock_options){
		.minsources = (unsigned int)config->minsources,
		.maxdistance_s = config->maxdistance_s,
		.holdover_s = config->holdover_s,
		.local =
			{
				.stratum = config->local.stratum,
				.orphan = config->local.orphan,
				.distance_s = config->local.distance_s,
				.activate_s = config->local.activate_s,
				.waitsynced_s = config->local.waitsynced_s,
				.waitunsynced_s = config->local.waitunsynced_s,
			},
	};
}

static struct mirror_options mirror_options(const struct config *config)
{
	return (struct mirror_options){
		.maxdistance_s = config->maxdistance_s,
		.holdover_s = config->holdover_s,
	};
}

static struct publisher_options publisher_options(const struct config *config)
{
	return (struct publisher_options){
		.maxslewrate = config->maxslewrate_ppm * 1e-6,
		.precision = clocks_precision(),
		.answer_cost_ns = answer_cost_ns(),
	};
}

static int make_parts(struct clockwork *clockwork)
{
	struct publisher_options publish = publisher_options(clockwork->config);
	struct clock_options clock = clock_options(clockwork->config);
	struct mirror_options mirror = mirror_options(clockwork->config);
	struct sources_options ask = {
		.base = clockwork->options.base,
		.page = clockwork->options.state->page,
		.addresses = clockwork->options.state->addresses,
		.on_update = on_update,
		.arg = clockwork,
	};
	struct drift drift;
	int err;

	err = hardware_new(clockwork->config, clockwork->options.state,
		clockwork->options.bare ? NULL : clockwork->config->pindir, &clockwork->hardware);
	if (err)
		return err;
	ask.cards = hardware_cards(clockwork->hardware);
	upkeep_read_drift(clockwork, &drift);
	ask.frequency = clock.frequency = drift.frequency;
	ask.frequency_sd = clock.frequency_sd = drift.frequency_sd;
	clockwork->clock = clock_new(&clock);
	clockwork->publisher = publisher_new(&publish);
	if (clockwork->config->mirror)
		clockwork->mirror = mirror_new(&mirror);
	if (!clockwork->clock || !clockwork->publisher ||
		(clockwork->config->mirror && !clockwork->mirror))
		return -ENOMEM;
	publisher_adopt(clockwork->publisher, timepage_current(clockwork->options.state->page),
		clocks_mono_ns());
	clockwork->sources = sources_new(&ask, clockwork->config);
	return clockwork->sources ? 0 : -errno;
}

int clockwork_new(const struct clockwork_options *options, const struct config *config,
	struct clockwork **ret_clockwork)
{
	struct clockwork *clockwork = calloc(1, sizeof(*clockwork));
	int err;

	if (!clockwork)
		return -ENOMEM;
	clockwork->options = *options;
	clockwork->config = config;
	clockwork->watch_fd = -1;
	err = make_parts(clockwork);
	if (err)
		log_line(LOG_ERR, "cannot start the clock: %s", strerror(-err));
	else
		err = upkeep_start(clockwork);
	if (err) {
		clockwork_free(clockwork);
		return err;
	}
	*ret_clockwork = clockwork;
	return 0;
}

void clockwork_free(struct clockwork *clockwork)
{
	if (!clockwork)
		return;
	upkeep_stop(clockwork);
	sources_free(clockwork->sources);
	publisher_free(clockwork->publisher);
	hardware_free(clockwork->hardware);
	mirror_free(clockwork->mirror);
	clock_free(clockwork->clock);
	free(clockwork);
}

void clockwork_apply(struct clockwork *clockwork, const struct config *config)
{
	struct publisher_options publish = publisher_options(config);
	struct clock_options clock = clock_options(config);
	struct mirror_options mirror = mirror_options(config);
	int err;

	clockwork->config = config;
	clock_configure(clockwork->clock, &clock);
	if (clockwork->mirror)
		mirror_configure(clockwork->mirror, &mirror);
	publisher_configure(clockwork->publisher, &publish);
	err = sources_apply(clockwork->sources, config);
	if (err)
		log_line(LOG_ERR, "cannot take the new sources: %s; keeping the old ones",
			strerror(-err));
}

void clockwork_tick(struct clockwork *clockwork)
{
	(void)upkeep_resumes(clockwork);
	if (clockwork->ticks++ % CLOCKWORK_TICKS_PER_S == 0)
		upkeep_second(clockwork);
	hardware_tick(clockwork->hardware);
	clockwork_publish(clockwork);
}

bool clockwork_turns(const struct clockwork *clockwork)
{
	return clockwork->turned;
}

/* Sources that must agree: select_majority()'s rule, for people. */
static unsigned int required(const struct config *config)
{
	unsigned int selectable = 0, trusted = 0, members;

	for (size_t i = 0; i < config->source_count; i++) {
		const struct config_source *source = &config->sources[i];

		members = source->pool ? (unsigned int)source->maxsources : 1;
		selectable += source->noselect ? 0 : members;
		trusted += source->noselect || !source->trust ? 0 : members;
	}
	if (config->minsources)
		return (unsigned int)config->minsources;
	if (config->local.orphan)
		return 1;
	selectable = trusted ? trusted : selectable;
	return selectable < 3 ? selectable : 3;
}

void clockwork_status(const struct clockwork *clockwork, struct clockwork_status *ret_status)
{
	struct clockwork_status status = {
		.system_offset_ns = publisher_error_ns(clockwork->publisher),
		.slew = publisher_slew(clockwork->publisher),
		.last_offset_ns = clockwork->last_offset_ns,
		.rms_offset_ns = sqrt(clockwork->mean_square_ns2),
		.residual_frequency = clockwork->residual_frequency,
		.update_interval_s = clockwork->update_interval_s,
		.updates = clockwork->updates,
		.publications = clockwork->publications,
		.steps = publisher_steps(clockwork->publisher),
		.kernel_steps = clockwork->kernel_steps,
		.leaps = clockwork->leap.passed,
		.leap = clockwork->leap,
		.leap_list = clockwork->leap_list,
		.steering = clockwork->kernel != NULL,
		.required = required(clockwork->config),
	};

	status.known = clockwork_read(clockwork, &status.pair, &status.reading);
	status.reason =
		status.reading.synchronised ? "" : clockwork_text(clockwork, &status.reading);
	if (clockwork->kernel)
		status.kernel_error_ns = kernel_clock_error_ns(clockwork->kernel);
	*ret_status = status;
}

const struct hardware *clockwork_hardware(const struct clockwork *clockwork)
{
	return clockwork->hardware;
}

const struct sources *clockwork_sources(const struct clockwork *clockwork)
{
	return clockwork->sources;
}
