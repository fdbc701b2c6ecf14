// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loaded with LD_PRELOAD into `ntpxdp attach` by tests/net/test_input.py, so that the kernel's
 * verifier refuses the program: the last instruction of every XDP program is left out. libbpf
 * makes its system calls through syscall(), which this replaces; the refusal, its log and its errno
 * are the kernel's own.
 */
#include <dlfcn.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef long (*syscall_function)(long number, ...);

long syscall(long number, ...)
{
	static syscall_function next;
	long a[6];
	va_list list;

	if (!next)
		next = (syscall_function)dlsym(RTLD_NEXT, "syscall");
	va_start(list, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(list, long);
	va_end(list);
	if (number == SYS_bpf && a[0] == BPF_PROG_LOAD) {
		union bpf_attr *attr = (union bpf_attr *)a[1];

		if (attr->prog_type == BPF_PROG_TYPE_XDP && attr->insn_cnt > 2)
			attr->insn_cnt--;
	}
	return next(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
