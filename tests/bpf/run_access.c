// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rules by address in the program that users attach: ten random sets of 10,000 prefixes, and for
 * 100,000 addresses, as IPv4 and IPv6 requests from port 123 and from others, in versions 3 and 4,
 * the program does what a plain search through the rules says. Then: the program loads with each
 * set of features. Prints TAP. Needs root; leaves nothing behind.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "tests/bpf/program.h"
#include "tests/bpf/rules.h"
#include "tests/vectors/build.h"
#include "tests/vectors/rule_set.h"

#define SETS      10
#define PREFIXES  10000
#define ADDRESSES 10000 /* of each set */

static unsigned reported;

struct trial {
	struct rule_set_address address;
	bool from_ntp_port;
	unsigned version;
};

static bool report(bool good, const char *name)
{
	printf("%s %u - %s\n", good ? "ok" : "not ok", ++reported, name);
	return good;
}

/* Sends the trial's request; what the program did. Checksums are nothing that it looks at. */
static uint32_t run_trial(
	struct program *program, const struct vector *plain, const struct trial *trial)
{
	uint8_t in[VECTOR_FRAME_MAX], out[VECTOR_FRAME_MAX];
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = in, .data_size_in = plain->in_length,
		.data_out = out, .data_size_out = sizeof(out), .repeat = 1);
	size_t ntp = plain->ntp_offset;

	memcpy(in, plain->in, plain->in_length);
	in[ntp] = (uint8_t)(trial->version << 3 | 3);
	build_put(in + ntp - 8, 2, trial->from_ntp_port ? 123 : 40000);
	if (plain->ipv6) {
		build_put(in + ntp - 40, 8, trial->address.high);
		build_put(in + ntp - 32, 8, trial->address.low);
	} else {
		build_put(in + ntp - 16, 4, trial->address.high >> 32);
	}
	if (bpf_prog_test_run_opts(program->fd, &run) != 0)
		return UINT32_MAX;
	return run.retval;
}

/* Whether the rules refuse it, by the second opinion. */
static bool refused(const struct rule_set *rules, const struct trial *trial)
{
	struct rule_set_decision decision = rule_set_decide(rules, &trial->address);
	uint32_t flags = trial->from_ntp_port ? decision.ntpport_flags : decision.flags;

	return flags & ACCESS_DENY || (flags & ACCESS_VERSION && trial->version != 4);
}

/* One address: 1 right, 0 wrong, -1 one that no client has, whatever the rules say. */
static int try_address(struct program *program, const struct vector *vectors,
	const struct rule_set *rules, struct dice *dice)
{
	struct trial trial = {rule_set_address(rules, dice), dice_roll(dice) % 3 == 0,
		dice_roll(dice) % 4 ? 4 : 3};
	const struct vector *plain = &vectors[trial.address.family == FRAME_IPV6];
	uint64_t before = program_counters(program).verdict[VERDICT_DROP_SOURCE_ADDRESS];
	uint32_t action = run_trial(program, plain, &trial);

	if (program_counters(program).verdict[VERDICT_DROP_SOURCE_ADDRESS] != before)
		return -1;
	if (action == (refused(rules, &trial) ? XDP_DROP : XDP_TX))
		return 1;
	printf("# %016llx %016llx, IPv%d, port 123: %d, version %u: action %u\n",
		(unsigned long long)trial.address.high, (unsigned long long)trial.address.low,
		plain->ipv6 ? 6 : 4, trial.from_ntp_port, trial.version, action);
	return 0;
}

/* One set, in the program that is loaded. */
static bool run_set(struct program *program, const struct vector *vectors, struct dice *dice)
{
	struct rule_set rules = rule_set_make(dice, PREFIXES);
	unsigned right = 0, wrong = 0, impossible = 0;

	if (rules_build(&program->access->set[0], rules.rules, rules.count, rules.otherwise) != 0)
		abort();
	while (right + wrong < ADDRESSES && wrong < 10) {
		int result = try_address(program, vectors, &rules, dice);

		right += result == 1;
		wrong += result == 0;
		impossible += result == -1;
	}
	rule_set_free(&rules);
	printf("# %u addresses, %u more that no client can have\n", right + wrong, impossible);
	return wrong == 0 && right == ADDRESSES;
}

static bool run_rules(const struct vector *vectors)
{
	struct program *program = program_load(PROGRAM_REAL, FEATURE_ACCESS);
	struct dice dice = dice_new("rules in the program");
	bool good = true;

	if (program == NULL)
		return report(false, "loading the program");
	/* For an hour: ten sets take seconds. */
	program_meet(program, &vectors[0], rules_clock_ns() - vectors[0].now_ns);
	program->access->current = 0;
	for (int set = 0; set < SETS && good; set++)
		good = run_set(program, vectors, &dice);
	program_free(program);
	return report(good, "10 sets of 10,000 rules, 100,000 addresses: the program does what a "
			    "plain search says");
}

/* The verifier takes the program whatever is asked of it. */
static bool run_features(void)
{
	static const uint32_t all[] = {
		FEATURE_FIB, FEATURE_INTERLEAVED, FEATURE_ACCESS, FEATURE_CLIENTS, FEATURE_DSCP};
	bool good = true;

	for (unsigned set = 0; set < 32; set++) {
		struct program *program;
		uint32_t features = 0;

		for (unsigned i = 0; i < 5; i++)
			features |= set >> i & 1 ? all[i] : 0;
		program = program_load(PROGRAM_REAL, features);
		if (program == NULL)
			printf("# features %u: %s\n", features, strerror(errno));
		good = good && program != NULL;
		program_free(program);
	}
	return report(good, "the program loads with each set of features");
}

int main(void)
{
	struct vector *vectors;
	bool good;

	if (geteuid() != 0) {
		printf("needs root\n");
		return 77;
	}
	vectors_build(&vectors); /* the first two are plain requests, IPv4 and IPv6 */
	good = run_rules(vectors);
	good = run_features() && good;
	printf("1..%u\n", reported);
	free(vectors);
	return good ? 0 : 1;
}
