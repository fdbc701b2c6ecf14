/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of the settings file that are more than a name and a value: how each is read,
 * printed and compared. The rows of config_table.c point here; nothing else calls it.
 * Readers return 0, or a negative errno after they said what is wrong.
 */
#ifndef CONTROL_CONFIG_LINE_H
#define CONTROL_CONFIG_LINE_H

#include "control/config_origin.h"
#include "control/config_table.h"

int config_line_server(struct config_line *line);
int config_line_pool(struct config_line *line);
int config_line_mirror(struct config_line *line);
void config_line_print_sources(
	const struct config *config, const struct config_row *row, FILE *out);
bool config_line_same_sources(const struct config *a, const struct config *b);

int config_line_interface(struct config_line *line);
void config_line_print_interfaces(
	const struct config *config, const struct config_row *row, FILE *out);
bool config_line_same_interfaces(const struct config *a, const struct config *b);

/* config_answered.c */
int config_line_answered(struct config_line *line);
int config_line_bindaddress(struct config_line *line);
int config_line_binddevice(struct config_line *line);
void config_line_print_answered(
	const struct config *config, const struct config_row *row, FILE *out);
bool config_line_same_answered(const struct config *a, const struct config *b);

int config_line_serve(struct config_line *line);
void config_line_print_serve(const struct config *config, const struct config_row *row, FILE *out);
bool config_line_same_serve(const struct config *a, const struct config *b);

int config_line_hardware(struct config_line *line);
void config_line_print_hardware(
	const struct config *config, const struct config_row *row, FILE *out);
bool config_line_same_hardware(const struct config *a, const struct config *b);

int config_line_local(struct config_line *line);
/* Before the first line, and after the last: what was not said follows from what was. */
void config_line_local_defaults(struct config *config);
void config_line_finish_local(struct config_line *line);
void config_line_print_local(const struct config *config, const struct config_row *row, FILE *out);

/* config_clock.c: words about the clock, and ntp.conf's `tos` and `tinker`, which have several. */
int config_line_makestep(struct config_line *line);
void config_line_print_makestep(
	const struct config *config, const struct config_row *row, FILE *out);

int config_line_maxchange(struct config_line *line);
void config_line_print_maxchange(
	const struct config *config, const struct config_row *row, FILE *out);
int config_line_rtcsync(struct config_line *line);
void config_line_print_rtcsync(
	const struct config *config, const struct config_row *row, FILE *out);
int config_line_tos(struct config_line *line);
int config_line_tinker(struct config_line *line);

int config_line_metrics(struct config_line *line);
void config_line_print_metrics(
	const struct config *config, const struct config_row *row, FILE *out);

int config_line_restrict(struct config_line *line);
int config_line_allow(struct config_line *line);
int config_line_deny(struct config_line *line);
void config_line_print_rules(const struct config *config, const struct config_row *row, FILE *out);
bool config_line_same_rules(const struct config *a, const struct config *b);

int config_line_ratelimit(struct config_line *line);
int config_line_discard(struct config_line *line);
int config_line_clientloglimit(struct config_line *line);
int config_line_noclientlog(struct config_line *line);
void config_line_print_ratelimit(
	const struct config *config, const struct config_row *row, FILE *out);
void config_line_print_discard(
	const struct config *config, const struct config_row *row, FILE *out);
void config_line_print_noclientlog(
	const struct config *config, const struct config_row *row, FILE *out);
void config_line_print_clientloglimit(
	const struct config *config, const struct config_row *row, FILE *out);

/* config_include.c: lines that name other files. */
int config_line_include(struct config_line *line);
int config_line_includefile(struct config_line *line);
int config_line_confdir(struct config_line *line);
int config_line_sourcedir(struct config_line *line);

/* config_check.c: what only shows with the whole file read. 0 or -EINVAL, said. */
int config_line_check(struct config_line *line);

/* An address that a host can have, in digits. 0, or -EINVAL after saying what it is instead. */
int config_line_address(
	struct config_line *line, const char *text, struct config_address *ret_address);

#endif
