/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * top_screen: the terminal of `ntpxdp top`, through ncurses: lines out, keys in, and the terminal
 * as it was at the end. Colours where the terminal has them and NO_COLOR (no-color.org) is not set.
 */
#ifndef CONTROL_CLI_TOP_SCREEN_H
#define CONTROL_CLI_TOP_SCREEN_H

#include "control/cli/top_view.h"

/* NULL, or why this terminal cannot: nothing was changed then. ret_utf8: it shows UTF-8. */
const char *top_screen_open(bool *ret_utf8);
void top_screen_close(void);

/* The size as it is now, cut to what a view holds. */
void top_screen_size(struct top_view *view);

void top_screen_show(const struct top_view *view);

/*
 * Waits for a key, at most so long; 0 when none came (or the size has changed: draw anew), -1 when
 * the terminal has gone.
 */
int top_screen_key(double seconds);

#endif
