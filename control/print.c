// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Values and table rows as text; print.h is the manual.
 */
#include "control/print.h"

#include "dataplane/core/ntp_wire.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

/* Columns for the refid in ntpq's table. */
#define REFID_WIDTH 15

static const char *word(char *out, const char *text)
{
	snprintf(out, PRINT_VALUE_MAX, "%s", text);
	return out;
}

const char *print_milliseconds(char out[PRINT_VALUE_MAX], double seconds)
{
	double ms = seconds * 1e3;
	/* Without the sign's column one digit is lost; the bounds are those of NTPsec's f8dot4().
	 */
	double bound = ms < 0 ? 100 : 1000;
	int digits = 4;

	/* As ntpd says it of a source without samples. */
	if (isnan(ms))
		ms = 0;
	for (; digits > 0 && fabs(ms) >= bound; digits--)
		bound *= 10;
	if (fabs(ms) >= 1e8)
		ms = ms < 0 ? -9999999 : 99999999;
	snprintf(out, PRINT_VALUE_MAX, "%8.*f", digits, ms);
	return out;
}

const char *print_interval(char out[PRINT_VALUE_MAX], double seconds)
{
	/* The fractions that go on to the next unit are NTPsec's: 18000 s are 300.48 minutes. */
	double value = isnan(seconds) ? 0 : fmin(floor(seconds), 1e9);
	const char *unit = "";

	if (value <= 0)
		return word(out, "-");
	if (value > 2048) {
		value = (value + 29) / 60;
		unit = "m";
		if (value > 300) {
			value = (value + 29) / 60;
			unit = "h";
		}
		if (unit[0] == 'h' && value > 96) {
			value = (value + 11) / 24;
			unit = "d";
		}
	}
	snprintf(out, PRINT_VALUE_MAX, "%d%s", (int)value, unit);
	return out;
}

const char *print_seconds(char out[PRINT_VALUE_MAX], double seconds)
{
	static const struct {
		double from, factor;
		const char *unit;
	} units[] = {{1, 1, "s"}, {1e-3, 1e3, "ms"}, {1e-6, 1e6, "us"}, {0, 1e9, "ns"}};
	size_t i = 0;
	double value;

	if (isnan(seconds))
		return word(out, "?");
	while (fabs(seconds) < units[i].from * 0.99995)
		i++;
	value = seconds * units[i].factor;
	if (units[i].from == 0)
		snprintf(out, PRINT_VALUE_MAX, "%.0f ns", value);
	else if (fabs(value) >= 1000)
		snprintf(out, PRINT_VALUE_MAX, "%.0f %s", value, units[i].unit);
	else
		snprintf(out, PRINT_VALUE_MAX, "%.4g %s", value, units[i].unit);
	return out;
}

const char *print_duration(char out[PRINT_VALUE_MAX], double seconds)
{
	long s = isnan(seconds) ? -1 : (long)fmin(seconds, 1e12);

	if (s < 0)
		word(out, "?");
	else if (s < 60)
		snprintf(out, PRINT_VALUE_MAX, "%lds", s);
	else if (s < 3600)
		snprintf(out, PRINT_VALUE_MAX, "%ldmin %lds", s / 60, s % 60);
	else if (s < 86400)
		snprintf(out, PRINT_VALUE_MAX, "%ldh %ldmin", s / 3600, s / 60 % 60);
	else
		snprintf(out, PRINT_VALUE_MAX, "%ldd %ldh", s / 86400, s / 3600 % 24);
	return out;
}

const char *print_count(char out[PRINT_VALUE_MAX], uint64_t count)
{
	char digits[24];
	int length = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)count);
	char *to = out;

	for (int i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			*to++ = ',';
		*to++ = digits[i];
	}
	*to = '\0';
	return out;
}

const char *print_rate(char out[PRINT_VALUE_MAX], double hz)
{
	if (isnan(hz))
		return word(out, "-");
	if (hz >= 99.95)
		return print_count(out, (uint64_t)fmin(round(hz), 1e18));
	/* What did occur is not shown as nothing. */
	if (hz > 0 && hz < 0.05)
		return word(out, "<0.1");
	snprintf(out, PRINT_VALUE_MAX, "%.1f", hz);
	return out;
}

const char *print_span(char out[PRINT_VALUE_MAX], double seconds)
{
	if (isnan(seconds))
		return word(out, "-");
	return seconds < 9.9995 ? print_seconds(out, seconds) : print_duration(out, seconds);
}

const char *print_share(char out[PRINT_VALUE_MAX], uint64_t count, uint64_t total)
{
	double percent = total > 0 ? 100.0 * (double)count / (double)total : 0;

	word(out, "-");
	/* What did occur is not shown as nothing. */
	if (percent > 0 && percent < 0.005)
		word(out, "<0.01 %");
	else if (total > 0)
		snprintf(out, PRINT_VALUE_MAX, "%.2f %%", percent);
	return out;
}

/* False where there is nothing to format: out holds a word instead. */
static bool break_down(char *out, double unix_s, struct tm *ret_utc)
{
	time_t moment = fabs(unix_s) < 1e12 ? (time_t)floor(unix_s) : 0;

	word(out, "never");
	return moment != 0 && gmtime_r(&moment, ret_utc) != NULL;
}

const char *print_utc(char out[PRINT_VALUE_MAX], double unix_s)
{
	struct tm utc;

	if (break_down(out, unix_s, &utc))
		strftime(out, PRINT_VALUE_MAX, "%Y-%m-%d %H:%M:%S UTC", &utc);
	return out;
}

const char *print_asctime(char out[PRINT_VALUE_MAX], double unix_s)
{
	struct tm utc;

	if (break_down(out, unix_s, &utc))
		strftime(out, PRINT_VALUE_MAX, "%a %b %d %H:%M:%S %Y", &utc);
	return out;
}

const char *print_refid(char out[PRINT_VALUE_MAX], const uint8_t octets[4], unsigned stratum)
{
	int length = 0;

	while (length < 4 && octets[length] > ' ' && octets[length] < 0x7f)
		length++;
	/* A name has nothing but zeros after it; what is no name is shown as the octets it is. */
	for (int i = length; i < 4; i++) {
		if (octets[i] != 0)
			stratum = NTP_STRATUM_MAX;
	}
	if (stratum <= 1)
		snprintf(out, PRINT_VALUE_MAX, ".%.*s.", length, (const char *)octets);
	else
		snprintf(out, PRINT_VALUE_MAX, "%u.%u.%u.%u", octets[0], octets[1], octets[2],
			octets[3]);
	return out;
}

const char *print_leap(unsigned leap)
{
	static const char *const texts[] = {
		"normal", "insert second", "delete second", "not synchronised"};

	return leap < 4 ? texts[leap] : "?";
}

const char *print_safe(char *out, size_t size, const char *text)
{
	size_t i = 0;

	for (; i + 1 < size && text[i] != '\0'; i++)
		out[i] = text[i] >= ' ' && text[i] < 0x7f ? text[i] : '?';
	out[i] = '\0';
	return out;
}

void print_wrapped(FILE *out, const char *text, int indent, int columns)
{
	int width = columns > indent + 1 ? columns - indent : 1;

	while ((int)strlen(text) > width) {
		int cut = width;

		while (cut > 0 && text[cut] != ' ')
			cut--;
		if (cut == 0) /* a word longer than the line */
			cut = (int)strcspn(text, " ");
		fprintf(out, "%.*s", cut, text);
		text += cut;
		if (text[0] == '\0')
			break;
		fprintf(out, "\n%*s", indent, "");
		text++;
	}
	fprintf(out, "%s\n", text);
}

const char *print_source_head(char out[PRINT_SOURCE_MAX], int slack)
{
	snprintf(out, PRINT_SOURCE_MAX, "%-*s%s", PRINT_NAME_WIDTH + slack, "     remote",
		"       refid      st t when poll reach   delay   offset   jitter");
	return out;
}

const char *print_source_rule(char out[PRINT_SOURCE_MAX], int slack)
{
	int width = PRINT_LINE_WIDTH + slack;

	memset(out, '=', (size_t)width);
	out[width] = '\0';
	return out;
}

const char *print_source_row(
	char out[PRINT_SOURCE_MAX], const struct print_source *source, int slack, int wide)
{
	int width = PRINT_NAME_WIDTH + slack;
	char name[257], refid[64], *visible = refid;
	char when[PRINT_VALUE_MAX], poll[PRINT_VALUE_MAX];
	char delay[PRINT_VALUE_MAX], offset[PRINT_VALUE_MAX], jitter[PRINT_VALUE_MAX];
	size_t length;
	int used;

	print_safe(name, sizeof(name), source->name);
	length = strlen(print_safe(refid, sizeof(refid), source->refid));
	/* Too long: the end of an address tells more than its beginning. */
	if (length > REFID_WIDTH) {
		visible += length - REFID_WIDTH;
		*visible = '-';
	}
	if (wide && (int)strlen(name) > width)
		used = snprintf(
			out, PRINT_SOURCE_MAX, "%c%s\n%*s", source->tally, name, width + 2, "");
	else
		used = snprintf(
			out, PRINT_SOURCE_MAX, "%c%-*.*s ", source->tally, width, width, name);
	snprintf(out + used, PRINT_SOURCE_MAX - (size_t)used,
		"%-*s %2ld %c %4.4s %4.4s  %3o %s %s %s", REFID_WIDTH, visible, source->stratum,
		source->type, print_interval(when, source->when_s),
		print_interval(poll, source->poll_s), source->reach & 0xff,
		print_milliseconds(delay, source->delay_s),
		print_milliseconds(offset, source->offset_s),
		print_milliseconds(jitter, source->jitter_s));
	return out;
}
