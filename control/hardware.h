// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `hwtimestamp`: the cards whose stamps are used. Sets each to stamp NTP packets, keeps its clock
 * related (control/hardware_relation.h), writes that relation where the XDP program reads it, and
 * puts the program that asks the card (attach_hardware()) on the interfaces that are attached,
 * whoever attached them. Logs what it finds and what changes.
 * Owned by the daemon: made before root is given up, and ticked 8 times a second.
 */
#ifndef CONTROL_HARDWARE_H
#define CONTROL_HARDWARE_H

#include "control/config.h"
#include "control/timestamping.h"
#include "dataplane/state/state.h"

#define HARDWARE_TEXT_MAX 320

struct hardware;

/* What became of one interface. */
struct hardware_report {
	char name[CONFIG_NAME_SIZE];
	uint32_t ifindex;
	int phc;                /* N of /dev/ptpN; -1: none */
	bool receive, transmit; /* the card stamps NTP packets */
	bool related;           /* and its clock is known, within */
	double error_s;
	char detail[HARDWARE_TEXT_MAX];  /* what is in the way of its stamps, else empty */
	char program[HARDWARE_TEXT_MAX]; /* and of their use by XDP */
};

/* The lines are copied; state outlives the object. pindir NULL: -n, the cards are left alone. A
 * card that cannot be used is said and does not stop the start. 0 or -ENOMEM. */
int hardware_new(const struct config *config, struct state *state, const char *pindir,
	struct hardware **ret_hardware);
/* The cards go on stamping, the programs asking; the relations end by themselves. NULL is allowed.
 */
void hardware_free(struct hardware *hardware);

/* Reads the clocks that are due, writes relations, looks after the programs. */
void hardware_tick(struct hardware *hardware);

/* For the sockets of the daemon; the object does not move. NULL: no card stamps. */
const struct timestamping_cards *hardware_cards(const struct hardware *hardware);

/* The interface at a position, until false. */
bool hardware_report(
	const struct hardware *hardware, size_t at, struct hardware_report *ret_report);

#endif
