/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The system's variables for ntpq; see query_variables.h. What clients are told (leap to clock)
 * is read from the page, as clients do.
 */
#include "control/query_variables.h"

#include <math.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/utsname.h>
#include <time.h>

#define WRITER(id)                                                                                 \
	static void write_##id(                                                                    \
		const struct query_subject *subject, const char *name, struct query_text *text)

static const struct snapshot *snapshot_of(const struct query_subject *subject)
{
	return subject->environment->snapshot;
}

static bool served(const struct snapshot *snapshot)
{
	return snapshot->page.verdict == VERDICT_SERVED;
}

WRITER(version)
{
	(void)subject;
	query_text_put_quoted(text, name, "ntpxdpd " NTPXDP_VERSION);
}

WRITER(processor)
{
	struct utsname system;

	(void)subject;
	if (!uname(&system))
		query_text_put_quoted(text, name, system.machine);
}

WRITER(system)
{
	char both[sizeof(((struct utsname *)0)->sysname) * 2];
	struct utsname system;

	(void)subject;
	if (uname(&system))
		return;
	snprintf(both, sizeof(both), "%s/%s", system.sysname, system.release);
	query_text_put_quoted(text, name, both);
}

WRITER(leap)
{
	query_text_put(text, name, "%u", query_variables_leap(snapshot_of(subject)));
}

WRITER(stratum)
{
	const struct snapshot *snapshot = snapshot_of(subject);

	query_text_put(text, name, "%u",
		served(snapshot) ? snapshot->page.reading.stratum : NTP_STRATUM_UNSYNCHRONISED);
}

WRITER(precision)
{
	if (snapshot_of(subject)->page.written)
		query_text_put(text, name, "%d", snapshot_of(subject)->page.reading.precision);
}

WRITER(rootdelay)
{
	query_text_put_ms(text, name, snapshot_of(subject)->page.reading.root_delay_q16 / 65536.0);
}

WRITER(rootdisp)
{
	query_text_put_ms(
		text, name, snapshot_of(subject)->page.reading.root_dispersion_q16 / 65536.0);
}

WRITER(rootdist)
{
	if (served(snapshot_of(subject)))
		query_text_put_ms(text, name, snapshot_of(subject)->page.error_bound_s);
}

WRITER(refid)
{
	const struct snapshot *snapshot = snapshot_of(subject);
	const uint8_t *octets = (const uint8_t *)&snapshot->page.reading.reference_id;

	/* What clients get while there is no time, dataplane/socket/reply.c. */
	if (!served(snapshot))
		query_text_put(text, name, "INIT");
	else
		query_text_put(
			text, name, "%u.%u.%u.%u", octets[0], octets[1], octets[2], octets[3]);
}

WRITER(reftime)
{
	uint64_t wire =
		served(snapshot_of(subject)) ? snapshot_of(subject)->page.reading.reference_ts : 0;

	query_text_put(text, name, "0x%08x.%08x", (uint32_t)(wire >> 32), (uint32_t)wire);
}

WRITER(clock)
{
	const struct snapshot *snapshot = snapshot_of(subject);
	uint64_t wire = ntp_time_to_wire(snapshot->page.reading.now);

	if (served(snapshot))
		query_text_put(text, name, "0x%08x.%08x", (uint32_t)(wire >> 32), (uint32_t)wire);
	else
		query_text_put_time(text, name, snapshot->clock.pair.real_ns);
}

WRITER(peer)
{
	const struct source_report *selected = snapshot_of(subject)->selected;

	query_text_put(text, name, "%u", selected ? selected->association : 0);
}

/* ntpd's time constant is how often it asks its peer. */
WRITER(tc)
{
	if (snapshot_of(subject)->selected)
		query_text_put(text, name, "%d", snapshot_of(subject)->selected->poll);
}

WRITER(mintc)
{
	const struct config *config = snapshot_of(subject)->parts.config;
	int least = 0;

	for (size_t i = 0; i < config->source_count; i++)
		if (!i || config->sources[i].minpoll < least)
			least = config->sources[i].minpoll;
	if (config->source_count)
		query_text_put(text, name, "%d", least);
}

/* By how much the last update moved the clock. */
WRITER(offset)
{
	query_text_put_ms(text, name, (double)snapshot_of(subject)->clock.last_offset_ns * 1e-9);
}

/* Against CLOCK_MONOTONIC_RAW; positive where that is slow, as in ntpd's drift file. */
WRITER(frequency)
{
	query_text_put(text, name, "%.6f", snapshot_of(subject)->clock.reading.frequency * 1e6);
}

/* The noise of the combined time ... */
WRITER(sys_jitter)
{
	query_text_put_ms(text, name, snapshot_of(subject)->clock.reading.offset_sd_ns * 1e-9);
}

/* ... the mean of what the updates moved ... */
WRITER(clk_jitter)
{
	query_text_put_ms(text, name, snapshot_of(subject)->clock.rms_offset_ns * 1e-9);
}

/* ... and how well the frequency is known. */
WRITER(clk_wander)
{
	query_text_put(text, name, "%.6f", snapshot_of(subject)->clock.reading.frequency_sd * 1e6);
}

/* Nothing is authenticated. */
WRITER(authdelay)
{
	(void)subject;
	query_text_put_ms(text, name, 0);
}

WRITER(tai)
{
	if (snapshot_of(subject)->clock.leap_list.tai_s)
		query_text_put(text, name, "%d", snapshot_of(subject)->clock.leap_list.tai_s);
}

static void put_minute(struct query_text *text, const char *name, int64_t unix_s)
{
	time_t moment = (time_t)unix_s;
	char minute[32];
	struct tm utc;

	if (unix_s && gmtime_r(&moment, &utc) &&
		strftime(minute, sizeof(minute), "%Y-%m-%dT%H:%MZ", &utc))
		query_text_put_quoted(text, name, minute);
}

/* The next one in the list; ntpd gives the last one where none is announced. */
WRITER(leapsec)
{
	put_minute(text, name, snapshot_of(subject)->clock.leap_list.at_utc_s);
}

WRITER(expire)
{
	put_minute(text, name, snapshot_of(subject)->clock.leap_list.expires_utc_s);
}

WRITER(peeradr)
{
	const struct source_report *selected = snapshot_of(subject)->selected;
	bool ipv6;

	if (!selected)
		return;
	ipv6 = selected->endpoint.ss_family == AF_INET6;
	/* The port has the same place in both. */
	query_text_put(text, name, "%s%s%s:%u", ipv6 ? "[" : "", selected->address, ipv6 ? "]" : "",
		ntohs(((const struct sockaddr_in *)&selected->endpoint)->sin_port));
}

WRITER(peermode)
{
	if (snapshot_of(subject)->selected)
		query_text_put(text, name, "%d", NTP_MODE_SERVER);
}

const struct query_variable query_system_variables[] = {
	{"version", false, write_version},
	{"processor", false, write_processor},
	{"system", false, write_system},
	{"leap", false, write_leap},
	{"stratum", false, write_stratum},
	{"precision", false, write_precision},
	{"rootdelay", false, write_rootdelay},
	{"rootdisp", false, write_rootdisp},
	{"refid", false, write_refid},
	{"reftime", false, write_reftime},
	{"clock", false, write_clock},
	{"peer", false, write_peer},
	{"tc", false, write_tc},
	{"mintc", false, write_mintc},
	{"offset", false, write_offset},
	{"frequency", false, write_frequency},
	{"sys_jitter", false, write_sys_jitter},
	{"clk_jitter", false, write_clk_jitter},
	{"clk_wander", false, write_clk_wander},
	{"tai", false, write_tai},
	{"leapsec", false, write_leapsec},
	{"expire", false, write_expire},
	{"rootdist", true, write_rootdist},
	{"authdelay", true, write_authdelay},
	{"peeradr", true, write_peeradr},
	{"peermode", true, write_peermode},
	{NULL, true, NULL},
};
