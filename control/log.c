/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log lines to standard error; see log.h. One write a line, so that lines of this process
 * never mix; a reader that is gone or slow is not waited for by any retry.
 * Single-threaded, as the daemon is: state is file-local.
 */
#include "control/log.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#define SD_JOURNAL_SUPPRESS_LOCATION /* it would always be here */
#include <systemd/sd-journal.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1024

static struct {
	const char *program;
	int level;
	bool journal;
	FILE *stream; /* NULL: standard error */
} state = {.program = "ntpxdp", .level = LOG_INFO};

/* systemd sets JOURNAL_STREAM to DEVICE:INODE of the stream that it reads. */
static bool is_journal(int fd)
{
	const char *text = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	if (!text || sscanf(text, "%llu:%llu", &device, &inode) != 2 || fstat(fd, &st))
		return false;
	return st.st_dev == device && st.st_ino == inode;
}

void log_open(const char *program)
{
	state.program = program;
	state.journal = is_journal(STDERR_FILENO);
}

void log_set_level(int priority)
{
	state.level = priority;
}

void log_redirect(FILE *stream, bool journal)
{
	state.stream = stream;
	state.journal = stream ? journal : is_journal(STDERR_FILENO);
}

/* Writes the start of a line; returns its length. */
static size_t prefix(int priority, char *line, size_t size)
{
	const char *word = priority <= LOG_ERR       ? "error: "
			   : priority == LOG_WARNING ? "warning: "
			   : priority >= LOG_DEBUG   ? "debug: "
						     : "";

	if (state.journal)
		return (size_t)snprintf(line, size, "<%d>", priority);
	return (size_t)snprintf(line, size, "%.32s: %s", state.program, word);
}

/* What a line consists of after its prefix; control characters would begin another or move about.
 */
static size_t make_text(char *text, size_t size, const char *format, va_list list)
{
	size_t length;

	vsnprintf(text, size, format, list);
	length = strlen(text);
	while (length > 0 && text[length - 1] == '\n')
		text[--length] = '\0';
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			text[i] = '?';
	return length;
}

static void put(int priority, const char *format, va_list list)
{
	char line[LINE_MAX_BYTES];
	size_t length = prefix(priority, line, sizeof(line));

	length += make_text(line + length, sizeof(line) - 1 - length, format, list);
	line[length++] = '\n';
	if (state.stream) {
		fwrite(line, 1, length, state.stream);
		fflush(state.stream);
	} else if (write(STDERR_FILENO, line, length) < 0) {
		return; /* nowhere left to say it */
	}
}

static void write_line(int priority, const char *format, va_list list)
{
	if (priority <= state.level)
		put(priority, format, list);
}

void log_line(int priority, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	write_line(priority, format, list);
	va_end(list);
}

bool log_limit_take(struct log_limit *limit, uint64_t now_ns, unsigned int *ret_suppressed)
{
	if (now_ns >= limit->period_ends_ns) {
		limit->period_ends_ns = now_ns + LOG_LIMIT_PERIOD_NS;
		limit->written = 0;
	}
	if (limit->written >= (limit->burst ? limit->burst : LOG_LIMIT_BURST)) {
		limit->suppressed++;
		return false;
	}
	limit->written++;
	*ret_suppressed = limit->suppressed;
	limit->suppressed = 0;
	return true;
}

/* log_limit_take() at this moment, unless nobody wants to read lines of that priority. */
static bool take(struct log_limit *limit, int priority, unsigned int *ret_suppressed)
{
	struct timespec now;

	if (priority > state.level)
		return false;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return log_limit_take(
		limit, (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec, ret_suppressed);
}

static void tell_suppressed(int priority, unsigned int suppressed)
{
	if (suppressed)
		log_line(priority, "(%u more like the last one were not written)", suppressed);
}

void log_limited(struct log_limit *limit, int priority, const char *format, ...)
{
	unsigned int suppressed;
	va_list list;

	if (!take(limit, priority, &suppressed))
		return;
	va_start(list, format);
	write_line(priority, format, list);
	va_end(list);
	tell_suppressed(priority, suppressed);
}

/* False where the journal's socket does not take it. */
static bool enter_journal(const struct log_message *message)
{
	static struct log_entry entry;

	log_events_compose(message, &entry);
	return sd_journal_sendv(entry.field, entry.count) >= 0;
}

void log_event(enum log_event event, const struct log_value *values, const char *format, ...)
{
	static struct log_limit limits[LOG_EVENT_COUNT];
	struct log_message message = {.event = event, .values = values};
	int priority = log_events_priority(event);
	char text[LINE_MAX_BYTES];
	va_list list;

	/* Two equally good sources may take turns for ever, and it matters little. */
	limits[event].burst = event == LOG_EVENT_SELECTED ? LOG_LIMIT_BURST : LOG_EVENT_BURST;
	if (!take(&limits[event], priority, &message.suppressed))
		return;
	va_start(list, format);
	make_text(text, sizeof(text), format, list);
	va_end(list);
	message.text = text;
	if (state.journal && !state.stream && enter_journal(&message))
		return;
	log_line(priority, "%s", text);
	tell_suppressed(priority, message.suppressed);
}

void log_library(const char *library, int priority, const char *format, va_list list)
{
	char text[LINE_MAX_BYTES];
	int lower = priority < LOG_WARNING ? LOG_WARNING : priority + 1;

	if (lower > LOG_DEBUG || lower > state.level)
		return;
	vsnprintf(text, sizeof(text), format, list);
	log_line(lower, "%s: %s", library, text);
}
