// SPDX-License-Identifier: GPL-2.0-or-later
/* Prints the tables of docs/events.md out of the daemon's table; for test_dashboards.py. */
#include "control/log_events.h"

int main(void)
{
	log_events_describe(stdout);
	return ferror(stdout) || fflush(stdout) ? 1 : 0;
}
