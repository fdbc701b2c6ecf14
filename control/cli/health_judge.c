// SPDX-License-Identifier: GPL-2.0-or-later
/* The thresholds of `ntpxdp health`; see health_judge.h. */
#include "control/cli/health_judge.h"

#include "control/cli/answer.h"
#include "control/control_protocol.h"
#include "control/print.h"

#include <json-c/json.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

const char *health_check_name(enum health_check check)
{
	static const char *const names[] = {
#define NAME(symbol, name) name,
		HEALTH_CHECKS(NAME)
#undef NAME
	};

	return names[check];
}

static void fail(struct health_verdict *verdict, enum health_check check, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void fail(struct health_verdict *verdict, enum health_check check, const char *format, ...)
{
	size_t used = strlen(verdict->reason);
	va_list list;

	verdict->failed[check] = true;
	if (used && used + 2 < sizeof(verdict->reason)) {
		strcat(verdict->reason, "; ");
		used += 2;
	}
	va_start(list, format);
	vsnprintf(verdict->reason + used, sizeof(verdict->reason) - used, format, list);
	va_end(list);
}

static bool judge_time(struct json_object *answer, struct health_verdict *verdict)
{
	const char *failure = control_protocol_failure(answer);
	const char *state = answer_text(answer, "page_state");
	char safe[HEALTH_REASON_MAX / 2];

	if (failure != NULL)
		fail(verdict, HEALTH_TIME, "the daemon refuses: %s",
			print_safe(safe, sizeof(safe), failure));
	else if (!answer_flag(answer, "synchronised"))
		fail(verdict, HEALTH_TIME, "not synchronised: %s",
			print_safe(safe, sizeof(safe), answer_text(answer, "reason")));
	else if (state[0] != '\0' && strcmp(state, "valid") != 0)
		fail(verdict, HEALTH_TIME, "the time page is %s",
			print_safe(safe, sizeof(safe), state));
	return !verdict->failed[HEALTH_TIME];
}

static void judge_error(
	const struct options *options, struct json_object *answer, struct health_verdict *verdict)
{
	double error_s = answer_number(answer, "error_bound_s");
	char is[PRINT_VALUE_MAX], limit[PRINT_VALUE_MAX];

	if (options->max_error_s > 0 && !(error_s < options->max_error_s))
		fail(verdict, HEALTH_MAX_ERROR, "the error bound is %s, not below %s (--max-error)",
			print_seconds(is, error_s), print_seconds(limit, options->max_error_s));
}

/* The agreeing sources that have answered lately. */
static long count_young(struct json_object *ages, double max_age_s)
{
	long count = 0;

	for (size_t i = 0; i < json_object_array_length(ages); i++)
		count += json_object_get_double(json_object_array_get_idx(ages, i)) <= max_age_s;
	return count;
}

static void judge_sources(
	const struct options *options, struct json_object *answer, struct health_verdict *verdict)
{
	struct json_object *ages = answer_list(answer, "sources_age_s");
	long wanted = options->min_sources > 0 ? options->min_sources : 1;
	bool known = !isnan(answer_number(answer, "sources_selectable"));
	long agreeing = (long)answer_count(answer, "sources_selectable"), young;
	char limit[PRINT_VALUE_MAX];

	if (options->min_sources > 0 && !known)
		fail(verdict, HEALTH_MIN_SOURCES,
			"no daemon tells how many sources agree (--min-sources)");
	else if (options->min_sources > 0 && agreeing < options->min_sources)
		fail(verdict, HEALTH_MIN_SOURCES,
			"%ld sources agree, fewer than %ld (--min-sources)", agreeing,
			options->min_sources);
	if (options->max_age_s <= 0)
		return;
	print_seconds(limit, options->max_age_s);
	if (ages == NULL) {
		fail(verdict, HEALTH_MAX_AGE, "no daemon tells when sources answered (--max-age)");
		return;
	}
	young = count_young(ages, options->max_age_s);
	if (young < wanted)
		fail(verdict, HEALTH_MAX_AGE,
			"%ld agreeing sources have answered within %s, fewer than %ld (--max-age)",
			young, limit, wanted);
}

void health_judge(const struct options *options, struct json_object *answer,
	struct health_verdict *ret_verdict)
{
	struct health_verdict verdict = {.reason = ""};

	if (judge_time(answer, &verdict)) {
		judge_error(options, answer, &verdict);
		judge_sources(options, answer, &verdict);
	}
	*ret_verdict = verdict;
}
