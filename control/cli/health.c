// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `ntpxdp health`: one word for keepalived, BIRD, a probe. Exit status 0 while time is good; one
 * line says why it is not. Good is what is served: the time page, which outlives the daemon.
 */
#include "control/cli/answer.h"
#include "control/cli/commands.h"
#include "control/cli/pins.h"
#include "control/print.h"

#include "control/json_add.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <time.h>

#define REASON_MAX 240

/* How often --wait looks: the page is renewed several times a second. */
#define LOOK_NS 200000000L

/* The reason why it is not good in `reason`, REASON_MAX bytes; empty where it is. */
static void judge(const struct options *options, struct json_object *answer, char *reason)
{
	const char *state = answer_text(answer, "page_state"), *why = answer_text(answer, "reason");
	const char *failure = control_protocol_failure(answer);
	double error_s = answer_number(answer, "error_bound_s");
	long agreeing = (long)answer_count(answer, "sources_selectable");
	char is[PRINT_VALUE_MAX], limit[PRINT_VALUE_MAX], safe[REASON_MAX / 2];

	reason[0] = '\0';
	if (failure != NULL)
		snprintf(reason, REASON_MAX, "the daemon refuses: %s",
			print_safe(safe, sizeof(safe), failure));
	else if (!answer_flag(answer, "synchronised"))
		snprintf(reason, REASON_MAX, "not synchronised: %s",
			print_safe(safe, sizeof(safe), why));
	else if (state[0] != '\0' && strcmp(state, "valid") != 0)
		snprintf(reason, REASON_MAX, "the time page is %s",
			print_safe(safe, sizeof(safe), state));
	else if (options->max_error_s > 0 && !(error_s < options->max_error_s))
		snprintf(reason, REASON_MAX, "the error bound is %s, not below %s",
			print_seconds(is, error_s), print_seconds(limit, options->max_error_s));
	else if (options->min_sources > 0 && agreeing < options->min_sources)
		snprintf(reason, REASON_MAX, "%ld sources agree, fewer than %ld", agreeing,
			options->min_sources);
}

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void print_good(struct json_object *answer)
{
	char bound[PRINT_VALUE_MAX];

	printf("good: within %s, stratum %llu",
		print_seconds(bound, answer_number(answer, "error_bound_s")),
		(unsigned long long)answer_count(answer, "stratum"));
	if (!isnan(answer_number(answer, "sources_selectable")))
		printf(", %llu sources agree",
			(unsigned long long)answer_count(answer, "sources_selectable"));
	putchar('\n');
}

static int print_json(struct json_object *answer, const char *reason)
{
	json_add_flag(answer, "good", reason[0] == '\0');
	json_add_text(answer, "why", reason);
	return session_print_json(answer);
}

/* One look: the answer, the caller's, and what is wrong with it; NULL with nobody to ask. */
static struct json_object *look(
	const struct session *session, char reason[REASON_MAX], struct pins_failure *failure)
{
	struct json_object *answer;

	if (pins_try(session, CONTROL_COMMAND_HEALTH, &answer, failure) != 0)
		return NULL;
	judge(session->options, answer, reason);
	return answer;
}

/*
 * Look until time is good or the wait is over; nobody to ask is something that --wait waits for,
 * too. Exit status, with the last answer in *ret_answer, the caller's.
 */
static int wait_and_look(
	const struct session *session, struct json_object **ret_answer, char reason[REASON_MAX])
{
	static const struct timespec rest = {.tv_nsec = LOOK_NS};
	double end_s = now_s() + session->options->wait_s;
	struct json_object *answer;
	struct pins_failure failure;
	bool last = now_s() >= end_s;

	while ((answer = look(session, reason, &failure)) == NULL || reason[0] != '\0') {
		if (last)
			break;
		json_object_put(answer);
		nanosleep(&rest, NULL);
		last = now_s() >= end_s;
	}
	if (answer == NULL)
		return pins_explain(session, &failure);
	*ret_answer = answer;
	return EXIT_GOOD;
}

int command_health(const struct options *options)
{
	char reason[REASON_MAX] = "";
	struct json_object *answer = NULL;
	struct session session;
	int status = session_open(&session, options);

	if (status != EXIT_GOOD)
		return status;
	status = wait_and_look(&session, &answer, reason);
	session_close(&session);
	if (status != EXIT_GOOD)
		return status;
	if (reason[0] != '\0')
		session_error("time is not good: %s", reason);
	else if (!options->json)
		print_good(answer);
	if (options->json)
		status = print_json(answer, reason);
	else
		json_object_put(answer);
	return reason[0] != '\0' ? EXIT_FAILED : status;
}
