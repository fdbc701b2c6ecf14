/* SPDX-License-Identifier: GPL-2.0-or-later */
// test-sources: control/live_settings.c control/config.c control/config_access.c
// test-sources: control/config_file.c control/config_include.c control/config_origin.c
// test-sources: control/config_answered.c control/config_prefix.c
// test-sources: control/config_check.c control/config_clock.c control/config_hardware.c
// test-sources: control/config_limit.c control/config_listen.c control/config_line.c
// test-sources: control/config_print.c control/config_source.c control/config_table.c
// test-sources: control/config_value.c dataplane/state/state.c dataplane/state/page.c
// test-sources: dataplane/state/mapping.c dataplane/state/client_table.c
// test-sources: dataplane/state/pindir.c dataplane/state/rules.c dataplane/state/clients.c
/*
 * From lines of a file to what an engine finds for an address: flags, features, the limit's
 * numbers, and when the client table begins anew.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>

#include "control/config.h"
#include "control/live_settings.h"
#include "dataplane/core/access_find.h"
#include "dataplane/core/visit.h"
#include "dataplane/state/clients.h"
#include "dataplane/state/rules.h"
#include "tests/unit/remarks.h"

#define HEAD "local stratum 1\n"
#define D    ACCESS_DENY
#define L    ACCESS_LIMITED
#define K    ACCESS_KOD
#define N    ACCESS_NOQUERY

static struct state *shared;

static int open_state(void **state)
{
	(void)state;
	shared = state_new_private();
	return shared ? 0 : -1;
}

static int close_state(void **state)
{
	(void)state;
	state_close(shared);
	return 0;
}

static void apply(const char *text)
{
	struct config *config = taken(text);

	assert_int_equal(live_settings_write(shared, config, NULL), 0);
	assert_int_equal(shared->settings->features, live_settings_features(config));
	config_free(config);
}

/* What an engine finds, as in respond_access(). */
static uint32_t flags_of(const char *text, bool ntp_port)
{
	const struct access_set *set = access_current(shared->access);
	uint32_t leaf, ipv4;
	uint64_t ipv6[2];

	if (!(shared->settings->features & FEATURE_ACCESS))
		return shared->settings->access_default;
	if (inet_pton(AF_INET, text, &ipv4) == 1) {
		leaf = access_find_ipv4(set, ntohl(ipv4));
	} else {
		assert_int_equal(inet_pton(AF_INET6, text, ipv6), 1);
		leaf = access_find_ipv6(set, be64toh(ipv6[0]), be64toh(ipv6[1]));
	}
	return access_flags(leaf, ntp_port);
}

static void expect(const char *address, uint32_t flags, uint32_t ntpport_flags)
{
	if (flags_of(address, false) != flags || flags_of(address, true) != ntpport_flags)
		fail_msg("%s: %#x and %#x instead of %#x and %#x", address,
			flags_of(address, false), flags_of(address, true), flags, ntpport_flags);
}

static void expect_both(const char *address, uint32_t flags)
{
	expect(address, flags, flags);
}

static void test_nothing_said(void **state)
{
	(void)state;
	apply(HEAD);
	assert_int_equal(shared->settings->features, 0);
	assert_int_equal(shared->settings->limit.sets_log2, 0);
	expect_both("192.0.2.1", 0);
}

static void test_allow_and_deny(void **state)
{
	(void)state;
	apply(HEAD "deny 192.0.2.0/24\nallow 192.0.2.64/26\ndeny 2001:db8::/32\n");
	assert_int_equal(shared->settings->features, FEATURE_ACCESS);
	expect_both("192.0.2.63", D);
	expect_both("192.0.2.64", 0);
	expect_both("192.0.2.128", D);
	expect_both("2001:db8:ffff::1", D);
	/* Parts are allowed: all else is not, as in chrony. */
	apply(HEAD "allow 198.51.100\n");
	expect_both("198.51.100.7", 0);
	expect_both("198.51.101.7", D);
	expect_both("2001:db8::1", D);
	apply(HEAD "allow\ndeny 10/8\n");
	expect_both("10.1.2.3", D);
	expect_both("11.1.2.3", 0);
	expect_both("::2", 0);
	apply(HEAD "deny all\nallow 2001:db8::/48\n");
	expect_both("1.2.3.4", D);
	expect_both("2001:db8::9", 0);
	expect_both("2001:db8:1::9", D);
	/* One family as a whole says nothing of the other. */
	apply(HEAD "allow 0/0\n");
	expect_both("1.2.3.4", 0);
	expect_both("2001:db8::9", D);
	/* `all` takes back what was said of addresses within. */
	apply(HEAD "deny 1.2.3.4\nallow all 1.2\n");
	expect_both("1.2.3.4", 0);
	apply(HEAD "deny 1.2.3.4\nallow 1.2\n");
	expect_both("1.2.3.4", D);
	/* The same prefix again: the later line. */
	apply(HEAD "deny 1.2.3.4\nallow 1.2.3.4\nallow\n");
	expect_both("1.2.3.4", 0);
	apply(HEAD);
	assert_int_equal(shared->settings->features, 0);
	expect_both("1.2.3.4", 0);
}

static void test_martians(void **state)
{
	static const char *const refused[] = {"10.0.0.1", "172.31.255.255", "192.168.1.1",
		"100.64.0.9", "169.254.1.1", "198.18.0.1", "240.0.0.1", "255.255.255.255",
		"fd00::1", "fe80::1", "2001:db8::1", "::ffff:1.2.3.4", "64:ff9b:1::1", "100::1"};
	static const char *const asked[] = {"9.255.255.255", "11.0.0.0", "172.15.255.255",
		"172.32.0.0", "100.128.0.0", "193.0.0.1", "2a02::1", "2001:db7::1",
		"64:ff9b::808:808", "2001:470::1"};

	(void)state;
	apply(HEAD "deny martians\n");
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		expect_both(refused[i], D);
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
		expect_both(asked[i], 0);
	apply(HEAD "deny martians\nallow 192.168.1.0/24\nallow\n");
	expect_both("192.168.1.77", 0);
	expect_both("192.168.2.77", D);
	expect_both("9.9.9.9", 0);
}

/* The pool's classic guide. */
static void test_guide(void **state)
{
	(void)state;
	apply(HEAD "restrict default kod limited nomodify notrap nopeer noquery\n"
		   "restrict 127.0.0.1\nrestrict ::1\n"
		   "restrict 192.0.2.0 mask 255.255.255.0 nomodify\n");
	assert_int_equal(shared->settings->features, FEATURE_ACCESS | FEATURE_CLIENTS);
	expect_both("198.51.100.1", K | L | N);
	expect_both("2001:db8::1", K | L | N);
	expect_both("192.0.2.9", 0);
	expect_both("127.0.0.1", 0);
	expect_both("::1", 0);
	assert_int_equal(shared->settings->limit.kod_log2, 2);
	assert_int_equal(shared->settings->limit.burst_level, 8 * shared->settings->limit.cost);
}

static void test_restrict_flags(void **state)
{
	(void)state;
	apply(HEAD "restrict 192.0.2.1 ignore\nrestrict 192.0.2.2 noserve\n"
		   "restrict 192.0.2.3 version\nrestrict 192.0.2.4 notrust\n"
		   "restrict -6 default limited\nrestrict -4 default kod\n");
	expect_both("192.0.2.1", D | N);
	expect_both("192.0.2.2", D);
	expect_both("192.0.2.3", ACCESS_VERSION);
	expect_both("192.0.2.4", D);
	expect_both("192.0.2.5", K);
	expect_both("2001:db8::1", L);
}

static void test_ntpport(void **state)
{
	(void)state;
	apply(HEAD "restrict 192.0.2.0/24 ntpport ignore\n");
	expect("192.0.2.1", 0, D | N);
	expect_both("192.0.3.1", 0);
	/* More specific than the same prefix without, in either order. */
	apply(HEAD "restrict 192.0.2.0/24 limited\nrestrict 192.0.2.0/24 ntpport noserve\n");
	expect("192.0.2.1", L, D);
	apply(HEAD "restrict 192.0.2.0/24 ntpport noserve\nrestrict 192.0.2.0/24 limited\n");
	expect("192.0.2.1", L, D);
	/* Less specific than a longer prefix. */
	apply(HEAD "restrict 192.0.2.0/24 ntpport noserve\nrestrict 192.0.2.64/26 limited\n"
		   "restrict default kod\n");
	expect("192.0.2.1", K, D);
	expect_both("192.0.2.65", L);
	expect_both("192.0.4.1", K);
	/* Others keep what is said around it. */
	apply(HEAD "restrict default limited\nrestrict 10.0.0.0/8 kod\n"
		   "restrict 10.1.0.0/16 ntpport noserve\nrestrict 10.1.1.0/24 ntpport\n");
	expect("10.1.2.3", K, D);
	expect("10.1.1.3", K, 0);
	expect_both("10.2.2.3", K);
	expect_both("11.2.2.3", L);
}

static void test_ratelimit_and_rules(void **state)
{
	(void)state;
	apply(HEAD "ratelimit interval 1 burst 16 leak 3 kod 1\n");
	assert_int_equal(shared->settings->features, FEATURE_CLIENTS);
	expect_both("192.0.2.1", L | K);
	assert_int_equal(shared->settings->limit.leak_log2, 3);
	assert_int_equal(shared->settings->limit.kod_log2, 1);
	assert_int_equal(shared->settings->limit.burst_level, 16 * shared->settings->limit.cost);
	/* For all but those that a `restrict` line speaks of. */
	apply(HEAD "ratelimit\nrestrict 192.0.2.1\ndeny 10/8\nallow 10.1.1.1\nallow\n");
	expect_both("192.0.2.1", 0);
	expect_both("192.0.2.2", L);
	expect_both("10.2.2.2", D | L);
	expect_both("10.1.1.1", L);
	/* A rule's kod does not make the limit of the others tell. */
	apply(HEAD "ratelimit\nrestrict 192.0.2.1 limited kod\n");
	expect_both("192.0.2.1", L | K);
	expect_both("192.0.2.2", L);
	assert_int_equal(shared->settings->limit.kod_log2, 2);
}

static void test_table_size(void **state)
{
	static const struct {
		const char *line;
		unsigned log2;
	} sizes[] = {{"", 18}, {"clientloglimit 1", 14}, {"clientloglimit 1048576", 14},
		{"clientloglimit 2097151", 14}, {"clientloglimit 2097152", 15},
		{"clientloglimit 40000000", 19}};
	char text[128];

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		snprintf(text, sizeof(text), HEAD "ratelimit\n%s\n", sizes[i].line);
		apply(text);
		assert_int_equal(shared->settings->limit.sets_log2, sizes[i].log2);
		assert_int_equal(shared->client_sets, 1U << sizes[i].log2);
	}
	apply(HEAD "noclientlog\n");
	assert_int_equal(shared->settings->features, 0);
	assert_int_equal(shared->client_sets, 1);
	apply(HEAD "clientloglimit 1000000\n");
	assert_int_equal(shared->settings->features, FEATURE_CLIENTS);
	expect_both("192.0.2.1", 0);
}

static void enter(void)
{
	const struct limit *limit = &shared->settings->limit;
	struct visit visit = {.mixed = clients_mix(clients_key_ipv4(7), limit->seed), .version = 4};

	visit_enter(&shared->clients[clients_set_of(visit.mixed, limit->sets_log2)], limit, &visit);
}

static bool count(void *arg, const struct client *client)
{
	(void)client;
	++*(unsigned *)arg;
	return true;
}

static unsigned clients(void)
{
	unsigned number = 0;

	clients_visit(shared, 0, count, &number);
	return number;
}

/* Clients are forgotten where ticks or networks mean something else, and only there. */
static void test_when_clients_are_forgotten(void **state)
{
	uint64_t seed;

	(void)state;
	apply(HEAD "ratelimit\n");
	seed = shared->settings->limit.seed;
	assert_int_not_equal(seed, 0);
	enter();
	assert_int_equal(clients(), 1);
	apply(HEAD "ratelimit burst 20 leak 4 kod 2\ndeny 10/8\n");
	assert_int_equal(clients(), 1);
	apply(HEAD "ratelimit interval 4\n");
	assert_int_equal(clients(), 0);
	enter();
	apply(HEAD "ratelimit interval 4 prefix6 56\n");
	assert_int_equal(clients(), 0);
	assert_int_equal(shared->settings->limit.prefix6_mask, 0xffffffffffffff00ULL);
	enter();
	apply(HEAD "ratelimit interval 4 prefix6 56\nclientloglimit 2097152\n");
	assert_int_equal(clients(), 0);
	assert_int_equal(shared->settings->limit.seed, seed);
}

/* Looks at the state as a reader that is held up does, at the hold's ends. */
struct watch {
	unsigned holds, releases;
	const struct client_set *held, *released;
	uint32_t features;
};

static void watch_hold(void *arg)
{
	struct watch *watch = arg;

	assert_int_equal(watch->holds, watch->releases);
	watch->holds++;
	watch->held = shared->clients;
	watch->features = shared->settings->features;
}

static void watch_release(void *arg)
{
	struct watch *watch = arg;

	watch->releases++;
	watch->released = shared->clients;
}

/* One hold, and all of the change is in it. */
static void test_readers_are_held_up(void **state)
{
	struct config *config = taken(HEAD "ratelimit\ndeny 10/8\n");
	struct watch watch = {0};
	const struct live_settings_readers readers = {watch_hold, watch_release, &watch};
	const struct client_set *before;

	(void)state;
	apply(HEAD "ratelimit\nclientloglimit 4194304\n");
	enter();
	before = shared->clients;
	assert_int_equal(live_settings_write(shared, config, &readers), 0);
	config_free(config);
	assert_true(watch.holds == 1 && watch.releases == 1);
	assert_ptr_equal(watch.held, before);
	assert_ptr_not_equal(watch.released, before);
	assert_ptr_equal(watch.released, shared->clients);
	assert_int_equal(watch.features, FEATURE_CLIENTS);
	assert_int_equal(shared->settings->features, FEATURE_CLIENTS | FEATURE_ACCESS);
}

/* What cannot be put in force leaves the rest; the most that fits is many thousand lines. */
static void test_ten_thousand_lines(void **state)
{
	char *text = malloc(10000 * 48 + 64), *at = text;

	(void)state;
	assert_non_null(text);
	at += sprintf(at, HEAD);
	for (unsigned i = 0; i < 10000; i++)
		at += sprintf(at,
			i % 100 ? "deny %u.%u.%u.0/24\n"
				: "restrict %u.%u.%u.0/24 ntpport ignore\n",
			1 + i % 200, i / 200, i % 7);
	apply(text);
	expect_both("2.0.1.77", D);
	expect("1.0.0.77", 0, D | N);
	expect_both("2.0.2.77", 0);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_said),
		cmocka_unit_test(test_allow_and_deny),
		cmocka_unit_test(test_martians),
		cmocka_unit_test(test_guide),
		cmocka_unit_test(test_restrict_flags),
		cmocka_unit_test(test_ntpport),
		cmocka_unit_test(test_ratelimit_and_rules),
		cmocka_unit_test(test_table_size),
		cmocka_unit_test(test_when_clients_are_forgotten),
		cmocka_unit_test(test_readers_are_held_up),
		cmocka_unit_test(test_ten_thousand_lines),
	};

	return cmocka_run_group_tests(tests, open_state, close_state);
}
