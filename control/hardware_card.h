// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a network card can stamp, what it is set to stamp, and its clock: the ioctls of
 * Documentation/networking/timestamping.rst and Documentation/driver-api/ptp.rst. What to set is
 * decided by a pure function; nothing here logs. Called by control/hardware.c; needs root or
 * CAP_NET_ADMIN for setting, and the right to open /dev/ptpN.
 */
#ifndef CONTROL_HARDWARE_CARD_H
#define CONTROL_HARDWARE_CARD_H

#include <linux/net_tstamp.h>

#include "control/config.h"
#include "control/hardware_relation.h"

/* What the driver says of a card (ETHTOOL_GET_TS_INFO). */
struct hardware_ability {
	int phc;             /* N of /dev/ptpN; -1: none */
	uint32_t stamping;   /* SOF_TIMESTAMPING_* */
	uint32_t tx_types;   /* bits by enum hwtstamp_tx_types */
	uint32_t rx_filters; /* bits by enum hwtstamp_rx_filters */
};

/* What comes of it for NTP. */
struct hardware_setting {
	bool change;            /* `config` differs from what is set */
	bool receive, transmit; /* NTP packets are stamped, once it is set */
	struct hwtstamp_config config;
};

/* 0 or a negative errno: -EOPNOTSUPP: the driver knows no stamps at all. */
int hardware_card_ability(const char *name, struct hardware_ability *ret_ability);

/*
 * What to set, given what is set now. Others may rely on that (ptp4l): what is on stays on, and a
 * receive filter gives way only to one that takes in all that it took. Pure.
 */
struct hardware_setting hardware_card_choose(const struct hardware_ability *ability,
	const struct hwtstamp_config *now, enum config_rxfilter wanted);

/* Asks what is set, chooses, sets, and corrects receive and transmit by what the driver made of it.
 * 0 or a negative errno, then what is set is as it was. */
int hardware_card_set(const char *name, const struct hardware_ability *ability,
	enum config_rxfilter wanted, struct hardware_setting *ret_setting);

/* The card's clock: a descriptor to close, or a negative errno. */
int hardware_card_open(int phc);

/* How a clock is read; the first that works is kept. */
enum hardware_way {
	HARDWARE_WAY_CROSS,    /* PTP_SYS_OFFSET_PRECISE: card and CPU take the moment together */
	HARDWARE_WAY_RAW,      /* PTP_SYS_OFFSET_EXTENDED between readings of RAW, Linux 6.12 */
	HARDWARE_WAY_REALTIME, /* the same between readings of REALTIME */
	HARDWARE_WAY_PLAIN,    /* clock_gettime() between readings of RAW */
	HARDWARE_WAY_COUNT
};

/* The best of several readings, in way or, where that is not supported, in the next one, which way
 * then says. 0 or a negative errno. */
int hardware_card_read(int fd, enum hardware_way *way, struct hardware_sample *ret_sample);

#endif
