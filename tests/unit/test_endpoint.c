// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/endpoint.c
/*
 * When two UDP endpoints are the same one: families, addresses, ports, and the interface where,
 * and only where, an address needs one.
 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "control/endpoint.h"

static struct sockaddr_storage ipv4(const char *text, uint16_t port)
{
	struct sockaddr_storage ret = {.ss_family = AF_INET};
	struct sockaddr_in *in = (void *)&ret;

	in->sin_port = htons(port);
	assert_int_equal(inet_pton(AF_INET, text, &in->sin_addr), 1);
	return ret;
}

static struct sockaddr_storage ipv6(const char *text, uint16_t port, uint32_t scope)
{
	struct sockaddr_storage ret = {.ss_family = AF_INET6};
	struct sockaddr_in6 *in = (void *)&ret;

	in->sin6_port = htons(port);
	in->sin6_scope_id = scope;
	assert_int_equal(inet_pton(AF_INET6, text, &in->sin6_addr), 1);
	return ret;
}

static void check(struct sockaddr_storage a, struct sockaddr_storage b, bool same)
{
	assert_int_equal(endpoint_same(&a, &b), same);
	assert_int_equal(endpoint_same(&b, &a), same);
}

static void test_same(void **state)
{
	(void)state;
	check(ipv4("192.0.2.1", 123), ipv4("192.0.2.1", 123), true);
	check(ipv4("192.0.2.1", 123), ipv4("192.0.2.1", 124), false);
	check(ipv4("192.0.2.1", 123), ipv4("192.0.2.2", 123), false);
	check(ipv4("192.0.2.1", 123), ipv6("::ffff:192.0.2.1", 123, 0), false);
	check(ipv6("2001:db8::1", 123, 0), ipv6("2001:db8::1", 123, 0), true);
	check(ipv6("2001:db8::1", 123, 0), ipv6("2001:db8::1", 124, 0), false);
	check(ipv6("2001:db8::1", 123, 0), ipv6("2001:db8::2", 123, 0), false);
	/* The kernel names the interface for link-local addresses alone. */
	check(ipv6("2001:db8::1", 123, 2), ipv6("2001:db8::1", 123, 0), true);
	check(ipv6("fe80::1", 123, 2), ipv6("fe80::1", 123, 2), true);
	check(ipv6("fe80::1", 123, 2), ipv6("fe80::1", 123, 3), false);
}

static void test_loopback(void **state)
{
	const struct sockaddr_storage here[] = {
		ipv4("127.0.0.1", 123), ipv4("127.9.9.9", 123), ipv6("::1", 123, 0)};
	const struct sockaddr_storage away[] = {
		ipv4("128.0.0.1", 123), ipv4("192.0.2.127", 123), ipv6("::2", 123, 0)};

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_true(endpoint_is_loopback(&here[i]));
		assert_false(endpoint_is_loopback(&away[i]));
	}
}

static void test_length(void **state)
{
	struct sockaddr_storage four = ipv4("192.0.2.1", 123), six = ipv6("::1", 123, 0);

	(void)state;
	assert_int_equal(endpoint_length(&four), sizeof(struct sockaddr_in));
	assert_int_equal(endpoint_length(&six), sizeof(struct sockaddr_in6));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_loopback),
		cmocka_unit_test(test_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
