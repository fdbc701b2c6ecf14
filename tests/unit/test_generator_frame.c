// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The load generator's request: every field that a server looks at, and sums that, completed as
 * the programs in the kernel complete them, are right by a plain sum over the whole datagram.
 */
// test-sources: control/cli/generator_frame.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <string.h>

#include "control/cli/generator_frame.h"

static const struct generator_link link_of_two = {
	.client_mac = {2, 0, 0, 0, 0, 1}, .server_mac = {2, 0, 0, 0, 0, 2}, .port = 1123};

static uint16_t fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static uint64_t plain_sum(const uint8_t *bytes, size_t count)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < count; i += 2) {
		uint16_t word;

		memcpy(&word, bytes + i, sizeof(word));
		sum += word;
	}
	return sum;
}

/* What varies: address, port and transmit time, written into frame and sum alike. */
static uint64_t complete(uint8_t *address, uint8_t *udp, uint64_t sum)
{
	static const uint8_t client[4] = {10, 9, 8, 7}, port[2] = {0xc0, 0x01};
	static const uint8_t transmit[8] = {1, 2, 3, 4, 5, 6, 7, 8};
	uint16_t checksum;

	memcpy(address, client, sizeof(client));
	memcpy(udp, port, sizeof(port));
	memcpy(udp + 48, transmit, sizeof(transmit));
	sum += plain_sum(client, 4) + plain_sum(port, 2) + plain_sum(transmit, 8);
	checksum = fold(sum);
	memcpy(udp + 6, &checksum, sizeof(checksum));
	return plain_sum(client, 4);
}

static void check_datagram(const uint8_t *udp)
{
	assert_int_equal(udp[2] << 8 | udp[3], 1123);
	assert_int_equal(udp[4] << 8 | udp[5], 56);
	assert_int_equal(udp[8], 0x23); /* version 4, mode 3 */
	assert_int_equal(udp[9], 0);    /* a client has no stratum */
}

static void ip4(void **state)
{
	struct generator_template template;
	uint8_t frame[sizeof(template.words)];
	uint8_t *ip = frame + 14, *udp = ip + 20;
	struct in_addr server;
	uint64_t client_sum;
	uint16_t header;

	(void)state;
	inet_pton(AF_INET, "192.0.2.1", &server);
	assert_int_equal(generator_frame_make4(&template, &link_of_two, server), 90);
	memcpy(frame, template.words, sizeof(frame));
	assert_memory_equal(frame, "\2\0\0\0\0\2\2\0\0\0\0\1\x08\0\x45", 15);
	assert_memory_equal(ip + 16, &server, 4);
	assert_int_equal(ip[2] << 8 | ip[3], 76);
	assert_int_equal(ip[9], 17);
	check_datagram(udp);
	client_sum = complete(ip + 12, udp, template.udp_sum);
	assert_int_equal(fold(plain_sum(ip + 12, 8 + 56) + htons(17) + htons(56)), 0);
	header = fold(template.ip_sum + client_sum);
	memcpy(ip + 10, &header, sizeof(header));
	assert_int_equal(fold(plain_sum(ip, 20)), 0);
}

static void ip6(void **state)
{
	struct generator_template template;
	uint8_t frame[sizeof(template.words)];
	uint8_t *ip = frame + 14, *udp = ip + 40;
	struct in6_addr server, source;

	(void)state;
	inet_pton(AF_INET6, "fd4e:7470::1", &server);
	inet_pton(AF_INET6, "fd4e:7471:1:2::9", &source);
	assert_int_equal(generator_frame_make6(&template, &link_of_two, &source, &server), 110);
	memcpy(frame, template.words, sizeof(frame));
	assert_memory_equal(frame + 12, "\x86\xdd\x60", 3);
	assert_memory_equal(ip + 24, &server, 16);
	assert_memory_equal(ip + 8, &source, 4);
	assert_memory_equal(ip + 12, "\0\0\0\0", 4); /* the programs count here */
	assert_memory_equal(ip + 16, source.s6_addr + 8, 8);
	assert_int_equal(ip[4] << 8 | ip[5], 56);
	assert_int_equal(ip[6], 17);
	check_datagram(udp);
	complete(ip + 12, udp, template.udp_sum);
	assert_int_equal(fold(plain_sum(ip + 8, 32 + 56) + htons(17) + htons(56)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ip4),
		cmocka_unit_test(ip6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
