/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values in the JSON objects of the daemon's answers (report.c, report_clients.c). A value that is
 * not known is left out or null, as control_protocol.h says.
 */
#ifndef CONTROL_REPORT_ADD_H
#define CONTROL_REPORT_ADD_H

#include <stdbool.h>
#include <stdint.h>

struct json_object;

/* Fifteen digits, as doubles have; NAN is left out. */
void report_add_number(struct json_object *object, const char *key, double value);
void report_add_count(struct json_object *object, const char *key, uint64_t value);
void report_add_flag(struct json_object *object, const char *key, bool value);
/* NULL becomes null. */
void report_add_text(struct json_object *object, const char *key, const char *value);

#endif
