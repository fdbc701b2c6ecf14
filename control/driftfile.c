// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The drift file: see driftfile.h. The sign differs between the two formats: chrony
 * writes how much the clock gains, ntpd how much has to be added.
 */
#include "control/driftfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PPM             1e-6
#define NTPD_SKEW       5e-6 /* ntpd does not say how well it knows */
#define SKEW_MAX        1e-3
#define FILE_MAX_LENGTH 256

/* A number at *text, which moves behind it. */
static int parse_number(const char **text, double *ret_number)
{
	char *end;

	*ret_number = strtod(*text, &end);
	if (end == *text || !isfinite(*ret_number))
		return -EBADMSG;
	*text = end;
	return 0;
}

static int parse(const char *text, struct drift *ret_drift)
{
	double ppm, skew_ppm = 0.0;
	bool chrony;

	if (parse_number(&text, &ppm) < 0)
		return -EBADMSG;
	text += strspn(text, " \t\r\n");
	chrony = *text != '\0';
	if (chrony && parse_number(&text, &skew_ppm) < 0)
		return -EBADMSG;
	if (text[strspn(text, " \t\r\n")] != '\0' || skew_ppm < 0.0)
		return -EBADMSG;
	if (fabs(ppm * PPM) > DRIFTFILE_MAX_FREQUENCY || skew_ppm * PPM > SKEW_MAX)
		return -ERANGE;
	ret_drift->frequency = chrony ? -ppm * PPM : ppm * PPM;
	ret_drift->frequency_sd = chrony ? skew_ppm * PPM : NTPD_SKEW;
	return 0;
}

int driftfile_read(const char *path, struct drift *ret_drift)
{
	char text[FILE_MAX_LENGTH + 1];
	ssize_t length;
	int fd, error = 0;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	length = read(fd, text, sizeof(text));
	if (length < 0)
		error = -errno;
	close(fd);
	if (error < 0)
		return error;
	if (length > FILE_MAX_LENGTH || memchr(text, '\0', (size_t)length))
		return -EBADMSG;
	text[length] = '\0';
	return parse(text, ret_drift);
}

static int write_all(int fd, const char *text, size_t length)
{
	ssize_t written;

	while (length > 0) {
		written = write(fd, text, length);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		text += written;
		length -= (size_t)written;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

int driftfile_write(const char *path, const struct drift *drift)
{
	char temporary[PATH_MAX], text[64];
	int fd, error, length;

	if (!isfinite(drift->frequency) || !isfinite(drift->frequency_sd))
		return -EINVAL;
	length = snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path);
	if (length < 0 || (size_t)length >= sizeof(temporary))
		return -ENAMETOOLONG;
	length = snprintf(text, sizeof(text), "%20.6f %20.6f\n", -drift->frequency / PPM,
		drift->frequency_sd / PPM);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	error = write_all(fd, text, (size_t)length);
	if (!error && fchmod(fd, 0644) < 0)
		error = -errno;
	if (close(fd) < 0 && !error)
		error = -errno;
	if (!error && rename(temporary, path) < 0)
		error = -errno;
	if (error)
		unlink(temporary);
	return error;
}

int driftfile_check(const char *path)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');

	if (!slash || (size_t)(slash - path) >= sizeof(folder))
		return -EINVAL;
	memcpy(folder, path, (size_t)(slash - path));
	folder[slash - path] = '\0';
	return faccessat(AT_FDCWD, slash == path ? "/" : folder, W_OK | X_OK, AT_EACCESS) ? -errno
											  : 0;
}
