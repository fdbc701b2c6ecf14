// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a reply costs in the XDP program, part by part, without a driver:
 *
 *   parts [--runs N] [--repeat N] [--json FILE] [--object FILE]...
 *
 * Medians of interleaved program-runs with their spread, each beside the plain hot request of the
 * same runs: what is asked of the program; each part of its path, by a build that leaves it out
 * (parts.bpf.c); growth with clients and rules. With --object nothing but these builds are
 * compared, in a few situations. Runs as root on the CPU that taskset gave it, and touches no
 * interface. For scripts/bench, and for whoever changes the path.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <getopt.h>
#include <libgen.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/parts_program.h"
#include "tests/bench/parts_report.h"
#include "tests/bench/parts_run.h"

#include "reflector.skel.h"

#define RUNS           7
#define RUNS_MIN       5
#define REPEAT         100000
#define REPEAT_WARM    10000
#define SLICES         5
#define SETS_LOG2      18 /* 16 MiB, as `clientloglimit` has it unless told */
#define ANSWER_COST_NS 50 /* of no effect on the path */
#define OBJECTS_MAX    8
#define FIGURES_MAX    64
#define VISITS_TO_FILL 5 /* at random: all but 0.7 % of the clients have come */

struct options {
	unsigned runs;
	uint32_t repeat;
	const char *json;
	const char *objects[OBJECTS_MAX];
	size_t object_count;
};

/* What is run for a figure. */
enum runs {
	RUN_REQUEST, /* alone: subtracted */
	RUN_REPLY,
	RUN_WHOLE, /* PARTS_WITHOUT: what a part is left out of */
	RUNS_EACH
};

/* What a figure is measured with; a build is shared by all figures that ask the same of it. */
struct subject {
	struct parts_program *program; /* NULL: the reflector */
	bool shared;
	struct parts_run *runs[RUNS_EACH];
};

struct bench {
	struct options options;
	char folder[256]; /* of the builds: this program's own */
	struct generator_link link;
	struct reflector_bpf *reflector;
	struct parts_result result;
	size_t whole; /* the figure that parts are left out of */
	struct subject subjects[FIGURES_MAX];
};

static int read_number(const char *text, unsigned long max, unsigned long *ret)
{
	char *end;

	errno = 0;
	*ret = strtoul(text, &end, 10);
	return errno || end == text || *end || *ret > max ? -EINVAL : 0;
}

/* 0, 1: help was asked for, or -EINVAL after a line on standard error. */
static int read_options(struct options *options, int argc, char **argv)
{
	static const struct option table[] = {{"runs", required_argument, NULL, 'r'},
		{"repeat", required_argument, NULL, 'n'}, {"json", required_argument, NULL, 'j'},
		{"object", required_argument, NULL, 'o'}, {"help", no_argument, NULL, 'h'}, {0}};
	unsigned long runs = RUNS, repeat = REPEAT;
	int chosen, error = 0;

	while (!error && (chosen = getopt_long(argc, argv, "h", table, NULL)) != -1) {
		if (chosen == 'r')
			error = read_number(optarg, PARTS_RUNS_MAX, &runs);
		else if (chosen == 'n')
			error = read_number(optarg, 100000000, &repeat);
		else if (chosen == 'j')
			options->json = optarg;
		else if (chosen == 'o' && options->object_count < OBJECTS_MAX)
			options->objects[options->object_count++] = optarg;
		else
			error = chosen == 'h' ? 1 : -EINVAL;
	}
	if (error || optind < argc || runs < RUNS_MIN || repeat == 0) {
		fprintf(error > 0 ? stdout : stderr,
			"usage: %s [--runs N (%d; at least %d)] [--repeat N (%d)] [--json FILE] "
			"[--object FILE]...\n",
			argv[0], RUNS, RUNS_MIN, REPEAT);
		return error > 0 ? 1 : -EINVAL;
	}
	options->runs = (unsigned)runs;
	options->repeat = (uint32_t)repeat;
	return 0;
}

static int make_program(struct bench *bench, size_t index)
{
	const struct parts_figure *figure = &bench->result.figures[index];
	const struct parts_row *row = figure->row;
	struct parts_program_options wanted = {.features = row->features,
		.rules = row->rules,
		.sets_log2 = SETS_LOG2,
		.answer_cost_ns = ANSWER_COST_NS,
		.link = &bench->link};
	char path[512];

	for (size_t i = 0; i < index; i++) {
		const struct parts_figure *other = &bench->result.figures[i];

		if (!other->row->build || other->row->features != row->features ||
			other->row->rules != row->rules ||
			strcmp(other->row->build, row->build) != 0 ||
			other->object != figure->object)
			continue;
		bench->subjects[index].program = bench->subjects[i].program;
		bench->subjects[index].shared = true;
		return 0;
	}
	inet_pton(AF_INET, "198.18.0.1", &wanted.server4);
	inet_pton(AF_INET6, "fd4e:7470::1", &wanted.server6);
	snprintf(path, sizeof(path), "%s/parts-%s.bpf.o", bench->folder, row->build);
	wanted.object = figure->object ? figure->object : path;
	bench->subjects[index].program = parts_program_new(&wanted);
	if (bench->subjects[index].program)
		return 0;
	fprintf(stderr, "parts: %s: %s; nothing measured\n", wanted.object, strerror(errno));
	return -errno;
}

static int program_of(const struct bench *bench, size_t index)
{
	const struct subject *subject = &bench->subjects[index];

	return subject->program ? parts_program_fd(subject->program)
				: bpf_program__fd(bench->reflector->progs.reflect);
}

static size_t run_count(const struct parts_row *row)
{
	return row->group == PARTS_WITHOUT ? RUNS_EACH : RUN_WHOLE;
}

static int make_subject(struct bench *bench, size_t index)
{
	struct subject *subject = &bench->subjects[index];
	const struct parts_row *row = bench->result.figures[index].row;
	struct parts_request request = {.family = row->family,
		.tagged = row->tagged,
		.clients = row->clients,
		.link = &bench->link};
	int error = row->build ? make_program(bench, index) : 0;

	if (error)
		return error;
	inet_pton(AF_INET, "198.18.0.1", &request.server4);
	inet_pton(AF_INET6, "fd4e:7470::1", &request.server6);
	inet_pton(AF_INET6, "fd4e:7471::1", &request.source6);
	for (size_t i = 0; i < run_count(row); i++) {
		subject->runs[i] = parts_run_new(&request,
			i == RUN_REQUEST
				? -1
				: program_of(bench, i == RUN_WHOLE ? bench->whole : index));
		if (!subject->runs[i]) {
			fprintf(stderr, "parts: making requests: %s; nothing measured\n",
				strerror(errno));
			return -errno;
		}
	}
	return 0;
}

/*
 * One result of one figure. On a shared machine the least of several short slices has least of the
 * neighbours in it; slices of what is subtracted lie between them, and so do those of the whole,
 * where a part of it is left out.
 */
static int measure(struct bench *bench, size_t index, unsigned run, uint32_t repeat)
{
	struct parts_figure *figure = &bench->result.figures[index];
	double least[RUNS_EACH] = {INFINITY, INFINITY, INFINITY};
	int error = 0;

	for (int slice = 0; slice < SLICES; slice++)
		for (size_t i = 0; i < run_count(figure->row) && !error; i++) {
			double ns;

			error = parts_run_measure(
				bench->subjects[index].runs[i], repeat / SLICES + 1, &ns);
			least[i] = !error && ns < least[i] ? ns : least[i];
		}
	if (error)
		fprintf(stderr, "parts: %s: %s; nothing measured\n", figure->row->name,
			error == -EPROTO ? "the program did not reply" : strerror(-error));
	figure->ns[run] = least[RUN_REPLY] - least[RUN_REQUEST];
	figure->part_ns[run] = least[RUN_WHOLE] - least[RUN_REPLY];
	return error;
}

static int measure_all(struct bench *bench)
{
	struct parts_result *result = &bench->result;
	int error = 0;

	for (size_t i = 0; i < result->count && !error; i++)
		error = measure(bench, i, 0,
			result->figures[i].row->clients * VISITS_TO_FILL + REPEAT_WARM);
	for (unsigned run = 0; run < bench->options.runs; run++)
		for (size_t i = 0; i < result->count && !error; i++)
			error = measure(bench, i, run, bench->options.repeat);
	result->runs = bench->options.runs;
	return error;
}

/* The figures: all rows, or the rows for comparing, once for each build. */
static void list_figures(struct bench *bench)
{
	const struct options *options = &bench->options;
	struct parts_figure *figures = bench->result.figures;
	size_t count = 0;

	for (size_t i = 0; i < parts_row_count && options->object_count == 0; i++)
		figures[count++].row = &parts_rows[i];
	if (options->object_count)
		figures[count++].row = &parts_compare_rows[0];
	for (size_t i = 1; i < parts_compare_count; i++)
		for (size_t k = 0; k < options->object_count && count < FIGURES_MAX; k++) {
			figures[count].object = options->objects[k];
			figures[count++].row = &parts_compare_rows[i];
		}
	bench->result.count = count;
	for (size_t i = 0; i < count; i++)
		if (figures[i].row->group == PARTS_WITHOUT && !bench->whole)
			bench->whole = i;
}

static int prepare(struct bench *bench)
{
	ssize_t length = readlink("/proc/self/exe", bench->folder, sizeof(bench->folder) - 1);
	int error = 0;

	if (length < 0)
		return -errno;
	dirname(bench->folder);
	bench->link = (struct generator_link){
		.client_mac = {2, 0, 0, 0, 0, 1}, .server_mac = {2, 0, 0, 0, 0, 2}, .port = 123};
	bench->reflector = reflector_bpf__open_and_load();
	if (!bench->reflector) {
		fprintf(stderr, "parts: loading the reflector: %s; nothing measured\n",
			strerror(errno));
		return -errno;
	}
	for (size_t i = 0; i < bench->result.count && !error; i++)
		error = make_subject(bench, i);
	return error;
}

static int report(const struct bench *bench)
{
	FILE *file;

	parts_report_text(&bench->result);
	if (!bench->options.json)
		return 0;
	file = fopen(bench->options.json, "ae");
	if (file) {
		parts_report_json(&bench->result, file);
		if (fclose(file) == 0)
			return 0;
	}
	fprintf(stderr, "parts: %s: %s\n", bench->options.json, strerror(errno));
	return -EIO;
}

int main(int argc, char **argv)
{
	static struct parts_figure figures[FIGURES_MAX];
	static struct bench bench = {.result.figures = figures};
	int error = read_options(&bench.options, argc, argv);

	if (error)
		return error < 0 ? 2 : 0;
	libbpf_set_print(NULL);
	list_figures(&bench);
	error = prepare(&bench);
	if (!error)
		error = measure_all(&bench);
	if (!error)
		error = report(&bench);
	for (size_t i = 0; i < bench.result.count; i++) {
		for (size_t k = 0; k < RUNS_EACH; k++)
			parts_run_free(bench.subjects[i].runs[k]);
		if (!bench.subjects[i].shared)
			parts_program_free(bench.subjects[i].program);
	}
	reflector_bpf__destroy(bench.reflector);
	return error ? 1 : 0;
}
