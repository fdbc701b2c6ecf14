// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/sources.c control/sources_report.c control/upstream.c control/source.c
// test-sources: control/client.c control/poll.c control/exchange.c control/timestamping.c
// test-sources: control/endpoint.c control/own_reference.c control/address_choice.c
// test-sources: control/resolver.c control/reference_id.c control/clocks.c control/select.c
// test-sources: control/filter.c control/filter_bank.c control/filter_delays.c control/log.c
// test-sources: control/log_events.c dataplane/socket/datagram.c
/*
 * The set of sources against servers of every kind, all in one loop over loopback, in real
 * time: good ones, spoofers, kisses, loops, silence; what a change of settings keeps; and that
 * addresses in digits need no DNS socket. Reference ids by their definition.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "control/clocks.h"
#include "control/log.h"
#include "control/sources.h"

enum kind {
	GOOD,
	SPOOFED,  /* wrong origins first: a reply and a kiss */
	DOUBLE,   /* answers twice */
	STRANGER, /* one who has seen the request answers first, from another port */
	RATE,
	DENY,
	RSTR,
	UNSYNCHRONISED,
	LOOP,
	TAIL,
	FAR, /* as far as `maxdelay` goes */
	SILENT,
	KINDS
};

struct server {
	enum kind kind;
	int fd;
	uint16_t port;
	struct event *event;
	unsigned asked;
	uint16_t last_port; /* of the client */
	bool same_port;
	be64 last_cookie;
	bool same_cookie;
};

struct world {
	struct event_base *base;
	struct server server[KINDS];
	struct config_source list[KINDS];
	struct config config;
	struct sources *sources;
	FILE *log;
	unsigned updates;
};

static struct world w;

static be64 now_wire(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return be64_of(((uint64_t)now.tv_sec + 2208988800ULL) << 32 |
		       ((uint64_t)now.tv_nsec << 32) / 1000000000);
}

static struct ntp_packet reply_to(const struct ntp_packet *request)
{
	be64 now = now_wire();

	return (struct ntp_packet){
		.leap_version_mode = ntp_wire_first_octet(0, 4, NTP_MODE_SERVER),
		.stratum = 2,
		.precision = -23,
		.reference_id = be32_of(0xc0000201),
		.reference_ts = be64_of(be64_value(now) - (5ULL << 32)),
		.origin_ts = request->transmit_ts,
		.receive_ts = now,
		.transmit_ts = now_wire(),
	};
}

static struct ntp_packet kiss_to(const struct ntp_packet *request, const char *code)
{
	struct ntp_packet packet = reply_to(request);

	packet.leap_version_mode = ntp_wire_first_octet(3, 4, NTP_MODE_SERVER);
	packet.stratum = 0;
	memcpy(&packet.reference_id, code, 4);
	return packet;
}

static void note_request(
	struct server *server, const struct ntp_packet *request, const struct sockaddr_in *from)
{
	assert_int_equal(request->leap_version_mode, 0x23);
	if (server->asked++) {
		server->same_port |= from->sin_port == server->last_port;
		server->same_cookie |= request->transmit_ts.raw == server->last_cookie.raw;
	}
	server->last_port = from->sin_port;
	server->last_cookie = request->transmit_ts;
}

static void on_request(evutil_socket_t fd, short what, void *arg)
{
	struct server *server = arg;
	struct sockaddr_in from;
	socklen_t length = sizeof(from);
	struct ntp_packet request, reply, spoof;
	uint8_t tail[68] = {0};

	(void)what;
	assert_int_equal(
		recvfrom(fd, &request, sizeof(request), 0, (struct sockaddr *)&from, &length),
		NTP_PACKET_SIZE);
	note_request(server, &request, &from);
	reply = reply_to(&request);
	if (server->kind == RATE)
		reply = kiss_to(&request, "RATE");
	if (server->kind == DENY)
		reply = kiss_to(&request, "DENY");
	if (server->kind == RSTR)
		reply = kiss_to(&request, "RSTR");
	if (server->kind == UNSYNCHRONISED)
		reply = kiss_to(&request, "INIT");
	if (server->kind == LOOP)
		reply.reference_id = be32_of(INADDR_LOOPBACK);
	if (server->kind == SPOOFED) {
		spoof = reply;
		spoof.origin_ts.raw++;
		sendto(fd, &spoof, sizeof(spoof), 0, (struct sockaddr *)&from, length);
		spoof = kiss_to(&request, "RATE");
		spoof.origin_ts.raw = 0;
		sendto(fd, &spoof, sizeof(spoof), 0, (struct sockaddr *)&from, length);
	}
	if (server->kind == STRANGER) {
		spoof = kiss_to(&request, "RATE");
		sendto(w.server[SILENT].fd, &spoof, sizeof(spoof), 0, (struct sockaddr *)&from,
			length);
	}
	memcpy(tail, &reply, sizeof(reply));
	for (int i = 0; server->kind != SILENT && i <= (server->kind == DOUBLE); i++)
		sendto(fd, tail, server->kind == TAIL ? sizeof(tail) : sizeof(reply), 0,
			(struct sockaddr *)&from, length);
}

static void serve(struct server *server, enum kind kind)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);

	server->kind = kind;
	server->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	assert_true(server->fd >= 0);
	assert_int_equal(bind(server->fd, (struct sockaddr *)&address, length), 0);
	assert_int_equal(getsockname(server->fd, (struct sockaddr *)&address, &length), 0);
	server->port = ntohs(address.sin_port);
	server->event = event_new(w.base, server->fd, EV_READ | EV_PERSIST, on_request, server);
	assert_int_equal(event_add(server->event, NULL), 0);
}

static void on_update(void *arg)
{
	(void)arg;
	assert_non_null(w.sources);
	w.updates++;
}

static int setup(void **state)
{
	struct sources_options options = {.on_update = on_update};
	struct event_config *how = event_config_new();

	(void)state;
	memset(&w, 0, sizeof(w));
	w.log = fopen("/dev/null", "w");
	log_redirect(w.log, false);
	/* The least able backend must do. */
	event_config_avoid_method(how, "epoll");
	options.base = w.base = event_base_new_with_config(how);
	event_config_free(how);
	assert_string_equal(event_base_get_method(w.base), "poll");
	w.config = (struct config){.sources = w.list, .source_count = KINDS, .maxdistance_s = 1.5};
	for (int i = 0; i < KINDS; i++) {
		serve(&w.server[i], (enum kind)i);
		w.list[i] = (struct config_source){.host = "127.0.0.1",
			.port = w.server[i].port,
			.maxpoll = 2,
			.version = 4,
			.maxsources = 4,
			.maxdelay_s = 3};
	}
	w.list[FAR].maxdelay_s = 1e-6;
	w.sources = sources_new(&options, &w.config);
	assert_non_null(w.sources);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sources_free(w.sources);
	for (int i = 0; i < KINDS; i++) {
		event_free(w.server[i].event);
		close(w.server[i].fd);
	}
	event_base_loop(w.base, EVLOOP_NONBLOCK);
	event_base_free(w.base);
	log_redirect(NULL, false);
	fclose(w.log);
	return 0;
}

static void run(long ms)
{
	struct timeval wait = {ms / 1000, ms % 1000 * 1000};

	event_base_loopexit(w.base, &wait);
	event_base_dispatch(w.base);
}

static int sockets(void)
{
	DIR *folder = opendir("/proc/self/fd");
	struct dirent *entry;
	char target[64];
	int count = 0;

	while ((entry = readdir(folder)) != NULL) {
		ssize_t length = readlinkat(dirfd(folder), entry->d_name, target, sizeof(target));

		count += length > 7 && !memcmp(target, "socket:", 7);
	}
	closedir(folder);
	return count;
}

static uint64_t counted(const struct source_report *report, enum exchange_result result)
{
	return report->counters.result[result];
}

/* About three seconds: three requests to each, one to those that lengthened the interval. */
static void test_kinds(void **state)
{
	struct source_report r[KINDS];
	struct clock_input inputs[KINDS];
	int before;

	(void)state;
	before = sockets();
	run(2900);
	assert_int_equal(sources_report(w.sources, clocks_raw_ns(), 0, r), KINDS);
	assert_true(sockets() <= before + KINDS);
	assert_in_range(w.updates, 9, 16);

	assert_in_range(counted(&r[GOOD], EXCHANGE_ACCEPTED), 2, 4);
	assert_true(r[GOOD].usable && r[GOOD].measured && r[GOOD].answered && r[GOOD].reach & 1);
	assert_string_equal(r[GOOD].refid, "192.0.2.1");
	assert_true(r[GOOD].delay_s > 0 && r[GOOD].delay_s < 0.1);
	assert_false(w.server[GOOD].same_port);
	assert_false(w.server[GOOD].same_cookie);

	assert_in_range(counted(&r[SPOOFED], EXCHANGE_ACCEPTED), 2, 4);
	assert_int_equal(
		counted(&r[SPOOFED], EXCHANGE_ORIGIN), 2 * counted(&r[SPOOFED], EXCHANGE_ACCEPTED));
	assert_int_equal(counted(&r[SPOOFED], EXCHANGE_KISS_RATE), 0);
	assert_in_range(counted(&r[DOUBLE], EXCHANGE_ACCEPTED), 2, 4);
	assert_int_equal(counted(&r[DOUBLE], EXCHANGE_ACCEPTED), w.server[DOUBLE].asked);
	assert_int_equal(
		counted(&r[DOUBLE], EXCHANGE_UNEXPECTED), counted(&r[DOUBLE], EXCHANGE_ACCEPTED));
	assert_int_equal(r[DOUBLE].last_result, EXCHANGE_ACCEPTED);
	assert_in_range(counted(&r[STRANGER], EXCHANGE_ACCEPTED), 2, 4);
	assert_int_equal(
		counted(&r[STRANGER], EXCHANGE_ADDRESS), counted(&r[STRANGER], EXCHANGE_ACCEPTED));
	assert_int_equal(counted(&r[STRANGER], EXCHANGE_KISS_RATE), 0);

	assert_in_range(counted(&r[RATE], EXCHANGE_KISS_RATE), 1, 2);
	assert_true(r[RATE].poll_s >= 2);
	assert_int_equal(counted(&r[DENY], EXCHANGE_KISS_DENY), 1);
	assert_true(r[DENY].poll_s == 4);
	assert_int_equal(counted(&r[RSTR], EXCHANGE_KISS_RSTR), 1);
	assert_true(r[RSTR].poll_s == 4);
	assert_in_range(counted(&r[UNSYNCHRONISED], EXCHANGE_UNSYNCHRONISED), 2, 4);
	assert_in_range(counted(&r[LOOP], EXCHANGE_LOOP), 2, 4);
	assert_in_range(counted(&r[TAIL], EXCHANGE_LENGTH), 2, 4);
	assert_in_range(counted(&r[FAR], EXCHANGE_DELAY), 2, 4);
	assert_in_range(r[SILENT].counters.sent, 2, 4);
	for (int i = RATE; i < KINDS; i++)
		assert_false(r[i].usable || r[i].measured || r[i].reach);

	assert_int_equal(sources_inputs(w.sources, clocks_raw_ns(), inputs, KINDS), KINDS);
	for (int i = 0; i < KINDS; i++) {
		assert_int_equal(inputs[i].usable, i <= STRANGER);
		assert_int_equal(be32_value(inputs[i].reference_id), INADDR_LOOPBACK);
	}
}

/* Other settings: what stands in both keeps its samples, in the new order. */
static void test_apply(void **state)
{
	struct config_source other[] = {w.list[DOUBLE], w.list[GOOD], w.list[SILENT]};
	struct config config = {.sources = other, .source_count = 3, .maxdistance_s = 1.5};
	struct clock_input before[KINDS], after[KINDS];

	(void)state;
	run(400);
	sources_inputs(w.sources, clocks_raw_ns(), before, KINDS);
	assert_true(before[GOOD].usable && before[DOUBLE].usable);
	other[1].prefer = true;
	other[2].port = 9; /* another server */
	assert_int_equal(sources_apply(w.sources, &config), 0);
	assert_int_equal(sources_inputs(w.sources, clocks_raw_ns(), after, KINDS), 3);
	assert_true(after[0].id == before[DOUBLE].id && after[0].usable && !after[0].prefer);
	assert_true(after[1].id == before[GOOD].id && after[1].usable && after[1].prefer);
	assert_true(after[2].id > before[KINDS - 1].id);
	assert_string_equal(sources_name(w.sources, after[1].id), "127.0.0.1");
	assert_null(sources_name(w.sources, before[RATE].id));
	run(300);
	config.source_count = 0;
	assert_int_equal(sources_apply(w.sources, &config), 0);
	assert_int_equal(sources_inputs(w.sources, clocks_raw_ns(), after, KINDS), 0);
	run(1100);
	assert_int_equal(w.server[GOOD].asked, 1);
}

/* A name that is not known yet counts, so that the others are not all there is. */
static void test_names(void **state)
{
	struct config_source other[] = {w.list[GOOD], w.list[GOOD]};
	struct config config = {.sources = other, .source_count = 2, .maxdistance_s = 1.5};
	struct clock_input inputs[KINDS];
	struct source_report reports[KINDS];

	(void)state;
	strcpy(other[1].host, "name.invalid");
	other[1].pool = true;
	assert_int_equal(sources_apply(w.sources, &config), 0);
	assert_int_equal(sources_inputs(w.sources, clocks_raw_ns(), inputs, KINDS), 4);
	assert_int_equal(sources_inputs(w.sources, clocks_raw_ns(), inputs, 2), 2);
	for (int i = 1; i < 4; i++)
		assert_false(inputs[i].usable);
	assert_int_equal(sources_report(w.sources, clocks_raw_ns(), 0, reports), 2);
	assert_string_equal(reports[1].refid, ".POOL.");
	assert_string_equal(reports[1].name, "name.invalid");
	assert_int_equal(reports[1].type, 'p');
}

static void test_reference_id(void **state)
{
	struct sockaddr_storage address = {.ss_family = AF_INET6};
	static struct localaddr_table table;
	be32 ids[LOCALADDR_MAX];
	be64 half[2];

	(void)state;
	/* md5sum of the 16 octets of 2001:db8::1 begins with 39ab9b37. */
	inet_pton(AF_INET6, "2001:db8::1", &((struct sockaddr_in6 *)&address)->sin6_addr);
	assert_int_equal(be32_value(reference_id_of(&address)), 0x39ab9b37);
	memcpy(half, &((struct sockaddr_in6 *)&address)->sin6_addr, sizeof(half));
	localaddr_set_add(&table.set[0], localaddr_ipv6(half[0], half[1]), LOCALADDR_OWN);
	localaddr_set_add(&table.set[0], localaddr_ipv4(be32_of(0xc00002ff)), LOCALADDR_BROADCAST);
	assert_int_equal(reference_id_list(&table, ids), 1);
	assert_int_equal(be32_value(ids[0]), 0x39ab9b37);
	localaddr_set_add(&table.set[0], localaddr_ipv4(be32_of(0xc0000201)), LOCALADDR_OWN);
	assert_int_equal(reference_id_list(&table, ids), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_kinds, setup, teardown),
		cmocka_unit_test_setup_teardown(test_apply, setup, teardown),
		cmocka_unit_test_setup_teardown(test_names, setup, teardown),
		cmocka_unit_test(test_reference_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
