/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From root to as little as the daemon needs: the account of `user`, five capabilities at
 * most, and a list of system calls that a time daemon never makes, denied with EPERM.
 * Called once by the daemon, after the pins, the programs and the sockets that need root
 * are made and before the first packet is read. Does not log: what it did comes back.
 */
#ifndef CONTROL_PRIVILEGES_H
#define CONTROL_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

/* What the daemon is going to do; each asks for its capabilities. */
struct privileges_need {
	bool data_plane;   /* CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN */
	bool low_port;     /* CAP_NET_BIND_SERVICE: the port is tried again later */
	bool system_clock; /* CAP_SYS_TIME */
};

/* Who the daemon goes on as. */
struct privileges_account {
	uid_t uid;
	gid_t gid;
	bool change; /* false: stay as we are */
};

/*
 * Looks the account up. Not root: stays. 0; -ENOENT when there is no such account and root
 * stays (ret_account is set all the same: the caller says so and goes on); other negative
 * errno when the lookup failed.
 */
int privileges_account(const char *user, struct privileges_account *ret_account);

/*
 * Makes a folder that is not there (mode 0755, with its parents) and gives it to the account.
 * One that is there is left as it is: it may be /tmp. 0 or a negative errno.
 */
int privileges_folder(const char *path, const struct privileges_account *account);

/*
 * Changes to the account and keeps the capabilities of `need` and no others. An
 * unprivileged process stays as it is. 0 or a negative errno: then the process must end.
 */
int privileges_drop(const struct privileges_account *account, const struct privileges_need *need);

/* Installs the filter of system calls. 0; negative errno where the kernel has none. */
int privileges_filter(const struct privileges_need *need);

#endif
