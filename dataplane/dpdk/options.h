// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The engine's own command line, behind the EAL's and "--".
 */
#ifndef DPDK_OPTIONS_H
#define DPDK_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct dpdk_options {
	const char *socket; /* NULL: not named */
	const char *pindir; /* NULL: not named */
	uint16_t queues;    /* 0: one for each lcore */
	bool host;          /* what is not answered goes to the host */
};

/* 0, or -EINVAL after one line on standard error. */
int options_parse(struct dpdk_options *ret_options, int argc, char **argv);

/* Does the command line ask for help or the version alone? Prints it; before the EAL looks. */
bool options_told(int argc, char **argv);

#endif
