/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * With `mirror`: what the clockwork does in the place of selecting sources. Hands the mirrored
 * server's word and readings of the clocks to control/mirror.h, which makes time of them, and
 * says what happens. Declared in clockwork_private.h; called by clockwork.c and clockwork_page.c.
 */
#include "control/clockwork_private.h"
#include "control/log.h"

bool mirroring_follow(struct clockwork *clockwork)
{
	struct clocks_pair pair;
	int64_t step_ns;

	if (clocks_read_pair(&pair) ||
		!mirror_follow(clockwork->mirror, &pair, &clockwork->leap, &step_ns))
		return false;
	publisher_step(clockwork->publisher);
	log_event(LOG_EVENT_STEPPED, LOG_WITH(LOG_NUMBER(OFFSET_NS, step_ns)),
		"the system clock was stepped by %+.6f s, and served time with it; none is served "
		"until the mirrored server has answered again",
		(double)step_ns * 1e-9);
	return true;
}

/* Keeps the figures of `ntpxdp tracking` about the mirrored server's word just taken. */
static void note_sample(struct clockwork *clockwork, uint64_t raw_ns)
{
	double difference_ns = (double)mirror_difference_ns(clockwork->mirror);

	if (clockwork->updates)
		clockwork->update_interval_s =
			(double)(raw_ns - clockwork->last_update_raw_ns) * 1e-9;
	else
		clockwork->mean_square_ns2 = difference_ns * difference_ns;
	clockwork->last_offset_ns = (int64_t)difference_ns;
	clockwork->mean_square_ns2 +=
		CLOCKWORK_RMS_WEIGHT * (difference_ns * difference_ns - clockwork->mean_square_ns2);
	clockwork->updates++;
	clockwork->last_update_raw_ns = raw_ns;
}

void mirroring_hear(struct clockwork *clockwork)
{
	const struct source *source = sources_mirrored(clockwork->sources);
	enum exchange_result result = source ? source_last_result(source) : EXCHANGE_ACCEPTED;
	const struct ntp_sample *sample = source ? source_last_sample(source) : NULL;
	struct clock_reading reading = {.state = CLOCK_WAITING};
	struct clocks_pair pair;
	struct clock_input input;

	if (!source || clocks_read_pair(&pair))
		return;
	if (source_refused(source))
		mirror_refuse(clockwork->mirror, exchange_result_text(result));
	else if (sample && source_usable(source) &&
		 mirror_sample(clockwork->mirror, sample, &pair, &clockwork->leap))
		note_sample(clockwork, sample->raw_ns);
	mirror_read(clockwork->mirror, &pair, &reading);
	input = (struct clock_input){.id = source_id(source),
		.ret_tally =
			reading.state == CLOCK_SYNCHRONISED ? TALLY_SELECTED : TALLY_UNREACHABLE};
	sources_tallies(clockwork->sources, &input, 1);
}
