// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The XDP program with the card's receive stamps: the program of ntpxdp.bpf.c with one step more
 * after the clock read. It is loaded bound to its interface, since only the driver of that one
 * can tell the stamp (Documentation/networking/xdp-rx-metadata.rst, Linux 6.3), and put on the
 * link in the place of the ordinary program by control/attach_hardware.c, native mode alone.
 * A stamp counts where the card is related to the counter (dataplane/core/cardclock.h) and the
 * stamp can be true; else the clock read stands, as in the ordinary program.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "dataplane/core/cardclock.h"
#include "dataplane/core/respond.h"

/* A test puts its own card here (tests/bpf). Fills ret_card_ns; not 0: there is no stamp. */
#ifndef HOOK_CARD_STAMP
extern int bpf_xdp_metadata_rx_timestamp(const struct xdp_md *ctx, uint64_t *timestamp) __ksym;
#define HOOK_CARD_STAMP(ctx, ret_card_ns) bpf_xdp_metadata_rx_timestamp(ctx, ret_card_ns)
#endif

struct cardclock_table card_clocks SEC(".data.cards");

static __always_inline void take_card_stamp(
	struct xdp_md *ctx, uint32_t slot, struct respond_input *in)
{
	struct cardclock *clock = &card_clocks.entry[slot & (CONFIG_INTERFACES - 1)];
	uint64_t now_ns = in->now_ns, card_ns = 0, received_ns;

	if (!cardclock_related(clock, ctx->ingress_ifindex, now_ns))
		return;
	if (HOOK_CARD_STAMP(ctx, &card_ns) != 0)
		card_ns = 0;
	received_ns = cardclock_received(clock, ctx->ingress_ifindex, card_ns, now_ns);
	cardclock_note(clock, received_ns != 0, now_ns);
	if (received_ns == 0)
		return;
	in->now_ns = received_ns;
	in->waited_ns = now_ns - received_ns;
}

#define HOOK_RECEIVED(ctx, in) take_card_stamp(ctx, interface_slot, in)

#include "bpf/ntpxdp.bpf.c"
