// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The local reference: see local_reference.h.
 */
#include "control/local_reference.h"

#include "control/clock.h"

#define REFERENCE 0x7f7f0101U /* 127.127.1.1, as ntpd and chrony say it */
#define PRIMARY   0x4c4f434cU /* "LOCL", RFC 5905 fig. 12 */

void local_declare(const struct local_options *options, struct clock_reading *reading)
{
	reading->state = CLOCK_LOCAL;
	reading->synchronised = true;
	reading->stratum = (uint8_t)options->stratum;
	reading->reference_id = be32_of(options->stratum == 1 ? PRIMARY : REFERENCE);
	reading->root_delay_ns = 0;
	reading->leap = 0;
}

bool local_is_orphan(const struct local_options *options, const struct clock_input *input)
{
	return options->stratum && options->orphan && input->estimate.samples &&
	       input->estimate.stratum >= options->stratum;
}

int local_elect(const struct local_options *options, const struct clock_input *inputs, size_t count,
	const bool *usable)
{
	uint32_t smallest = UINT32_MAX;
	int elected = -1;
	size_t i;

	for (i = 0; i < count; i++) {
		uint32_t id = be32_value(inputs[i].reference_id);

		if (!usable[i] || inputs[i].noselect || !local_is_orphan(options, &inputs[i]) ||
			inputs[i].estimate.stratum != options->stratum || id >= smallest)
			continue;
		smallest = id;
		elected = (int)i;
	}
	if (elected >= 0 && smallest >= be32_value(inputs[elected].own_reference_id))
		return -1;
	return elected;
}
