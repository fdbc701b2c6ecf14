// SPDX-License-Identifier: GPL-2.0-or-later
/* The lines of `ntpxdp sources`. */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "control/sources_private.h"

static void report_refid(const struct ntp_sample *sample, char text[20])
{
	const uint8_t *octets = (const uint8_t *)&sample->reference_id;
	bool name = sample->stratum <= 1;
	int i;

	/* Nothing that means something in the tables and lists where the name will stand. */
	for (i = 0; i < 4; i++)
		if (octets[i] && (!isgraph(octets[i]) || strchr(".:,=\"", octets[i])))
			name = false;
	/* Some servers say stratum 1 with an address for a name: chronyd's local reference. */
	if (name)
		snprintf(text, 20, ".%.4s.", (const char *)octets);
	else
		inet_ntop(AF_INET, octets, text, 20);
}

static const char *report_state(const struct sources_place *place)
{
	struct source *source = place->member->source;
	enum exchange_result last = source_last_result(source);

	if (last != EXCHANGE_ACCEPTED)
		return exchange_result_text(last);
	if (!source_poll(source)->reach)
		return source_last_reply_ns(source) ? "does not answer any more"
						    : "has not answered yet";
	return select_tally_text(place->member->tally);
}

static void report_measured(
	struct source_report *report, const struct filter_estimate *estimate, int64_t offset_ns)
{
	report->measured = true;
	report->delay_s = (double)estimate->delay_ns / 1e9;
	report->offset_s = (double)(estimate->offset_ns - offset_ns) / 1e9;
	report->jitter_s = estimate->jitter_ns / 1e9;
	report->root_distance_s = (double)estimate->root_distance_ns / 1e9;
}

/* Does a host of the settings stand there as an address? */
static bool is_number(const char *host)
{
	struct in6_addr address;

	return inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1;
}

static void report_source(const struct sources_place *place, uint64_t raw_ns, int64_t offset_ns,
	struct source_report *report)
{
	struct source *source = place->member->source;
	const struct ntp_sample *sample = source_last_sample(source);
	uint64_t last_ns = source_last_reply_ns(source);
	struct filter_estimate estimate;

	snprintf(report->address, sizeof(report->address), "%s", place->member->address);
	/* One address is written in one way. */
	if (is_number(report->name))
		strcpy(report->name, report->address);
	report->state = report_state(place);
	report->tally = (char)place->member->tally;
	report->reach = source_poll(source)->reach;
	report->unanswered = source_poll(source)->unanswered;
	report->usable = source_usable(source);
	report->answered = last_ns != 0;
	report->last_result = source_last_result(source);
	report->stamp = source_stamp(source);
	if (last_ns && raw_ns > last_ns)
		report->when_s = (double)(raw_ns - last_ns) / 1e9;
	report->poll = source_poll(source)->poll;
	report->poll_s = (double)(1ULL << report->poll);
	report->endpoint = *source_address(source);
	report->counters = *source_counters(source);
	strcpy(report->refid, ".INIT.");
	if (sample) {
		report->sample = *sample;
		report->stratum = sample->stratum;
		report->interleaved = sample->interleaved;
		report_refid(sample, report->refid);
	}
	if (filter_estimate(source_filter(source), raw_ns, &estimate))
		report_measured(report, &estimate, offset_ns);
}

static struct source_report report_begin(const struct upstream *upstream)
{
	const struct config_source *options = upstream_options(upstream);
	struct source_report report = {
		.refid = ".DNS.",
		.state = upstream_missing(upstream),
		.stratum = NTP_STRATUM_UNSYNCHRONISED,
		.type = options->pool     ? 'p'
			: options->mirror ? 'm'
					  : 'u',
		.tally = (char)TALLY_UNREACHABLE,
		.noselect = options->noselect,
		.prefer = options->prefer,
		.poll = options->minpoll,
		.poll_s = (double)(1ULL << options->minpoll),
	};

	if (options->pool)
		strcpy(report.refid, ".POOL.");
	snprintf(report.name, sizeof(report.name), "%s", options->host);
	return report;
}

static uint16_t association(size_t line, size_t member)
{
	size_t number = 1 + line * UPSTREAM_MEMBERS_MAX + member;

	return number > UINT16_MAX ? 0 : (uint16_t)number;
}

size_t sources_report(const struct sources *sources, uint64_t raw_ns, int64_t offset_ns,
	struct source_report *ret_list)
{
	size_t i, j, count, total = 0;

	for (i = 0; i < sources->count; i++) {
		struct upstream *upstream = sources->list[i];
		struct upstream_member *members = upstream_members(upstream, &count);

		/* A name without an address has a line of its own. */
		for (j = 0; j < count || !j; j++) {
			struct sources_place place = {upstream, &members[j]};

			ret_list[total] = report_begin(upstream);
			ret_list[total].association = association(i, j);
			if (count)
				report_source(&place, raw_ns, offset_ns, &ret_list[total]);
			total++;
		}
	}
	return total;
}

size_t sources_report_max(const struct sources *sources)
{
	return sources->count * UPSTREAM_MEMBERS_MAX;
}
