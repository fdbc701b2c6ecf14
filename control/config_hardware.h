/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `hwtimestamp` lines say. Part of config.h, which includes it; read by config_hardware.c,
 * used by control/hardware.h.
 */
#ifndef CONTROL_CONFIG_HARDWARE_H
#define CONTROL_CONFIG_HARDWARE_H

#include <stdbool.h>
#include <stddef.h>

#include "control/config_types.h"

/* Which packets a card is asked to stamp: chrony's words. */
enum config_rxfilter {
	CONFIG_RXFILTER_AUTO, /* NTP alone where the card can, else all */
	CONFIG_RXFILTER_ALL,
	CONFIG_RXFILTER_NTP,
	CONFIG_RXFILTER_PTP, /* none that is of use here */
	CONFIG_RXFILTER_NONE
};

/* One `hwtimestamp` line. */
struct config_hardware {
	char name[16]; /* IFNAMSIZ; "*": every other interface with a clock */
	double txcomp_s, rxcomp_s;
	bool nocrossts;
	enum config_rxfilter rxfilter;
	struct config_origin origin;
};

#define CONFIG_HARDWARE_MAX 64

struct config_hardware_list {
	struct config_hardware entry[CONFIG_HARDWARE_MAX];
	size_t count;
};

#endif
