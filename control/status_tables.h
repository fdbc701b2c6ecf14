/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables of the status page: rows of HTML. Pure. For status_page.c.
 */
#ifndef CONTROL_STATUS_TABLES_H
#define CONTROL_STATUS_TABLES_H

#include "control/status_view.h"

struct evbuffer;

/* The offset that fills half a bar of the table of sources, s; 0: none is known. */
double status_tables_scale(const struct status_view *view);

void status_tables_sources(struct evbuffer *out, const struct status_view *view);
void status_tables_verdicts(struct evbuffer *out, const struct status_view *view);
void status_tables_requests(struct evbuffer *out, const struct status_view *view);
void status_tables_interfaces(struct evbuffer *out, const struct status_view *view);

#endif
