/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which of this host's addresses are answered: ntp.conf's `interface` and `nic` with listen, ignore
 * or drop, chrony's `bindaddress` and `binddevice`. Part of config.h, which includes it; read by
 * config_answered.c, asked by whoever follows the host's addresses.
 */
#ifndef CONTROL_CONFIG_ANSWERED_H
#define CONTROL_CONFIG_ANSWERED_H

#include <stdbool.h>
#include <stddef.h>

#include "control/config_types.h"

enum config_answered_word {
	CONFIG_ANSWERED_LISTEN,
	CONFIG_ANSWERED_IGNORE,
	CONFIG_ANSWERED_DROP, /* as ignore: what is not answered goes to the kernel */
	CONFIG_ANSWERED_BINDADDRESS,
	CONFIG_ANSWERED_BINDDEVICE
};

/* One line. With a name: the addresses of that interface; else those within the prefix. */
struct config_answered {
	enum config_answered_word word;
	char name[16]; /* IFNAMSIZ; "": any */
	struct config_prefix prefix;
	struct config_origin origin;
};

#define CONFIG_ANSWERED_MAX 256

struct config_answered_list {
	struct config_answered entry[CONFIG_ANSWERED_MAX];
	size_t count;
};

/* An address of this host; bytes in network order. */
struct config_own_address {
	int family;
	const uint8_t *bytes;
	const char *interface; /* "" where it is not known */
};

/*
 * Is it to be answered? Of `interface` lines the last that speaks of it says so; where there are
 * some and none does, it is not. A loopback address is, unless a line names it, its prefix or its
 * interface. A `bindaddress` excludes the other addresses of its family, a `binddevice` those of
 * other interfaces.
 */
bool config_answered_is(
	const struct config_answered_list *list, const struct config_own_address *own);

#endif
