// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Preloaded under ntpxdpd by test_suspend.py: this host seems to have been suspended for as many
 * seconds as the file that ASLEEP_FILE names says. CLOCK_BOOTTIME goes on by that, as it does after
 * a suspension, and the other clocks do not.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int asleep_s(void)
{
	const char *path = getenv("ASLEEP_FILE");
	FILE *in = path ? fopen(path, "r") : NULL;
	int seconds = 0;

	if (!in)
		return 0;
	if (fscanf(in, "%d", &seconds) != 1)
		seconds = 0;
	fclose(in);
	return seconds;
}

int clock_gettime(clockid_t clock, struct timespec *ret_time)
{
	static int (*real)(clockid_t, struct timespec *);
	int error;

	if (!real)
		real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
	error = real(clock, ret_time);
	if (!error && clock == CLOCK_BOOTTIME)
		ret_time->tv_sec += asleep_s();
	return error;
}
