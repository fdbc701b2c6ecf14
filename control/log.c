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

static void write_line(int priority, const char *format, va_list list)
{
	char line[LINE_MAX_BYTES];
	size_t start, length;

	if (priority > state.level)
		return;
	start = prefix(priority, line, sizeof(line));
	vsnprintf(line + start, sizeof(line) - 1 - start, format, list);
	length = strlen(line);
	while (length > start && line[length - 1] == '\n')
		length--;
	for (size_t i = start; i < length; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			line[i] = '?';
	line[length++] = '\n';
	if (state.stream) {
		fwrite(line, 1, length, state.stream);
		fflush(state.stream);
	} else if (write(STDERR_FILENO, line, length) < 0) {
		return; /* nowhere left to say it */
	}
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
	if (limit->written >= LOG_LIMIT_BURST) {
		limit->suppressed++;
		return false;
	}
	limit->written++;
	*ret_suppressed = limit->suppressed;
	limit->suppressed = 0;
	return true;
}

void log_limited(struct log_limit *limit, int priority, const char *format, ...)
{
	struct timespec now;
	unsigned int suppressed;
	va_list list;

	if (priority > state.level)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!log_limit_take(
		    limit, (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec, &suppressed))
		return;
	va_start(list, format);
	write_line(priority, format, list);
	va_end(list);
	if (suppressed)
		log_line(priority, "(%u more like the last one were not written)", suppressed);
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
