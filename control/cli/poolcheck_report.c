// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `ntpxdp poolcheck` on the screen and as JSON; poolcheck.h is the manual.
 */
#include "control/cli/poolcheck.h"
#include "control/cli/session.h"
#include "control/print.h"

#include "control/json_add.h"

#include <math.h>
#include <string.h>

/* Where the text of a rule begins. */
#define RULE_INDENT 22

/* Where the reason begins for which an address is not judged. */
#define REASON_INDENT 13

/* Milestones of the course that is told after the last check. */
static const int milestones[] = {1, 5, 10, 14, 20, 40, 100};

static const char *family_name(const struct poolcheck_family *family)
{
	return family->family == AF_INET ? "IPv4" : "IPv6";
}

/* "+1.00 ", and what the score may not exceed. */
static const char *step_text(char out[PRINT_VALUE_MAX], const struct pool_score_check *check)
{
	if (check->cap < POOL_SCORE_MAX)
		snprintf(out, PRINT_VALUE_MAX, "step %+.3f, cap %g", check->step, check->cap);
	else
		snprintf(out, PRINT_VALUE_MAX, "step %+.3f", check->step);
	return out;
}

void poolcheck_print_clock(const struct poolcheck *poolcheck)
{
	const struct own_time *clock = &poolcheck->clock;
	char bound[PRINT_VALUE_MAX];

	if (clock->page)
		printf("Judged by the daemon's time of this host, right within %s.\n",
			print_seconds(bound, clock->error_s));
	else if (clock->synchronised)
		printf("Judged by the system clock of this host, right within %s by the kernel's\n"
		       "word (maxerror).\n",
			print_seconds(bound, clock->error_s));
	else
		printf("Judged by the system clock of this host, which is not synchronised by the\n"
		       "kernel's word: offsets may be this host's own.\n");
}

void poolcheck_print_address(const struct poolcheck_family *family)
{
	printf("\n%s over %s\n", family->text, family_name(family));
	fflush(stdout);
}

static void print_reply(int number, const struct pool_score_reply *reply)
{
	char offset[PRINT_VALUE_MAX], delay[PRINT_VALUE_MAX], refid[PRINT_VALUE_MAX];
	uint8_t octets[4];

	memcpy(octets, &reply->packet.reference_id, sizeof(octets));
	printf("  request %d  ", number);
	if (reply->state == POOL_SCORE_REPLY_BAD)
		printf("stratum %u, reference id %s, leap %u\n", reply->packet.stratum,
			print_refid(refid, octets, reply->packet.stratum),
			ntp_wire_leap(&reply->packet));
	else if (reply->state == POOL_SCORE_REPLY_GOOD)
		printf("offset %s%s, delay %s, stratum %u\n", reply->offset_s < 0 ? "" : "+",
			print_seconds(offset, reply->offset_s),
			print_seconds(delay, reply->delay_s), reply->packet.stratum);
	else
		printf("%s\n", pool_score_reply_text(reply->state));
}

static void print_check(const struct poolcheck_family *family)
{
	char step[PRINT_VALUE_MAX];

	for (int i = 0; i < family->reply_count; i++)
		print_reply(i + 1, &family->replies[i]);
	printf("  check %-4d %s: %s\n", family->course.checks,
		pool_score_row_text(family->check.row), step_text(step, &family->check));
	printf("  score      %.2f\n", family->course.score);
	fflush(stdout);
}

static struct json_object *reply_object(const struct pool_score_reply *reply)
{
	struct json_object *object = json_object_new_object();
	char refid[PRINT_VALUE_MAX];
	uint8_t octets[4];

	json_add_text(object, "result", pool_score_reply_name(reply->state));
	if (reply->state != POOL_SCORE_REPLY_GOOD && reply->state != POOL_SCORE_REPLY_BAD)
		return object;
	memcpy(octets, &reply->packet.reference_id, sizeof(octets));
	json_add_number(object, "offset_s", reply->offset_s);
	json_add_number(object, "delay_s", reply->delay_s);
	json_add_count(object, "stratum", reply->packet.stratum);
	json_add_count(object, "leap", ntp_wire_leap(&reply->packet));
	json_add_text(object, "refid", print_refid(refid, octets, reply->packet.stratum));
	return object;
}

static void add_check(struct poolcheck_family *family)
{
	struct json_object *object = json_object_new_object();
	struct json_object *list = json_object_new_array();
	const struct pool_score_check *check = &family->check;

	json_add_text(object, "result", pool_score_row_name(check->row));
	json_add_text(object, "text", pool_score_row_text(check->row));
	json_add_number(object, "step", check->step);
	json_add_number(object, "cap", check->cap);
	json_add_number(object, "score", family->course.score);
	if (check->reply >= 0)
		json_add_number(object, "offset_s", family->replies[check->reply].offset_s);
	for (int i = 0; i < family->reply_count; i++)
		json_object_array_add(list, reply_object(&family->replies[i]));
	json_object_object_add(object, "replies", list);
	json_object_array_add(family->json_checks, object);
}

void poolcheck_report_check(struct poolcheck_family *family)
{
	if (family->json_checks != NULL)
		add_check(family);
	else
		print_check(family);
}

static void print_milestones(const struct pool_score_course *course)
{
	struct pool_score_check same = {
		.step = course->step_sum / course->checks, .cap = course->lowest_cap};
	struct pool_score_course ahead = {.score = POOL_SCORE_START};
	char head[96] = "", line[96] = "";
	size_t next = 0, used = 0;

	while (next < sizeof(milestones) / sizeof(milestones[0])) {
		pool_score_take(&ahead, &same);
		if (ahead.checks != milestones[next])
			continue;
		snprintf(head + used, sizeof(head) - used, "%8d", milestones[next]);
		used += (size_t)snprintf(line + used, sizeof(line) - used, "%8.2f", ahead.score);
		next++;
	}
	printf("  checks     %s\n  score      %s\n", head, line);
}

void poolcheck_print_course(const struct poolcheck_family *family)
{
	int checks;

	if (family->not_judged[0] != '\0') {
		printf("  not judged ");
		print_wrapped(stdout, family->not_judged, REASON_INDENT, session_columns());
		return;
	}
	printf("  If all checks are like %s, from a score of %g:\n",
		family->course.checks == 1 ? "this one" : "these", POOL_SCORE_START);
	print_milestones(&family->course);
	checks = pool_score_checks_to_join(&family->course);
	if (checks > 0)
		printf("  In the pool (score %g) after %d checks, about %d minutes; in the end "
		       "%.1f.\n",
			POOL_SCORE_IN, checks, checks * POOL_SCORE_CHECK_MIN,
			pool_score_steady(&family->course));
	else
		printf("  Not in the pool: the score goes to %.1f, and never to %g.\n",
			pool_score_steady(&family->course), POOL_SCORE_IN);
}

void poolcheck_print_rules(const struct poolcheck *poolcheck)
{
	if (poolcheck->own_page)
		printf("\nThis host served the very time that it was judged by: its offset shows "
		       "the "
		       "way,\nnot the time. Ask from another host, too.\n");
	printf("\nRules for joining, as far as they are seen from here\n");
	for (size_t i = 0; i < poolcheck->rule_count; i++) {
		const struct pool_rule *rule = &poolcheck->rules[i];
		char safe[POOL_RULES_TEXT_MAX];

		printf("  %-10s %-8s ", rule->name, pool_rules_state_name(rule->state));
		print_wrapped(stdout, print_safe(safe, sizeof(safe), rule->text), RULE_INDENT,
			session_columns());
	}
}

static struct json_object *family_object(const struct poolcheck_family *family)
{
	struct json_object *object = json_object_new_object();
	int checks;

	json_add_text(object, "family", family->family == AF_INET ? "ipv4" : "ipv6");
	json_add_text(object, "address", family->text);
	json_object_object_add(object, "checks", family->json_checks);
	if (family->not_judged[0] != '\0')
		json_add_text(object, "not_judged", family->not_judged);
	if (family->not_judged[0] != '\0' || family->course.checks == 0)
		return object;
	checks = pool_score_checks_to_join(&family->course);
	json_add_number(object, "score", family->course.score);
	json_add_number(object, "steady_score", pool_score_steady(&family->course));
	if (checks > 0)
		json_add_count(object, "checks_to_join", (uint64_t)checks);
	json_add_flag(object, "in_pool", poolcheck_in_pool(family));
	return object;
}

struct json_object *poolcheck_object(const struct poolcheck *poolcheck)
{
	struct json_object *object = json_object_new_object();
	struct json_object *clock = json_object_new_object();
	struct json_object *families = json_object_new_array(), *rules = json_object_new_array();

	json_add_text(clock, "source", poolcheck->clock.page ? "page" : "system");
	json_add_flag(clock, "synchronised", poolcheck->clock.synchronised);
	json_add_number(clock, "error_bound_s", poolcheck->clock.error_s);
	json_add_flag(clock, "judges_itself", poolcheck->own_page);
	for (int i = 0; i < poolcheck->family_count; i++)
		json_object_array_add(families, family_object(&poolcheck->families[i]));
	for (size_t i = 0; i < poolcheck->rule_count; i++) {
		struct json_object *rule = json_object_new_object();

		json_add_text(rule, "rule", poolcheck->rules[i].name);
		json_add_text(rule, "state", pool_rules_state_name(poolcheck->rules[i].state));
		json_add_text(rule, "text", poolcheck->rules[i].text);
		json_object_array_add(rules, rule);
	}
	json_add_text(object, "host", poolcheck->options->operand);
	json_add_count(object, "port", (uint64_t)poolcheck->options->port);
	json_add_number(object, "start_score", POOL_SCORE_START);
	json_object_object_add(object, "clock", clock);
	json_object_object_add(object, "families", families);
	json_object_object_add(object, "rules", rules);
	return object;
}
