/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows out of the census of the client table; see metrics_private.h. */
#include "control/metrics_private.h"

static void write_families(
	const struct metrics_out *out, const uint64_t clients[FRAME_FAMILIES], const char *labels)
{
	metrics_sample(out, (double)clients[FRAME_IPV4], "family=\"ipv4\"%s", labels);
	metrics_sample(out, (double)clients[FRAME_IPV6], "family=\"ipv6\"%s", labels);
}

void metrics_write_clients(const struct metrics_out *out)
{
	if (out->input->census)
		write_families(out, out->input->census->clients, "");
}

void metrics_write_active_clients(const struct metrics_out *out)
{
	const struct census_result *census = out->input->census;

	if (!census)
		return;
	write_families(out, census->minute, ",window=\"1m\"");
	write_families(out, census->hour, ",window=\"1h\"");
}

void metrics_write_poll_intervals(const struct metrics_out *out)
{
	const struct census_result *census = out->input->census;

	if (census)
		metrics_histogram(
			out, &(struct metrics_histogram){census_interval_bounds_s, CENSUS_INTERVALS,
				     census->interval, census->interval_sum_s});
}

void metrics_write_client_requests(const struct metrics_out *out)
{
	const struct census_result *census = out->input->census;

	if (census)
		metrics_histogram(
			out, &(struct metrics_histogram){census_request_bounds, CENSUS_REQUESTS,
				     census->requests, census->request_sum});
}
