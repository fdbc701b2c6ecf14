// SPDX-License-Identifier: GPL-2.0-or-later
/* Facts of the interface, by ethtool's ioctl() and netlink; doctor_gather.h is the manual. */
#include "control/attach.h"
#include "control/cli/doctor_gather.h"
#include "control/ethtool.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Names and words of offloads; the kernel has some 60. */
#define FEATURES_MAX 256

static void find_driver(struct doctor_interface *card)
{
	struct ethtool_drvinfo information = {.cmd = ETHTOOL_GDRVINFO};
	bool told = ethtool_command(card->name, &information) == 0;

	snprintf(card->driver, sizeof(card->driver), "%s", told ? information.driver : "unknown");
}

/* What attach refuses, in its words' sense; false: look no further. */
static bool find_link(struct doctor_interface *card)
{
	struct ifreq ifreq = {};

	if (if_nametoindex(card->name) == 0) {
		snprintf(card->refused, sizeof(card->refused),
			"there is no such interface here; `ip -br link` lists those there are");
		return false;
	}
	if (ethtool_interface(card->name, SIOCGIFHWADDR, &ifreq) == 0 &&
		ifreq.ifr_hwaddr.sa_family != ARPHRD_ETHER) {
		snprintf(card->refused, sizeof(card->refused),
			"not an Ethernet interface (type %u): XDP cannot answer there, the "
			"daemon's "
			"socket engine does",
			ifreq.ifr_hwaddr.sa_family);
		return false;
	}
	if (ethtool_interface(card->name, SIOCGIFFLAGS, &ifreq) == 0) {
		card->up = ifreq.ifr_flags & IFF_UP;
		card->running = ifreq.ifr_flags & IFF_RUNNING;
	}
	if (ethtool_interface(card->name, SIOCGIFMTU, &ifreq) == 0)
		card->mtu = (unsigned)ifreq.ifr_mtu;
	return true;
}

static void find_program(struct doctor_interface *card, const char *pindir)
{
	uint32_t ifindex = if_nametoindex(card->name);
	struct attach_inspection found;
	struct state_failure failure;
	struct state *state;

	if (!attach_foreign_program(
		    ifindex, card->program_name, sizeof(card->program_name), &card->program_id))
		return;
	card->program_native = attach_link_mode(ifindex) == INTERFACE_NATIVE;
	card->program_ours = strcmp(card->program_name, ATTACH_PROGRAM_NAME) == 0;
	if (state_open(pindir, &state, &failure) != 0)
		return;
	for (int i = 0; i < CONFIG_INTERFACES; i++) {
		const struct interface *entry = &state->interfaces->entry[i];

		if (entry->ifindex != ifindex)
			continue;
		attach_inspect(entry, &found);
		card->program_ours = found.attached;
		card->program_shared = entry->shared;
	}
	state_close(state);
}

static void find_queues(struct doctor_interface *card)
{
	struct ethtool_channels channels = {.cmd = ETHTOOL_GCHANNELS};
	struct ethtool_ringparam ring = {.cmd = ETHTOOL_GRINGPARAM};

	if (ethtool_command(card->name, &channels) == 0) {
		card->channels_known = true;
		card->combined_max = channels.max_combined;
		card->combined = channels.combined_count;
		card->rx_max = channels.max_rx;
		card->rx = channels.rx_count;
	}
	if (ethtool_command(card->name, &ring) == 0 && ring.rx_max_pending > 0) {
		card->ring_known = true;
		card->ring_max = ring.rx_max_pending;
		card->ring = ring.rx_pending;
	}
}

static void find_hash(struct doctor_interface *card)
{
	const uint32_t flows[] = {UDP_V4_FLOW, UDP_V6_FLOW};

	for (size_t i = 0; i < 2; i++) {
		struct ethtool_rxnfc query = {.cmd = ETHTOOL_GRXFH, .flow_type = flows[i]};

		if (ethtool_command(card->name, &query) != 0 || query.data == 0)
			continue;
		card->hash_known[i] = true;
		card->hash[i] = (uint32_t)query.data;
	}
}

static void find_timestamps(struct doctor_interface *card)
{
	struct ethtool_ts_info information = {.cmd = ETHTOOL_GET_TS_INFO};

	if (ethtool_command(card->name, &information) != 0)
		return;
	card->timestamps_known = true;
	card->timestamping = information.so_timestamping;
	card->receive_filters = information.rx_filters;
	card->phc = information.phc_index;
}

/* How many offloads the kernel knows by name. */
static uint32_t count_offloads(const char *name)
{
	struct {
		struct ethtool_sset_info head;
		uint32_t count;
	} query = {.head = {.cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1ULL << ETH_SS_FEATURES}};

	if (ethtool_command(name, &query) != 0 || query.head.sset_mask == 0)
		return 0;
	return query.count < FEATURES_MAX ? query.count : FEATURES_MAX;
}

static void take_offload(struct doctor_interface *card, const char *name,
	const struct ethtool_get_features_block *block, uint32_t mask)
{
	struct doctor_offload *to = strcmp(name, "rx-lro") == 0      ? &card->lro
				    : strcmp(name, "rx-gro-hw") == 0 ? &card->gro_hw
								     : NULL;

	if (to == NULL)
		return;
	to->on = block->active & mask;
	to->fixed = !(block->available & mask) || block->never_changed & mask;
}

static void find_offloads(struct doctor_interface *card)
{
	uint32_t count = count_offloads(card->name), blocks = (count + 31) / 32;
	struct ethtool_gstrings *names =
		calloc(1, sizeof(*names) + (size_t)count * ETH_GSTRING_LEN);
	struct ethtool_gfeatures *values =
		calloc(1, sizeof(*values) + blocks * sizeof(values->features[0]));

	if (count > 0 && names != NULL && values != NULL) {
		names->cmd = ETHTOOL_GSTRINGS;
		names->string_set = ETH_SS_FEATURES;
		names->len = count;
		values->cmd = ETHTOOL_GFEATURES;
		values->size = blocks;
		if (ethtool_command(card->name, names) != 0 ||
			ethtool_command(card->name, values) != 0)
			count = 0;
		for (uint32_t i = 0; i < count; i++)
			take_offload(card, (const char *)&names->data[i * ETH_GSTRING_LEN],
				&values->features[i / 32], 1U << i % 32);
	}
	free(names);
	free(values);
}

/* What device and driver of virtio agreed on: "0111..." in sysfs, bit 0 first. Where sysfs is
 * another namespace's, a card of that name is not looked at: its driver may differ. */
static void find_virtio(struct doctor_interface *card)
{
	char path[128], bits[80] = "", number[16] = "";
	FILE *file;

	if (strcmp(card->driver, "virtio_net") != 0)
		return;
	snprintf(path, sizeof(path), "/sys/class/net/%s/ifindex", card->name);
	file = fopen(path, "re");
	if (file == NULL)
		return;
	if (fgets(number, sizeof(number), file) == NULL)
		number[0] = '\0';
	fclose(file);
	snprintf(path, sizeof(path), "/sys/class/net/%s/device/features", card->name);
	file = (unsigned)atoi(number) == if_nametoindex(card->name) ? fopen(path, "re") : NULL;
	if (file == NULL)
		return;
	card->virtio_known = fgets(bits, sizeof(bits), file) != NULL;
	for (size_t i = 0; i < 64 && (bits[i] == '0' || bits[i] == '1'); i++)
		card->virtio |= (uint64_t)(bits[i] == '1') << i;
	fclose(file);
}

void doctor_gather_interface(
	const char *name, const char *pindir, struct doctor_interface *ret_interface)
{
	struct doctor_interface *card = ret_interface;

	memset(card, 0, sizeof(*card));
	snprintf(card->name, sizeof(card->name), "%s", name);
	card->phc = -1;
	if (strlen(name) >= sizeof(card->name)) {
		snprintf(card->refused, sizeof(card->refused), "no interface has so long a name");
		return;
	}
	if (!find_link(card))
		return;
	find_driver(card);
	if (attach_xdp_features(if_nametoindex(name), &card->xdp_features) == 0)
		card->xdp_features_known = DOCTOR_YES;
	find_program(card, pindir);
	find_queues(card);
	find_hash(card);
	find_timestamps(card);
	find_offloads(card);
	find_virtio(card);
}
