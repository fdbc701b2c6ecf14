// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The vectors through the kernel's BPF_PROG_RUN. First the program with the
 * test's clock and dice: every frame has to leave to the octet as it does
 * natively. Then the program that users attach, with the kernel's clock: the
 * same, the clock's fields by rule (rules.h). And the program with card stamps, on a made-up card
 * that says when the frame came, and on one that says what cannot be true: to the octet. Each frame
 * must move one counter. At last, what a CPU keeps: it is used until page or address table turn.
 * Prints TAP. Needs root; leaves nothing behind.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "tests/bpf/program.h"
#include "tests/bpf/rules.h"
#include "tests/vectors/build.h"

/* BPF_PROG_RUN takes no frame without an Ethernet header. */
#define SHORTEST 14

static const uint32_t feature_sets[] = {0, FEATURE_INTERLEAVED, FEATURE_FIB, FEATURE_ACCESS,
	FEATURE_CLIENTS, FEATURE_ACCESS | FEATURE_CLIENTS, FEATURE_DSCP,
	FEATURE_ACCESS | FEATURE_DSCP};
#define FEATURE_SETS (sizeof(feature_sets) / sizeof(feature_sets[0]))

static struct vector *vectors;
static size_t vectors_count;
static struct vector_group groups[VECTOR_GROUPS_MAX];
static size_t groups_count;
static unsigned reported;

struct pass {
	const char *name;
	enum program_kind kind;
	bool lies; /* the card tells what cannot be true */
	struct program *program[FEATURE_SETS];
	size_t ran;
	size_t left; /* no Ethernet header, or made for a clock that stands */
};

static struct program *program_for(const struct pass *pass, const struct vector *vector)
{
	for (size_t i = 0; i < FEATURE_SETS; i++)
		if (feature_sets[i] == vector->features)
			return pass->program[i];
	return NULL;
}

static int action_of(enum verdict verdict)
{
	const char *name = vector_verdict_name(verdict);

	if (strncmp(name, "drop_", 5) == 0)
		return XDP_DROP;
	return strncmp(name, "served", 6) == 0 ? XDP_TX : XDP_PASS;
}

static bool skipped(const struct pass *pass, const struct vector *vector)
{
	return vector->in_length < SHORTEST ||
	       (pass->kind == PROGRAM_REAL &&
		       vector->flags & (VECTOR_EXACT_CLOCK | VECTOR_EXACT_RANDOM));
}

/* How long before the clock read the made-up card saw the frame: what the page has room for. */
static uint64_t waited_ns(const struct vector *vector)
{
	uint32_t a = vector->page.sample[0].answer_cost_ns,
		 b = vector->page.sample[1].answer_cost_ns;

	return a < b ? a : b;
}

static bool vector_holds(const struct pass *pass, const struct vector *vector)
{
	struct program *program = program_for(pass, vector);
	uint64_t now_ns = rules_clock_ns();
	uint64_t shift_ns = pass->kind != PROGRAM_REAL ? 0 : now_ns - vector->now_ns;
	uint8_t frame[VECTOR_FRAME_MAX];
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = vector->in,
		.data_size_in = vector->in_length, .data_out = frame,
		.data_size_out = sizeof(frame), .repeat = 1);
	struct counters_block before, after;
	struct rules_arrival arrival = {frame, 0, now_ns, 0};
	struct timepage page = program_page(vector, shift_ns);
	const char *wrong;

	program_meet(program, vector, shift_ns);
	if (pass->kind == PROGRAM_CARD && pass->lies)
		program_meet_lie(program, vector, (unsigned)(vector - vectors) % PROGRAM_LIES);
	else if (pass->kind == PROGRAM_CARD)
		program_meet_card(program, vector, waited_ns(vector));
	before = program_counters(program);
	if (bpf_prog_test_run_opts(program->fd, &run) != 0) {
		printf("# %s: BPF_PROG_RUN: %s\n", vector->name, strerror(errno));
		return false;
	}
	arrival.latest_ns = rules_clock_ns();
	arrival.length = run.data_size_out;
	after = program_counters(program);
	wrong = vector_counted(&before, &after, vector);
	if (wrong == NULL && (int)run.retval != action_of(vector->verdict))
		wrong = "another XDP action";
	if (wrong == NULL)
		wrong = pass->kind != PROGRAM_REAL ? rules_same(vector, &arrival)
						   : rules_broken(vector, &page, &arrival);
	if (wrong == NULL && pass->kind == PROGRAM_CARD && vector->verdict == VERDICT_SERVED &&
		program_used_card(program) == pass->lies)
		wrong = pass->lies ? "a stamp that cannot be true was used"
				   : "the card's stamp was not used";
	if (wrong == NULL)
		return true;
	printf("# %s: %s; expected %s, action %u\n", vector->name, wrong,
		vector_verdict_name(vector->verdict), run.retval);
	vector_print_difference(vector, frame, run.data_size_out);
	return false;
}

static unsigned run_group(struct pass *pass, const struct vector_group *group)
{
	size_t ran = 0, left = 0, failed = 0;

	for (size_t i = 0; i < vectors_count; i++) {
		if (!vector_in_group(&vectors[i], group))
			continue;
		if (skipped(pass, &vectors[i])) {
			left++;
			continue;
		}
		ran++;
		failed += !vector_holds(pass, &vectors[i]);
	}
	pass->ran += ran;
	pass->left += left;
	if (ran == 0)
		return 0;
	printf("%s %u - %s: %s, %zu vectors\n", failed ? "not ok" : "ok", ++reported, pass->name,
		group->name, ran);
	return failed != 0;
}

/* The action, and the seconds of the reply's transmit timestamp. */
static int ask(const struct program *program, const struct vector *vector, uint32_t *ret_seconds)
{
	uint8_t frame[VECTOR_FRAME_MAX];
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = vector->in,
		.data_size_in = vector->in_length, .data_out = frame,
		.data_size_out = sizeof(frame), .repeat = 1);

	if (bpf_prog_test_run_opts(program->fd, &run) != 0)
		return -1;
	*ret_seconds = (uint32_t)build_get(frame + run.data_size_out - 8, 4);
	return (int)run.retval;
}

/* The first vector is the plain request. Twice by one template, then the page says another time;
 * then the address is not the host's for a turn of the table, and then there is no time. */
static bool valid_until_turned(struct program *program, const struct vector *vector)
{
	uint32_t first = 0, again = 0, turned = 0, none;
	struct timepage_sample sample;

	program_meet(program, vector, 0);
	sample = *timepage_current(program->page);
	if (ask(program, vector, &first) != XDP_TX || ask(program, vector, &again) != XDP_TX ||
		again != first)
		return false;
	sample.base_seconds += 1000;
	timepage_publish(program->page, &sample);
	if (ask(program, vector, &turned) != XDP_TX || turned != first + 1000)
		return false;
	program->addresses->current++; /* to the set that says the opposite */
	if (ask(program, vector, &none) != XDP_PASS)
		return false;
	program->addresses->current++;
	if (ask(program, vector, &again) != XDP_TX)
		return false;
	sample.flags = 0;
	timepage_publish(program->page, &sample);
	return ask(program, vector, &none) == XDP_PASS;
}

/* On one CPU: each has its own. */
static unsigned run_kept(void)
{
	struct program *program = program_load(PROGRAM_HOOKED, 0);
	bool holds = false;
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	if (program != NULL && sched_setaffinity(0, sizeof(one), &one) == 0)
		holds = valid_until_turned(program, &vectors[0]);
	program_free(program);
	printf("%s %u - kernel: what is kept goes when page or table turn\n",
		holds ? "ok" : "not ok", ++reported);
	return !holds;
}

static unsigned run_pass(struct pass *pass)
{
	unsigned failed = 0;
	bool loaded = true;

	for (size_t i = 0; i < FEATURE_SETS; i++) {
		pass->program[i] = program_load(pass->kind, feature_sets[i]);
		if (pass->program[i] == NULL) {
			printf("not ok %u - %s: loading the program: %s\n", ++reported, pass->name,
				strerror(errno));
			loaded = false;
			failed++;
		}
	}
	for (size_t i = 0; loaded && i < groups_count; i++)
		failed += run_group(pass, &groups[i]);
	for (size_t i = 0; i < FEATURE_SETS; i++)
		program_free(pass->program[i]);
	printf("# %s: %zu vectors ran, %zu cannot be run so\n", pass->name, pass->ran, pass->left);
	return failed;
}

int main(void)
{
	struct pass passes[] = {
		{.name = "kernel, test clock", .kind = PROGRAM_HOOKED},
		{.name = "kernel, test card", .kind = PROGRAM_CARD},
		{.name = "kernel, lying card", .kind = PROGRAM_CARD, .lies = true},
		{.name = "kernel, real program"},
	};
	unsigned failed = 0;

	if (geteuid() != 0) {
		printf("needs root\n");
		return 77;
	}
	/* A namespace of its own: route lookups find nothing, whatever this host's routes are. */
	if (unshare(CLONE_NEWNET) != 0) {
		printf("cannot make a network namespace: %s\n", strerror(errno));
		return 77;
	}
	vectors_count = vectors_build(&vectors);
	groups_count = vector_groups(vectors, vectors_count, groups);
	for (size_t i = 0; i < sizeof(passes) / sizeof(passes[0]); i++)
		failed += run_pass(&passes[i]);
	failed += run_kept();
	printf("1..%u\n", reported);
	free(vectors);
	return failed ? 1 : 0;
}
