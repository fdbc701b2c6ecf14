// SPDX-License-Identifier: GPL-2.0-or-later
#include "control/sources.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/clocks.h"
#include "control/endpoint.h"
#include "control/log.h"
#include "control/sources_private.h"
#include "control/timestamping.h"

/* No source has this id; and as many as the default rule for minsources asks for will do. */
#define MISSING_ID  UINTPTR_MAX
#define MISSING_MAX 3

static void updated(struct sources *sources)
{
	if (sources->options.on_update)
		sources->options.on_update(sources->options.arg);
}

static void on_change(void *arg)
{
	updated(arg);
}

static bool in_use(void *arg, const struct sockaddr_storage *address)
{
	struct sources *sources = arg;
	size_t i, j, count;

	for (i = 0; i < sources->count; i++) {
		struct upstream_member *members = upstream_members(sources->list[i], &count);

		for (j = 0; j < count; j++)
			if (endpoint_same(source_address(members[j].source), address))
				return true;
	}
	return false;
}

static void on_event(void *arg, struct source *source, enum source_event event)
{
	struct sources *sources = arg;
	struct upstream_member *member;
	size_t i;

	for (i = 0; i < sources->count; i++) {
		member = upstream_find(sources->list[i], source);
		if (!member)
			continue;
		upstream_event(sources->list[i], member, event);
		break;
	}
	if (event == SOURCE_SAMPLED || event == SOURCE_LOST ||
		(event == SOURCE_REJECTED && source_options(source)->mirror))
		updated(sources);
}

static int64_t precision_ns(void)
{
	int8_t log2s = clocks_precision();

	return log2s < -1 ? (1000000000LL >> -log2s) + 1 : 500000000LL;
}

struct sources *sources_new(const struct sources_options *options, const struct config *config)
{
	struct sources *sources = calloc(1, sizeof(*sources));

	if (!sources)
		return NULL;
	sources->stamping = timestamping_keep_on();
	if (sources->stamping < 0)
		log_line(LOG_NOTICE, "kernel time stamps: %s; using the daemon's own",
			strerror(-sources->stamping));
	sources->source_environment = (struct source_environment){
		.base = options->base,
		.page = options->page,
		.addresses = options->addresses,
		.cards = options->cards,
		.precision_ns = precision_ns(),
		.frequency = options->frequency,
		.frequency_sd = options->frequency_sd,
		.on_event = on_event,
		.arg = sources,
	};
	sources->resolver = resolver_new(options->base);
	sources->upstream_environment = (struct upstream_environment){
		.source = &sources->source_environment,
		.resolver = sources->resolver,
		.in_use = in_use,
		.on_change = on_change,
		.arg = sources,
	};
	if (!sources->resolver || sources_apply(sources, config) < 0) {
		sources_free(sources);
		errno = ENOMEM;
		return NULL;
	}
	/* Only now: the caller has nothing to ask yet. */
	sources->options = *options;
	return sources;
}

void sources_free(struct sources *sources)
{
	size_t i;

	if (!sources)
		return;
	for (i = 0; i < sources->count; i++)
		upstream_free(sources->list[i]);
	free(sources->list);
	resolver_free(sources->resolver);
	if (sources->stamping >= 0)
		close(sources->stamping);
	free(sources);
}

/* Marks the line of the old list that can go on as this one. NULL: there is none. */
static struct upstream *take_same(
	const struct sources *sources, const struct config_source *options, bool *taken)
{
	size_t i;

	for (i = 0; i < sources->count; i++) {
		if (taken[i] || !upstream_same(sources->list[i], options))
			continue;
		taken[i] = true;
		return sources->list[i];
	}
	return NULL;
}

static bool is_old(const struct sources *sources, const struct upstream *upstream)
{
	size_t i;

	for (i = 0; i < sources->count; i++)
		if (sources->list[i] == upstream)
			return true;
	return false;
}

/* In the order of the settings; on failure all is as it was. */
static int build(
	struct sources *sources, const struct config *config, struct upstream **list, bool *taken)
{
	size_t i;

	for (i = 0; i < config->source_count; i++) {
		list[i] = take_same(sources, &config->sources[i], taken);
		if (!list[i])
			list[i] = upstream_new(&sources->upstream_environment, &config->sources[i]);
		if (list[i])
			continue;
		while (i-- > 0)
			if (!is_old(sources, list[i]))
				upstream_free(list[i]);
		return -ENOMEM;
	}
	return 0;
}

int sources_apply(struct sources *sources, const struct config *config)
{
	struct upstream **list = calloc(config->source_count + 1, sizeof(struct upstream *));
	bool *taken = calloc(sources->count + 1, sizeof(*taken));
	int ret = list && taken ? build(sources, config, list, taken) : -ENOMEM;
	size_t i;

	if (ret < 0) {
		free(list);
		goto out;
	}
	sources->orphan = config->local.orphan;
	sources->source_environment.max_root_distance_ns = (int64_t)(config->maxdistance_s * 1e9);
	for (i = 0; i < sources->count; i++)
		if (!taken[i])
			upstream_free(sources->list[i]);
	free(sources->list);
	sources->list = list;
	sources->count = config->source_count;
	for (i = 0; i < sources->count; i++)
		upstream_configure(sources->list[i], &config->sources[i]);
	updated(sources);
out:
	free(taken);
	return ret;
}

bool sources_next(const struct sources *sources, size_t *i, size_t *j, struct sources_place *ret)
{
	size_t count;

	for (; *i < sources->count; ++*i, *j = 0) {
		struct upstream_member *members = upstream_members(sources->list[*i], &count);

		if (*j >= count)
			continue;
		*ret = (struct sources_place){sources->list[*i], &members[(*j)++]};
		return true;
	}
	return false;
}

static struct clock_input input_of(
	const struct sources *sources, struct source *source, uint64_t raw_ns)
{
	const struct config_source *options = source_options(source);
	struct clock_input input = {
		.id = source_id(source),
		.prefer = options->prefer,
		.noselect = options->noselect,
		.trust = options->trust,
		.require = options->require,
		.reference_id = reference_id_of(source_address(source)),
	};

	if (sources->orphan)
		input.own_reference_id = reference_id_towards(source_address(source));
	input.usable = filter_estimate(source_filter(source), raw_ns, &input.estimate) &&
		       source_usable(source);
	return input;
}

/* The inputs that stand for a name without an address. */
static size_t missing_inputs(
	const struct upstream *upstream, struct clock_input *ret_list, size_t max)
{
	const struct config_source *options = upstream_options(upstream);
	size_t count = options->pool && options->maxsources > 1 ? (size_t)options->maxsources : 1;
	size_t i;

	if (!upstream_missing(upstream))
		return 0;
	if (count > MISSING_MAX)
		count = MISSING_MAX;
	for (i = 0; i < count && i < max; i++)
		ret_list[i] = (struct clock_input){.id = MISSING_ID, .noselect = options->noselect};
	return i;
}

size_t sources_inputs(
	const struct sources *sources, uint64_t raw_ns, struct clock_input *ret_list, size_t max)
{
	struct sources_place place;
	size_t i = 0, j = 0, total = 0;

	while (total < max && sources_next(sources, &i, &j, &place))
		ret_list[total++] = input_of(sources, place.member->source, raw_ns);
	for (i = 0; i < sources->count && total < max; i++)
		total += missing_inputs(sources->list[i], ret_list + total, max - total);
	return total;
}

static enum tally tally_of(const struct clock_input *list, size_t count, uintptr_t id)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (list[i].id == id)
			return list[i].ret_tally;
	return TALLY_UNREACHABLE;
}

void sources_tallies(struct sources *sources, const struct clock_input *list, size_t count)
{
	struct sources_place place;
	size_t i = 0, j = 0;

	while (sources_next(sources, &i, &j, &place)) {
		uintptr_t id = source_id(place.member->source);
		enum tally tally = tally_of(list, count, id);

		upstream_tally(place.upstream, place.member, tally);
		if (tally != TALLY_SELECTED || sources->selected == id)
			continue;
		sources->selected = id;
		log_event(LOG_EVENT_SELECTED,
			LOG_WITH(LOG_TEXT(SOURCE, upstream_options(place.upstream)->host),
				LOG_TEXT(ADDRESS, place.member->address)),
			"source %s (%s): selected", upstream_options(place.upstream)->host,
			place.member->address);
	}
}

const struct source *sources_mirrored(const struct sources *sources)
{
	struct sources_place place;
	size_t i = 0, j = 0;

	while (sources_next(sources, &i, &j, &place))
		if (source_options(place.member->source)->mirror)
			return place.member->source;
	return NULL;
}

void sources_shift(struct sources *sources, int64_t delta_ns)
{
	struct sources_place place;
	size_t i = 0, j = 0;

	while (sources_next(sources, &i, &j, &place))
		source_shift(place.member->source, delta_ns);
}

void sources_renew(struct sources *sources, double frequency, double frequency_sd)
{
	size_t i;

	sources->source_environment.frequency = frequency;
	sources->source_environment.frequency_sd = frequency_sd;
	for (i = 0; i < sources->count; i++)
		upstream_renew(sources->list[i]);
}

const char *sources_name(const struct sources *sources, uintptr_t id)
{
	struct sources_place place;
	size_t i = 0, j = 0;

	while (sources_next(sources, &i, &j, &place))
		if (source_id(place.member->source) == id)
			return upstream_options(place.upstream)->host;
	return NULL;
}

const struct source_counters *sources_counters(const struct sources *sources)
{
	return &sources->source_environment.counters;
}
