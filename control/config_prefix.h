/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prefixes of addresses in the settings: how they are written (RFC 4632 sec. 3.1, ntp.conf's masks,
 * chrony's short forms), and which addresses they hold. Used by the rules by address and by
 * the lines that say which of this host's addresses are answered. Pure.
 */
#ifndef CONTROL_CONFIG_PREFIX_H
#define CONTROL_CONFIG_PREFIX_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct config_prefix {
	int family;          /* AF_INET, AF_INET6; AF_UNSPEC: all addresses of both */
	uint8_t address[16]; /* network order, IPv4 in the first 4; zeros beyond the bits */
	int bits;
};

/* "ADDR" or "ADDR/BITS". False: it is neither. */
bool config_prefix_parse(const char *text, struct config_prefix *ret_prefix);
/* These, and chrony's short forms of IPv4: "1.2" is 1.2.0.0/16. */
bool config_prefix_parse_short(const char *text, struct config_prefix *ret_prefix);
/* Shortens or lengthens it to a mask such as 255.255.0.0. False: no mask of ones before zeros. */
bool config_prefix_mask(struct config_prefix *prefix, const char *text);

/* Is an address, in network order, within it? */
bool config_prefix_holds(const struct config_prefix *prefix, int family, const uint8_t *address);
/* Are all addresses of the other one? */
bool config_prefix_covers(const struct config_prefix *prefix, const struct config_prefix *other);
bool config_prefix_same(const struct config_prefix *a, const struct config_prefix *b);

/* Is an address, in network order, of loopback: in 127/8, or ::1? */
bool config_prefix_is_loopback(int family, const uint8_t *address);

/* "ADDR/BITS" */
void config_prefix_print(const struct config_prefix *prefix, FILE *out);

#endif
