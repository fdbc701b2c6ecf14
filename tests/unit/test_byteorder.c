// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dataplane/core/byteorder.h: what a be16, be32 and be64 are in memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/core/byteorder.h"
#include "tests/unit/dice.h"

static void test_octets(void **state)
{
	static const uint8_t octets[8] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};
	be16 narrow = be16_of(0x0123);
	be32 middle = be32_of(0x01234567);
	be64 wide = be64_of(0x0123456789abcdef);

	(void)state;
	assert_memory_equal(&narrow, octets, 2);
	assert_memory_equal(&middle, octets, 4);
	assert_memory_equal(&wide, octets, 8);
}

static void test_there_and_back(void **state)
{
	struct dice dice = dice_new("there and back");

	(void)state;
	for (int i = 0; i < 10000; i++) {
		uint64_t value = dice_edgy(&dice);
		be16 narrow = be16_of((uint16_t)value);
		be32 middle = be32_of((uint32_t)value);
		be64 wide = be64_of(value);

		assert_int_equal(be16_value(narrow), (uint16_t)value);
		assert_int_equal(be32_value(middle), (uint32_t)value);
		assert_int_equal(be64_value(wide), value);
	}
}

static void test_sizes(void **state)
{
	(void)state;
	assert_int_equal(sizeof(be16), 2);
	assert_int_equal(sizeof(be32), 4);
	assert_int_equal(sizeof(be64), 8);
}

/* A copy of a field that stands at an odd place of a packed struct. */
static void test_load_from_wire(void **state)
{
	struct {
		uint8_t before[2];
		be32 field;
	} CORE_WIRE wire = {{1, 2}, {0}};
	be32 copy;

	(void)state;
	wire.field = be32_of(0xdeadbeef);
	copy = be_load(wire.field);
	assert_int_equal(be32_value(copy), 0xdeadbeef);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_octets),
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_load_from_wire),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
