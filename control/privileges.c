/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Account, capabilities and system calls of the daemon; see privileges.h.
 * libcap-ng changes the account and the capabilities in one step; libseccomp builds the
 * filter. A denylist, not an allowlist: libraries (resolver, libbpf) may change what they
 * call, and a time daemon that is killed for it is worse than one that could open a file.
 */
#include "control/privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <pwd.h>
#include <seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Never made by the daemon or by a library on its behalf after the start. */
static const char *const denied[] = {
	"execve",
	"execveat",
#ifndef __SANITIZE_ADDRESS__ /* whose search for leaks stops the process by it */
	"ptrace",
#endif
	"process_vm_readv",
	"process_vm_writev",
	"kcmp",
	"mount",
	"umount2",
	"pivot_root",
	"chroot",
	"move_mount",
	"open_tree",
	"fsopen",
	"fsmount",
	"fsconfig",
	"fspick",
	"mount_setattr",
	"unshare",
	"setns",
	"init_module",
	"finit_module",
	"delete_module",
	"kexec_load",
	"kexec_file_load",
	"reboot",
	"swapon",
	"swapoff",
	"acct",
	"quotactl",
	"nfsservctl",
	"vhangup",
	"sethostname",
	"setdomainname",
	"syslog",
	"add_key",
	"request_key",
	"keyctl",
	"iopl",
	"ioperm",
	"modify_ldt",
	"personality",
	"userfaultfd",
	"open_by_handle_at",
	"name_to_handle_at",
	"lookup_dcookie",
	"mknod",
	"mknodat",
	"setuid",
	"setgid",
	"setreuid",
	"setregid",
	"setresuid",
	"setresgid",
	"setgroups",
	"setfsuid",
	"setfsgid",
	"io_uring_setup",
	"io_uring_enter",
	"io_uring_register",
	"pidfd_getfd",
	"bdflush",
	"uselib",
	"migrate_pages",
	"move_pages",
	"mbind",
	"set_mempolicy",
};

/* Denied unless the system clock is ours to steer. */
static const char *const denied_clock[] = {"settimeofday", "clock_settime", "stime"};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

int privileges_account(const char *user, struct privileges_account *ret_account)
{
	struct privileges_account account = {.uid = geteuid(), .gid = getegid(), .change = false};
	struct passwd *entry;

	if (account.uid != 0) {
		*ret_account = account;
		return 0;
	}
	errno = 0;
	entry = getpwnam(user);
	if (!entry && errno && errno != ENOENT && errno != ESRCH)
		return -errno;
	if (entry) {
		account.uid = entry->pw_uid;
		account.gid = entry->pw_gid;
		account.change = account.uid != 0;
	}
	*ret_account = account;
	return entry ? 0 : -ENOENT;
}

/* Makes all folders of a path but the last. */
static int make_parents(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0755) && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return 0;
}

int privileges_folder(const char *path, const struct privileges_account *account)
{
	char copy[4096];
	int err;

	if (strlen(path) >= sizeof(copy))
		return -ENAMETOOLONG;
	strcpy(copy, path);
	err = make_parents(copy);
	if (err)
		return err;
	if (mkdir(path, 0755))
		return errno == EEXIST ? 0 : -errno;
	if (account->change && lchown(path, account->uid, account->gid))
		return -errno;
	return 0;
}

static bool holds_nothing(void)
{
	return !capng_get_caps_process() &&
	       capng_have_capabilities(CAPNG_SELECT_CAPS) == CAPNG_NONE;
}

int privileges_drop(const struct privileges_account *account, const struct privileges_need *need)
{
	const capng_type_t both = CAPNG_EFFECTIVE | CAPNG_PERMITTED;
	int result;

	/* The user id alone does not tell: a simulator may call an ordinary user root. */
	if (geteuid() != 0 || holds_nothing())
		return 0;
	capng_clear(CAPNG_SELECT_BOTH);
	if (need->data_plane)
		capng_updatev(CAPNG_ADD, both, CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN, -1);
	if (need->low_port)
		capng_update(CAPNG_ADD, both, CAP_NET_BIND_SERVICE);
	if (need->system_clock)
		capng_update(CAPNG_ADD, both, CAP_SYS_TIME);
	if (account->change) {
		result = capng_change_id((int)account->uid, (int)account->gid,
			CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING | CAPNG_CLEAR_AMBIENT);
	} else {
		/* Root without an account of its own: files of others stay within reach. */
		capng_update(CAPNG_ADD, both, CAP_DAC_OVERRIDE);
		result = capng_apply(CAPNG_SELECT_CAPS);
	}
	if (result)
		return errno ? -errno : -EPERM;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	return 0;
}

/* Adds one list of names; a call that this machine does not have is left out. */
static int deny(scmp_filter_ctx filter, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int number = seccomp_syscall_resolve_name(names[i]);
		int err;

		if (number == __NR_SCMP_ERROR)
			continue;
		err = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), number, 0);
		if (err)
			return err;
	}
	return 0;
}

int privileges_filter(const struct privileges_need *need)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int err;

	if (!filter)
		return -ENOMEM;
	err = deny(filter, denied, COUNT(denied));
	if (!err && !need->system_clock)
		err = deny(filter, denied_clock, COUNT(denied_clock));
	if (!err)
		err = seccomp_load(filter);
	seccomp_release(filter);
	return err;
}
