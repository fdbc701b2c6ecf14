// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Quantiles of a latency histogram in the buckets of bpf/generator.h. Who fills them is the program
 * in the kernel; whose they are, and that each CPU has its own, is generator.h's matter.
 */
#ifndef CONTROL_CLI_GENERATOR_LATENCY_H
#define CONTROL_CLI_GENERATOR_LATENCY_H

#include "bpf/generator.h"

/* In ns, of so many replies in each bucket; 0 of none. quantile: 0..1. */
double generator_latency_quantile(const double buckets[GENERATOR_BUCKETS], double quantile);

#endif
