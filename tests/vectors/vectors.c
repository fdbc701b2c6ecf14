// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Turns the rows of the tables into vectors and adds the generated ones: every
 * header cut at every length, every short payload, every version with every
 * mode. Runners call vectors_build() once and own what it returns.
 */
#include "tests/vectors/vector.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/vectors/reference.h"
#include "tests/vectors/table.h"

#define VECTORS_MAX 2000

struct list {
	struct vector *vectors;
	size_t count;
	size_t room;
};

static void fail(const char *name, const char *why)
{
	fprintf(stderr, "vector \"%s\": %s\n", name, why);
	abort();
}

/* The good page, in its second copy; the first holds what was true an hour before. */
static void default_page(struct timepage *page)
{
	struct timepage_sample *sample = &page->sample[1];
	static const uint8_t reference_id[4] = {198, 51, 100, 7};

	page->magic = 0x4e545058;
	page->layout = 1;
	page->size = sizeof(*page);
	page->generation = 7;
	sample->generation = 7;
	sample->base_ns = BASE_NS;
	sample->base_seconds = BASE_SECONDS;
	sample->base_fraction = BASE_FRACTION;
	sample->multiplier = 2305843009;
	sample->shift = 29;
	sample->flags = TIMEPAGE_SYNCHRONISED;
	sample->expires_ns = BASE_NS + 3600000000000;
	sample->root_dispersion_q32 = 0x123456; /* 278 us */
	sample->dispersion_rate_q32 = 64425;    /* 15 ppm */
	sample->root_delay_q16 = 0x00000abc;
	sample->reference_ts = (BASE_SECONDS - 16) << 32 | 0x13579bdf;
	memcpy(&sample->reference_id, reference_id, 4);
	sample->stratum = 2;
	sample->leap = 0;
	sample->precision = -25;
	sample->answer_cost_ns = 120;
	page->sample[0] = *sample;
	page->sample[0].generation = 6;
	page->sample[0].base_seconds -= 3600;
	page->sample[0].reference_ts -= (uint64_t)3600 << 32;
	page->sample[0].stratum = 9;
}

static void edit_page(struct timepage *page, const struct page_edit *edits)
{
	for (int i = 0; i < PAGE_EDITS && edits[i].width != 0; i++)
		memcpy((uint8_t *)page + edits[i].offset, &edits[i].value, edits[i].width);
}

static struct vector *next_vector(struct list *list)
{
	if (list->count == list->room)
		fail("table", "more vectors than there is room");
	return &list->vectors[list->count++];
}

static void set_edit(struct build *build, struct edit edit)
{
	for (int i = 0; i < BUILD_EDITS; i++)
		if (build->set[i].width == 0) {
			build->set[i] = edit;
			return;
		}
	fail("table", "no room for another edit");
}

/* The time that the reply to this request tells. */
static struct reference_time time_of(const struct vector *vector, uint64_t origin_ts)
{
	struct reference_moment moment = {vector->now_ns, vector->random, origin_ts};

	return reference_time(&vector->page.sample[vector->page.generation & 1], &moment);
}

static uint16_t reply_of(const struct vector *vector, const struct built *built,
	const uint8_t *request, uint8_t *ret_reply)
{
	struct reference_time time =
		time_of(vector, build_get(request + built->at[LAYER_NTP] + 40, 8));

	time.traffic_class = vector->traffic_class;
	if (vector->verdict == VERDICT_SERVED_KISS)
		reference_kiss(&time);
	return reference_reply(built, request, &time, ret_reply);
}

static bool search_met(
	enum row_search search, const struct vector *vector, const struct build *build)
{
	uint8_t request[VECTOR_FRAME_MAX], reply[VECTOR_FRAME_MAX];
	struct built built = build_frame(build, request);
	size_t ip = built.at[LAYER_IP], udp = built.at[LAYER_UDP];

	switch (search) {
	case SEARCH_REQUEST_UDP_ZERO:
		return build_get(request + udp + 6, 2) == 0xffff;
	case SEARCH_REQUEST_IP_ZERO:
		return build_get(request + ip + 10, 2) == 0;
	case SEARCH_REPLY_UDP_ZERO:
		reply_of(vector, &built, request, reply);
		return build_get(reply + udp + 6, 2) == 0xffff;
	case SEARCH_REPLY_IP_ZERO:
		reply_of(vector, &built, request, reply);
		return build_get(reply + ip + 10, 2) == 0;
	default:
		return true;
	}
}

/* Turns the 16 bits at the edit's place until the search is met; the edit stays in the build. */
static void search_value(
	enum row_search search, const struct vector *vector, struct build *build, struct edit edit)
{
	for (edit.value = 1; edit.value < 0xffff; edit.value++) {
		struct build attempt = *build;

		memset(attempt.spoil, 0, sizeof(attempt.spoil));
		set_edit(&attempt, edit);
		if (search_met(search, vector, &attempt)) {
			set_edit(build, edit);
			return;
		}
	}
	fail(vector->name, "nothing found by search");
}

static void search(enum row_search search, const struct vector *vector, struct build *build)
{
	const struct edit source_port = {LAYER_UDP, 0, 2, 0};
	const struct edit root_delay = {LAYER_NTP, 4, 2, 0}; /* of the request: in no reply */
	const struct edit address = {LAYER_IP, 14, 2, 0};
	const struct edit identification = {LAYER_IP, 4, 2, 0};
	struct edit transmit = {LAYER_NTP, 40, 8, 0};

	switch (search) {
	case SEARCH_NONE:
		break;
	case SEARCH_REPLY_UDP_ZERO:
	case SEARCH_REQUEST_UDP_ZERO:
		search_value(search, vector, build, source_port);
		break;
	case SEARCH_BOTH_UDP_ZERO:
		search_value(SEARCH_REPLY_UDP_ZERO, vector, build, source_port);
		search_value(SEARCH_REQUEST_UDP_ZERO, vector, build, root_delay);
		break;
	case SEARCH_REPLY_IP_ZERO:
		search_value(search, vector, build, address);
		break;
	case SEARCH_REQUEST_IP_ZERO:
		search_value(search, vector, build, identification);
		break;
	case SEARCH_ORIGIN_RECEIVE:
		transmit.value = time_of(vector, 0).receive_ts;
		set_edit(build, transmit);
		break;
	case SEARCH_ORIGIN_TRANSMIT:
		transmit.value = time_of(vector, 0).transmit_ts;
		set_edit(build, transmit);
		break;
	}
}

/* What is expected to leave, and where the NTP packet stands in it. */
static void expect(struct vector *vector, const struct built *built)
{
	if (built->length >= built->at[LAYER_NTP] + 48)
		vector->ntp_offset = built->at[LAYER_NTP];
	if (vector_answered(vector)) {
		vector->out_length = reply_of(vector, built, vector->in, vector->out);
		return;
	}
	vector->out_length = vector->in_length;
	memcpy(vector->out, vector->in, vector->in_length);
}

static void add_row(struct list *list, const struct row *row)
{
	struct vector *vector = next_vector(list);
	struct build build = row->frame;
	struct built built;

	for (size_t i = 0; i + 1 < list->count; i++)
		if (strcmp(list->vectors[i].name, row->name) == 0)
			fail(row->name, "two vectors have this name");
	snprintf(vector->name, sizeof(vector->name), "%s", row->name);
	vector->verdict = row->verdict;
	vector->flags = row->flags;
	vector->features = row->features;
	vector->traffic_class = row->traffic_class;
	vector->no_route = row->no_route;
	memcpy(vector->rules, row->rules, sizeof(row->rules));
	while (vector->rule_count < VECTOR_RULES &&
		(row->rules[vector->rule_count].bits || row->rules[vector->rule_count].flags))
		vector->rule_count++;
	vector->otherwise = row->otherwise;
	vector->earlier = row->earlier;
	vector->kod = row->kod;
	vector->port = row->port ? row->port : 123;
	vector->now_ns = BASE_NS + (row->aged ? (uint64_t)row->age_ns : AGE_NS);
	/* Other bits for each vector, the same in each run. */
	vector->random = row->dice ? row->random : (uint32_t)(list->count * 2654435761u);
	default_page(&vector->page);
	edit_page(&vector->page, row->page);
	search(row->search, vector, &build);
	if (row->search != SEARCH_NONE)
		vector->flags |= VECTOR_EXACT_CLOCK | VECTOR_EXACT_RANDOM;
	if (row->dice)
		vector->flags |= VECTOR_EXACT_RANDOM;
	built = build_frame(&build, vector->in);
	vector->ipv6 = built.ipv6;
	vector->in_length = built.length;
	expect(vector, &built);
}

/* Each header and the packet, cut at each length: headers say more than there is. */
static void add_cuts(struct list *list)
{
	static const char *const names[] = {"IPv4", "IPv4, one tag", "IPv4, two tags", "IPv6",
		"IPv6, one tag", "IPv6, two tags"};
	char name[VECTOR_NAME_MAX];
	unsigned form, keep, whole;

	for (form = 0; form < 6; form++) {
		struct row row = {.name = name, .verdict = VERDICT_PASS_TRUNCATED};

		row.frame.ipv6 = form >= 3;
		row.frame.tags = (uint8_t)(form % 3);
		row.frame.cut = true;
		whole = 14 + 4 * (form % 3) + (form >= 3 ? 40 : 20) + 8 + 48;
		for (keep = 0; keep < whole; keep++) {
			row.frame.keep = (uint16_t)keep;
			snprintf(name, sizeof(name), "cut: %s, %u of %u octets", names[form], keep,
				whole);
			add_row(list, &row);
		}
	}
}

/* UDP headers cut at each length by an IP packet that ends there. */
static void add_cut_udp(struct list *list)
{
	char name[VECTOR_NAME_MAX];

	for (unsigned form = 0; form < 4; form++)
		for (int length = 0; length < 8; length++) {
			struct row row = {.name = name, .verdict = VERDICT_PASS_TRUNCATED};

			row.frame.ipv6 = form % 2;
			row.frame.tags = (uint8_t)(form / 2);
			row.frame.longer = (int16_t)(length - 8 - 48);
			snprintf(name, sizeof(name),
				"cut: %s, %u tags, IP packet with %d octets of UDP",
				form % 2 ? "IPv6" : "IPv4", form / 2, length);
			add_row(list, &row);
		}
}

/* Payloads of each length under 48 octets, all lengths right, with and without padding. */
static void add_shorts(struct list *list)
{
	static const char *const names[] = {"IPv4", "IPv6", "IPv4, padded", "IPv6, two tags"};
	char name[VECTOR_NAME_MAX];
	unsigned form, length;

	for (form = 0; form < 4; form++) {
		struct row row = {.name = name, .verdict = VERDICT_DROP_SHORT};

		row.frame.ipv6 = form % 2;
		row.frame.trailer = form == 2 ? 60 : 0;
		row.frame.tags = form == 3 ? 2 : 0;
		for (length = 0; length < 48; length++) {
			row.frame.longer = (int16_t)(length - 48);
			snprintf(name, sizeof(name), "short: %s, payload of %u octets", names[form],
				length);
			add_row(list, &row);
		}
	}
}

/* protocol.md sec. 1, its first rows, as a matrix. */
static enum verdict mode_verdict(unsigned version, unsigned mode)
{
	static const char matrix[8][9] = {
		/* modes 01234567: Served, to the Kernel, Mode or Version refused */
		"VVVVVVVV", "SKKSKKMM", "MKKSKKMM", "MKKSKKMM", "MKKSKKMM", "VVVVVVVV", "VVVVVVVV",
		"VVVVVVVV"};

	switch (matrix[version][mode]) {
	case 'S':
		return VERDICT_SERVED;
	case 'K':
		return VERDICT_PASS_MODE;
	case 'M':
		return VERDICT_DROP_MODE;
	default:
		return VERDICT_DROP_VERSION;
	}
}

static void add_modes(struct list *list)
{
	char name[VECTOR_NAME_MAX];
	unsigned form, version, mode;

	for (form = 0; form < 2; form++)
		for (version = 0; version < 8; version++)
			for (mode = 0; mode < 8; mode++) {
				struct row row = {
					.name = name, .verdict = mode_verdict(version, mode)};

				row.frame.ipv6 = form == 1;
				row.frame.set[0] = (struct edit){
					LAYER_NTP, 0, 1, (mode % 4) << 6 | version << 3 | mode};
				snprintf(name, sizeof(name), "mode: %s, version %u, mode %u",
					form ? "IPv6" : "IPv4", version, mode);
				add_row(list, &row);
			}
}

static uint16_t put_hexadecimal(const char *name, const char *text, uint8_t *ret_octets)
{
	uint16_t length = 0;
	unsigned octet;
	int used;

	while (sscanf(text, " %2x%n", &octet, &used) == 1) {
		if (length == VECTOR_FRAME_MAX)
			fail(name, "too long");
		ret_octets[length++] = (uint8_t)octet;
		text += used;
	}
	return length;
}

static void add_literal(struct list *list, const struct literal *literal)
{
	struct row row = literal->row;
	struct vector *vector;

	row.name = literal->name;
	add_row(list, &row);
	vector = &list->vectors[list->count - 1];
	memset(vector->in, 0, sizeof(vector->in));
	memset(vector->out, 0, sizeof(vector->out));
	vector->in_length = put_hexadecimal(vector->name, literal->in, vector->in);
	vector->out_length = put_hexadecimal(vector->name, literal->out, vector->out);
	vector->ntp_offset = vector->out_length - 48;
	vector->ipv6 = build_get(vector->in + vector->ntp_offset - 30, 2) != 0x0800;
}

static void add_table(struct list *list, const struct table *table)
{
	for (size_t i = 0; i < table->count; i++)
		add_row(list, &table->rows[i]);
}

size_t vectors_build(struct vector **ret_vectors)
{
	struct list list = {.room = VECTORS_MAX};

	list.vectors = calloc(list.room, sizeof(*list.vectors));
	if (list.vectors == NULL)
		fail("table", "no memory");
	add_table(&list, &table_frames);
	add_table(&list, &table_requests);
	add_table(&list, &table_replies);
	add_table(&list, &table_time);
	add_table(&list, &table_limits);
	for (size_t i = 0; i < table_literals_count; i++)
		add_literal(&list, &table_literals[i]);
	add_modes(&list);
	add_shorts(&list);
	add_cuts(&list);
	add_cut_udp(&list);
	*ret_vectors = list.vectors;
	return list.count;
}
