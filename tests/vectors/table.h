// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Between the tables and the code that turns their rows into vectors
 * (vectors.c): what a row is, and the lists. A row names what differs from a
 * sound IPv4 request that meets a good page.
 */
#ifndef TESTS_VECTORS_TABLE_H
#define TESTS_VECTORS_TABLE_H

#include "tests/vectors/build.h"
#include "tests/vectors/vector.h"

/* A row names only what differs; the rest is zero on purpose. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

/* One field of the page or of its current sample, by offset, in host byte order. */
struct page_edit {
	uint16_t offset;
	uint16_t width; /* 0 ends the list */
	uint64_t value;
};
#define PAGE_EDITS 6
#define PAGE(f, x)                                                                                 \
	{                                                                                          \
		offsetof(struct timepage, f), sizeof(((struct timepage *)0)->f), x                 \
	}
#define SAMPLE(f, x)                                                                               \
	{                                                                                          \
		offsetof(struct timepage, sample[1].f), sizeof(((struct timepage_sample *)0)->f),  \
			x                                                                          \
	}

/* The good page's base, and its time there: 2026-11-18 10:13:20 UTC plus a quarter second. */
#define BASE_NS       5000000000000ULL
#define BASE_SECONDS  (1795000400ULL + 2208988800ULL)
#define BASE_FRACTION 0x40000000u
/* The moment of all vectors that do not name one, after the base. */
#define AGE_NS        123456789u

enum row_search {
	SEARCH_NONE,
	SEARCH_REPLY_UDP_ZERO,   /* a source port for which the reply's UDP checksum is 0 */
	SEARCH_REQUEST_UDP_ZERO, /* one for which the request's is */
	SEARCH_BOTH_UDP_ZERO,    /* both, with the transmit timestamp searched as well */
	SEARCH_REPLY_IP_ZERO,    /* a client address for which the reply's header checksum is 0 */
	SEARCH_REQUEST_IP_ZERO,  /* an identification for which the request's is */
	SEARCH_ORIGIN_RECEIVE,   /* the client's transmit is what receive would be */
	SEARCH_ORIGIN_TRANSMIT,  /* ... what transmit would be */
};

struct row {
	const char *name;
	enum verdict verdict;
	struct build frame;
	struct page_edit page[PAGE_EDITS];
	int64_t age_ns; /* now - base of the sample; only with .aged */
	bool aged;
	bool dice; /* .random is meant, even where it is 0 */
	bool no_route;
	uint8_t features;
	uint8_t flags;
	struct vector_rule rules[VECTOR_RULES]; /* one without bits and flags ends them */
	uint32_t otherwise;
	uint8_t earlier;
	uint8_t kod;
	uint8_t traffic_class;
	uint16_t port; /* of the settings; 0: 123 */
	uint32_t random;
	enum row_search search;
};

/* A frame given in full, with the reply given in full: made elsewhere, by other means. */
struct literal {
	const char *name;
	struct row row; /* page, age, random */
	const char *in; /* hexadecimal, blanks ignored */
	const char *out;
};

struct table {
	const struct row *rows;
	size_t count;
};

extern const struct table table_frames;
extern const struct table table_requests;
extern const struct table table_replies;
extern const struct table table_time;
extern const struct table table_limits;

extern const struct literal table_literals[];
extern const size_t table_literals_count;

/* Edits by meaning. */
#define SET(layer, offset, width, value)                                                           \
	{                                                                                          \
		LAYER_##layer, offset, width, value                                                \
	}
#define ETHER_TO(mac)              SET(ETHERNET, 0, 6, mac)
#define SOURCE4(a)                 SET(IP, 12, 4, a)
#define TO4(a)                     SET(IP, 16, 4, a)
#define SOURCE6(high, low)         SET(IP, 8, 8, high), SET(IP, 16, 8, low)
#define TO6(high, low)             SET(IP, 24, 8, high), SET(IP, 32, 8, low)
#define FIRST(leap, version, mode) SET(NTP, 0, 1, (leap) << 6 | (version) << 3 | (mode))
#define SOURCE_PORT(p)             SET(UDP, 0, 2, p)
#define PORT(p)                    SET(UDP, 2, 2, p)
#define ORIGIN(x)                  SET(NTP, 24, 8, x)
#define RECEIVE(x)                 SET(NTP, 32, 8, x)
#define TRANSMIT(x)                SET(NTP, 40, 8, x)

#define TABLE(name, list) const struct table name = {list, sizeof(list) / sizeof((list)[0])}

#endif
