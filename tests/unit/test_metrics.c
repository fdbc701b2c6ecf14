/* SPDX-License-Identifier: GPL-2.0-or-later */
// test-sources: control/metrics.c control/metrics_clients.c control/metrics_engine.c
// test-sources: control/metrics_interface.c control/metrics_source.c control/metrics_write.c
// test-sources: control/census.c control/loop_delay.c control/counts.c control/json_add.c
// test-sources: control/clocks.c control/exchange.c control/reference_id.c
// test-sources: dataplane/state/clients.c dataplane/state/state.c dataplane/state/mapping.c
// test-sources: dataplane/state/count.c dataplane/state/engine_table.c control/engine_list.c
// test-sources: control/metrics_engines.c
// test-sources: dataplane/state/page.c dataplane/state/pindir.c
/*
 * The text of /metrics: every sample belongs to a row and occurs once, counters of engines and
 * interfaces are where they belong, odd names are escaped, what is not known is left out; and
 * docs/metrics.md has the table of the code.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <event2/buffer.h>

#include "control/attach.h"
#include "control/metrics.h"

/* Of control/attach.c, which would bring the programs along. */
const char *attach_mode_name(enum interface_mode mode)
{
	return mode == INTERFACE_NATIVE ? "native" : "generic";
}

const char *attach_reply_path_name(enum interface_reply_path path)
{
	return path == INTERFACE_FIB ? "fib" : "reflect";
}

static struct config config;
static struct interface entries[2];
static struct engine_table engines;
static struct state shared = {.engines = &engines};
static struct snapshot_interface interfaces[2];
static struct interface_report reports[2];
static struct source_report sources[4];
static struct source_counters totals;
static struct snapshot snapshot;
static struct census_result census;
static struct loop_delay loop;
static struct metrics_input input;
static char *text;

static void add_source(size_t index, const char *name, const char *address)
{
	struct source_report *source = &sources[index];

	*source = (struct source_report){.tally = TALLY_CANDIDATE,
		.stratum = 2,
		.reach = 0x0f,
		.measured = index != 3,
		.offset_s = 0.25 * (double)(index + 1),
		.poll_s = 64};
	source->counters.sent = 10 + index;
	source->counters.result[EXCHANGE_KISS_RATE] = index;
	snprintf(source->name, sizeof(source->name), "%s", name);
	snprintf(source->address, sizeof(source->address), "%s", address);
}

/* Two interfaces, one of them called oddly; four sources, one of them told of twice. */
static int world_begin(void **state)
{
	(void)state;
	strcpy(interfaces[0].name, "eth0");
	strcpy(interfaces[1].name, "a\"b\\c");
	for (size_t i = 0; i < 2; i++) {
		interfaces[i].entry = &entries[i];
		interfaces[i].counted.verdict[VERDICT_SERVED] = 100 + i;
		interfaces[i].counted.request[1][FRAME_IPV6][4 - NTP_VERSION_MIN] = 30 + i;
		interfaces[i].counted.request[0][FRAME_IPV6][4 - NTP_VERSION_MIN] = 5;
		memcpy(reports[i].name, interfaces[i].name, sizeof(reports[i].name));
	}
	reports[0] = (struct interface_report){.name = "eth0",
		.mode = INTERFACE_NATIVE,
		.attached = true,
		.counted = true,
		.link = {.receive_missed = 17, .receive_bytes = 1ULL << 52},
		.measured = true,
		.runtime = {.run_ns = 2500, .runs = 10}};
	add_source(0, "ntp.example", "192.0.2.1");
	add_source(1, "ntp.example", "192.0.2.2");
	add_source(2, "ntp.example", "192.0.2.1");
	add_source(3, "away.example", "");
	sources[0].tally = TALLY_SELECTED;
	engines.entry[0] = (struct engine_entry){
		.pid = 1,
		.kind = ENGINE_DPDK,
		.port = "net_ring0",
		.heartbeat_ns = 49900000000,
		.count = {.to_host = 21},
	};
	engines.entry[2] = (struct engine_entry){.kind = ENGINE_DPDK, .port = "before"};
	snapshot = (struct snapshot){.parts = {.config = &config, .state = &shared},
		.interfaces = interfaces,
		.interface_count = 2,
		.sources = sources,
		.source_count = 4,
		.totals = &totals,
		.now_ns = 50000000000};
	snapshot.socket.verdict[VERDICT_DROP_LIMITED] = 3;
	snapshot.socket.request[1][FRAME_IPV4][3 - NTP_VERSION_MIN] = 7;
	snapshot.dpdk.page_retries = 9;
	census = (struct census_result){.clients = {4, 2},
		.minute = {1, 0},
		.hour = {3, 2},
		.interval = {0, 2, 1, [CENSUS_INTERVALS] = 1},
		.interval_sum_s = 99.5,
		.begun_ns = 48000000000};
	input = (struct metrics_input){
		.snapshot = &snapshot, .interfaces = reports, .census = &census, .loop = &loop};
	return 0;
}

/* The text, until the next call. */
static const char *page(void)
{
	struct evbuffer *out = evbuffer_new();
	size_t length;

	assert_int_equal(metrics_write(out, &input), 0);
	length = evbuffer_get_length(out);
	free(text);
	text = calloc(1, length + 1);
	evbuffer_remove(out, text, length);
	evbuffer_free(out);
	return text;
}

/* Is this whole line in the text? */
static bool has(const char *line)
{
	size_t length = strlen(line);

	for (const char *at = strstr(text, line); at; at = strstr(at + 1, line))
		if ((at == text || at[-1] == '\n') && at[length] == '\n')
			return true;
	return false;
}

static void test_values(void **state)
{
	static const char *const lines[] = {
		"ntpxdp_requests_total{engine=\"xdp\",interface=\"eth0\",family=\"ipv6\",version="
		"\"4\"} "
		"35",
		"ntpxdp_replies_total{engine=\"xdp\",interface=\"eth0\",family=\"ipv6\",version="
		"\"4\"} "
		"30",
		"ntpxdp_replies_total{engine=\"xdp\",interface=\"a\\\"b\\\\c\",family=\"ipv6\","
		"version=\"4\"} 31",
		"ntpxdp_replies_total{engine=\"socket\",interface=\"\",family=\"ipv4\",version="
		"\"3\"} 7",
		"ntpxdp_reply_bytes_total{engine=\"xdp\",interface=\"eth0\",family=\"ipv6\"} 2880",
		"ntpxdp_reply_bytes_total{engine=\"socket\",interface=\"\",family=\"ipv4\"} 532",
		"ntpxdp_verdicts_total{engine=\"xdp\",interface=\"eth0\",verdict=\"served\"} 100",
		"ntpxdp_over_limit_total{engine=\"socket\",interface=\"\",outcome=\"dropped\"} 3",
		"ntpxdp_page_retries_total{engine=\"dpdk\",interface=\"\"} 9",
		"ntpxdp_engine_running{engine=\"dpdk\",port=\"net_ring0\"} 1",
		"ntpxdp_engine_running{engine=\"dpdk\",port=\"before\"} 0",
		"ntpxdp_engine_frames_total{engine=\"dpdk\",port=\"net_ring0\",what=\"to_host\"} "
		"21",
		"ntpxdp_interface_attached{interface=\"eth0\",mode=\"native\",reply_path="
		"\"reflect\"} 1",
		"ntpxdp_interface_receive_missed_total{interface=\"eth0\"} 17",
		"ntpxdp_interface_receive_bytes_total{interface=\"eth0\"} 4503599627370496",
		"ntpxdp_interface_program_run_seconds_total{interface=\"eth0\"} 2.5e-06",
		"ntpxdp_interface_program_runs_total{interface=\"eth0\"} 10",
		"ntpxdp_clients{family=\"ipv6\"} 2",
		"ntpxdp_active_clients{family=\"ipv4\",window=\"1h\"} 3",
		"ntpxdp_client_poll_interval_seconds_bucket{le=\"0.75\"} 0",
		"ntpxdp_client_poll_interval_seconds_bucket{le=\"1.5\"} 2",
		"ntpxdp_client_poll_interval_seconds_bucket{le=\"3072\"} 3",
		"ntpxdp_client_poll_interval_seconds_bucket{le=\"+Inf\"} 4",
		"ntpxdp_client_poll_interval_seconds_count 4",
		"ntpxdp_client_poll_interval_seconds_sum 99.5",
		"ntpxdp_census_age_seconds 2",
		"ntpxdp_source_offset_seconds{source=\"ntp.example\",address=\"192.0.2.2\"} 0.5",
		"ntpxdp_source_kisses_total{source=\"ntp.example\",address=\"192.0.2.2\","
		"code=\"RATE\"} 1",
		"ntpxdp_source_state{source=\"ntp.example\",address=\"192.0.2.1\",state="
		"\"selected\"} 1",
		"ntpxdp_source_state{source=\"ntp.example\",address=\"192.0.2.1\",state="
		"\"combined\"} 0",
		"ntpxdp_source_reach_ratio{source=\"away.example\",address=\"\"} 0.5",
	};

	(void)state;
	page();
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (!has(lines[i]))
			fail_msg("not in the text: %s", lines[i]);
}

static void test_unknown_is_left_out(void **state)
{
	(void)state;
	page();
	assert_null(strstr(text, "nan"));
	assert_null(strstr(text, "ntpxdp_interface_receive_missed_total{interface=\"a"));
	assert_null(strstr(text, "ntpxdp_source_offset_seconds{source=\"away"));
	assert_null(strstr(text, "(detached)"));
	snapshot.detached.verdict[VERDICT_SERVED] = 1;
	input.census = NULL;
	page();
	assert_true(has("ntpxdp_verdicts_total{engine=\"xdp\",interface=\"(detached)\","
			"verdict=\"served\"} 1"));
	assert_null(strstr(text, "\nntpxdp_clients{"));
	assert_null(strstr(text, "\nntpxdp_client_requests_"));
	assert_null(strstr(text, "\nntpxdp_census_age_seconds"));
	snapshot.detached.verdict[VERDICT_SERVED] = 0;
	input.census = &census;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Each sample is of the metric whose TYPE stands above it, and no time series occurs twice. */
static void test_every_sample_once(void **state)
{
	static char *series[4096];
	size_t count = 0;
	char type[128] = "", *rest, *line;

	(void)state;
	page();
	rest = text;
	while ((line = strsep(&rest, "\n"))) {
		char *value = strrchr(line, ' ');

		if (!strncmp(line, "# TYPE ", 7)) {
			snprintf(type, sizeof(type), "%.*s", (int)strcspn(line + 7, " "), line + 7);
		} else if (*line && *line != '#') {
			assert_non_null(value);
			*value = '\0';
			assert_int_equal(strncmp(line, type, strlen(type)), 0);
			assert_non_null(strchr("{_", line[strlen(type)]));
			assert_true(count < 4096);
			series[count++] = line;
		}
	}
	assert_true(count > 300);
	qsort(series, count, sizeof(series[0]), compare);
	for (size_t i = 1; i < count; i++)
		assert_string_not_equal(series[i - 1], series[i]);
}

static void test_loop_delay(void **state)
{
	struct loop_delay delay = {0};
	const uint64_t period = 125000000;

	(void)state;
	loop_delay_note(&delay, 1000, period); /* the first is never late */
	loop_delay_note(&delay, 1000 + period, period);
	loop_delay_note(&delay, 1000 + 2 * period + 5000000, period);
	loop_delay_note(
		&delay, 1000 + 3 * period + 100000, period); /* due as if that had not been */
	loop_delay_note(&delay, 1000 + 6 * period, period);  /* 250 ms late */
	loop_delay_note(&delay, 1000 + 7 * period, period);
	assert_int_equal(delay.bucket[0], 4);
	assert_int_equal(delay.bucket[3], 1); /* to 10 ms */
	assert_int_equal(delay.bucket[6], 1); /* to 300 ms */
	assert_true(fabs(delay.sum_s - 0.2551) < 1e-9);
}

/* docs/metrics.md beside this file's folder, or in the folder we are run from. */
static FILE *open_document(void)
{
	char path[4096];
	FILE *file = fopen("docs/metrics.md", "r");

	if (file)
		return file;
	snprintf(path, sizeof(path), "%.*s../../docs/metrics.md",
		(int)(strlen(__FILE__) - strlen("test_metrics.c")), __FILE__);
	return fopen(path, "r");
}

static void test_document(void **state)
{
	FILE *file = open_document(), *table;
	char *document = NULL, *rows = NULL, *row, *rest;
	size_t size = 0, length = 0;
	bool same;

	(void)state;
	if (!file)
		fail_msg("there is no docs/metrics.md; run this from the top folder");
	assert_true(getdelim(&document, &size, '\0', file) > 0);
	fclose(file);
	table = open_memstream(&rows, &length);
	metrics_describe(table);
	fclose(table);
	same = strstr(document, rows) != NULL;
	for (rest = rows; !same && (row = strsep(&rest, "\n"));)
		if (!strstr(document, row))
			print_message("not in docs/metrics.md: %s\n", row);
	if (!same)
		fail_msg("docs/metrics.md has another table than `ntpxdpd --metrics-table` prints: "
			 "run scripts/metrics-table");
	free(rows);
	free(document);
}

static int world_end(void **state)
{
	(void)state;
	free(text);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_unknown_is_left_out),
		cmocka_unit_test(test_every_sample_once),
		cmocka_unit_test(test_loop_delay),
		cmocka_unit_test(test_document),
	};

	return cmocka_run_group_tests(tests, world_begin, world_end);
}
