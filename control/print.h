/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * print: values as people read them, and the rows of the tables that operators know by heart.
 * Pure: everything goes into the caller's buffer or stream, and NAN is the value that is not known.
 * The column formats of print_source_* are those of NTPsec's `ntpq -p`, character by character.
 */
#ifndef CONTROL_PRINT_H
#define CONTROL_PRINT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Room for any single value below. */
#define PRINT_VALUE_MAX 32

/* Width of ntpq's name and refid columns on 80 columns, and of the whole line. */
#define PRINT_NAME_WIDTH 15
#define PRINT_LINE_WIDTH 79
#define PRINT_SLACK_MAX  24 /* a wider terminal widens the names by this much at most */
#define PRINT_SOURCE_MAX 400

/* What a row of the source table shows. Times in seconds. */
struct print_source {
	char tally;
	const char *name;
	const char *refid;
	long stratum;
	char type;
	double when_s;
	double poll_s;
	unsigned reach; /* shown in octal */
	double delay_s, offset_s, jitter_s;
};

/* ntpq's eight columns for milliseconds: as many digits after the point as fit, four at most. */
const char *print_milliseconds(char out[PRINT_VALUE_MAX], double seconds);

/* ntpq's when and poll: seconds to 2048, then minutes, hours, days; "-" for none. */
const char *print_interval(char out[PRINT_VALUE_MAX], double seconds);

/* "1.5 s", "12.35 ms", "310 us", "25 ns": four digits, a unit for people; "?" for NAN. */
const char *print_seconds(char out[PRINT_VALUE_MAX], double seconds);

/* "3d 4h", "4h 12min", "12min 5s", "5s". */
const char *print_duration(char out[PRINT_VALUE_MAX], double seconds);

/* 1,234,567 */
const char *print_count(char out[PRINT_VALUE_MAX], uint64_t count);

/* A rate: "1,234,567", below 100 with a digit after the point; "-" for NAN. */
const char *print_rate(char out[PRINT_VALUE_MAX], double hz);

/* A time for a narrow column: print_seconds() below 10 s, else print_duration(); "-" for NAN. */
const char *print_span(char out[PRINT_VALUE_MAX], double seconds);

/* Share of count in total: "97.20 %"; "-" where total is 0. */
const char *print_share(char out[PRINT_VALUE_MAX], uint64_t count, uint64_t total);

/* "2026-01-31 12:00:00 UTC"; "never" for 0 and NAN. */
const char *print_utc(char out[PRINT_VALUE_MAX], double unix_s);

/* As chronyc does: "Thu Nov 23 01:04:05 2023". */
const char *print_asctime(char out[PRINT_VALUE_MAX], double unix_s);

/* A reference id as ntpq has it: ".GPS." for the name that stratum 0 and 1 have, else the
 * four octets with dots. octets are those of the wire. */
const char *print_refid(char out[PRINT_VALUE_MAX], const uint8_t octets[4], unsigned stratum);

/* "normal", "insert second", "delete second", "not synchronised". */
const char *print_leap(unsigned leap);

/* Text from outside made harmless for a terminal: control and non-ASCII bytes become '?'. */
const char *print_safe(char *out, size_t size, const char *text);

/* Text and '\n' from column `indent` on, where the line stands already; broken between words, with
 * each further line indented. */
void print_wrapped(FILE *out, const char *text, int indent, int columns);

/* Head of the source table and the line under it, without '\n'. slack: extra columns for names. */
const char *print_source_head(char out[PRINT_SOURCE_MAX], int slack);
const char *print_source_rule(char out[PRINT_SOURCE_MAX], int slack);

/* One row. A name that does not fit is cut, or stands on a line of its own where wide is set. */
const char *print_source_row(
	char out[PRINT_SOURCE_MAX], const struct print_source *source, int slack, int wide);

#endif
