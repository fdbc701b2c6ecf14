// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of drivers. MTU limits are what each computes for 4 KiB pages: XDP_PACKET_HEADROOM 256,
 * skb_shared_info 320, Ethernet 14, checksum 4, VLAN tag 4.
 */
#include "control/cli/doctor_drivers.h"

#include <stddef.h>
#include <string.h>

#define NEVER DOCTOR_DRIVER_NEVER

static const struct doctor_driver drivers[] = {
	/* virtnet_xdp_set(): 4096 - 256 - 320 - 14 since 6.3, more before. */
	{"virtio_net", 0, 3506, false, DOCTOR_QUEUES_PER_CPU},
	/* veth_xdp_set(): of the other end's MTU. */
	{"veth", 0, 3506, false, DOCTOR_QUEUES_OWN},
	/* ENA_XDP_MAX_MTU; ena_xdp_legal_queue_count(). */
	{"ena", 0, 3498, false, DOCTOR_QUEUES_HALF},
	/* verify_xdp_configuration(): buffers of 2048 less Ethernet and pad. */
	{"gve", 604, 2032, true, DOCTOR_QUEUES_HALF},
	/* netvsc_xdp_set(). */
	{"hv_netvsc", 0, 3506, true, DOCTOR_QUEUES_OWN},
	/* MANA_XDP_MTU_MAX. */
	{"mana", 517, 3506, false, DOCTOR_QUEUES_OWN},
	{"vmxnet3", 606, 0, false, DOCTOR_QUEUES_OWN},
	/* mlx5e_xdp_max_mtu(); mlx5e_xdp_allowed(). */
	{"mlx5_core", 0, 3498, true, DOCTOR_QUEUES_OWN},
	{"mlx4_en", 0, 0, false, DOCTOR_QUEUES_OWN},
	/* BNXT_MAX_PAGE_MODE_MTU. */
	{"bnxt_en", 0, 3502, false, DOCTOR_QUEUES_OWN},
	/* Buffers of 3072 less Ethernet, checksum and two tags. */
	{"i40e", 0, 3046, false, DOCTOR_QUEUES_OWN},
	{"ice", 0, 3046, false, DOCTOR_QUEUES_OWN},
	/* The same with one tag; ixgbe_xdp_setup() refuses while RSC is on. */
	{"ixgbe", 0, 3050, true, DOCTOR_QUEUES_OWN},
	{"ixgbevf", 0, 0, false, DOCTOR_QUEUES_OWN},
	{"igb", 0, 3050, false, DOCTOR_QUEUES_OWN},
	/* igc_xdp_set_prog(), stmmac_xdp_set_prog(): no jumbo frames. */
	{"igc", 0, 1500, false, DOCTOR_QUEUES_OWN},
	{"st_gmac", 0, 1500, false, DOCTOR_QUEUES_OWN},
	{"atlantic", 519, 0, false, DOCTOR_QUEUES_OWN},
	{"bonding", 0, 0, false, DOCTOR_QUEUES_OWN},
	{"tun", 0, 0, false, DOCTOR_QUEUES_OWN},
	{"vif", 0, 0, false, DOCTOR_QUEUES_OWN},
	{"nfp", 0, 0, false, DOCTOR_QUEUES_OWN},
	{"qede", 0, 0, false, DOCTOR_QUEUES_OWN},
	{"sfc", 0, 0, false, DOCTOR_QUEUES_OWN},
	{"mvneta", 0, 0, false, DOCTOR_QUEUES_OWN},
	{"mvpp2", 0, 0, false, DOCTOR_QUEUES_OWN},
	{"e1000", NEVER, 0, false, DOCTOR_QUEUES_OWN},
	{"e1000e", NEVER, 0, false, DOCTOR_QUEUES_OWN},
	{"r8169", NEVER, 0, false, DOCTOR_QUEUES_OWN},
	{"tg3", NEVER, 0, false, DOCTOR_QUEUES_OWN},
	{"be2net", NEVER, 0, false, DOCTOR_QUEUES_OWN},
	{"iavf", NEVER, 0, false, DOCTOR_QUEUES_OWN},
	{"bridge", NEVER, 0, false, DOCTOR_QUEUES_OWN},
	{"dummy", NEVER, 0, false, DOCTOR_QUEUES_OWN},
	{"802.1Q VLAN Support", NEVER, 0, false, DOCTOR_QUEUES_OWN},
	{NULL, 0, 0, false, DOCTOR_QUEUES_OWN},
};

const struct doctor_driver *doctor_driver(const char *name)
{
	for (const struct doctor_driver *driver = drivers; driver->name != NULL; driver++)
		if (strcmp(driver->name, name) == 0)
			return driver;
	return NULL;
}
