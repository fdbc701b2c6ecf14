// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The XDP program with one part of its path left out: what that part costs is what is then missing
 * (parts.c). Compiled once for each part, with PARTS_WITHOUT_... defined. The core's steps are
 * replaced by macros of their names before the steps above them are read, so that neither core nor
 * glue knows of this; the frame is still answered.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "dataplane/core/counters.h"
#include "dataplane/core/frame_plain.h"
#include "dataplane/core/reply_frame.h"
#include "dataplane/core/reply_template.h"
#include "dataplane/core/respond_limits.h"
#include "dataplane/core/respond_ours.h"

#ifdef PARTS_WITHOUT_CLOCK
/* Still a load, so that what depends on the time is not folded away: the base of the sample that
 * parts_program.c publishes, its first. */
#define HOOK_CLOCK_NS() compiler_load(time_page.sample[1].base_ns)
#endif

#ifdef PARTS_WITHOUT_DICE
#define HOOK_RANDOM(cpu, in) 0
#endif

#ifdef PARTS_WITHOUT_PARSE
/* The layers of an untagged IPv4 request, whatever stands there. */
static __always_inline bool parts_assume(const struct frame *frame, struct frame_layers *ret_layers)
{
	struct frame_ethernet *ethernet = (struct frame_ethernet *)frame->data;
	struct frame_ipv4 *ipv4 = (struct frame_ipv4 *)(ethernet + 1);
	struct frame_udp *udp = (struct frame_udp *)(ipv4 + 1);

	if ((uint8_t *)(udp + 1) + NTP_PACKET_SIZE > frame->end)
		return false;
	*ret_layers = (struct frame_layers){
		.ethernet = ethernet,
		.ipv4 = ipv4,
		.udp = udp,
		.ntp = (struct ntp_packet *)(udp + 1),
		.family = FRAME_IPV4,
		.payload_length = NTP_PACKET_SIZE,
		.header_length = sizeof(*ethernet) + sizeof(*ipv4) + sizeof(*udp),
	};
	return true;
}
#define frame_is_plain(frame, port, family, ret_layers)                                            \
	((family) == FRAME_IPV4 && parts_assume(frame, ret_layers))
#define respond_request(in) VERDICT_SERVED
#endif

#ifdef PARTS_WITHOUT_OWN
#define respond_ours(in)   VERDICT_SERVED
#define respond_client(in) VERDICT_SERVED
#endif

#ifdef PARTS_WITHOUT_TIME
/* The first template, for ever; still a load of the page, or the compiler would drop it. */
static __always_inline bool parts_stands(
	const struct reply_template *tmpl, const struct timepage *page)
{
	return tmpl->lasts_ns != 0 && compiler_load(page->generation) != 0;
}
#define reply_template_valid(tmpl, page, now_ns) parts_stands(tmpl, page)
#endif

#ifdef PARTS_WITHOUT_BUILD
/* The template is used, or the compiler would not look for it. */
static __always_inline void parts_use(const struct reply_head *head)
{
	compiler_opaque(head);
}
#define reply_frame(layers, head, stamps, traffic_class)                                           \
	((void)sizeof(stamps), (void)sizeof(traffic_class), parts_use(head))
#endif

#include "dataplane/core/respond.h"

#ifdef PARTS_WITHOUT_PARSE
#define respond_parse(frame, settings, ret_layers) VERDICT_PASS_NOT_NTP
#endif

#ifdef PARTS_WITHOUT_COUNTERS
#define counters_verdict(block, verdict)                  ((void)(block))
#define counters_request(block, replied, family, version) ((void)(block))
#endif

#include "bpf/ntpxdp.bpf.c"
