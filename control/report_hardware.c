/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who stamps packets: of `ntpxdp status`, the interfaces' receive stamps, the sources' stamps and
 * the cards. See report_hardware.h.
 */
#include "control/report_hardware.h"

#include "control/attach.h"
#include "control/hardware.h"
#include "control/json_add.h"

#include <json-c/json.h>
#include <math.h>
#include <stdio.h>

static bool find_card(
	const struct snapshot *snapshot, uint32_t ifindex, struct hardware_report *ret_report)
{
	const struct hardware *hardware = clockwork_hardware(snapshot->parts.clockwork);

	for (size_t i = 0; hardware_report(hardware, i, ret_report); i++)
		if (ret_report->ifindex == ifindex)
			return true;
	return false;
}

void report_receive_stamps(struct json_object *object, const struct snapshot *snapshot,
	const struct interface *interface)
{
	struct hardware_report card;
	const char *why, *stamps;

	stamps = attach_receive_stamps(snapshot->parts.state, interface, clocks_mono_ns(), &why);
	/* Not asked for: nothing to explain. Else the first thing that is in the way. */
	if (!*why)
		;
	else if (!find_card(snapshot, interface->ifindex, &card))
		why = interface->features & FEATURE_HARDWARE ? why : "";
	else if (*card.detail)
		why = card.detail;
	else if (*card.program)
		why = card.program;
	json_add_text(object, "receive_stamps", stamps);
	json_add_text(object, "receive_stamps_detail", why);
}

static struct json_object *card_object(const struct hardware_report *card)
{
	struct json_object *object = json_object_new_object();
	char device[24];

	snprintf(device, sizeof(device), "/dev/ptp%d", card->phc);
	json_add_text(object, "name", card->name);
	json_add_text(object, "device", card->phc < 0 ? NULL : device);
	json_add_flag(object, "related", card->related);
	json_add_number(object, "error_s", card->related ? card->error_s : NAN);
	json_add_flag(object, "receive", card->receive);
	json_add_flag(object, "transmit", card->transmit);
	json_add_text(object, "detail", card->detail);
	return object;
}

struct json_object *report_stamps(const struct snapshot *snapshot)
{
	const struct hardware *hardware = clockwork_hardware(snapshot->parts.clockwork);
	struct json_object *object = json_object_new_object();
	struct json_object *sources = json_object_new_object();
	struct json_object *cards = json_object_new_array();
	uint64_t count[STAMP_COUNT] = {0};
	struct hardware_report card;

	for (size_t i = 0; i < snapshot->source_count; i++)
		if (snapshot->sources[i].measured)
			count[snapshot->sources[i].stamp]++;
	for (int stamp = 0; stamp < STAMP_COUNT; stamp++)
		json_add_count(sources, stamp_name((enum stamp)stamp), count[stamp]);
	for (size_t i = 0; hardware_report(hardware, i, &card); i++)
		json_object_array_add(cards, card_object(&card));
	json_object_object_add(object, "sources", sources);
	json_object_object_add(object, "cards", cards);
	return object;
}
