// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes the seeds of tests/fuzz/fuzz_respond.c out of the vectors: for each
 * group the first vector of each verdict.
 *
 *   write_seeds FOLDER
 *
 * Run by hand when the table has grown; the seeds are under version control.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/vectors/build.h"
#include "tests/vectors/vector.h"

#define HEAD 13

static int write_seed(const char *folder, const char *name, const struct vector *vector)
{
	uint8_t seed[HEAD + VECTOR_FRAME_MAX];
	char path[4096];
	FILE *file;
	size_t size = HEAD + vector->in_length;

	seed[0] = (uint8_t)(vector->features | (vector->no_route ? 0x80 : 0));
	build_put(seed + 1, 4, vector->random);
	build_put(seed + 5, 8, vector->now_ns - vector->page.sample[1].base_ns);
	memcpy(seed + HEAD, vector->in, vector->in_length);
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	for (char *at = path + strlen(folder) + 1; *at != '\0'; at++)
		if (*at == ' ')
			*at = '-';
	file = fopen(path, "wb");
	if (file == NULL || fwrite(seed, 1, size, file) != size || fclose(file) != 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static struct vector_group groups[VECTOR_GROUPS_MAX];
	struct vector *vectors;
	size_t count, groups_count, i, group;
	char name[VECTOR_NAME_MAX + 64];

	if (argc != 2) {
		fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
		return 2;
	}
	count = vectors_build(&vectors);
	groups_count = vector_groups(vectors, count, groups);
	for (group = 0; group < groups_count; group++) {
		bool written[VERDICT_COUNT] = {false};

		for (i = 0; i < count; i++) {
			if (!vector_in_group(&vectors[i], &groups[group]) ||
				written[vectors[i].verdict])
				continue;
			written[vectors[i].verdict] = true;
			snprintf(name, sizeof(name), "%.60s-%s", groups[group].name,
				vector_verdict_name(vectors[i].verdict));
			if (write_seed(argv[1], name, &vectors[i]) != 0)
				return 1;
		}
	}
	free(vectors);
	return 0;
}
