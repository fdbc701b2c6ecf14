// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who says when a packet left or came, from the least to the most exact. No code but its names.
 */
#ifndef CONTROL_STAMP_H
#define CONTROL_STAMP_H

/* X(NAME, name) */
#define STAMP_LIST(X)                                                                              \
	X(CLOCK, "clock") /* the daemon read the clock beside it */                                \
	X(KERNEL, "kernel")                                                                        \
	X(HARDWARE, "hardware")

enum stamp {
#define STAMP_ENUM(NAME, name) STAMP_##NAME,
	STAMP_LIST(STAMP_ENUM)
#undef STAMP_ENUM
	STAMP_COUNT
};

static inline const char *stamp_name(enum stamp stamp)
{
	static const char *const names[] = {
#define STAMP_NAME(NAME, name) name,
		STAMP_LIST(STAMP_NAME)
#undef STAMP_NAME
	};

	return stamp < STAMP_COUNT ? names[stamp] : "";
}

#endif
