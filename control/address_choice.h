// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which of a name's addresses to ask: one that nobody asks yet, with a route if there is one, and
 * not one that was given up before. Called by control/upstream.c with what the
 * name servers said; sends nothing.
 */
#ifndef CONTROL_ADDRESS_CHOICE_H
#define CONTROL_ADDRESS_CHOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#define ADDRESS_CHOICE_AVOID_MAX 8

/* What is remembered; all zero at the start. */
struct address_choice {
	struct sockaddr_storage avoid[ADDRESS_CHOICE_AVOID_MAX]; /* given up */
	unsigned next;                                           /* the oldest of them */
};

struct address_list {
	const struct sockaddr_storage *address;
	size_t count;
	bool (*in_use)(void *arg, const struct sockaddr_storage *address);
	void *arg;
};

/* This one has been found bad: others go first, until eight more have been. */
void address_choice_avoid(struct address_choice *choice, const struct sockaddr_storage *address);

/* The best of the list; NULL: all are in use. */
const struct sockaddr_storage *address_choice_best(
	const struct address_choice *choice, const struct address_list *list);

#endif
