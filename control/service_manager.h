/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the service manager is told, by sd_notify(3): nothing where nobody started us so.
 * Called by daemon.c.
 */
#ifndef CONTROL_SERVICE_MANAGER_H
#define CONTROL_SERVICE_MANAGER_H

#include <stdint.h>

void service_manager_ready(void);
void service_manager_reloading(void);
void service_manager_stopping(void);

/* One line of state for people. */
void service_manager_status(const char *text);

/* The loop turns; pats the watchdog at half its period. now_ns: CLOCK_MONOTONIC. */
void service_manager_alive(uint64_t now_ns);

#endif
