// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The settings that the engines obey. Values live in one canonical struct in a
 * mapped array, read for each request, so that a change is live at once.
 * Features, which the compiler or the verifier should fold away where they are
 * off, are bits given to respond() as a constant.
 *
 * Also here: what each interface with a program is (its MAC address and how it
 * replies), in a table that the programs read by the slot they were loaded for.
 */
#ifndef CORE_CONFIG_H
#define CORE_CONFIG_H

#include "dataplane/core/byteorder.h"
#include "dataplane/core/frame.h"
#include "dataplane/core/limit.h"

#define CONFIG_MAGIC  0x4e545053U /* "NTPS" */
#define CONFIG_LAYOUT 2

struct settings {
	uint32_t magic;
	uint16_t layout;
	uint16_t size;
	uint64_t generation;         /* counts changes */
	be16 port;                   /* UDP port that is answered, NTP_PORT unless set */
	uint8_t unsynchronised_drop; /* slow path: silence instead of a leap 3 reply */
	uint8_t interleaved;         /* RFC 9769 asked for */
	uint8_t traffic_class; /* FEATURE_DSCP: of replies; the code point is its upper 6 bits */
	uint8_t reserved0[3];
	uint64_t
		network_namespace; /* inode of the one that address table and interfaces speak of */
	uint32_t access_default; /* ACCESS_* of all clients, where there are no rules by address */
	uint32_t features; /* FEATURE_*: what an engine that is not compiled for them looks for */
	uint64_t reserved[3];
	struct limit limit; /* in a cache line of its own */
};
_Static_assert(sizeof(struct settings) == 128, "settings layout 2");
_Static_assert(offsetof(struct settings, limit) == 64, "settings layout 2");

/* Feature bits: constant for one program or worker. */
#define FEATURE_FIB         1U /* reply path by route lookup; the caller does the lookup */
#define FEATURE_INTERLEAVED 2U /* pass up what asks for interleaved mode */
#define FEATURE_HARDWARE    4U /* the program is bound to its card and asks it for receive stamps */
#define FEATURE_ACCESS      8U /* there are rules by address */
#define FEATURE_CLIENTS     16U /* clients are counted, and limited where their rule says so */

#define FEATURE_DSCP 32U /* replies carry a code point */

enum interface_mode {
	INTERFACE_NATIVE = 1,
	INTERFACE_GENERIC = 2
};
enum interface_reply_path {
	INTERFACE_REFLECT = 0,
	INTERFACE_FIB = 1
};

#define CONFIG_INTERFACES 64
#define CONFIG_NAME_SIZE  16 /* IFNAMSIZ */

struct interface {
	uint32_t ifindex; /* 0: slot is free */
	uint8_t mac[FRAME_MAC_SIZE];
	uint8_t mode;       /* enum interface_mode */
	uint8_t reply_path; /* enum interface_reply_path */
	char name[CONFIG_NAME_SIZE];
	uint32_t features; /* of the program that is attached */
	uint32_t shared;   /* attached through a dispatcher */
	uint64_t attached_realtime_s;
	uint32_t clients_map; /* id of the client table that the program has; 0: none */
	uint32_t reserved0;
	uint64_t reserved[1];
};

struct interface_table {
	struct interface entry[CONFIG_INTERFACES];
};
_Static_assert(sizeof(struct interface) == 64, "interface table layout 1");

CORE_INLINE void config_settings_init(struct settings *settings)
{
	settings->layout = CONFIG_LAYOUT;
	settings->size = sizeof(*settings);
	settings->generation = 1;
	settings->port = be16_of(NTP_PORT);
	settings->magic = CONFIG_MAGIC;
}

CORE_INLINE bool config_settings_known(const struct settings *settings)
{
	return settings->magic == CONFIG_MAGIC && settings->layout == CONFIG_LAYOUT &&
	       settings->size == sizeof(*settings);
}

#endif
