/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * json_add: values into JSON objects, for the daemon's answers (report.c) and for what the command
 * says itself with --json. A value that is not known is left out or null, as control_protocol.h
 * says; readers (control/cli/answer.h) take either as "not known".
 */
#ifndef CONTROL_JSON_ADD_H
#define CONTROL_JSON_ADD_H

#include <stdbool.h>
#include <stdint.h>

struct json_object;

/* NAN and infinity are left out. Fifteen digits: a nanosecond in 11 days, 10 us in Unix time. */
void json_add_number(struct json_object *object, const char *key, double value);
void json_add_count(struct json_object *object, const char *key, uint64_t value);
void json_add_flag(struct json_object *object, const char *key, bool value);
/* NULL becomes null. */
void json_add_text(struct json_object *object, const char *key, const char *value);

#endif
