/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * doctor_findings: what `ntpxdp doctor` has found, as a list that the judges write and that is
 * printed for people or as JSON. A judge adds a finding and then says of that one why it matters
 * and what mends it. Texts that do not fit are cut. Pure.
 */
#ifndef CONTROL_CLI_DOCTOR_FINDINGS_H
#define CONTROL_CLI_DOCTOR_FINDINGS_H

#include <stddef.h>
#include <stdio.h>

struct json_object;

enum doctor_level {
	DOCTOR_OK,
	DOCTOR_NOTE, /* works; worth knowing, or could not be looked at */
	DOCTOR_WARN, /* works, but slower, or not for all clients */
	DOCTOR_FAIL  /* ntpxdp does not attach, or is not served as the settings say */
};

#define DOCTOR_FINDINGS_MAX 48
#define DOCTOR_TEXT_MAX     400

struct doctor_finding {
	enum doctor_level level;
	const char *check;                 /* which check says it: "mtu" */
	const char *object;                /* what it is about: the interface, or "host" */
	char text[DOCTOR_TEXT_MAX];        /* what is found */
	char why[DOCTOR_TEXT_MAX];         /* why it matters; empty where that is plain */
	char command[2 * DOCTOR_TEXT_MAX]; /* what mends it, a command on each line; empty: none */
};

struct doctor_findings {
	size_t count;
	struct doctor_finding entry[DOCTOR_FINDINGS_MAX];
	const char *check, *object; /* of what is added next */
};

void doctor_add(struct doctor_findings *findings, enum doctor_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Of the finding that was added last; a second command stands on another line. */
void doctor_why(struct doctor_findings *findings, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void doctor_command(struct doctor_findings *findings, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* "ok", "note", "warn", "fail". */
const char *doctor_level_name(enum doctor_level level);

/* The worst of all. */
enum doctor_level doctor_worst(const struct doctor_findings *findings);

void doctor_print(const struct doctor_findings *findings, FILE *out, int columns);

/* An array of {"check", "level", "object", "text", "why", "command"}; the caller puts it. */
struct json_object *doctor_json(const struct doctor_findings *findings);

#endif
