// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Program-run on requests that are made anew for each repeat (parts_rerun.bpf.c). For parts.c.
 */
#ifndef BENCH_PARTS_RUN_H
#define BENCH_PARTS_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "control/cli/generator_frame.h"

struct parts_request {
	int family; /* 4 or 6 */
	bool tagged;
	uint32_t clients;
	const struct generator_link *link;
	struct in_addr server4;
	struct in6_addr source6, server6;
};

struct parts_run;

/* Requests with `program` behind them, a file descriptor; -1: the requests alone. NULL and errno.
 */
struct parts_run *parts_run_new(const struct parts_request *request, int program);
void parts_run_free(struct parts_run *run);

/* CPU time of one repeat, in ns. 0 or a negative errno; -EPROTO: the last frame was not sent back.
 */
int parts_run_measure(struct parts_run *run, uint32_t repeat, double *ret_ns);

#endif
