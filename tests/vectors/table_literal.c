// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Vectors given octet by octet, requests and replies. They were worked out once
 * outside this tree, with rational arithmetic instead of fixed point, so that
 * neither the core nor reference.c had a hand in them.
 */
#include "tests/vectors/table.h"

const struct literal table_literals[] = {
	{"literal: version 4, IPv4, trailer",
		{.verdict = VERDICT_SERVED,
			.aged = true,
			.age_ns = 123456789,
			.dice = true,
			.random = 0xdeadbeef,
			.flags = VECTOR_EXACT_CLOCK | VECTOR_EXACT_RANDOM},
		"02 00 5e 10 00 01 3c 97 0e 11 22 33 08 00 45 10 "
		"00 4c be ef 00 00 34 11 c9 5d cb 00 71 42 c0 00 "
		"02 01 cf 84 00 7b 00 38 34 d1 23 00 06 00 00 00 "
		"00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
		"00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
		"00 00 8b 1d 5c 3f 09 a7 e2 64 ca fe ba be ",
		"3c 97 0e 11 22 33 02 00 5e 10 00 01 08 00 45 00 "
		"00 4c 00 00 40 00 40 11 3c 5d c0 00 02 01 cb 00 "
		"71 42 00 7b cf 84 00 38 f2 7a 24 02 06 e7 00 00 "
		"0a bc 00 00 00 13 c6 33 64 07 ee a8 06 c0 13 57 "
		"9b df 8b 1d 5c 3f 09 a7 e2 64 ee a8 06 d0 5f 9a "
		"dd 6f ee a8 06 d0 5f 9a df 2c "},
	{"literal: version 3, IPv4, one tag, no checksum",
		{.verdict = VERDICT_SERVED,
			.aged = true,
			.age_ns = 987654321012,
			.dice = true,
			.random = 0x12345678,
			.flags = VECTOR_EXACT_CLOCK | VECTOR_EXACT_RANDOM},
		"02 00 5e 10 00 01 3c 97 0e 11 22 33 81 00 00 64 "
		"08 00 45 10 00 4c be ef 00 00 34 11 c9 5d cb 00 "
		"71 42 c0 00 02 01 00 7b 00 7b 00 38 00 00 db 00 "
		"0a 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
		"00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
		"00 00 00 00 00 00 e5 f0 a1 b2 c3 d4 e5 f6 ",
		"3c 97 0e 11 22 33 02 00 5e 10 00 01 81 00 00 64 "
		"08 00 45 00 00 4c 00 00 40 00 40 11 3c 5d c0 00 "
		"02 01 cb 00 71 42 00 7b 00 7b 00 38 00 00 1c 02 "
		"0a e7 00 00 0a bc 00 00 03 de c6 33 64 07 ee a8 "
		"06 c0 13 57 9b df e5 f0 a1 b2 c3 d4 e5 f6 ee a8 "
		"0a ab e7 81 93 79 ee a8 0a ab e7 81 95 34 "},
	{"literal: version 4, IPv6, two tags",
		{.verdict = VERDICT_SERVED,
			.aged = true,
			.age_ns = 1,
			.dice = true,
			.random = 0xffffffff,
			.flags = VECTOR_EXACT_CLOCK | VECTOR_EXACT_RANDOM},
		"02 00 5e 10 00 01 3c 97 0e 11 22 33 88 a8 20 01 "
		"81 00 0f ff 86 dd 60 0a 1b 2c 00 38 11 39 2a 02 "
		"06 b8 00 00 00 00 00 00 00 00 00 00 0a bc 20 01 "
		"0d b8 00 00 00 01 00 00 00 00 00 00 00 01 c0 00 "
		"00 7b 00 38 a4 bc 23 00 fe 00 00 00 00 00 00 00 "
		"00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
		"00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 02 "
		"03 04 05 06 07 08 ",
		"3c 97 0e 11 22 33 02 00 5e 10 00 01 88 a8 20 01 "
		"81 00 0f ff 86 dd 60 00 00 00 00 38 11 40 20 01 "
		"0d b8 00 00 00 01 00 00 00 00 00 00 00 01 2a 02 "
		"06 b8 00 00 00 00 00 00 00 00 00 00 0a bc 00 7b "
		"c0 00 00 38 5b 3a 24 02 fe e7 00 00 0a bc 00 00 "
		"00 13 c6 33 64 07 ee a8 06 c0 13 57 9b df 01 02 "
		"03 04 05 06 07 08 ee a8 06 d0 40 00 00 7f ee a8 "
		"06 d0 40 00 02 7e "},
	{"literal: version 1, mode 0, IPv4",
		{.verdict = VERDICT_SERVED,
			.aged = true,
			.age_ns = 3599000000000,
			.dice = true,
			.random = 0x00000001,
			.flags = VECTOR_EXACT_CLOCK | VECTOR_EXACT_RANDOM},
		"02 00 5e 10 00 01 3c 97 0e 11 22 33 08 00 45 10 "
		"00 4c be ef 00 00 34 11 c9 5d cb 00 71 42 c0 00 "
		"02 01 04 00 00 7b 00 38 f4 be 08 00 00 00 00 00 "
		"00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
		"00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
		"00 00 00 00 00 00 00 00 00 00 ",
		"3c 97 0e 11 22 33 02 00 5e 10 00 01 08 00 45 00 "
		"00 4c 00 00 40 00 40 11 3c 5d c0 00 02 01 cb 00 "
		"71 42 00 7b 04 00 00 38 8b 48 0c 02 00 e7 00 00 "
		"0a bc 00 00 0d e5 c6 33 64 07 ee a8 06 c0 13 57 "
		"9b df 00 00 00 00 00 00 00 00 ee a8 14 df 3f ff "
		"fa 01 ee a8 14 df 3f ff fc 00 "},
	{"literal: era 1, IPv6",
		{.verdict = VERDICT_SERVED,
			.aged = true,
			.age_ns = 10000000000,
			.dice = true,
			.random = 0x0badcafe,
			.flags = VECTOR_EXACT_CLOCK | VECTOR_EXACT_RANDOM,
			.page = {SAMPLE(base_seconds, 0xfffffffb),
				SAMPLE(reference_ts, 0xfffffff000000000)}},
		"02 00 5e 10 00 01 3c 97 0e 11 22 33 86 dd 60 0a "
		"1b 2c 00 38 11 39 2a 02 06 b8 00 00 00 00 00 00 "
		"00 00 00 00 0a bc 20 01 0d b8 00 00 00 01 00 00 "
		"00 00 00 00 00 01 ee 48 00 7b 00 38 80 84 23 00 "
		"04 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
		"00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
		"00 00 00 00 00 00 00 00 00 05 00 00 00 00 ",
		"3c 97 0e 11 22 33 02 00 5e 10 00 01 86 dd 60 00 "
		"00 00 00 38 11 40 20 01 0d b8 00 00 00 01 00 00 "
		"00 00 00 00 00 01 2a 02 06 b8 00 00 00 00 00 00 "
		"00 00 00 00 0a bc 00 7b ee 48 00 38 c7 e0 24 02 "
		"04 e7 00 00 0a bc 00 00 00 1d c6 33 64 07 ff ff "
		"ff f0 00 00 00 00 00 00 00 05 00 00 00 00 00 00 "
		"00 05 3f ff ff ff 00 00 00 05 40 00 01 ac "},
	{"literal: 200 ms after a leap second was inserted",
		{.verdict = VERDICT_SERVED,
			.aged = true,
			.age_ns = 100200000000,
			.dice = true,
			.random = 0x55aa55aa,
			.flags = VECTOR_EXACT_CLOCK | VECTOR_EXACT_RANDOM,
			.page = {SAMPLE(leap_at_ns, BASE_NS + 100000000000), SAMPLE(leap_sign, 1),
				SAMPLE(leap, 1), SAMPLE(base_seconds, 4007750300),
				SAMPLE(base_fraction, 0)}},
		"02 00 5e 10 00 01 3c 97 0e 11 22 33 08 00 45 10 "
		"00 4c be ef 00 00 34 11 c9 5d cb 00 71 42 c0 00 "
		"02 01 14 03 00 7b 00 38 63 11 1b 00 08 00 00 00 "
		"00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
		"00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
		"00 00 aa bb cc dd ee ff 00 11 ",
		"3c 97 0e 11 22 33 02 00 5e 10 00 01 08 00 45 00 "
		"00 4c 00 00 40 00 40 11 3c 5d c0 00 02 01 cb 00 "
		"71 42 00 7b 14 03 00 38 44 9e dc 02 08 e7 00 00 "
		"0a bc 00 00 00 75 c6 33 64 07 ee a8 06 bf 13 57 "
		"9b df aa bb cc dd ee ff 00 11 ee e1 6a ff 33 33 "
		"33 2b ee e1 6a ff 33 33 35 2a "},
};
const size_t table_literals_count = sizeof(table_literals) / sizeof(table_literals[0]);
