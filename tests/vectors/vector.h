// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The one table of test vectors: a frame that arrives, the state it meets (page,
 * clock, random bits, port, features), the verdict, and the frame that leaves.
 * The same table runs natively (tests/unit/test_vectors.c), through the kernel's
 * BPF_PROG_RUN (tests/bpf/run_vectors.c) and over veth (tests/bpf/run_veth.c).
 *
 * What is expected never comes from the packet core: frames are written by
 * build.c, replies by reference.c (whole checksums, 128-bit time), or literally
 * (table_literal.c). Of the core only layouts and names are used here.
 */
#ifndef TESTS_VECTORS_VECTOR_H
#define TESTS_VECTORS_VECTOR_H

#include "dataplane/core/access.h"
#include "dataplane/core/clients.h"
#include "dataplane/core/config.h"
#include "dataplane/core/counters.h"
#include "dataplane/core/localaddr.h"
#include "dataplane/core/timepage.h"
#include "dataplane/core/verdict.h"

#define VECTOR_FRAME_MAX 512
#define VECTOR_NAME_MAX  96

/* The interface and the host that all vectors meet. */
#define VECTOR_MAC          0x02, 0x00, 0x5e, 0x10, 0x00, 0x01
#define VECTOR_OWN4         0xc0000201u         /* 192.0.2.1 */
#define VECTOR_BROADCAST4   0xc00002ffu         /* 192.0.2.255 */
#define VECTOR_SERVE4       0xc633647bu         /* 198.51.100.123 */
#define VECTOR_IGNORED4     0xc0000236u         /* 192.0.2.54: ours, not answered for */
#define VECTOR_IGNORED6_LOW 0x0000000000000002u /* the same beside VECTOR_OWN6 */
#define VECTOR_CLIENT4      0xcb007142u         /* 203.0.113.66 */
#define VECTOR_OWN6_HIGH    0x20010db800000001u
#define VECTOR_OWN6_LOW     0x0000000000000001u /* 2001:db8:0:1::1 */
#define VECTOR_LOCAL6_HIGH  0xfe80000000000000u
#define VECTOR_LOCAL6_LOW   0x00005efffe100001u /* fe80::5eff:fe10:1 */
#define VECTOR_OTHER6_HIGH  0x20010db8000000ffu
#define VECTOR_OTHER6_LOW   0x1234567890abcdefu /* a client */

enum vector_flag {
	/* The result holds for this very nanosecond only: no real clock meets it. */
	VECTOR_EXACT_CLOCK = 1,
	/* The request's UDP checksum is wrong, so the reply's has to be. */
	VECTOR_WRONG_CHECKSUM = 2,
	/* The request's IPv4 header checksum is wrong. */
	VECTOR_WRONG_IP_CHECKSUM = 4,
	/* The result needs these very random bits or this very client timestamp. */
	VECTOR_EXACT_RANDOM = 8,
};

/* A rule by address. */
#define VECTOR_RULES 3
struct vector_rule {
	bool ipv6;
	uint8_t bits;
	uint64_t high, low; /* an IPv4 address in high's lower half */
	uint32_t flags, ntpport_flags;
};

/* The rate limit is chrony's own default: one request in 8 s, 8 at once, one leaked in 4. The
 * client table is the smallest one. */
#define VECTOR_BURST     8
#define VECTOR_SETS_LOG2 CLIENTS_SETS_LOG2_MIN

struct vector {
	char name[VECTOR_NAME_MAX];
	enum verdict verdict;
	uint32_t flags;
	uint32_t features;
	uint32_t random;
	bool no_route;
	uint8_t rule_count;
	struct vector_rule rules[VECTOR_RULES];
	uint32_t otherwise;    /* ACCESS_* where no rule holds */
	uint8_t earlier;       /* requests of this client a moment before */
	uint8_t kod;           /* one in 2^kod of the limited is told */
	uint8_t traffic_class; /* of the settings */
	uint16_t port;
	uint64_t now_ns;
	uint16_t ntp_offset; /* of the NTP packet in `in` and in `out`; 0: there is none */
	bool ipv6;
	uint16_t in_length;
	uint16_t out_length;
	uint8_t in[VECTOR_FRAME_MAX];
	uint8_t out[VECTOR_FRAME_MAX]; /* served: the reply; otherwise the frame as it came */
	struct timepage page;
};

/* Builds the table. Free it with free(). Ends the program when a vector cannot be built. */
size_t vectors_build(struct vector **ret_vectors);

/* What stands around every vector: own addresses, interface, settings. The memory is zeroed. */
void vector_addresses(struct localaddr_table *table);
void vector_interface(struct interface *interface);
void vector_settings(const struct vector *vector, struct settings *settings);

void vector_limit(const struct vector *vector, struct limit *limit); /* part of the settings */

/* With FEATURE_ACCESS and FEATURE_CLIENTS: the rules, and the client table with this client's
 * earlier requests in it. now_ns is the moment at which the vector's frame comes. */
void vector_access(const struct vector *vector, struct access_table *table);
void vector_clients(const struct vector *vector, const struct settings *settings, uint64_t now_ns,
	struct client_set *table);

/* Is a reply to leave? */
bool vector_answered(const struct vector *vector);

/* Compares counters before and after one frame: NULL, or what is wrong with them. */
const char *vector_counted(const struct counters_block *before, const struct counters_block *after,
	const struct vector *vector);

/* Prints what differs between the frame expected and the one that came. */
void vector_print_difference(const struct vector *vector, const uint8_t *frame, size_t length);

const char *vector_verdict_name(enum verdict verdict);

/* Vectors whose names begin alike, up to the colon, are a group: what a runner reports at once. */
#define VECTOR_GROUPS_MAX 64
struct vector_group {
	char name[VECTOR_NAME_MAX];
	size_t count;
};
size_t vector_groups(const struct vector *vectors, size_t count,
	struct vector_group ret_groups[VECTOR_GROUPS_MAX]);
bool vector_in_group(const struct vector *vector, const struct vector_group *group);

#endif
