// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `syscount PID COMMAND...`: runs the command and prints to standard error how many system calls
 * process PID made meanwhile; its exit status is the command's. Needs root. scripts/bench tells by
 * it what a reply costs a server in system calls.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "syscount.skel.h"

static int run(char **command)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		execvp(command[0], command);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0 || !WIFEXITED(status))
		return 1;
	return WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	struct syscount_bpf *skeleton = NULL;
	struct stat namespace;
	int status = 1;

	if (argc < 3 || atoi(argv[1]) <= 0) {
		fprintf(stderr, "usage: syscount PID COMMAND...\n");
		return 2;
	}
	libbpf_set_print(NULL);
	if (stat("/proc/self/ns/pid", &namespace) == 0)
		skeleton = syscount_bpf__open();
	if (skeleton) {
		skeleton->rodata->process = (__u32)atoi(argv[1]);
		skeleton->rodata->namespace_device = namespace.st_dev;
		skeleton->rodata->namespace_inode = namespace.st_ino;
	}
	if (!skeleton || syscount_bpf__load(skeleton) || syscount_bpf__attach(skeleton)) {
		fprintf(stderr, "syscount: %s; nothing is run\n", strerror(errno));
		goto out;
	}
	skeleton->bss->calls = 0;
	status = run(argv + 2);
	fprintf(stderr, "%llu\n", (unsigned long long)skeleton->bss->calls);
out:
	syscount_bpf__destroy(skeleton);
	return status;
}
