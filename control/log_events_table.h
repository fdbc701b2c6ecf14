/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The changes of state that the log tells, and their fields: the one table of them, as rows for
 * log_events.h, which makes enums of them and entries of the journal; docs/events.md is written
 * from it. Names, ids and fields are a promise to those who match on them: rows are added, not
 * changed. What is no change of state is a plain line.
 */
#ifndef CONTROL_LOG_EVENTS_TABLE_H
#define CONTROL_LOG_EVENTS_TABLE_H

/* X(field, meaning). Text, or a whole number in the unit that the name says. */
#define LOG_FIELDS(X)                                                                              \
	X(SOURCE, "the source, by its name in the settings")                                       \
	X(ADDRESS, "its address")                                                                  \
	X(IFACE, "the interface")                                                                  \
	X(MODE, "`native` or `generic`")                                                           \
	X(REPLY_PATH, "`reflect` or `fib`")                                                        \
	X(STATE, "the clock's: `waiting`, `synchronised`, `holdover`, `disagreeing` or `local`")   \
	X(REASON, "why, in words")                                                                 \
	X(STRATUM, "the stratum that is served")                                                   \
	X(ERROR_BOUND_NS, "the error bound that is served, ns")                                    \
	X(OFFSET_NS, "by how much the time was moved, ns; positive: it was slow")                  \
	X(DURATION_NS, "how long it was, ns")                                                      \
	X(LEAP, "the leap second: 1 inserted, -1 deleted")                                         \
	X(AT_UTC_S, "its moment, Unix seconds")                                                    \
	X(PATH, "the file")                                                                        \
	X(PORT, "the UDP port")                                                                    \
	X(FAMILY, "`IPv4`, `IPv6` or both")                                                        \
	X(REQUESTS_PER_S, "requests a second, over the window that decided")                       \
	X(LIMITED_PER_S, "those over the limit, a second")                                         \
	X(VERSION, "the version of the program")

#define LOG_HAS(field) (UINT32_C(1) << LOG_FIELD_##field)
#define LOG_OF_SOURCE  (LOG_HAS(SOURCE) | LOG_HAS(ADDRESS))
#define LOG_OF_IFACE   (LOG_HAS(IFACE) | LOG_HAS(MODE) | LOG_HAS(REPLY_PATH))
#define LOG_OF_STORM   (LOG_HAS(REQUESTS_PER_S) | LOG_HAS(LIMITED_PER_S) | LOG_HAS(DURATION_NS))

/* X(event, name, priority, MESSAGE_ID, fields that it may have, when) */
#define LOG_EVENTS(X)                                                                              \
	X(STARTED, "started", NOTICE, "9216b874fa0649a4915b037a6b67fbaa", LOG_HAS(VERSION),        \
		"the daemon runs")                                                                 \
	X(STOPPED, "stopped", NOTICE, "df584962c8e74da18757bf2da6ff85f7", 0,                       \
		"it ends; what is attached goes on answering")                                     \
	X(SETTINGS_READ, "settings-read", INFO, "435b26e61ff141a98465e2e60a3346e3", 0,             \
		"SIGHUP, and the settings are in force")                                           \
	X(SETTINGS_REFUSED, "settings-refused", ERR, "69c281f521b74eb0ad25120b8d2627eb", 0,        \
		"SIGHUP, and they cannot be used: those before stay in force")                     \
	X(SYNCHRONISED, "synchronised", NOTICE, "2eac417dc38447cfafa1e2427ccdc6f6",                \
		LOG_HAS(STATE) | LOG_HAS(STRATUM) | LOG_HAS(ERROR_BOUND_NS) | LOG_HAS(REASON),     \
		"good time is served from now on, from sources or by `local`")                     \
	X(HOLDOVER, "holdover", NOTICE, "254c6365e9654210aa4dce00d36f449f",                        \
		LOG_HAS(STATE) | LOG_HAS(STRATUM) | LOG_HAS(ERROR_BOUND_NS) | LOG_HAS(REASON),     \
		"the sources are gone; time is served from memory, with a growing bound")          \
	X(LOST, "lost", WARNING, "d0ddf99f223c43bfa14406d49f98ba12",                               \
		LOG_HAS(STATE) | LOG_HAS(REASON), "the time is not good any more")                 \
	X(UNSYNCHRONISED, "unsynchronised", INFO, "804f768935d14a0ab910e07347fac5bc",              \
		LOG_HAS(STATE) | LOG_HAS(REASON), "it is still not good, for another reason")      \
	X(STEPPED, "stepped", WARNING, "e6773f56313044eaba1785a0c2cbbc2c", LOG_HAS(OFFSET_NS),     \
		"the served time is stepped, after a time without any")                            \
	X(SYSTEM_CLOCK_STEPPED, "system-clock-stepped", NOTICE,                                    \
		"264fcb2535b841c48cce5d4c8d04606d", LOG_HAS(OFFSET_NS),                            \
		"the system clock was stepped, by `clock system` (with `OFFSET_NS`) or by others") \
	X(SYSTEM_CLOCK_LEFT, "system-clock-left", ERR, "05496963ad6847cca8f2f6898a4d2a15",         \
		LOG_HAS(REASON), "`clock system` cannot steer it any more")                        \
	X(SUSPENDED, "suspended", WARNING, "cee5e53af2fe446ea79ea13b44aee6d6",                     \
		LOG_HAS(DURATION_NS), "the host was suspended, and all time from before is void")  \
	X(SELECTED, "selected", INFO, "533722d8843f4591b5a04c388aa7996f", LOG_OF_SOURCE,           \
		"stratum and reference are this source's from now on")                             \
	X(FALSETICKER, "falseticker", WARNING, "899823f43152423cb31e26a6667944ce", LOG_OF_SOURCE,  \
		"the majority contradicts this source")                                            \
	X(FALSETICKER_ENDS, "falseticker-ends", INFO, "eb2575f268a84099b043a5a757325cba",          \
		LOG_OF_SOURCE, "it agrees with the majority again, or is not heard")               \
	X(SOURCE_SILENT, "source-silent", WARNING, "ce10b72a8fe042908b6751c300a700ae",             \
		LOG_OF_SOURCE, "a source gives no good reply any more")                            \
	X(SOURCE_ANSWERS, "source-answers", INFO, "63391564c2814485bd4ab18a8aa0a8bf",              \
		LOG_OF_SOURCE, "it answers again")                                                 \
	X(SOURCE_REFUSES, "source-refuses", WARNING, "93344b9a36ee4ed69a07b0a592f11d2d",           \
		LOG_OF_SOURCE | LOG_HAS(REASON), "it refuses us (a kiss), or follows us (a loop)") \
	X(LEAP_ARMED, "leap-armed", NOTICE, "9a8b9cd4da6a4d26ab4155bfcda340b6",                    \
		LOG_HAS(LEAP) | LOG_HAS(AT_UTC_S), "a leap second is coming")                      \
	X(LEAP_DISARMED, "leap-disarmed", NOTICE, "8d120a485dfb4881bfbf9a0b47f7dfd2", 0,           \
		"it is announced no more")                                                         \
	X(LEAP_PASSED, "leap-passed", NOTICE, "9efbbcd3941c4ddb96dc68aca6242a64", LOG_HAS(LEAP),   \
		"it has been applied")                                                             \
	X(LEAP_LIST_STALE, "leap-list-stale", WARNING, "bb028be198ff4dae8cc29d79c468c6de",         \
		LOG_HAS(PATH) | LOG_HAS(REASON),                                                   \
		"the list of leap seconds cannot be used, runs out soon, or has run out")          \
	X(ATTACH, "attach", NOTICE, "6f5270eebfe54ad2a8abe01fb2bf8ccb", LOG_OF_IFACE,              \
		"the program is on an interface, by the daemon or by hand")                        \
	X(REPLACED, "replaced", NOTICE, "0a54de72a7d14e25814fe3ee9a174545", LOG_OF_IFACE,          \
		"it was replaced there without a gap")                                             \
	X(DETACH, "detach", NOTICE, "7767685207ca47629bad03bd060aa2f9", LOG_HAS(IFACE),            \
		"it was taken off, by the settings or by hand")                                    \
	X(DETACH_LOST, "detach-lost", WARNING, "70f65b15285742ad9874cc78915e33df",                 \
		LOG_HAS(IFACE) | LOG_HAS(REASON),                                                  \
		"it is gone and nobody took it off: the interface is gone, or another's is there") \
	X(PORT_TAKEN, "port-taken", WARNING, "1a5ff5e05a274a6e847f81909de9baa3",                   \
		LOG_HAS(PORT) | LOG_HAS(FAMILY) | LOG_HAS(REASON),                                 \
		"the UDP port cannot be had: another server keeps it, mostly")                     \
	X(PORT_SERVED, "port-served", NOTICE, "08f74e7fcccc4d97a1257c8a3882155e",                  \
		LOG_HAS(PORT) | LOG_HAS(FAMILY), "it is free now and served")                      \
	X(LIMIT_STORM_BEGINS, "limit-storm-begins", WARNING, "37668e261bf641698bdbb082e6b5c6b0",   \
		LOG_HAS(REQUESTS_PER_S) | LOG_HAS(LIMITED_PER_S),                                  \
		"a large share of the requests is over the rate limit")                            \
	X(LIMIT_STORM_ENDS, "limit-storm-ends", NOTICE, "575d1753304b49d488fded99473c2449",        \
		LOG_OF_STORM, "it was small again for a while; the figures are the storm's own")

#endif
