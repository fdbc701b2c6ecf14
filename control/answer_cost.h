/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long an answer takes from reading the clock to the reply on its way: the responder of
 * dataplane/core is run on a made-up request, as often as the clock is read, and timed. The
 * transmit timestamp is the receive one plus this (protocol.md sec. 2). Called by the clockwork at
 * start.
 */
#ifndef CONTROL_ANSWER_COST_H
#define CONTROL_ANSWER_COST_H

#include <stdint.h>

/* In ns, at least 1. Takes less than a millisecond. */
uint32_t answer_cost_ns(void);

#endif
