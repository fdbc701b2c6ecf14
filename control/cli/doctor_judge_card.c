// SPDX-License-Identifier: GPL-2.0-or-later
/* Judges of what stands between the card and native mode; see doctor_judge.h. */
#include "control/attach.h"
#include "control/cli/doctor_drivers.h"
#include "control/cli/doctor_judge.h"

#include <linux/virtio_net.h>
#include <string.h>

/* The driver takes programs that drop, pass and send back (NETDEV_XDP_ACT_BASIC). */
#define XDP_BASIC 1U

/* virtnet_xdp_set() before Linux 6.3: a page less its own header of 32. */
#define VIRTIO_OLD_KERNEL 603
#define VIRTIO_OLD_MTU    4064

/* Later than linux/virtio_net.h of Linux 6.1. */
#define VIRTIO_GUEST_USO4 54
#define VIRTIO_GUEST_USO6 55

#define BIT(number) (UINT64_C(1) << (number))

void doctor_judge_link(const struct doctor_facts *facts, struct doctor_findings *findings)
{
	const struct doctor_interface *card = &facts->interface;

	if (card->refused[0] != '\0') {
		doctor_add(findings, DOCTOR_FAIL, "%s", card->refused);
	} else if (!card->up) {
		doctor_add(findings, DOCTOR_WARN, "the interface is down");
		doctor_command(findings, "ip link set dev %s up", card->name);
	} else if (!card->running) {
		doctor_add(findings, DOCTOR_WARN, "no carrier: cable, switch or peer is down");
	} else {
		doctor_add(findings, DOCTOR_OK, "Ethernet, up");
	}
}

static void judge_table(const struct doctor_facts *facts, struct doctor_findings *findings)
{
	const struct doctor_driver *driver = doctor_driver(facts->interface.driver);
	unsigned version = 100 * facts->host.major + facts->host.minor;

	if (driver == NULL) {
		doctor_add(findings, DOCTOR_NOTE, "driver %s: not known whether it has native XDP",
			facts->interface.driver);
		doctor_why(findings, "the kernel tells since 6.3, and attach says why not");
		doctor_command(findings, "ntpxdp attach %s --mode native", facts->interface.name);
	} else if (driver->native == DOCTOR_DRIVER_NEVER) {
		doctor_add(findings, doctor_native_level(facts), "driver %s has no native XDP",
			driver->name);
		doctor_why(findings, "generic mode works with every driver and saves less");
	} else if (driver->native > version) {
		doctor_add(findings, doctor_native_level(facts),
			"driver %s has native XDP since Linux %u.%u", driver->name,
			driver->native / 100, driver->native % 100);
		doctor_why(findings, "generic mode works with every driver and saves less");
		doctor_command(findings, "apt install -t bookworm-backports linux-image-amd64");
	} else {
		doctor_add(findings, DOCTOR_OK, "driver %s has native XDP", driver->name);
	}
}

void doctor_judge_driver(const struct doctor_facts *facts, struct doctor_findings *findings)
{
	const struct doctor_interface *card = &facts->interface;

	if (card->xdp_features_known != DOCTOR_YES) {
		judge_table(facts, findings);
	} else if (card->xdp_features & XDP_BASIC) {
		doctor_add(findings, DOCTOR_OK, "driver %s has native XDP", card->driver);
	} else {
		doctor_add(findings, doctor_native_level(facts), "driver %s has no native XDP here",
			card->driver);
		doctor_why(findings, "generic mode works with every driver and saves less; "
				     "virtio_net, ena, gve, mlx5, i40e, ice, igb have native XDP");
	}
}

static void judge_foreign(const struct doctor_interface *card, struct doctor_findings *findings)
{
	bool dispatcher = strcmp(card->program_name, "xdp_dispatcher") == 0;

	doctor_add(findings, DOCTOR_FAIL, "another XDP program, \"%s\" (id %u, %s mode)%s",
		card->program_name, card->program_id, card->program_native ? "native" : "generic",
		dispatcher ? ", libxdp's dispatcher" : "");
	doctor_why(findings, dispatcher ? "attach leaves it; the dispatcher takes a second program"
					: "attach leaves it in place and refuses; take it off with "
					  "its own tool, or");
	if (!dispatcher)
		doctor_command(findings, "ip link set dev %s xdp off", card->name);
	else
		doctor_command(findings, "ntpxdp attach %s --shared", card->name);
}

void doctor_judge_program(const struct doctor_facts *facts, struct doctor_findings *findings)
{
	const struct doctor_interface *card = &facts->interface;

	if (card->program_id == 0) {
		doctor_add(findings, DOCTOR_OK, "no XDP program yet");
	} else if (!card->program_ours) {
		judge_foreign(card, findings);
	} else if (!card->program_native) {
		doctor_add(findings, doctor_native_level(facts),
			"ntpxdp is attached in generic mode (id %u)", card->program_id);
		doctor_why(findings, "slower than in the driver; attach tells why not native");
		doctor_command(findings, "ntpxdp detach %s", card->name);
		doctor_command(findings, "ntpxdp attach %s --mode native", card->name);
	} else {
		doctor_add(findings, DOCTOR_OK, "ntpxdp is attached in native mode (id %u)%s",
			card->program_id, card->program_shared ? ", shared" : "");
	}
}

void doctor_judge_mtu(const struct doctor_facts *facts, struct doctor_findings *findings)
{
	const struct doctor_interface *card = &facts->interface;
	const struct doctor_driver *driver = doctor_driver(card->driver);
	bool known = driver != NULL && driver->mtu > 0;
	unsigned limit = known ? driver->mtu : DOCTOR_MTU_USUAL;

	if (strcmp(card->driver, "virtio_net") == 0 &&
		100 * facts->host.major + facts->host.minor < VIRTIO_OLD_KERNEL)
		limit = VIRTIO_OLD_MTU;
	if (card->mtu <= limit) {
		doctor_add(findings, DOCTOR_OK, "MTU %u, %s%u at most for XDP", card->mtu,
			known ? "" : "about ", limit);
		return;
	}
	doctor_add(findings, doctor_native_level(facts), "MTU %u; driver %s takes XDP up to %s%u",
		card->mtu, card->driver, known ? "" : "about ", limit);
	doctor_why(findings,
		"a frame must fit into one buffer beside headroom and the kernel's "
		"own data; native mode is refused until then%s",
		strcmp(card->driver, "veth") == 0 ? " (a veth counts the other end's MTU)" : "");
	doctor_command(findings, "ip link set dev %s mtu %u", card->name,
		limit < 1500 + 500 ? limit : 1500);
}

/* Receive offloads of virtio_net that the driver has to turn off, and may not. */
static void judge_virtio(const struct doctor_interface *card, const struct doctor_facts *facts,
	struct doctor_findings *findings)
{
	const uint64_t offloads = BIT(VIRTIO_NET_F_GUEST_CSUM) | BIT(VIRTIO_NET_F_GUEST_TSO4) |
				  BIT(VIRTIO_NET_F_GUEST_TSO6) | BIT(VIRTIO_NET_F_GUEST_ECN) |
				  BIT(VIRTIO_NET_F_GUEST_UFO) | BIT(VIRTIO_GUEST_USO4) |
				  BIT(VIRTIO_GUEST_USO6);

	if (!(card->virtio & offloads)) {
		doctor_add(findings, DOCTOR_OK, "the host merges no packets (no guest offloads)");
	} else if (card->virtio & BIT(VIRTIO_NET_F_CTRL_GUEST_OFFLOADS)) {
		doctor_add(findings, DOCTOR_OK,
			"guest offloads (LRO, checksum) are on, and the driver turns them off for "
			"XDP");
	} else {
		doctor_add(findings, doctor_native_level(facts),
			"guest offloads (LRO, checksum) are on and cannot be turned off from here");
		doctor_why(findings,
			"native mode is refused: \"Can't set XDP while host is implementing "
			"GRO_HW/CSUM\". ethtool -K cannot help: on the hypervisor, allow "
			"ctrl_guest_offloads, or turn guest_csum, guest_tso4, guest_tso6, "
			"guest_ecn and guest_ufo off (options of QEMU's device)");
	}
}

void doctor_judge_offloads(const struct doctor_facts *facts, struct doctor_findings *findings)
{
	const struct doctor_interface *card = &facts->interface;
	const struct doctor_driver *driver = doctor_driver(card->driver);

	if (card->virtio_known) {
		judge_virtio(card, facts, findings);
		return;
	}
	if (card->lro.on && !card->lro.fixed) {
		bool refused = driver != NULL && driver->lro;

		doctor_add(findings, refused ? doctor_native_level(facts) : DOCTOR_NOTE,
			"LRO is on: %s",
			refused ? "the driver refuses XDP meanwhile" : "XDP needs it off");
		doctor_why(findings, "merged packets do not fit into one XDP buffer");
		doctor_command(findings, "ethtool -K %s lro off", card->name);
	}
	if (card->gro_hw.on && !card->gro_hw.fixed) {
		doctor_add(findings, DOCTOR_NOTE, "the card merges packets (rx-gro-hw is on)");
		doctor_why(findings, "some drivers refuse XDP meanwhile, most turn it off");
		doctor_command(findings, "ethtool -K %s rx-gro-hw off", card->name);
	}
	if ((!card->lro.on || card->lro.fixed) && (!card->gro_hw.on || card->gro_hw.fixed))
		doctor_add(findings, DOCTOR_OK, "nothing merges packets before XDP");
}

/* Queue pairs in use and at most, however the driver counts them. */
static void pairs(const struct doctor_interface *card, unsigned *ret_used, unsigned *ret_max)
{
	*ret_used = card->combined ? card->combined : card->rx;
	*ret_max = card->combined_max ? card->combined_max : card->rx_max;
}

/* virtnet_xdp_set(): a pair for each possible CPU beside those in use. Once it has them, ethtool
 * counts them as in use; with more in use than CPUs there is no lock either. */
static void judge_spare(const struct doctor_facts *facts, struct doctor_findings *findings)
{
	const struct doctor_interface *card = &facts->interface;
	unsigned used, most, cpus = facts->host.cpus_possible;

	pairs(card, &used, &most);
	if (card->program_native ? used > cpus : used + cpus <= most) {
		doctor_add(findings, DOCTOR_OK, "%u of %u queue pairs in use, %u CPUs", used, most,
			cpus);
		return;
	}
	doctor_add(findings, DOCTOR_WARN,
		"%u of %u queue pairs in use; XDP_TX wants one more for each CPU (%u)", used, most,
		used + cpus);
	doctor_why(findings,
		"else XDP_TX shares queues under a lock (the kernel logs \"slower locked tx "
		"mode\"). Give the virtual machine %u pairs%s",
		2 * cpus, most > cpus ? ", or use fewer:" : " (QEMU: queues, mq=on, vectors)");
	if (most <= cpus)
		return;
	/* The driver keeps its queues while a program is there. */
	if (card->program_native && card->program_ours)
		doctor_command(findings, "ntpxdp detach %s", card->name);
	doctor_command(findings, "ethtool -L %s combined %u", card->name, most - cpus);
	if (card->program_native && card->program_ours)
		doctor_command(findings, "ntpxdp attach %s", card->name);
}

static void judge_half(const struct doctor_facts *facts, struct doctor_findings *findings)
{
	const struct doctor_interface *card = &facts->interface;
	unsigned used, most;

	pairs(card, &used, &most);
	if (2 * used <= most) {
		doctor_add(findings, DOCTOR_OK, "%u of %u queues in use, half are left for XDP_TX",
			used, most);
	} else if (most < 2) {
		doctor_add(findings, doctor_native_level(facts),
			"one queue, and driver %s wants as many again for XDP_TX", card->driver);
		doctor_why(findings, "native mode is refused; take a larger machine type");
	} else {
		doctor_add(findings, doctor_native_level(facts),
			"%u of %u queues in use; driver %s refuses XDP above half", used, most,
			card->driver);
		doctor_why(findings, "it needs as many again for XDP_TX");
		doctor_command(findings, "ethtool -L %s %s %u", card->name,
			card->combined_max ? "combined" : "rx", most / 2);
		if (!card->combined_max)
			doctor_command(findings, "ethtool -L %s tx %u", card->name, most / 2);
	}
}

void doctor_judge_queues(const struct doctor_facts *facts, struct doctor_findings *findings)
{
	const struct doctor_interface *card = &facts->interface;
	const struct doctor_driver *driver = doctor_driver(card->driver);
	enum doctor_queues wanted = driver != NULL ? driver->queues : DOCTOR_QUEUES_OWN;
	unsigned used, most, cpus = facts->host.cpus;

	if (!card->channels_known) {
		doctor_add(
			findings, DOCTOR_NOTE, "driver %s does not tell its queues", card->driver);
		return;
	}
	pairs(card, &used, &most);
	if (wanted == DOCTOR_QUEUES_PER_CPU)
		judge_spare(facts, findings);
	else if (wanted == DOCTOR_QUEUES_HALF)
		judge_half(facts, findings);
	else if (used >= cpus || used >= most)
		doctor_add(
			findings, DOCTOR_OK, "%u of %u queues in use, %u CPUs", used, most, cpus);
	if (used < cpus && used < most && wanted == DOCTOR_QUEUES_OWN) {
		doctor_add(
			findings, DOCTOR_NOTE, "%u of %u queues in use, %u CPUs", used, most, cpus);
		doctor_why(findings, "each queue is worked by one CPU; the others stay idle");
		doctor_command(findings, "ethtool -L %s %s %u", card->name,
			card->combined_max ? "combined" : "rx", cpus < most ? cpus : most);
	}
}
