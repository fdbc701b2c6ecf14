/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the service manager is told; see service_manager.h. Failure to tell is no failure of
 * the service, so results are not looked at.
 */
#include "control/service_manager.h"

#include <inttypes.h>
#include <stdbool.h>
#include <systemd/sd-daemon.h>
#include <time.h>

void service_manager_ready(void)
{
	sd_notify(0, "READY=1");
}

/* MONOTONIC_USEC lets systemd tell this reload from an earlier one (Type=notify-reload). */
void service_manager_reloading(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
		(uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000);
}

void service_manager_stopping(void)
{
	sd_notify(0, "STOPPING=1\nSTATUS=stopping; what is attached goes on answering");
}

void service_manager_status(const char *text)
{
	sd_notifyf(0, "STATUS=%s", text);
}

void service_manager_alive(uint64_t now_ns)
{
	static uint64_t period_ns, next_ns;
	static bool asked;

	if (!asked) {
		uint64_t period_us = 0;

		asked = true;
		if (sd_watchdog_enabled(0, &period_us) > 0)
			period_ns = period_us * 1000 / 2;
	}
	if (!period_ns || now_ns < next_ns)
		return;
	next_ns = now_ns + period_ns;
	sd_notify(0, "WATCHDOG=1");
}
