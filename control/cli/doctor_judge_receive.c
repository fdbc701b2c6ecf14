// SPDX-License-Identifier: GPL-2.0-or-later
/* Judges of how the card receives: ring, spread over queues, stamps; see doctor_judge.h. */
#include "control/cli/doctor_judge.h"

#include <linux/ethtool.h>
#include <linux/net_tstamp.h>

/* At 1 million requests a second a ring of 1024 lasts for one millisecond of somebody else. */
#define RING_WANTED 1024

#define BIT(number) (1U << (number))

void doctor_judge_ring(const struct doctor_facts *facts, struct doctor_findings *findings)
{
	const struct doctor_interface *card = &facts->interface;
	unsigned wanted = card->ring_max < RING_WANTED ? card->ring_max : RING_WANTED;

	if (!card->ring_known) {
		doctor_add(findings, DOCTOR_OK, "driver %s has no ring to set", card->driver);
	} else if (card->ring < wanted) {
		doctor_add(findings, DOCTOR_WARN, "receive ring of %u, at most %u", card->ring,
			card->ring_max);
		doctor_why(findings, "a burst that the ring does not hold is lost in the card");
		doctor_command(findings, "ethtool -G %s rx %u", card->name, wanted);
	} else {
		doctor_add(findings, DOCTOR_OK, "receive ring of %u, at most %u", card->ring,
			card->ring_max);
	}
}

void doctor_judge_hash(const struct doctor_facts *facts, struct doctor_findings *findings)
{
	static const char *const flows[] = {"udp4", "udp6"};
	const struct doctor_interface *card = &facts->interface;
	const uint32_t ports = RXH_L4_B_0_1 | RXH_L4_B_2_3;
	bool several = card->combined > 1 || card->rx > 1;
	bool known = card->hash_known[0] || card->hash_known[1];
	size_t before = findings->count;

	for (size_t i = 0; several && i < 2; i++) {
		if (!card->hash_known[i] || (card->hash[i] & ports) == ports)
			continue;
		doctor_add(findings, DOCTOR_NOTE, "queues are chosen by address alone for %s",
			flows[i]);
		doctor_why(findings, "one client, or many behind one address, meet one queue and "
				     "one CPU: hash the ports too");
		doctor_command(
			findings, "ethtool -N %s rx-flow-hash %s sdfn", card->name, flows[i]);
	}
	if (findings->count > before)
		return;
	if (!several)
		doctor_add(findings, DOCTOR_OK, "one queue: nothing to spread");
	else if (known)
		doctor_add(findings, DOCTOR_OK, "UDP is spread over queues by address and port");
	else
		doctor_add(findings, DOCTOR_NOTE, "driver %s does not tell how it spreads UDP",
			card->driver);
}

void doctor_judge_timestamps(const struct doctor_facts *facts, struct doctor_findings *findings)
{
	const struct doctor_interface *card = &facts->interface;
	bool hardware = card->timestamping & SOF_TIMESTAMPING_RX_HARDWARE;
	bool all =
		card->receive_filters & (BIT(HWTSTAMP_FILTER_ALL) | BIT(HWTSTAMP_FILTER_NTP_ALL));

	if (!card->timestamps_known)
		doctor_add(findings, DOCTOR_NOTE, "driver %s does not tell of timestamps",
			card->driver);
	else if (hardware && all)
		doctor_add(findings, DOCTOR_OK, "the card stamps every packet (/dev/ptp%d)",
			card->phc);
	else if (hardware)
		doctor_add(findings, DOCTOR_NOTE,
			"the card stamps PTP packets only: no use for NTP (/dev/ptp%d)", card->phc);
	else if (card->timestamping & SOF_TIMESTAMPING_RX_SOFTWARE)
		doctor_add(findings, DOCTOR_OK, "the kernel stamps packets; the card does not");
	else
		doctor_add(findings, DOCTOR_NOTE, "neither card nor kernel stamps packets");
}
