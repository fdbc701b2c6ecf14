// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Integers in network byte order as types of their own, so that a mixed-up
 * order stops at the compiler. A be16 is only made by be16() and only read by
 * be16_value(); comparing or copying needs neither.
 */
#ifndef CORE_BYTEORDER_H
#define CORE_BYTEORDER_H

#include "dataplane/core/compiler.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "byteorder.h swaps for little-endian");

typedef struct {
	uint16_t raw;
} be16;
typedef struct {
	uint32_t raw;
} be32;
typedef struct {
	uint64_t raw;
} be64;

CORE_INLINE be16 be16_of(uint16_t value)
{
	return (be16){__builtin_bswap16(value)};
}

CORE_INLINE be32 be32_of(uint32_t value)
{
	return (be32){__builtin_bswap32(value)};
}

CORE_INLINE be64 be64_of(uint64_t value)
{
	return (be64){__builtin_bswap64(value)};
}

/* Macros, since clang for BPF gathers a struct that is passed by value octet by octet. Another type
 * than the one named does not compile. */
#define be16_value(wire) __builtin_bswap16(_Generic((wire), be16 : (wire).raw))
#define be32_value(wire) __builtin_bswap32(_Generic((wire), be32 : (wire).raw))
#define be64_value(wire) __builtin_bswap64(_Generic((wire), be64 : (wire).raw))

/* A field of a wire struct as a value, loaded whole: for arguments and assignments. */
#define be_load(wire) ((__typeof__(wire)){(wire).raw})

#endif
