// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `ntpxdp health`: one word for keepalived, BIRD, a probe. Exit status 0 while time is good; one
 * line says why it is not. Good is what is served: the time page, which outlives the daemon.
 */
#include "control/cli/answer.h"
#include "control/cli/commands.h"
#include "control/cli/health_judge.h"
#include "control/cli/pins.h"
#include "control/print.h"

#include "control/json_add.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <time.h>

/* How often --wait looks: the page is renewed several times a second. */
#define LOOK_NS 200000000L

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

static int print_json(struct json_object *answer, const struct health_verdict *verdict)
{
	struct json_object *failed = json_object_new_array();

	json_add_flag(answer, "good", verdict->reason[0] == '\0');
	json_add_text(answer, "why", verdict->reason);
	for (int i = 0; i < HEALTH_COUNT; i++)
		if (verdict->failed[i])
			json_object_array_add(failed,
				json_object_new_string(health_check_name((enum health_check)i)));
	json_object_object_add(answer, "failed", failed);
	return session_print_json(answer);
}

/* One look: the answer, the caller's, and what is wrong with it; NULL with nobody to ask. */
static struct json_object *look(
	const struct session *session, struct health_verdict *verdict, struct pins_failure *failure)
{
	struct json_object *answer;

	if (pins_try(session, CONTROL_COMMAND_HEALTH, &answer, failure) != 0)
		return NULL;
	health_judge(session->options, answer, verdict);
	return answer;
}

/*
 * Look until time is good or the wait is over; nobody to ask is something that --wait waits for,
 * too. Exit status, with the last answer in *ret_answer, the caller's.
 */
static int wait_and_look(const struct session *session, struct json_object **ret_answer,
	struct health_verdict *verdict)
{
	static const struct timespec rest = {.tv_nsec = LOOK_NS};
	double end_s = now_s() + session->options->wait_s;
	struct json_object *answer;
	struct pins_failure failure;
	bool last = now_s() >= end_s;

	while ((answer = look(session, verdict, &failure)) == NULL || verdict->reason[0] != '\0') {
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
	struct health_verdict verdict = {.reason = ""};
	struct json_object *answer = NULL;
	struct session session;
	int status = session_open(&session, options);

	if (status != EXIT_GOOD)
		return status;
	status = wait_and_look(&session, &answer, &verdict);
	session_close(&session);
	if (status != EXIT_GOOD)
		return status;
	if (verdict.reason[0] != '\0')
		session_error("time is not good: %s", verdict.reason);
	else if (!options->json)
		print_good(answer);
	if (options->json)
		status = print_json(answer, &verdict);
	else
		json_object_put(answer);
	return verdict.reason[0] != '\0' ? EXIT_FAILED : status;
}
