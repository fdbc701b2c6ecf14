// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The publisher: see publisher.h. Around a leap second there are two timescales: the
 * page's base runs straight on ("linear") and the reader applies the second; the clock's UTC
 * jumps. All arithmetic here is on the linear one, until the second is folded
 * into the base once its leap indicator is over.
 */
#include "control/publisher.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define NS_PER_S         1000000000LL
/* Rate of MONOTONIC against RAW: measured over at least this time ... */
#define RATE_WINDOW_NS   200000000ULL
/* ... averaged, unless it has moved by more than reading two clocks can explain. */
#define RATE_JUMP        1e-6
#define RATE_MEMORY      0.9
/* The kernel's limit is 500 ppm and a tenth for the tick (adjtimex(2)). */
#define RATE_LIMIT       0.12
/* Served time may be taken back by this much in a switch: less than a clock read costs. */
#define BACKWARD_NS      5.0
/* The reference time stays so far behind the base: who read the counter just before the
 * base was chosen must not be told of an update in its future. */
#define REFERENCE_LAG_NS 10000000
/* Folded this long after the moment: a reader's leap indicator is over by then. */
#define FOLD_NS          (TIMEPAGE_LEAP_AFTER_NS + 100000000ULL)
#define REFERENCE_INIT   0x494e4954U /* "INIT", RFC 5905 fig. 13 */

/* What a prepared sample makes of the publisher. */
struct state {
	struct timepage_sample sample;
	bool valid;          /* sample is set */
	bool served;         /* time was called good at some moment: continuity is owed */
	bool adopted;        /* by another daemon; this one has not published yet */
	int64_t armed_utc_s; /* Unix second of the leap second in the sample, 0 none */
	int64_t error_ns;
	double slew;
	unsigned steps;
	uint64_t rate_raw_ns, rate_mono_ns; /* from where the rate is measured; 0: not yet */
	double rate;                        /* d(RAW)/d(MONO) */
};

struct publisher {
	struct publisher_options options;
	struct state now, next;
	bool step; /* asked for by publisher_step() */
};

struct publisher *publisher_new(const struct publisher_options *options)
{
	struct publisher *publisher = calloc(1, sizeof(*publisher));

	if (!publisher)
		return NULL;
	publisher->options = *options;
	publisher->now.rate = 1.0;
	return publisher;
}

void publisher_free(struct publisher *publisher)
{
	free(publisher);
}

void publisher_configure(struct publisher *publisher, const struct publisher_options *options)
{
	publisher->options = *options;
}

static struct ntp_time ntp_of_unix(int64_t unix_ns)
{
	int64_t seconds = unix_ns / NS_PER_S, rest = unix_ns % NS_PER_S;

	if (rest < 0) {
		seconds--;
		rest += NS_PER_S;
	}
	return (struct ntp_time){(uint64_t)(seconds + (int64_t)NTP_TIME_UNIX_EPOCH_S),
		(uint32_t)(((uint64_t)rest << 32) / NS_PER_S)};
}

/* Unix time in ns, to the nearest. Good for the years 1678 to 2262. */
static int64_t unix_of_ntp(struct ntp_time time)
{
	int64_t seconds = (int64_t)(time.seconds - NTP_TIME_UNIX_EPOCH_S);

	return seconds * NS_PER_S +
	       (int64_t)(((uint64_t)time.fraction * NS_PER_S + (1ULL << 31)) >> 32);
}

/* What the page serves at mono_ns, on the linear timescale. */
static int64_t served_ns(const struct timepage_sample *sample, uint64_t mono_ns)
{
	return unix_of_ntp(timepage_sample_time(sample, mono_ns));
}

static double sample_rate(const struct timepage_sample *sample)
{
	/* 2^-32 s per ns to s per s. */
	return ldexp((double)sample->multiplier, -32 - (int)sample->shift) * 1e9;
}

/* Folds a leap second that has passed into the base: the linear timescale is UTC again. */
static void fold(struct state *state)
{
	struct timepage_sample *sample = &state->sample;

	sample->base_seconds -= (uint64_t)(int64_t)sample->leap_sign;
	sample->reference_ts -= (uint64_t)(int64_t)sample->leap_sign << 32;
	sample->leap_at_ns = 0;
	sample->leap_sign = 0;
	state->armed_utc_s = 0;
}

void publisher_adopt(
	struct publisher *publisher, const struct timepage_sample *current, uint64_t mono_ns)
{
	struct state *now = &publisher->now;

	if (!current || timepage_judge(current, mono_ns) != VERDICT_SERVED)
		return;
	now->sample = *current;
	now->valid = true;
	now->served = true;
	now->adopted = true;
	if (current->leap_at_ns)
		now->armed_utc_s =
			llround((double)served_ns(current, current->leap_at_ns) / (double)NS_PER_S);
}

/* The rate of RAW against MONOTONIC, which another program may steer. */
static void follow_rate(struct state *next, const struct clocks_pair *pair)
{
	uint64_t mono_ns = pair->mono_ns - next->rate_mono_ns;
	double rate = (double)(pair->raw_ns - next->rate_raw_ns) / (double)mono_ns;

	if (next->rate_mono_ns != 0 && mono_ns < RATE_WINDOW_NS)
		return;
	if (next->rate_mono_ns != 0 && fabs(rate - 1.0) < RATE_LIMIT) {
		if (fabs(rate - next->rate) > RATE_JUMP)
			next->rate = rate;
		else
			next->rate = RATE_MEMORY * next->rate + (1.0 - RATE_MEMORY) * rate;
	}
	next->rate_raw_ns = pair->raw_ns;
	next->rate_mono_ns = pair->mono_ns;
}

/*
 * UTC as the clock has it, on the linear timescale: where the clock has been shifted at the
 * leap second that the page still carries, the shift is taken back. 0 and no
 * reading: the kernel's idea of the time, good for an unsynchronised reply only.
 */
static int64_t target_ns(const struct state *state, const struct publisher_input *input)
{
	const struct clock_reading *reading = input->reading;

	if (reading->stratum >= CLOCK_STRATUM_UNSYNCHRONISED && reading->update_raw_ns == 0)
		return input->pair->real_ns;
	return (int64_t)input->pair->raw_ns + reading->offset_ns +
	       (state->armed_utc_s && input->leap->done_utc_s == state->armed_utc_s
			       ? state->sample.leap_sign * NS_PER_S
			       : 0);
}

static uint32_t q16_round_up(int64_t ns)
{
	double q16 = ceil((double)ns * 65536.0 / 1e9);

	return q16 < 4294967295.0 ? (uint32_t)fmax(q16, 0.0) : 0xffffffffU;
}

/*
 * Arms the leap second at the counter moment when served time reaches it. One that is in the
 * page and has come there stays until it is folded.
 */
static void arm_leap(struct state *next, const struct leap *leap, int64_t base_ns)
{
	struct timepage_sample *sample = &next->sample;
	/* The clock may get there before the served time does. */
	bool ahead_of_us = next->armed_utc_s && leap->done_utc_s == next->armed_utc_s;
	double ahead_ns;

	if (sample->leap_at_ns && sample->leap_at_ns <= sample->base_ns)
		return;
	if (!ahead_of_us) {
		next->armed_utc_s = leap->at_utc_s;
		sample->leap_sign = leap->sign;
	}
	sample->leap_at_ns = 0;
	sample->leap = NTP_LEAP_NONE;
	if (next->armed_utc_s == 0)
		return;
	ahead_ns = (double)(next->armed_utc_s * NS_PER_S - base_ns) / sample_rate(sample);
	/* Not a moment before the base: it has been served without the leap second. */
	sample->leap_at_ns = sample->base_ns + (uint64_t)ceil(fmax(ahead_ns, 0.0));
	sample->leap = sample->leap_sign > 0 ? NTP_LEAP_INSERT : NTP_LEAP_DELETE;
}

/* When the sample must not be served any more: the clock's word, on MONOTONIC, or earlier,
 * since what is slewed now goes on if nobody renews the sample. */
static uint64_t expiry(const struct state *next, const struct clock_reading *reading, double growth)
{
	double left = (double)(int64_t)(reading->expires_raw_ns - reading->raw_ns) / next->rate;
	double room = (double)(reading->maxdistance_ns - reading->root_distance_ns -
			       llabs(next->error_ns)) /
		      growth;

	return next->sample.base_ns + (uint64_t)fmax(fmin(left, room), 0.0);
}

static void fill_bounds(struct state *next, const struct publisher_input *input, bool synchronised)
{
	const struct clock_reading *reading = input->reading;
	struct timepage_sample *sample = &next->sample;
	double residual_ns = fabs((double)next->error_ns) + input->pair->window_ns;
	double growth = fmax(reading->dispersion_rate, FILTER_PHI) + fabs(next->slew);

	sample->flags = synchronised ? TIMEPAGE_SYNCHRONISED : 0;
	sample->expires_ns = synchronised ? expiry(next, reading, growth) : sample->base_ns;
	sample->root_dispersion_q32 =
		(uint64_t)ceil(((double)reading->root_dispersion_ns + residual_ns) * 4.294967296);
	sample->dispersion_rate_q32 = (uint32_t)ceil(fmin(growth, 0.5) * 4294967296.0);
	sample->root_delay_q16 = q16_round_up(reading->root_delay_ns);
	sample->reference_id = synchronised ? reading->reference_id : be32_of(REFERENCE_INIT);
	sample->stratum = synchronised ? reading->stratum : CLOCK_STRATUM_UNSYNCHRONISED;
	if (!synchronised)
		sample->leap = NTP_LEAP_UNKNOWN;
}

/* RFC 5905 sec. 7.3: when the clock was last corrected; never in a reader's future. */
static uint64_t reference_ts(const struct publisher_input *input, int64_t base_ns, int64_t shift_ns)
{
	int64_t reference_ns = input->reading->reference_utc_ns + shift_ns;

	if (reference_ns > base_ns - REFERENCE_LAG_NS)
		reference_ns = base_ns - REFERENCE_LAG_NS;
	return ntp_time_to_wire(ntp_of_unix(reference_ns));
}

/* The base and the rate from there on; error_ns and slew are decided. */
static void fill_line(
	struct publisher *publisher, const struct publisher_input *input, struct ntp_time base)
{
	struct state *next = &publisher->next;
	struct timepage_sample *sample = &next->sample;
	double rate = (1.0 + input->reading->frequency) * (1.0 + next->slew) * next->rate;

	sample->base_ns = input->pair->mono_ns;
	sample->base_seconds = base.seconds;
	sample->base_fraction = base.fraction;
	sample->shift = NTP_TIME_NOMINAL_SHIFT;
	sample->multiplier =
		(uint32_t)llround(rate * 4.294967296 * (double)(1U << NTP_TIME_NOMINAL_SHIFT));
	sample->precision = publisher->options.precision;
	sample->answer_cost_ns = publisher->options.answer_cost_ns;
}

enum publisher_action publisher_prepare(struct publisher *publisher,
	const struct publisher_input *input, struct timepage_sample *ret_sample)
{
	struct state *next = &publisher->next;
	uint64_t mono_ns = input->pair->mono_ns;
	bool synchronised = input->reading->synchronised, stepping = false;
	struct ntp_time base;
	int64_t target, base_unix_ns;

	*next = publisher->now;
	if (next->adopted && !synchronised && !publisher->step && mono_ns < next->sample.expires_ns)
		return PUBLISHER_KEEP;
	/* With a page of another daemon the clock has its second behind it already. */
	if (next->valid && next->sample.leap_at_ns &&
		mono_ns >= next->sample.leap_at_ns + (next->adopted ? 0 : FOLD_NS))
		fold(next);
	follow_rate(next, input->pair);
	target = target_ns(next, input);
	base = ntp_of_unix(target);
	next->error_ns = 0;
	next->slew = 0.0;
	if (next->served) {
		base = timepage_sample_time(&next->sample, mono_ns);
		next->error_ns = unix_of_ntp(base) - target;
		stepping = publisher->step ||
			   fabs((double)next->error_ns) >
				   publisher->options.maxslewrate * PUBLISHER_SLEW_LIMIT_S * 1e9;
	}
	if (stepping) {
		base = ntp_of_unix(target);
		next->steps++;
	} else {
		double wanted = -(double)next->error_ns * 1e-9 / PUBLISHER_TIME_CONSTANT_S;

		next->slew = fmin(fmax(wanted, -publisher->options.maxslewrate),
			publisher->options.maxslewrate);
	}
	fill_line(publisher, input, base);
	base_unix_ns = unix_of_ntp(base);
	arm_leap(next, input->leap, base_unix_ns);
	fill_bounds(next, input, synchronised && !stepping);
	next->sample.reference_ts =
		synchronised && !stepping
			? reference_ts(input, base_unix_ns,
				  target - (int64_t)input->pair->raw_ns - input->reading->offset_ns)
			: 0;
	next->served = !stepping && (next->served || synchronised);
	next->valid = true;
	next->adopted = false;
	*ret_sample = next->sample;
	if (stepping)
		return PUBLISHER_STEP;
	return synchronised ? PUBLISHER_SERVE : PUBLISHER_INVALIDATE;
}

bool publisher_in_time(const struct publisher *publisher, uint64_t mono_ns)
{
	double elapsed_ns = (double)(int64_t)(mono_ns - publisher->next.sample.base_ns);

	if (!publisher->now.served)
		return true;
	return elapsed_ns * (sample_rate(&publisher->now.sample) -
				    sample_rate(&publisher->next.sample)) <=
	       BACKWARD_NS;
}

void publisher_commit(struct publisher *publisher)
{
	publisher->now = publisher->next;
	publisher->step = false;
}

void publisher_step(struct publisher *publisher)
{
	publisher->step = true;
}

int64_t publisher_error_ns(const struct publisher *publisher)
{
	return publisher->now.error_ns;
}

double publisher_slew(const struct publisher *publisher)
{
	return publisher->now.slew;
}

unsigned publisher_steps(const struct publisher *publisher)
{
	return publisher->now.steps;
}
