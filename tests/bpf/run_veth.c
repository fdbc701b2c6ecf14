// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The vectors over a pair of virtual interfaces, in native and in generic mode:
 * raw frames in at one end, through the attached XDP program, and what comes
 * back compared; what is passed has to reach the host as it was sent, what is
 * dropped nobody. With the test's clock and dice to the octet; with the program
 * that users attach the clock's fields by rule (rules.h).
 *
 *   run_veth native|generic
 *
 * Prints TAP. Needs root; the namespace it makes goes with it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/bpf/program.h"
#include "tests/bpf/rules.h"
#include "tests/bpf/veth.h"
#include "tests/vectors/build.h"

#define SHORTEST     14  /* a packet socket sends no frame without an Ethernet header */
#define WAIT_MS      500 /* for a frame that has to come */
#define MONOTONIC_IN 2000

static const uint32_t feature_sets[] = {0, FEATURE_INTERLEAVED, FEATURE_FIB, FEATURE_ACCESS,
	FEATURE_CLIENTS, FEATURE_ACCESS | FEATURE_CLIENTS, FEATURE_DSCP,
	FEATURE_ACCESS | FEATURE_DSCP};
#define FEATURE_SETS (sizeof(feature_sets) / sizeof(feature_sets[0]))

static struct veth veth;
static struct vector *vectors;
static size_t vectors_count;
static unsigned reported;

struct pass {
	char name[64];
	bool hooked;
	struct vector_group groups[VECTOR_GROUPS_MAX];
	size_t groups_count;
	size_t ran[VECTOR_GROUPS_MAX];
	size_t failed[VECTOR_GROUPS_MAX];
};

static bool skipped(const struct pass *pass, const struct vector *vector)
{
	return vector->in_length < SHORTEST ||
	       (!pass->hooked && vector->flags & (VECTOR_EXACT_CLOCK | VECTOR_EXACT_RANDOM));
}

static unsigned report(bool failed, const char *name, const char *what)
{
	printf("%s %u - %s: %s\n", failed ? "not ok" : "ok", ++reported, name, what);
	return failed;
}

/* A frame whose first tag is cut short, or the two octets behind it, gets as far as no socket: the
 * kernel drops it itself (skb_vlan_untag). */
static bool tag_is_cut(const struct vector *vector)
{
	uint64_t type = vector->in_length >= 14 ? build_get(vector->in + 12, 2) : 0;

	return (type == 0x8100 || type == 0x88a8) && vector->in_length < 20;
}

/* The program has seen the frame once a counter has moved. */
static void wait_until_counted(const struct program *program, const struct counters_block *before)
{
	const struct timespec nap = {.tv_nsec = 100000};

	for (int i = 0; i < WAIT_MS * 10; i++) {
		struct counters_block now = program_counters(program);

		if (memcmp(&now, before, sizeof(now)) != 0)
			return;
		nanosleep(&nap, NULL);
	}
}

/* Nothing more may come, at either end. */
static const char *stray(void)
{
	uint8_t frame[VECTOR_FRAME_MAX];

	if (veth_receive(&veth, VETH_CLIENT, frame, 0) > 0)
		return "a frame came back that should not";
	if (veth_receive(&veth, VETH_SERVER, frame, 0) > 0)
		return "a frame reached the host that should not";
	return NULL;
}

static const char *judge(const struct pass *pass, const struct vector *vector,
	const struct timepage *page, struct rules_arrival *arrival)
{
	bool served = vector_answered(vector), dropped;
	uint8_t *frame = (uint8_t *)arrival->frame;
	const char *wrong;
	long length;

	dropped = strncmp(vector_verdict_name(vector->verdict), "drop_", 5) == 0;
	if (!dropped && !tag_is_cut(vector)) {
		length = veth_receive(&veth, served ? VETH_CLIENT : VETH_SERVER, frame, WAIT_MS);
		arrival->latest_ns = rules_clock_ns();
		if (length <= 0)
			return served ? "no reply came back" : "it did not reach the host";
		arrival->length = (size_t)length;
		wrong = pass->hooked ? rules_same(vector, arrival)
				     : rules_broken(vector, page, arrival);
		if (wrong != NULL)
			return wrong;
	}
	return stray();
}

static bool vector_holds(
	const struct pass *pass, struct program *program, const struct vector *vector)
{
	uint64_t now_ns = rules_clock_ns();
	uint64_t shift_ns = pass->hooked ? 0 : now_ns - vector->now_ns;
	struct timepage page = program_page(vector, shift_ns);
	uint8_t frame[VECTOR_FRAME_MAX];
	struct rules_arrival arrival = {frame, 0, now_ns, 0};
	struct counters_block before, after;
	const char *wrong;
	int error;

	program_meet(program, vector, shift_ns);
	before = program_counters(program);
	error = veth_send(&veth, vector->in, vector->in_length);
	if (error != 0) {
		printf("# %s: sending: %s\n", vector->name, strerror(-error));
		return false;
	}
	wait_until_counted(program, &before);
	wrong = judge(pass, vector, &page, &arrival);
	after = program_counters(program);
	if (wrong == NULL)
		wrong = vector_counted(&before, &after, vector);
	if (wrong == NULL)
		return true;
	printf("# %s: %s; expected %s\n", vector->name, wrong,
		vector_verdict_name(vector->verdict));
	vector_print_difference(vector, frame, arrival.length);
	return false;
}

static size_t group_of(const struct pass *pass, const struct vector *vector)
{
	size_t at = 0;

	while (!vector_in_group(vector, &pass->groups[at]))
		at++;
	return at;
}

/* All vectors that want these features. */
static bool run_features(struct pass *pass, uint32_t features)
{
	struct program *program = program_load(pass->hooked, features);
	int error = program == NULL ? -errno : veth_attach(&veth, program->fd);

	if (error != 0) {
		printf("# attaching the program: %s\n", strerror(-error));
		program_free(program);
		return false;
	}
	for (size_t i = 0; i < vectors_count; i++) {
		const struct vector *vector = &vectors[i];
		size_t group = group_of(pass, vector);

		if (vector->features != features || skipped(pass, vector))
			continue;
		pass->ran[group]++;
		pass->failed[group] += !vector_holds(pass, program, vector);
	}
	veth_attach(&veth, -1);
	program_free(program);
	return true;
}

static unsigned run_pass(struct pass *pass)
{
	char what[VECTOR_NAME_MAX + 32];
	unsigned failed = 0;

	pass->groups_count = vector_groups(vectors, vectors_count, pass->groups);
	for (size_t i = 0; i < FEATURE_SETS; i++)
		if (!run_features(pass, feature_sets[i]))
			failed += report(true, pass->name, "loading and attaching");
	for (size_t i = 0; i < pass->groups_count; i++) {
		if (pass->ran[i] == 0)
			continue;
		snprintf(what, sizeof(what), "%s, %zu vectors", pass->groups[i].name, pass->ran[i]);
		failed += report(pass->failed[i] != 0, pass->name, what);
	}
	return failed;
}

/* Sends the request and judges the reply's timestamps against those of the one before. */
static const char *follow(
	const struct vector *vector, uint64_t *ret_receive, uint64_t *ret_transmit)
{
	uint8_t frame[VECTOR_FRAME_MAX];
	uint64_t receive, transmit;

	if (veth_send(&veth, vector->in, vector->in_length) != 0 ||
		veth_receive(&veth, VETH_CLIENT, frame, WAIT_MS) != vector->out_length)
		return "no reply";
	receive = build_get(frame + vector->ntp_offset + 32, 8);
	transmit = build_get(frame + vector->ntp_offset + 40, 8);
	if (receive < *ret_receive || transmit < *ret_transmit)
		return "time ran back";
	if (transmit <= receive)
		return "transmit is not after receive";
	*ret_receive = receive;
	*ret_transmit = transmit;
	return NULL;
}

/* protocol.md sec. 2: never backwards from one reply to the next on one queue. */
static unsigned run_monotonic(const char *name)
{
	const struct vector *vector = &vectors[0]; /* plain IPv4, served */
	struct program *program = program_load(PROGRAM_REAL, 0);
	uint64_t receive = 0, transmit = 0;
	const char *wrong = "loading and attaching";

	if (program != NULL && veth_attach(&veth, program->fd) == 0) {
		wrong = NULL;
		program_meet(program, vector, rules_clock_ns() - vector->now_ns);
		for (int i = 0; wrong == NULL && i < MONOTONIC_IN; i++)
			wrong = follow(vector, &receive, &transmit);
		veth_attach(&veth, -1);
	}
	program_free(program);
	if (wrong != NULL)
		printf("# %s\n", wrong);
	return report(wrong != NULL, name, "2000 replies in order, time never back");
}

/* A way back that is not the way the request came: by another neighbour. */
#define NEIGHBOUR 0x02005e334455
static const char make_routes[] =
	"exec 2>&1; set -e; cd /proc/sys/net; "
	"echo 0 >ipv6/conf/server/disable_ipv6; echo 1 >ipv6/conf/all/forwarding; "
	"echo 1 >ipv4/ip_forward; "
	"ip address add 192.0.2.1/24 dev server; "
	"ip address add 2001:db8:0:1::1/64 dev server nodad; "
	"ip neighbour add 192.0.2.9 lladdr 02:00:5e:33:44:55 dev server nud permanent; "
	"ip neighbour add 2001:db8:0:1::9 lladdr 02:00:5e:33:44:55 dev server nud permanent; "
	"ip route add 203.0.113.0/24 via 192.0.2.9; "
	"ip route add 2001:db8:0:ff::/64 via 2001:db8:0:1::9";

/* The next frame of this length, past what the host itself says now that it has addresses. */
static size_t receive_length(uint8_t *frame, size_t wanted)
{
	long length;

	do
		length = veth_receive(&veth, VETH_CLIENT, frame, WAIT_MS);
	while (length > 0 && ((size_t)length != wanted || frame[0] & 1));
	return length > 0 ? (size_t)length : 0;
}

static unsigned run_routed(const char *name, const struct vector *plain)
{
	struct program *program = program_load(PROGRAM_REAL, FEATURE_FIB);
	struct vector vector = *plain;
	uint8_t frame[VECTOR_FRAME_MAX];
	struct rules_arrival arrival = {frame, 0, rules_clock_ns(), 0};
	uint64_t shift_ns = arrival.earliest_ns - vector.now_ns;
	struct timepage page = program_page(&vector, shift_ns);
	const char *wrong = "loading and attaching";

	build_put(vector.out, 6, NEIGHBOUR);
	if (program != NULL && veth_attach(&veth, program->fd) == 0) {
		program_meet(program, &vector, shift_ns);
		veth_send(&veth, vector.in, vector.in_length);
		arrival.length = receive_length(frame, vector.out_length);
		arrival.latest_ns = rules_clock_ns();
		wrong = rules_broken(&vector, &page, &arrival);
		veth_attach(&veth, -1);
	}
	program_free(program);
	if (wrong != NULL) {
		printf("# %s\n", wrong);
		vector_print_difference(&vector, frame, arrival.length);
	}
	return report(wrong != NULL, name,
		vector.ipv6 ? "fib, IPv6: to the neighbour that the route names"
			    : "fib, IPv4: to the neighbour that the route names");
}

static unsigned run_fib(const char *name)
{
	unsigned failed = 0;

	if (system(make_routes) != 0) /* NOLINT(cert-env33-c): a constant, no input */
		return report(true, name, "fib: making routes");
	for (size_t i = 0; i < 2; i++)
		failed += run_routed(name, &vectors[i]); /* plain IPv4 and IPv6 */
	return failed;
}

int main(int argc, char **argv)
{
	static struct pass passes[2] = {{.hooked = true}, {.hooked = false}};
	const char *mode = argc > 1 ? argv[1] : "native";
	unsigned failed = 0;

	if (strcmp(mode, "native") != 0 && strcmp(mode, "generic") != 0) {
		fprintf(stderr, "usage: %s native|generic\n", argv[0]);
		return 2;
	}
	if (geteuid() != 0) {
		printf("needs root\n");
		return 77;
	}
	if (veth_make(&veth, strcmp(mode, "native") == 0) != 0)
		return 77;
	vectors_count = vectors_build(&vectors);
	for (size_t i = 0; i < 2; i++) {
		snprintf(passes[i].name, sizeof(passes[i].name), "veth %s, %s", mode,
			passes[i].hooked ? "test clock" : "real program");
		failed += run_pass(&passes[i]);
	}
	failed += run_monotonic(passes[1].name);
	failed += run_fib(passes[1].name);
	printf("1..%u\n", reported);
	free(vectors);
	return failed ? 1 : 0;
}
