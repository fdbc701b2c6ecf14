/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /status.json: what the status page shows, for programs; its keys are in docs/operating.md. Made
 * of the answers of the control socket, as far as they go.
 */
#ifndef CONTROL_STATUS_JSON_H
#define CONTROL_STATUS_JSON_H

#include "control/status_view.h"

struct evbuffer;

/* Appends the object. 0 or -ENOMEM. */
int status_json_write(struct evbuffer *out, const struct status_view *view);

/* What the page says of the series, by the key that both have. */
extern const enum history_field status_json_series[];
#define STATUS_JSON_SERIES 3

#endif
