/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Single values of the settings file: whole numbers, numbers, times with a unit.
 * The whole text must be the value; nothing is rounded or cut silently.
 * Pure; used by the table-driven parser and by the command's own options.
 */
#ifndef CONTROL_CONFIG_VALUE_H
#define CONTROL_CONFIG_VALUE_H

#include <stddef.h>

/* Decimal integer. -EINVAL when the text is anything else, -ERANGE when it does not fit. */
int config_value_integer(const char *text, long *ret_value);

/* Finite decimal number, exponent allowed, no hexadecimal. 0 or -EINVAL. */
int config_value_number(const char *text, double *ret_value);

/*
 * Time in seconds: a number and one of ns us ms s min h d, together or bare
 * (a bare number is seconds). 0 or -EINVAL.
 */
int config_value_duration(const char *text, double *ret_seconds);

/* A text that config_value_number() reads back as exactly this number. */
void config_value_print_number(double value, char *text, size_t size);

/* The shortest text that config_value_duration() reads back as the same time. */
void config_value_print_duration(double seconds, char *text, size_t size);

/* Position of `text` in "one|two|three", ignoring case; -EINVAL when it is not there. */
int config_value_choice(const char *text, const char *choices);

#endif
