// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The frequency memory: the rate of this machine's oscillator, kept in a file over
 * a restart. chrony's format is written, "ppm skew\n" with ppm positive where the
 * counter gains; read is also what ntpd and NTPsec write, one number, positive
 * where it loses. Called by the daemon at start and once an hour. No state, no log.
 */
#ifndef CONTROL_DRIFTFILE_H
#define CONTROL_DRIFTFILE_H

/* What nobody's oscillator does: such a file is refused. */
#define DRIFTFILE_MAX_FREQUENCY 500e-6

struct drift {
	double frequency;    /* d(UTC)/d(RAW) - 1 */
	double frequency_sd; /* how well it is known; 5 ppm where the file does not say */
};

/*
 * 0; -ENOENT where there is no file yet; -EBADMSG for what is not one or two finite
 * numbers; -ERANGE beyond DRIFTFILE_MAX_FREQUENCY; other negative errno.
 */
int driftfile_read(const char *path, struct drift *ret_drift);

/*
 * Replaces the file in one step: a new file beside it, synced, then renamed. The old
 * one stays whole on failure. 0 or a negative errno.
 */
int driftfile_write(const char *path, const struct drift *drift);

/* Could this account write it? Its folder is what counts. 0 or a negative errno. */
int driftfile_check(const char *path);

#endif
