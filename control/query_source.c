/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A source's variables for ntpq; see query_variables.h. The numbers of the table of `ntpq -p` are
 * those of `ntpxdp sources`; what the server says of itself is from its last good answer.
 */
#include "control/query_variables.h"

#include <netdb.h>
#include <netinet/in.h>
#include <string.h>

#define WRITER(id)                                                                                 \
	static void write_##id(                                                                    \
		const struct query_subject *subject, const char *name, struct query_text *text)

static bool has_address(const struct source_report *source)
{
	return source->endpoint.ss_family != AF_UNSPEC;
}

/* As ntpd has it for a name that has no address yet. */
WRITER(srcadr)
{
	query_text_put(text, name, "%s",
		has_address(subject->source) ? subject->source->address : "0.0.0.0");
}

WRITER(srcport)
{
	const struct sockaddr_storage *endpoint = &subject->source->endpoint;

	/* It has the same place in IPv4 and IPv6. */
	if (has_address(subject->source))
		query_text_put(
			text, name, "%u", ntohs(((const struct sockaddr_in *)endpoint)->sin_port));
}

/* The members of a pool have no names of their own. */
WRITER(srchost)
{
	const struct source_report *source = subject->source;

	if (strcmp(source->name, source->address) != 0 &&
		!(source->type == 'p' && has_address(source)))
		query_text_put_quoted(text, name, source->name);
}

WRITER(dstadr)
{
	bool (*own_address)(const struct sockaddr_storage *, struct sockaddr_storage *) =
		subject->environment->own_address;
	struct sockaddr_storage own;
	char digits[NI_MAXHOST];

	if (own_address && has_address(subject->source) &&
		own_address(&subject->source->endpoint, &own) &&
		!getnameinfo((const struct sockaddr *)&own, sizeof(own), digits, sizeof(digits),
			NULL, 0, NI_NUMERICHOST))
		query_text_put(text, name, "%s", digits);
}

/* Another one for each request (RFC 9109). */
WRITER(dstport)
{
	(void)subject;
	query_text_put(text, name, "0");
}

WRITER(leap)
{
	const struct ntp_sample *sample = &subject->source->sample;

	query_text_put(text, name, "%u", sample->version ? sample->leap : NTP_LEAP_UNKNOWN);
}

WRITER(stratum)
{
	query_text_put(text, name, "%u", subject->source->stratum);
}

WRITER(precision)
{
	query_text_put(text, name, "%d", subject->source->sample.precision);
}

WRITER(rootdelay)
{
	query_text_put_ms(text, name, (double)subject->source->sample.root_delay_ns * 1e-9);
}

WRITER(rootdisp)
{
	query_text_put_ms(text, name, (double)subject->source->sample.root_dispersion_ns * 1e-9);
}

WRITER(refid)
{
	query_text_put_refid(text, name, subject->source->refid);
}

WRITER(reftime)
{
	const struct ntp_sample *sample = &subject->source->sample;
	int64_t ns = 0;

	if (sample->version && sample->reference_age_ns >= 0)
		ns = (int64_t)sample->raw_ns + sample->offset_ns - sample->reference_age_ns;
	query_text_put_time(text, name, ns);
}

/* By the system clock: ntpq takes it from that for its column "when". */
WRITER(rec)
{
	const struct source_report *source = subject->source;
	int64_t now_ns = subject->environment->snapshot->clock.pair.real_ns;

	query_text_put_time(
		text, name, source->answered ? now_ns - (int64_t)(source->when_s * 1e9) : 0);
}

WRITER(reach)
{
	query_text_put(text, name, "0x%x", subject->source->reach);
}

WRITER(unreach)
{
	query_text_put(text, name, "%u", subject->source->unanswered);
}

WRITER(hmode)
{
	(void)subject;
	query_text_put(text, name, "%d", NTP_MODE_CLIENT);
}

WRITER(pmode)
{
	query_text_put(
		text, name, "%d", subject->source->answered ? NTP_MODE_SERVER : NTP_MODE_RESERVED);
}

/* Ours alone: a server has no say in how often it is asked but by kisses. */
WRITER(poll)
{
	query_text_put(text, name, "%d", subject->source->poll);
}

/* The last reply by the tests of ntpd (TEST1 to TEST13), as far as they have a like here. */
WRITER(flash)
{
	static const unsigned bits[EXCHANGE_RESULT_COUNT] = {
		[EXCHANGE_KNOWN] = 0x1,
		[EXCHANGE_ORIGIN] = 0x2,
		[EXCHANGE_UNEXPECTED] = 0x2,
		[EXCHANGE_ZERO] = 0x4,
		[EXCHANGE_KISS_RATE] = 0x8,
		[EXCHANGE_KISS_DENY] = 0x8,
		[EXCHANGE_KISS_RSTR] = 0x8,
		[EXCHANGE_KISS_OTHER] = 0x8,
		[EXCHANGE_UNSYNCHRONISED] = 0x20,
		[EXCHANGE_STRATUM] = 0x20,
		[EXCHANGE_LENGTH] = 0x40,
		[EXCHANGE_MODE] = 0x40,
		[EXCHANGE_VERSION] = 0x40,
		[EXCHANGE_ORDER] = 0x40,
		[EXCHANGE_REFERENCE] = 0x40,
		[EXCHANGE_DELAY_NEGATIVE] = 0x40,
		[EXCHANGE_DELAY] = 0x400,
		[EXCHANGE_ROOT_DISTANCE] = 0x400,
		[EXCHANGE_LOOP] = 0x800,
	};
	const struct source_report *source = subject->source;
	unsigned flash = source->answered ? bits[source->last_result] : 0;

	query_text_put(text, name, "0x%x", flash | (source->reach ? 0 : 0x1000));
}

WRITER(keyid)
{
	(void)subject;
	query_text_put(text, name, "0");
}

/* Zeros before the first sample, as ntpd. */
WRITER(offset)
{
	query_text_put_ms(text, name, subject->source->offset_s);
}

WRITER(delay)
{
	query_text_put_ms(text, name, subject->source->delay_s);
}

/* Of the last exchange; root distance has all of it. */
WRITER(dispersion)
{
	query_text_put_ms(text, name, (double)subject->source->sample.dispersion_ns * 1e-9);
}

WRITER(jitter)
{
	query_text_put_ms(text, name, subject->source->jitter_s);
}

WRITER(rootdist)
{
	query_text_put_ms(text, name, subject->source->root_distance_s);
}

/* `reftime` before `rec`: ntpq's "when" is from the one that comes last. */
const struct query_variable query_source_variables[] = {
	{"srcadr", false, write_srcadr},
	{"srcport", false, write_srcport},
	{"srchost", false, write_srchost},
	{"dstadr", false, write_dstadr},
	{"dstport", false, write_dstport},
	{"leap", false, write_leap},
	{"stratum", false, write_stratum},
	{"precision", false, write_precision},
	{"rootdelay", false, write_rootdelay},
	{"rootdisp", false, write_rootdisp},
	{"refid", false, write_refid},
	{"reftime", false, write_reftime},
	{"rec", false, write_rec},
	{"reach", false, write_reach},
	{"unreach", false, write_unreach},
	{"hmode", false, write_hmode},
	{"pmode", false, write_pmode},
	{"hpoll", false, write_poll},
	{"ppoll", false, write_poll},
	{"flash", false, write_flash},
	{"keyid", false, write_keyid},
	{"offset", false, write_offset},
	{"delay", false, write_delay},
	{"dispersion", false, write_dispersion},
	{"jitter", false, write_jitter},
	{"rootdist", true, write_rootdist},
	{NULL, true, NULL},
};
