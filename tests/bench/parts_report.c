// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See parts_report.h.
 */
#include "tests/bench/parts_report.h"

#include <stdlib.h>
#include <string.h>

#define CACHES 3

struct summary {
	double median, least, most;
};

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static struct summary summarize(const double *values, unsigned count)
{
	double sorted[PARTS_RUNS_MAX];

	memcpy(sorted, values, count * sizeof(*values));
	qsort(sorted, count, sizeof(*sorted), compare);
	return (struct summary){sorted[count / 2], sorted[0], sorted[count - 1]};
}

/* What all is compared with: the first row that is no reflector's, which is the plain hot request.
 * (The reflector's own share is within the noise of what is taken off.) */
static const struct parts_figure *plain(const struct parts_result *result)
{
	for (size_t i = 0; i < result->count; i++)
		if (result->figures[i].row->build)
			return &result->figures[i];
	return &result->figures[0];
}

/* Median of the ratios, run by run. */
static double ratio(const struct parts_result *result, const struct parts_figure *figure)
{
	const struct parts_figure *base = plain(result);
	double ratios[PARTS_RUNS_MAX];

	for (unsigned run = 0; run < result->runs; run++)
		ratios[run] = figure->ns[run] / base->ns[run];
	return summarize(ratios, result->runs).median;
}

static const struct parts_figure *whole(const struct parts_result *result)
{
	for (size_t i = 0; i < result->count; i++)
		if (result->figures[i].row->group == PARTS_WITHOUT)
			return &result->figures[i];
	return NULL;
}

static void print_row(const struct parts_result *result, const struct parts_figure *figure)
{
	struct summary summary = summarize(figure->ns, result->runs);

	printf("  %-32s %7.1f ns  %6.1f .. %-6.1f %6.2f x\n", figure->row->name, summary.median,
		summary.least, summary.most, ratio(result, figure));
}

static void print_part(const struct parts_result *result, const struct parts_figure *figure)
{
	struct summary summary = summarize(figure->part_ns, result->runs);

	printf("  %-32s %7.1f ns  %6.1f .. %-6.1f %5.0f %%\n", figure->row->name, summary.median,
		summary.least, summary.most,
		100 * summary.median / summarize(whole(result)->ns, result->runs).median);
}

/* Sizes of the caches of the first CPU, in KiB; 0 where the kernel does not say. */
static void print_caches(void)
{
	printf("  (one cache line of 64 octets for four clients; caches of this CPU:");
	for (int i = 0; i < 1 + CACHES; i++) {
		char path[80], size[16] = "", level[8] = "";
		FILE *file;

		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu0/cache/index%d/level", i);
		file = fopen(path, "re");
		if (!file || !fgets(level, sizeof(level), file))
			level[0] = '\0';
		if (file)
			fclose(file);
		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu0/cache/index%d/size", i);
		file = fopen(path, "re");
		if (file && level[0] && i != 1 && fgets(size, sizeof(size), file))
			printf(" L%.1s %.*s", level, (int)strcspn(size, "\n"), size);
		if (file)
			fclose(file);
	}
	printf(")\n");
}

void parts_report_text(const struct parts_result *result)
{
	static const char *const titles[] = {
		[PARTS_ASKED] = "A reply in the XDP program, without the driver: median, spread, "
				"beside the plain hot request",
		[PARTS_WITHOUT] = "Its parts, of limit and 100 rules, hot: what is missing when "
				  "each is left out",
		[PARTS_CLIENTS] = "Growth: clients, with the limit",
		[PARTS_RULES] = "Growth: rules by address, 100,000 clients",
	};
	const char *object = NULL;
	int group = -1;

	for (size_t i = 0; i < result->count; i++) {
		const struct parts_figure *figure = &result->figures[i];

		if ((int)figure->row->group != group)
			printf("%s%s\n", group < 0 ? "" : "\n", titles[figure->row->group]);
		group = (int)figure->row->group;
		if (figure->object && figure->object != object)
			printf(" %s\n", figure->object);
		object = figure->object;
		if (figure->row->group == PARTS_WITHOUT && figure != whole(result))
			print_part(result, figure);
		else
			print_row(result, figure);
		if (group == PARTS_CLIENTS &&
			(i + 1 == result->count || figure[1].row->group != figure->row->group))
			print_caches();
	}
}

void parts_report_json(const struct parts_result *result, FILE *file)
{
	static const char *const groups[] = {"asked", "part", "clients", "rules"};

	for (size_t i = 0; i < result->count; i++) {
		const struct parts_figure *figure = &result->figures[i];
		struct summary summary = summarize(figure->ns, result->runs);

		fprintf(file,
			"{\"label\":\"parts\",\"group\":\"%s\",\"name\":\"%s\",\"object\":\"%s\","
			"\"family\":%d,\"clients\":%u,\"rules\":%u,\"runs\":%u,\"ns\":%.1f,"
			"\"ns_min\":%.1f,\"ns_max\":%.1f,\"of_plain\":%.2f",
			groups[figure->row->group], figure->row->name,
			figure->object ? figure->object : "", figure->row->family,
			figure->row->clients, figure->row->rules, result->runs, summary.median,
			summary.least, summary.most, ratio(result, figure));
		if (figure->row->group == PARTS_WITHOUT && figure != whole(result))
			fprintf(file, ",\"part_ns\":%.1f",
				summarize(figure->part_ns, result->runs).median);
		fprintf(file, "}\n");
	}
}
