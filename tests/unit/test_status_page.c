// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/status_page.c control/status_chart.c control/status_tables.c
// control/status_text.c control/print.c control/history.c control/score_board.c control/counts.c
// control/json_add.c control/clocks.c dataplane/state/count.c
/*
 * The status page: whatever names, reasons and reference come from outside, they are text; every
 * place is filled in; nothing that is not known is shown as a number; its pictures stay in their
 * frames.
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

#include "control/status_chart.h"
#include "control/status_page.h"
#include "control/status_text.h"

#define EVIL "<script>alert(\"1\")</script>&'\x01\xff"
#define TAME "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;??"

uint64_t status_view_card_lost(const struct status_interface *interface)
{
	return interface->link.receive_missed;
}

static struct config config;
static struct score_board scores;
static struct snapshot snapshot;
static struct source_report sources[2];
static struct status_view view;

/* A node that has just been started: next to nothing is known. */
static int set_up(void **state)
{
	(void)state;
	memset(&config, 0, sizeof(config));
	memset(&scores, 0, sizeof(scores));
	memset(&snapshot, 0, sizeof(snapshot));
	memset(sources, 0, sizeof(sources));
	memset(&view, 0, sizeof(view));
	snapshot.parts.config = &config;
	snapshot.parts.scores = &scores;
	snapshot.page.verdict = VERDICT_PASS_PAGE_UNWRITTEN;
	snapshot.page.state = "never written";
	snapshot.reason = "no source has answered yet";
	snapshot.counted_s = NAN;
	snapshot.sources = sources;
	view.snapshot = &snapshot;
	view.state = "unsynchronised";
	for (int i = 0; i < STATUS_VIEW_POINTS; i++) {
		for (int field = 0; field < HISTORY_FIELD_COUNT; field++)
			view.point[i].rate[field] = NAN;
		view.point[i].good = NAN;
	}
	return 0;
}

/* The page, in memory of this function until the next call. */
static const char *page(void)
{
	static char *text;
	struct evbuffer *out = evbuffer_new();
	size_t length;

	assert_int_equal(status_page_write(out, &view), 0);
	length = evbuffer_get_length(out);
	free(text);
	text = malloc(length + 1);
	assert_int_equal(evbuffer_remove(out, text, length), (int)length);
	text[length] = '\0';
	assert_int_equal(strlen(text), length);
	evbuffer_free(out);
	return text;
}

static size_t occurrences(const char *text, const char *word)
{
	size_t count = 0;

	for (; (text = strstr(text, word)); text += strlen(word))
		count++;
	return count;
}

static void shows(const char *text)
{
	if (!strstr(page(), text))
		fail_msg("the page does not have: %s", text);
}

static void test_escape(void **state)
{
	struct evbuffer *out = evbuffer_new();
	char text[sizeof(TAME)] = "";

	(void)state;
	status_text_escape(out, EVIL);
	assert_int_equal(evbuffer_remove(out, text, sizeof(text)), (int)strlen(TAME));
	assert_string_equal(text, TAME);
	evbuffer_free(out);
}

static void test_outside(void **state)
{
	size_t scripts = occurrences(page(), "<script");

	(void)state;
	assert_int_equal(scripts, 1);
	snapshot.reason = EVIL;
	snapshot.source_count = 2;
	snapshot.selected = &sources[0];
	for (int i = 0; i < 2; i++) {
		strcpy(sources[i].name, EVIL);
		strcpy(sources[i].address, EVIL "2");
		sources[i].state = EVIL;
		sources[i].tally = '<';
	}
	strcpy(view.host, EVIL);
	view.interface_count = 1;
	strcpy(view.interface[0].name, "<b>&\"");
	strcpy(view.interface[0].found.detail, EVIL);
	assert_int_equal(occurrences(page(), "<script"), 1);
	assert_int_equal(occurrences(page(), "alert(\""), 0);
	assert_int_equal(occurrences(page(), "<b>"), 0);
	/* title, head, reason, reference, of each source name, address and state twice, interface
	 */
	assert_int_equal(occurrences(page(), TAME), 4 + 2 * 4 + 1);
}

static void test_nothing_known(void **state)
{
	(void)state;
	assert_int_equal(occurrences(page(), "{{"), 0);
	assert_int_equal(occurrences(page(), ">nan"), 0);
	assert_int_equal(occurrences(page(), "inf"), 0);
	shows("<header class=\"bad\" id=\"head\">");
	shows("no source has answered yet");
	shows("There are none in the settings.");
	shows("XDP answers on none");
	shows("Not checked since the daemon started.");
	shows("Nobody is limited");
	shows("id=\"area\" class=\"area\" d=\"\"");
	shows("<span data-v=\"rates.requests_hz\" data-f=\"rate\">-</span>");
	shows("<span data-v=\"status.error_bound_s\" data-f=\"seconds\">?</span>");
	shows("<span data-v=\"status.stratum\" data-f=\"count\">16</span>");
}

static void test_good(void **state)
{
	static const struct census_result census = {
		.clients = {1000, 200}, .minute = {90, 9}, .hour = {700, 70}, .capacity = 4096};
	struct score_check check = {.time_s = 1767225600, .score = 12.5, .step = 1, .row = "good"};

	(void)state;
	snapshot.page.verdict = VERDICT_SERVED;
	snapshot.page.error_bound_s = 0.00125;
	snapshot.page.reading.stratum = 3;
	snapshot.reason = "";
	view.good = true;
	view.state = "synchronised";
	view.since_s = 3700;
	view.limits = true;
	config.ratelimit.interval = 3;
	config.ratelimit.burst = 8;
	snapshot.sum.verdict[VERDICT_SERVED] = 750;
	snapshot.sum.verdict[VERDICT_DROP_LIMITED] = 250;
	snapshot.sum.request[1][FRAME_IPV6][3] = 750;
	snapshot.sum.request[0][FRAME_IPV4][2] = 250;
	score_board_keep(&scores, "192.0.2.1", &check);
	shows("<header class=\"good\" id=\"head\">");
	shows("Good time for 1h 1min");
	shows("<main data-shape=\"0,0,1,192.0.2.1 1767225600\">");
	shows("1.25 ms");
	shows("one in 8 s, 8 at once");
	shows("data-share=\"versions.4\"><th scope=\"row\">version 4</th><td "
	      "class=\"number\">750</td><td class=\"number\">75.00 %</td>");
	shows("data-share=\"families.ipv4\"><th scope=\"row\">over IPv4</th><td "
	      "class=\"number\">250</td><td class=\"number\">25.00 %</td>");
	shows("12.5, after a step of +1.0 (good) at 2026-01-01 00:00:00 UTC; 1 checks");
	/* Verdicts that occurred stand above those that did not, which are not shown. */
	assert_true(strstr(page(), "verdicts.served\"") < strstr(page(), "verdicts.drop_limited"));
	assert_int_equal(occurrences(page(), " data-quiet hidden>"), VERDICT_COUNT - 2);
	view.census = &census;
	shows("data-v=\"clients.known\" data-f=\"count\">1,200<");
	shows("data-v=\"clients.minute\" data-f=\"count\">99<");
	shows("data-v=\"clients.capacity\" data-f=\"count\">4,096<");
	view.interface_count = 1;
	strcpy(view.interface[0].name, "eth0");
	view.interface[0].mode = "native";
	view.interface[0].found.attached = view.interface[0].counted = true;
	view.interface[0].link.receive_missed = 1234;
	shows("<th scope=\"row\">eth0<small>attached, native mode</small></th>");
	shows("data-v=\"interfaces.0.card_lost\" data-f=\"count\">1,234<");
	shows("data-v=\"interfaces.0.replies_lost\" data-f=\"count\">-<");
	view.state = "holdover";
	shows("<header class=\"warn\" id=\"head\">");
}

static void test_chart(void **state)
{
	(void)state;
	view.point[10].rate[HISTORY_requests] = 400;
	view.point[11].rate[HISTORY_requests] = 500;
	view.point[13].rate[HISTORY_requests] = 0;
	view.point[11].rate[HISTORY_answered] = 250;
	view.point[13].good = 0.5;
	shows("id=\"area\" class=\"area\" d=\"M10,100V20.0H11V0.0H12V100ZM13,100V100.0H14V100Z\"");
	shows("id=\"answered\" class=\"answered\" d=\"M11,50.0H12\"");
	shows("id=\"poor\" class=\"poor\" d=\"M13,0h1v100h-1Z\"");
	shows("id=\"top\">500</span>");
	shows("id=\"middle\">250</span>");
	assert_true(status_chart_nice(0) == 1);
	assert_true(status_chart_nice(1.5) == 2);
	assert_true(status_chart_nice(201) == 500);
	assert_true(status_chart_nice(8123456) == 1e7);
}

/* A bar ends at the edge of its picture, whatever the offsets are. */
static void test_bars(void **state)
{
	(void)state;
	snapshot.source_count = 2;
	for (int i = 0; i < 2; i++) {
		strcpy(sources[i].name, "a.example");
		sources[i].state = "candidate";
		sources[i].measured = true;
		sources[i].jitter_s = 0.001;
	}
	sources[0].offset_s = -0.004;
	sources[1].offset_s = 0.009;
	shows("<rect x=\"30.00\" y=\"3\" width=\"20.00\" height=\"6\"/><path class=\"jitter\" "
	      "d=\"M25.00,6H35.00\"/>");
	shows("<rect x=\"50.00\" y=\"3\" width=\"45.00\" height=\"6\"/>");
	shows("&#177;10 ms");
	sources[0].offset_s = sources[1].offset_s = 0;
	sources[0].jitter_s = sources[1].jitter_s = 0;
	shows("<rect x=\"50.00\" y=\"3\" width=\"0.00\" height=\"6\"/>");
}

static void test_policy(void **state)
{
	(void)state;
	assert_non_null(strstr(status_page_policy, "default-src 'none'; style-src 'sha256-"));
	assert_non_null(strstr(status_page_policy, "script-src 'sha256-"));
	assert_null(strstr(status_page_policy, "unsafe"));
	assert_int_equal(occurrences(page(), " style="), 0);
	assert_int_equal(occurrences(page(), " onclick="), 0);
	assert_int_equal(occurrences(page(), "http://"), 0);
	assert_int_equal(occurrences(page(), "https://"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_escape, set_up),
		cmocka_unit_test_setup(test_outside, set_up),
		cmocka_unit_test_setup(test_nothing_known, set_up),
		cmocka_unit_test_setup(test_good, set_up),
		cmocka_unit_test_setup(test_chart, set_up),
		cmocka_unit_test_setup(test_bars, set_up),
		cmocka_unit_test_setup(test_policy, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
