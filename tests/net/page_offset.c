// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * page_offset SOCKET COUNT [PERIOD_MS]: how far the served time is from this machine's
 * CLOCK_REALTIME, which the upstream servers of the network tests serve. Takes the page from the
 * daemon as any local program can (dataplane/state/reader.h), reads it COUNT times between two
 * readings of the system clock and prints one JSON object: median and worst offset (served minus
 * system), the widest error bound, stratum, leap, and whether the page called itself synchronised
 * each time. With a period it prints an object for each reading instead: its moment
 * (CLOCK_MONOTONIC, s), offset, error bound, and whether it was synchronised.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dataplane/state/reader.h"

#define COUNT_MAX 100000
/* Between two readings, so that the median speaks of more than one turn of the page. */
#define PAUSE_NS  2000000L

struct measurement {
	int64_t *offsets;
	size_t count;
	long period_ms; /* 0: one object at the end */
	uint64_t error_ns;
	struct ntpxdp_time last;
	int synchronised;
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* The closest of some readings: an interruption between the three only widens the others. */
static int64_t offset_now(const struct ntpxdp_reader *reader, struct measurement *measurement)
{
	int64_t narrowest = INT64_MAX, offset = 0;

	for (int i = 0; i < 10; i++) {
		int64_t before = now_ns(), after;
		bool good = ntpxdp_reader_now(reader, &measurement->last);

		after = now_ns();
		measurement->synchronised &= good;
		if (after - before < narrowest) {
			narrowest = after - before;
			offset = measurement->last.unix_ns - before - narrowest / 2;
		}
	}
	if (measurement->last.error_ns > measurement->error_ns)
		measurement->error_ns = measurement->last.error_ns;
	return offset;
}

static void print_reading(const struct measurement *measurement, int64_t offset)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	printf("{\"at\": %lld.%09ld, \"offset_ns\": %lld, \"error_ns\": %llu, "
	       "\"synchronised\": %s}\n",
		(long long)now.tv_sec, now.tv_nsec, (long long)offset,
		(unsigned long long)measurement->last.error_ns,
		measurement->last.synchronised ? "true" : "false");
	fflush(stdout);
}

static void measure(const struct ntpxdp_reader *reader, struct measurement *measurement)
{
	const struct timespec pause = {
		.tv_sec = measurement->period_ms / 1000,
		.tv_nsec = measurement->period_ms ? measurement->period_ms % 1000 * 1000000L
						  : PAUSE_NS,
	};

	for (size_t i = 0; i < measurement->count; i++) {
		measurement->offsets[i] = offset_now(reader, measurement);
		if (measurement->period_ms)
			print_reading(measurement, measurement->offsets[i]);
		nanosleep(&pause, NULL);
	}
}

static int compare(const void *left, const void *right)
{
	int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

	return (a > b) - (a < b);
}

static void print(struct measurement *measurement)
{
	int64_t *offsets = measurement->offsets;
	size_t last = measurement->count - 1;

	qsort(offsets, measurement->count, sizeof(*offsets), compare);
	printf("{\"median_ns\": %lld, \"worst_ns\": %lld, \"error_ns\": %llu, \"stratum\": %d, "
	       "\"leap\": %d, \"synchronised\": %s, \"reason\": \"%s\"}\n",
		(long long)offsets[measurement->count / 2],
		(long long)(offsets[last] > -offsets[0] ? offsets[last] : offsets[0]),
		(unsigned long long)measurement->error_ns, measurement->last.stratum,
		measurement->last.leap, measurement->synchronised ? "true" : "false",
		measurement->last.reason);
}

int main(int argc, char **argv)
{
	struct measurement measurement = {.synchronised = 1};
	struct ntpxdp_reader *reader;
	int error;

	if (argc == 3 || argc == 4)
		measurement.count = (size_t)strtoul(argv[2], NULL, 10);
	if (argc == 4)
		measurement.period_ms = strtol(argv[3], NULL, 10);
	if (measurement.count < 1 || measurement.count > COUNT_MAX || measurement.period_ms < 0) {
		fprintf(stderr, "usage: page_offset SOCKET COUNT [PERIOD_MS]\n");
		return 2;
	}
	error = ntpxdp_reader_open(argv[1], &reader);
	if (error) {
		fprintf(stderr, "no page from %s: %s\n", argv[1], strerror(-error));
		return 1;
	}
	measurement.offsets = calloc(measurement.count, sizeof(*measurement.offsets));
	if (measurement.offsets)
		measure(reader, &measurement);
	if (measurement.offsets && !measurement.period_ms)
		print(&measurement);
	free(measurement.offsets);
	ntpxdp_reader_close(reader);
	return 0;
}
