// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `ntpxdp query HOST`: what time a server gives, and how good it is, as `ntpdate -q` does. A few
 * questions (ask.h), the one with the shortest round trip counts. The clock is only read.
 */
#include "control/cli/ask.h"
#include "control/cli/commands.h"
#include "control/cli/session.h"
#include "control/print.h"

#include "control/json_add.h"

#include <errno.h>
#include <math.h>
#include <netdb.h>
#include <string.h>

/* Servers of the default kind let a client ask once in 2 s; the version of the requests. */
#define VERSION 4

struct query {
	const struct options *options;
	struct sockaddr_storage server;
	char address[64];
	struct ask_answer last;
	struct ask_answer best; /* the accepted one of the shortest round trip */
	int asked, accepted;
	struct json_object *samples; /* NULL without --json */
};

/* Why a question brought no time, in words; NULL where it did. */
static const char *what_went_wrong(const struct ask_answer *answer, char *out, size_t size)
{
	switch (answer->error) {
	case 0:
		if (answer->result == EXCHANGE_ACCEPTED)
			return NULL;
		snprintf(out, size, "bad reply: %s", exchange_result_text(answer->result));
		if (answer->result >= EXCHANGE_KISS_RATE && answer->result <= EXCHANGE_KISS_OTHER)
			snprintf(out, size, "%s", exchange_result_text(answer->result));
		break;
	case -ETIMEDOUT:
		if (answer->result == EXCHANGE_UNEXPECTED)
			snprintf(out, size, "no answer");
		else
			snprintf(out, size, "no answer, but a bad reply: %s",
				exchange_result_text(answer->result));
		break;
	case -ECONNREFUSED:
		snprintf(out, size, "refused: nothing listens on that port");
		break;
	default:
		snprintf(out, size, "cannot ask: %s", strerror(-answer->error));
	}
	return out;
}

static void add_sample(struct query *query, const char *wrong)
{
	struct json_object *entry = json_object_new_object();
	const struct ask_answer *answer = &query->last;

	json_object_object_add(entry, "result",
		json_object_new_string(answer->error == 0 ? exchange_result_name(answer->result)
				       : answer->error == -ETIMEDOUT    ? "timeout"
				       : answer->error == -ECONNREFUSED ? "refused"
									: "error"));
	if (wrong != NULL) {
		json_add_text(entry, "reason", wrong);
	} else {
		json_add_number(entry, "offset_s", (double)answer->offset_ns / 1e9);
		json_add_number(entry, "delay_s", (double)answer->sample.delay_ns / 1e9);
	}
	json_object_array_add(query->samples, entry);
}

static void show_sample(struct query *query)
{
	const struct ask_answer *answer = &query->last;
	char text[120];
	const char *wrong = what_went_wrong(answer, text, sizeof(text));

	if (query->samples != NULL) {
		add_sample(query, wrong);
		return;
	}
	if (wrong != NULL)
		printf("server %s, %s\n", query->address, wrong);
	else
		printf("server %s, stratum %u, offset %+.9f, delay %.9f\n", query->address,
			answer->sample.stratum, (double)answer->offset_ns / 1e9,
			(double)answer->sample.delay_ns / 1e9);
	fflush(stdout);
}

/* Ask one address as often as wanted; it stops early where asking on is useless or unwanted. */
static void ask_address(struct query *query)
{
	const struct options *options = query->options;

	for (long i = 0; i < options->samples; i++) {
		if (i > 0)
			session_pause(options->interval_s);
		ask(&query->server, VERSION, options->timeout_s, &query->last);
		query->asked++;
		show_sample(query);
		if (query->last.error == 0 && query->last.result == EXCHANGE_ACCEPTED) {
			if (query->accepted++ == 0 ||
				query->last.sample.delay_ns < query->best.sample.delay_ns)
				query->best = query->last;
		} else if (query->last.error != -ETIMEDOUT &&
			   query->last.result != EXCHANGE_UNSYNCHRONISED) {
			break;
		}
	}
}

/* Of the server alone, without this exchange. */
static double root_distance_s(const struct ntp_sample *sample)
{
	return ((double)sample->root_delay_ns / 2 + (double)sample->root_dispersion_ns) / 1e9;
}

static void print_summary(const struct query *query)
{
	const struct ntp_packet *packet = &query->best.packet;
	const struct ntp_sample *sample = &query->best.sample;
	double offset_s = (double)query->best.offset_ns / 1e9;
	char value[PRINT_VALUE_MAX];
	uint8_t refid[4];

	memcpy(refid, &packet->reference_id, sizeof(refid));
	printf("\n%-16s: %s port %ld\n", "Server", query->address, query->options->port);
	if (strcmp(query->address, query->options->operand) != 0)
		printf("%-16s: %s\n", "Name", query->options->operand);
	printf("%-16s: %+.9f seconds (this host's clock is %s)\n", "Offset", offset_s,
		offset_s < 0 ? "ahead" : "behind");
	printf("%-16s: %.9f seconds\n", "Error bound", (double)query->best.error_bound_ns / 1e9);
	printf("%-16s: %.9f seconds\n", "Delay", (double)sample->delay_ns / 1e9);
	printf("%-16s: %u\n", "Stratum", sample->stratum);
	printf("%-16s: %s\n", "Leap status", print_leap(sample->leap));
	printf("%-16s: %08X (%s)\n", "Reference ID", be32_value(packet->reference_id),
		print_refid(value, refid, sample->stratum));
	printf("%-16s: %s\n", "Reference time", print_utc(value, ask_unix_s(packet->reference_ts)));
	printf("%-16s: %.9f seconds\n", "Root delay", (double)sample->root_delay_ns / 1e9);
	printf("%-16s: %.9f seconds\n", "Root dispersion",
		(double)sample->root_dispersion_ns / 1e9);
	printf("%-16s: %.9f seconds\n", "Root distance", root_distance_s(sample));
	printf("%-16s: %s (2^%d s)\n", "Precision",
		print_seconds(value, ldexp(1, sample->precision)), sample->precision);
	printf("%-16s: %d of %d\n", "Answers", query->accepted, query->asked);
}

static struct json_object *summary(const struct query *query)
{
	const struct ntp_packet *packet = &query->best.packet;
	const struct ntp_sample *sample = &query->best.sample;
	struct json_object *object = json_object_new_object();
	char value[PRINT_VALUE_MAX];
	uint8_t refid[4];

	json_add_text(object, "host", query->options->operand);
	json_add_text(object, "address", query->address);
	json_add_count(object, "port", (uint64_t)query->options->port);
	json_add_count(object, "asked", (uint64_t)query->asked);
	json_add_count(object, "accepted", (uint64_t)query->accepted);
	if (query->accepted == 0)
		return object;
	memcpy(refid, &packet->reference_id, sizeof(refid));
	json_add_number(object, "offset_s", (double)query->best.offset_ns / 1e9);
	json_add_number(object, "error_bound_s", (double)query->best.error_bound_ns / 1e9);
	json_add_number(object, "delay_s", (double)sample->delay_ns / 1e9);
	json_add_count(object, "stratum", (uint64_t)sample->stratum);
	json_add_count(object, "leap", (uint64_t)sample->leap);
	json_add_text(object, "refid", print_refid(value, refid, sample->stratum));
	snprintf(value, sizeof(value), "%08X", be32_value(packet->reference_id));
	json_add_text(object, "reference_id", value);
	json_add_number(object, "reference_time_s", ask_unix_s(packet->reference_ts));
	json_add_number(object, "root_delay_s", (double)sample->root_delay_ns / 1e9);
	json_add_number(object, "root_dispersion_s", (double)sample->root_dispersion_ns / 1e9);
	json_add_number(object, "root_distance_s", root_distance_s(sample));
	json_add_number(object, "precision_log2s", sample->precision);
	return object;
}

/* Results to standard output; where there is no time, the reason to standard error. */
static int conclude(struct query *query)
{
	char text[120];
	const char *wrong = what_went_wrong(&query->last, text, sizeof(text));

	if (query->samples != NULL) {
		struct json_object *object = summary(query);

		json_object_object_add(object, "samples", query->samples);
		if (query->accepted == 0)
			json_add_text(object, "reason", wrong);
		if (session_print_json(object) != EXIT_GOOD)
			return EXIT_FAILED;
	} else if (query->accepted > 0) {
		print_summary(query);
	}
	if (query->accepted > 0)
		return EXIT_GOOD;
	if (query->last.error == -ECONNREFUSED || query->last.error == -ETIMEDOUT)
		return session_error("no time from %s port %ld: %s; is a server running there, and "
				     "does a firewall let UDP pass?",
			query->address, query->options->port, wrong);
	return session_error(
		"no time from %s port %ld: %s", query->address, query->options->port, wrong);
}

int command_query(const struct options *options)
{
	struct query query = {.options = options};
	struct addrinfo *list, *one;
	int status = session_resolve(options, &list);

	if (status != EXIT_GOOD)
		return status;
	if (options->json)
		query.samples = json_object_new_array();
	for (one = list; one != NULL; one = one->ai_next) {
		memset(&query.server, 0, sizeof(query.server));
		memcpy(&query.server, one->ai_addr, one->ai_addrlen);
		getnameinfo(one->ai_addr, one->ai_addrlen, query.address, sizeof(query.address),
			NULL, 0, NI_NUMERICHOST);
		ask_address(&query);
		/* The next address only where this one cannot be reached from here at all. */
		if (query.accepted > 0 || query.last.error == 0 || query.last.error == -ETIMEDOUT)
			break;
	}
	freeaddrinfo(list);
	return conclude(&query);
}
