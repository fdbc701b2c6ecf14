// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Example: the time of this host's NTP server and its error bound, from another program. Needs no
 * root; the daemon gives the page to whoever asks.
 *
 *     cc -I TREE what_time.c TREE/dataplane/state/reader.c -o what_time && ./what_time
 */
#include "dataplane/state/reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	struct ntpxdp_reader *reader;
	struct ntpxdp_time now;
	int error = ntpxdp_reader_open(argc > 1 ? argv[1] : NULL, &reader);

	if (error != 0) {
		fprintf(stderr, "no time page: %s; is ntpxdpd running?\n", strerror(-error));
		return 1;
	}
	if (ntpxdp_reader_now(reader, &now))
		printf("%" PRId64 ".%09" PRId64 " s since 1970, within %" PRIu64
		       " ns, stratum %u\n",
			now.unix_ns / 1000000000, now.unix_ns % 1000000000, now.error_ns,
			now.stratum);
	else
		fprintf(stderr, "no good time: %s\n", now.reason);
	ntpxdp_reader_close(reader);
	return now.synchronised ? 0 : 1;
}
