/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The status page, as HTML: status_page.html with its places filled in, all values as they are now,
 * so that it is whole without script. With script it asks for /status.json and renews itself. Pure;
 * everything from outside (names of servers and machines, reasons) is escaped.
 */
#ifndef CONTROL_STATUS_PAGE_H
#define CONTROL_STATUS_PAGE_H

#include "control/status_view.h"

struct evbuffer;

/* Appends the page. 0 or -ENOMEM. */
int status_page_write(struct evbuffer *out, const struct status_view *view);

/* Its Content-Security-Policy: nothing but this page's own style and script, and this server. */
extern const char status_page_policy[];

#endif
