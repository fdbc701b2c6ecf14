/* SPDX-License-Identifier: GPL-2.0-or-later */
// test-sources: control/query.c control/query_source.c control/query_system.c
// test-sources: control/query_text.c control/query_variables.c
/*
 * ntpq's questions out of any bytes, the first of which chooses how many sources there are.
 * Whatever comes: answers are marked as such, belong to the question, follow one another without a
 * gap, are no longer than may be, and only the last one ends; a refusal is one datagram without
 * data.
 */
#include "tests/unit/query_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const uint8_t *question)
{
	size_t offset = 0;

	for (size_t i = 0; i < world.count; i++) {
		const uint8_t *answer = world.sent[i];
		bool last = i + 1 == world.count;
		unsigned count = world_word(i, 10);

		if ((answer[0] & 0x3f) != (question[0] & 0x3f) ||
			(answer[1] & 0x9f) != (0x80 | question[1]) ||
			memcmp(answer + 2, question + 2, 2) || memcmp(answer + 6, question + 6, 2))
			abort();
		if (answer[1] & 0x40 && (world.count > 1 || count))
			abort();
		if (!(answer[1] & 0x20) != last || world_word(i, 8) != offset ||
			world.length[i] != SOCKET_QUERY_HEADER + ((count + 3U) & ~3U))
			abort();
		offset += count;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	world_begin(data[0] % WORLD_SOURCES);
	world_ask(data + 1, size - 1);
	check(data + 1);
	return 0;
}
