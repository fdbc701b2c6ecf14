// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The arithmetic of `ntpxdp plan`; plan_load.h is the manual.
 */
#include "control/cli/plan_load.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define OCTET_BITS 8.0

/* The pool's page offers 512 Kbit to 3 Gbit; more than this nobody means. */
#define NETSPEED_MAX 1e12

bool plan_load_netspeed(const char *text, double *ret_bits_s)
{
	static const struct {
		const char *unit;
		double factor;
	} units[] = {{"kbit", 1e3}, {"mbit", 1e6}, {"gbit", 1e9}};
	char *end;
	double number = strtod(text, &end);

	if (end == text || !isfinite(number) || number <= 0)
		return false;
	end += strspn(end, " ");
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t length = strlen(units[i].unit);

		if (strncasecmp(end, units[i].unit, length) != 0 ||
			(end[length] != '\0' && strcasecmp(end + length, "/s") != 0))
			continue;
		if (number * units[i].factor > NETSPEED_MAX)
			return false;
		*ret_bits_s = number * units[i].factor;
		return true;
	}
	return false;
}

double plan_load_rate(double bits_s)
{
	return bits_s / ((PLAN_LOAD_IP4 + PLAN_LOAD_FRAME) * OCTET_BITS);
}

void plan_load_of(double rate_hz, int ip_octets, double cost_ns, struct plan_load *ret_load)
{
	int frame = ip_octets + PLAN_LOAD_FRAME;

	*ret_load = (struct plan_load){
		.rate_hz = rate_hz,
		.ip_bits_s = rate_hz * ip_octets * OCTET_BITS,
		.frame_bits_s = rate_hz * frame * OCTET_BITS,
		.wire_bits_s = rate_hz * (frame + PLAN_LOAD_WIRE) * OCTET_BITS,
		.month_octets = rate_hz * ip_octets * PLAN_LOAD_MONTH_S,
		.cpu = rate_hz * cost_ns / 1e9,
	};
}

double plan_load_link_rate(double link_bits_s, int ip_octets)
{
	return link_bits_s / ((ip_octets + PLAN_LOAD_FRAME + PLAN_LOAD_WIRE) * OCTET_BITS);
}
