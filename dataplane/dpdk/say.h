// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the engine tells people: one line on standard error, which the journal reads. For what
 * happens once; traffic is counted.
 */
#ifndef DPDK_SAY_H
#define DPDK_SAY_H

void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
