/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rates: what happens a second, out of two answers to "stats" (control_protocol.h), and a row of
 * blocks that shows how a rate went on. Pure; for `ntpxdp stats` and `ntpxdp top`.
 */
#ifndef CONTROL_CLI_RATES_H
#define CONTROL_CLI_RATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_object;

/* What is followed. X(name, text) */
#define RATES(X)                                                                                   \
	X(requests, "requests") /* of clients, to this host */                                     \
	X(answered, "answered") /* replies with the time */                                        \
	X(limited, "limited")   /* over the rate limit, and not answered with the time */          \
	X(passed, "passed")     /* frames that went on to the kernel, whatever they were */

/* Counters at a moment. */
struct rates_reading {
	double at_s; /* on any clock that goes on steadily; NAN: the answer does not say */
#define X(name, text) uint64_t name;
	RATES(X)
#undef X
};

/* A second. NAN: not known. */
struct rates {
	double interval_s;
#define X(name, text) double name##_hz;
	RATES(X)
#undef X
};

struct rates_reading rates_read(struct json_object *stats);

/* Between two readings. Counters that went back (new pins), and no time between: all NAN. */
struct rates rates_between(const struct rates_reading *from, const struct rates_reading *to);

/* Since the counters began; counted_s NAN or 0: all NAN. */
struct rates rates_average(const struct rates_reading *reading, double counted_s);

/* Adds {interval_s, requests_hz, ...} under key; what is NAN is left out. */
void rates_add(struct json_object *object, const char *key, const struct rates *rates);

/* Values at equal distances, the newest last. */
struct rates_series {
	const double *values;
	size_t count;
};

/* Width columns of blocks, the newest at the right, scaled to the highest that is seen: blank for
 * 0 and for NAN, one of eight heights else; in UTF-8, or in ASCII (. : |). Returns the highest,
 * 0 where there is none. out: room for 3 * width + 1. */
double rates_sparkline(char *out, size_t width, bool utf8, const struct rates_series *series);

#endif
