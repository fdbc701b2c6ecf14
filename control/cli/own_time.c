// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The best time of this host; own_time.h is the manual.
 */
#include "control/cli/own_time.h"

#include "dataplane/state/reader.h"

#include <math.h>
#include <string.h>
#include <sys/timex.h>

void own_time_open(struct own_time *own, const char *socket_path)
{
	struct clocks_pair pair;

	*own = (struct own_time){.error_s = NAN};
	if (socket_path == NULL || ntpxdp_reader_open(socket_path, &own->reader) != 0)
		own->reader = NULL;
	if (clocks_read_pair(&pair) == 0)
		(void)own_time_minus_raw_ns(own, &pair);
}

void own_time_close(struct own_time *own)
{
	ntpxdp_reader_close(own->reader);
	own->reader = NULL;
}

/* What the kernel says of its clock: whoever steers it has told it so. */
static void look_at_kernel(struct own_time *own)
{
	struct timex kernel;

	memset(&kernel, 0, sizeof(kernel));
	own->page = false;
	own->synchronised = adjtimex(&kernel) >= 0 && !(kernel.status & STA_UNSYNC);
	own->error_s = own->synchronised ? (double)kernel.maxerror / 1e6 : NAN;
}

int64_t own_time_minus_raw_ns(struct own_time *own, const struct clocks_pair *pair)
{
	struct ntpxdp_time now;

	if (own->reader != NULL && ntpxdp_reader_at(own->reader, pair->mono_ns, &now)) {
		own->page = own->synchronised = true;
		own->error_s = (double)now.error_ns / 1e9;
		return now.unix_ns - (int64_t)pair->raw_ns;
	}
	look_at_kernel(own);
	return pair->real_ns - (int64_t)pair->raw_ns;
}
