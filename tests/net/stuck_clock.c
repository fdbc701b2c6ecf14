// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Preloaded under ntpxdpd by test_events.py: while the file that STUCK_FILE names is there,
 * CLOCK_MONOTONIC_RAW cannot be read. The loop, which needs CLOCK_MONOTONIC only, turns on.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *ret_time)
{
	static int (*real)(clockid_t, struct timespec *);
	const char *path = getenv("STUCK_FILE");

	if (!real)
		real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
	if (clock == CLOCK_MONOTONIC_RAW && path && access(path, F_OK) == 0) {
		errno = EINVAL;
		return -1;
	}
	return real(clock, ret_time);
}
