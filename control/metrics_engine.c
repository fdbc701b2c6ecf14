/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows about requests and what became of them, for each engine, of XDP for each interface; see
 * metrics_private.h.
 */
#include "control/metrics_private.h"

#include "control/counts.h"

/* Octets of a reply at the IP layer: header of IPv4 or IPv6, UDP, NTP without extensions. */
#define UDP_NTP_OCTETS (8 + 48)

static const char *const families[FRAME_FAMILIES] = {"ipv4", "ipv6"};
static const unsigned int header_octets[FRAME_FAMILIES] = {20, 40};

/* One engine, of XDP one interface, in a sample's labels. */
struct place {
	const char *engine, *interface;
	const struct counters_block *block;
};

static bool is_empty(const struct counters_block *block)
{
	for (int i = 0; i < VERDICT_COUNT; i++)
		if (block->verdict[i])
			return false;
	return true;
}

/* Calls write for each place where something is counted. */
static void each_place(const struct metrics_out *out,
	void (*write)(const struct metrics_out *out, const struct place *place))
{
	const struct snapshot *s = out->input->snapshot;
	struct place place = {"socket", "", &s->socket};

	for (size_t i = 0; i < s->interface_count; i++) {
		char label[METRICS_LABEL_MAX];
		struct place interface = {"xdp", metrics_escape(s->interfaces[i].name, label),
			&s->interfaces[i].counted};

		write(out, &interface);
	}
	write(out, &place);
	place = (struct place){"dpdk", "", &s->dpdk};
	write(out, &place);
	place = (struct place){"xdp", "(detached)", &s->detached};
	if (!is_empty(&s->detached))
		write(out, &place);
}

#define PLACE       "engine=\"%s\",interface=\"%s\""
#define PLACE_OF(p) (p)->engine, (p)->interface

static void each_version(const struct metrics_out *out, const struct place *place,
	uint64_t (*count)(const struct counters_block *sum, enum frame_family family, int version))
{
	for (int family = 0; family < FRAME_FAMILIES; family++)
		for (int version = NTP_VERSION_MIN; version <= NTP_VERSION_MAX; version++)
			metrics_sample(out,
				(double)count(place->block, (enum frame_family)family, version),
				PLACE ",family=\"%s\",version=\"%d\"", PLACE_OF(place),
				families[family], version);
}

static void write_requests(const struct metrics_out *out, const struct place *place)
{
	each_version(out, place, counts_requests);
}

void metrics_write_requests(const struct metrics_out *out)
{
	each_place(out, write_requests);
}

static void write_replies(const struct metrics_out *out, const struct place *place)
{
	each_version(out, place, counts_replies);
}

void metrics_write_replies(const struct metrics_out *out)
{
	each_place(out, write_replies);
}

static void write_reply_bytes(const struct metrics_out *out, const struct place *place)
{
	for (int family = 0; family < FRAME_FAMILIES; family++) {
		uint64_t replies = 0;

		for (int version = NTP_VERSION_MIN; version <= NTP_VERSION_MAX; version++)
			replies += counts_replies(place->block, (enum frame_family)family, version);
		metrics_sample(out, (double)(replies * (header_octets[family] + UDP_NTP_OCTETS)),
			PLACE ",family=\"%s\"", PLACE_OF(place), families[family]);
	}
}

void metrics_write_reply_bytes(const struct metrics_out *out)
{
	each_place(out, write_reply_bytes);
}

static void write_verdicts(const struct metrics_out *out, const struct place *place)
{
	for (int i = 0; i < VERDICT_COUNT; i++)
		metrics_sample(out, (double)place->block->verdict[i], PLACE ",verdict=\"%s\"",
			PLACE_OF(place), counts_verdict_name((enum verdict)i));
}

void metrics_write_verdicts(const struct metrics_out *out)
{
	each_place(out, write_verdicts);
}

static void write_limited(const struct metrics_out *out, const struct place *place)
{
	static const struct {
		enum verdict verdict;
		const char *name;
	} outcomes[] = {
		{VERDICT_DROP_LIMITED, "dropped"},
		{VERDICT_SERVED_LEAKED, "leaked"},
		{VERDICT_SERVED_KISS, "kissed"},
	};

	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
		metrics_sample(out, (double)place->block->verdict[outcomes[i].verdict],
			PLACE ",outcome=\"%s\"", PLACE_OF(place), outcomes[i].name);
}

void metrics_write_limited(const struct metrics_out *out)
{
	each_place(out, write_limited);
}

static void write_page_retries(const struct metrics_out *out, const struct place *place)
{
	metrics_sample(out, (double)place->block->page_retries, PLACE, PLACE_OF(place));
}

void metrics_write_page_retries(const struct metrics_out *out)
{
	each_place(out, write_page_retries);
}
