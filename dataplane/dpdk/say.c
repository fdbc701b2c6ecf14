// SPDX-License-Identifier: GPL-2.0-or-later
/* See say.h. */
#include "dataplane/dpdk/say.h"

#include <stdarg.h>
#include <stdio.h>

void say(const char *format, ...)
{
	va_list arguments;
	char line[1000];

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	fprintf(stderr, "ntpxdp-dpdk: %s\n", line);
}
