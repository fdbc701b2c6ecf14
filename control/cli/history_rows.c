// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Slots as lines; history_rows.h is the manual.
 */
#include "control/cli/history_rows.h"

#include "control/cli/answer.h"
#include "control/json_add.h"
#include "control/print.h"

#include <errno.h>
#include <json-c/json.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Lines of the table: about a screen. */
#define LINES_MAX 24

#define BAR_WIDTH  8
#define BAR_SIZE   (3 * BAR_WIDTH + 1)
#define COLUMN     "%10s"
#define TIME_WIDTH 12

static const char *const names[] = {
#define X(name) #name,
	CONTROL_HISTORY_COLUMNS(X)
#undef X
};

const char *history_rows_name(enum history_column column)
{
	return names[column];
}

static double number_at(struct json_object *list, size_t index)
{
	return json_object_get_double(json_object_array_get_idx(list, index));
}

int history_rows_take(struct history_table *table, struct json_object *answer)
{
	struct json_object *seen = answer_list(answer, "seen_ms");
	struct json_object *good = answer_list(answer, "good_ms"), *columns[HISTORY_COLUMNS];
	size_t more = seen ? json_object_array_length(seen) : 0;
	struct history_row *rows;

	if (!seen || !good || isnan(answer_number(answer, "time_s")) ||
		!(answer_number(answer, "step_s") > 0))
		return -EBADMSG;
	for (int i = 0; i < HISTORY_COLUMNS; i++) {
		columns[i] = answer_list(answer, names[i]);
		if (!columns[i])
			return -EBADMSG;
	}
	rows = realloc(table->row, (table->count + more + 1) * sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	table->row = rows;
	table->step_s = answer_number(answer, "step_s");
	for (size_t i = 0; i < more; i++) {
		struct history_row *row = &rows[table->count++];

		row->time_s = answer_number(answer, "time_s") + (double)i * table->step_s;
		row->seen_s = number_at(seen, i) / 1e3;
		row->good_s = number_at(good, i) / 1e3;
		for (int column = 0; column < HISTORY_COLUMNS; column++)
			row->count[column] = number_at(columns[column], i);
	}
	return 0;
}

double history_rows_rate(const struct history_row *row, enum history_column column)
{
	return row->seen_s > 0 ? row->count[column] / row->seen_s : NAN;
}

/* How long a line is about: the first of these that makes few enough lines. */
static double line_length_s(const struct history_table *table)
{
	static const int lengths_s[] = {1, 2, 3, 5, 10, 15, 20, 30, 60, 120, 180, 300, 600, 900,
		1200, 1800, 3600, 7200, 10800, 14400, 21600, 28800, 43200, 86400};
	double whole_s = (double)table->count * table->step_s;

	for (size_t i = 0; i < sizeof(lengths_s) / sizeof(lengths_s[0]); i++)
		if (lengths_s[i] >= table->step_s && whole_s / lengths_s[i] <= LINES_MAX)
			return lengths_s[i];
	return 86400;
}

/* Ten columns at most, whatever the rate. */
static const char *print_short_rate(char out[PRINT_VALUE_MAX], double hz)
{
	if (hz >= 1e7) {
		snprintf(out, PRINT_VALUE_MAX, "%.4gM", hz / 1e6);
		return out;
	}
	return print_rate(out, hz);
}

/* A bar from the left, to an eighth of a column where the terminal has such blocks. */
static const char *print_bar(char out[BAR_SIZE], double share, bool utf8)
{
	static const char *const parts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
	int eighths = share > 0 ? (int)ceil(share * BAR_WIDTH * 8) : 0;

	out[0] = '\0';
	if (!utf8) {
		memset(out, '#', (size_t)(eighths + 7) / 8);
		out[(eighths + 7) / 8] = '\0';
		return out;
	}
	for (; eighths >= 8; eighths -= 8)
		strcat(out, "█");
	return strcat(out, parts[eighths]);
}

static void print_line(const struct history_row *sum, const double scale[3], bool utf8, FILE *out)
{
	double length_s = scale[0], highest = scale[1], peak = scale[2];
	char when[24], rate[PRINT_VALUE_MAX], bar[BAR_SIZE];
	time_t begin = (time_t)sum->time_s;
	struct tm utc;

	gmtime_r(&begin, &utc);
	strftime(when, sizeof(when), length_s < 60 ? "%H:%M:%S" : "%m-%d %H:%M", &utc);
	if (sum->seen_s > 0 && sum->good_s < sum->seen_s)
		strcat(when, "!");
	fprintf(out, "%-*s", TIME_WIDTH, when);
	fprintf(out, COLUMN, print_short_rate(rate, history_rows_rate(sum, 0)));
	fprintf(out, COLUMN, print_short_rate(rate, peak));
	for (int i = HISTORY_COLUMN_answered; i < HISTORY_COLUMNS; i++)
		fprintf(out, i == HISTORY_COLUMN_answered ? COLUMN : "%9s",
			print_short_rate(rate, history_rows_rate(sum, (enum history_column)i)));
	print_bar(bar, highest > 0 ? history_rows_rate(sum, 0) / highest : 0, utf8);
	fprintf(out, "%s%s\n", *bar ? "  " : "", bar);
}

/* The slots from `first` on that begin before end_s, as one row; the highest rate among them (NAN:
 * none) and the index of the first one after them. */
static struct history_row sum_until(
	const struct history_table *table, size_t *first, double end_s, double *ret_peak)
{
	struct history_row sum = table->row[*first];

	*ret_peak = history_rows_rate(&sum, HISTORY_COLUMN_requests);
	for ((*first)++; *first < table->count && table->row[*first].time_s < end_s; (*first)++) {
		const struct history_row *row = &table->row[*first];

		sum.seen_s += row->seen_s;
		sum.good_s += row->good_s;
		for (int i = 0; i < HISTORY_COLUMNS; i++)
			sum.count[i] += row->count[i];
		*ret_peak = fmax(*ret_peak, history_rows_rate(row, HISTORY_COLUMN_requests));
	}
	return sum;
}

/* Of the line that a slot belongs to: when it ends. Half a slot on: the system clock wanders. */
static double line_end_s(const struct history_table *table, size_t index, double length_s)
{
	double middle_s = table->row[index].time_s + table->step_s / 2;

	return (floor(middle_s / length_s) + 1) * length_s - table->step_s / 2;
}

void history_rows_print(const struct history_table *table, bool utf8, FILE *out)
{
	double length_s = line_length_s(table), highest = 0, peak;
	char whole[PRINT_VALUE_MAX], line[PRINT_VALUE_MAX];
	bool bad = false;

	for (size_t i = 0; i < table->count;) {
		struct history_row sum =
			sum_until(table, &i, line_end_s(table, i, length_s), &peak);

		highest = fmax(highest, history_rows_rate(&sum, HISTORY_COLUMN_requests));
		bad = bad || sum.good_s < sum.seen_s;
	}
	fprintf(out, "The last %s; a second, on average over %s:\n\n",
		print_duration(whole, (double)table->count * table->step_s),
		print_duration(line, length_s));
	fprintf(out, "%-*s" COLUMN COLUMN COLUMN "%9s%9s%9s\n", TIME_WIDTH, "from (UTC)",
		"requests", "peak", "answered", "limited", "dropped", "passed");
	for (size_t i = 0; i < table->count;) {
		struct history_row sum =
			sum_until(table, &i, line_end_s(table, i, length_s), &peak);

		print_line(&sum, (double[]){length_s, highest, peak}, utf8, out);
	}
	if (bad)
		fputs("\n! time was not good for some of it\n", out);
}

static void print_utc_second(double time_s, FILE *out)
{
	time_t begin = (time_t)floor(time_s);
	struct tm utc;
	char text[24];

	gmtime_r(&begin, &utc);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
	fputs(text, out);
}

void history_rows_csv(const struct history_table *table, FILE *out)
{
	fputs("time,seen_s,good_s", out);
	for (int i = 0; i < HISTORY_COLUMNS; i++)
		fprintf(out, ",%s_hz", names[i]);
	fputc('\n', out);
	for (size_t i = 0; i < table->count; i++) {
		const struct history_row *row = &table->row[i];

		print_utc_second(row->time_s, out);
		fprintf(out, ",%g,%g", row->seen_s, row->good_s);
		for (int column = 0; column < HISTORY_COLUMNS; column++) {
			double rate = history_rows_rate(row, (enum history_column)column);

			fputc(',', out);
			if (!isnan(rate))
				fprintf(out, "%.10g", rate);
		}
		fputc('\n', out);
	}
}

struct json_object *history_rows_object(const struct history_table *table)
{
	struct json_object *object = json_object_new_object();
	struct json_object *list = json_object_new_array();
	char key[32];

	json_add_number(object, "step_s", table->step_s);
	for (size_t i = 0; i < table->count; i++) {
		const struct history_row *row = &table->row[i];
		struct json_object *slot = json_object_new_object();

		json_add_number(slot, "time_s", row->time_s);
		json_add_number(slot, "seen_s", row->seen_s);
		json_add_number(slot, "good_s", row->good_s);
		for (int column = 0; column < HISTORY_COLUMNS; column++) {
			snprintf(key, sizeof(key), "%s_hz", names[column]);
			json_add_number(
				slot, key, history_rows_rate(row, (enum history_column)column));
		}
		json_object_array_add(list, slot);
	}
	json_object_object_add(object, "slots", list);
	return object;
}
