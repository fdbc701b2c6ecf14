// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What differs between the compilers and the machines that the core is built
 * for: inlining, single loads and stores, and the ordering of the time page's
 * latch. Nothing else in the core asks which compiler or target it has.
 *
 * clang 14 compiles no __atomic fence for BPF. The orderings needed here (load
 * before load, store before store) are what x86 gives to every program
 * (Intel SDM vol. 3A sec. 8.2.2), so the compiler alone has to be held back.
 */
#ifndef CORE_COMPILER_H
#define CORE_COMPILER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CORE_INLINE      static inline __attribute__((always_inline))
#define CORE_LIKELY(x)   __builtin_expect(!!(x), 1)
#define CORE_UNLIKELY(x) __builtin_expect(!!(x), 0)
/*
 * Wire structs: behind the 14 octets of an Ethernet header nothing is aligned to more than two,
 * and the host's compilers and sanitizers must know. clang for BPF would gather packed words
 * octet by octet; there the structs stay as they are, since all their fields stand at natural
 * offsets (each struct asserts it), and the verifier and x86 take unaligned loads as they are.
 */
#ifdef __bpf__
#define CORE_WIRE
#else
#define CORE_WIRE __attribute__((packed, aligned(2)))
#endif
/* A second view of the same octets. */
#define CORE_MAY_ALIAS     __attribute__((may_alias))
#define CORE_CACHELINE     64
#define CORE_CACHE_ALIGNED __attribute__((aligned(CORE_CACHELINE)))

#if defined(__x86_64__) || (defined(__bpf__) && defined(__TARGET_ARCH_x86))
#define compiler_barrier() __asm__ volatile("" ::: "memory")
#else
#error "core/compiler.h: state the load-acquire and store-release of this target first"
#endif

/* One load or store of this very object, neither split nor repeated. */
#define compiler_load(object)         (*(const volatile __typeof__(object) *)&(object))
#define compiler_store(object, value) (*(volatile __typeof__(object) *)&(object) = (value))

/* Pair: what is read after compiler_load_acquire() is at least as new as what
 * was written before the compiler_store_release() whose value it saw. */
#define compiler_load_acquire(object)                                                              \
	__extension__({                                                                            \
		__typeof__(object) loaded_ = compiler_load(object);                                \
		compiler_barrier();                                                                \
		loaded_;                                                                           \
	})
#define compiler_store_release(object, value)                                                      \
	do {                                                                                       \
		compiler_barrier();                                                                \
		compiler_store(object, value);                                                     \
	} while (0)

/* A counter of which this caller is the only writer; readers may look at any time. */
#define compiler_count(object, n) compiler_store(object, (object) + (n))

/* Before a loop that usually ends in its first round: code for one round is enough. */
#ifdef __clang__
#define CORE_NO_UNROLL _Pragma("clang loop unroll(disable)")
#else
#define CORE_NO_UNROLL _Pragma("GCC unroll 1")
#endif

/* Keeps the value in a register as it is: the compiler forgets what it knows of it. The BPF
 * verifier wants the very register that was compared, not a copy computed again. */
#define compiler_opaque(value) __asm__ volatile("" : "+r"(value))

#endif
