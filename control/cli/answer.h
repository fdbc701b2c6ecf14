/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * answer: reads values out of the daemon's JSON. An answer may come from another version: a key
 * that is missing, null or of another type gives the value that says "not known".
 */
#ifndef CONTROL_CLI_ANSWER_H
#define CONTROL_CLI_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

struct json_object;

double answer_number(struct json_object *object, const char *key);    /* NAN */
uint64_t answer_count(struct json_object *object, const char *key);   /* 0 */
bool answer_flag(struct json_object *object, const char *key);        /* false */
const char *answer_text(struct json_object *object, const char *key); /* "", owned by it */
struct json_object *answer_object(struct json_object *object, const char *key); /* NULL */
struct json_object *answer_list(struct json_object *object, const char *key);   /* NULL */

#endif
