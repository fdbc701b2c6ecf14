// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A main for fuzz targets that needs no libFuzzer: runs the target once for each file named, and
 * for each file of each folder named. Any compiler builds it, so that the seeds run in every test
 * run, under whatever sanitizers the build has. Prints how many inputs ran; a missing folder or an
 * empty one is an error, or a lost seed would go unnoticed.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Runs the target on the bytes of one file; 0 or -1. */
static int run_file(const char *path)
{
	struct stat status;
	uint8_t *bytes = NULL;
	FILE *file = fopen(path, "rb");
	int r = -1;

	if (!file || fstat(fileno(file), &status) < 0)
		goto out;
	/* An allocation of the exact size: a read behind the end is then found. */
	bytes = malloc(status.st_size ? (size_t)status.st_size : 1);
	if (!bytes || fread(bytes, 1, (size_t)status.st_size, file) != (size_t)status.st_size)
		goto out;
	LLVMFuzzerTestOneInput(bytes, (size_t)status.st_size);
	r = 0;
out:
	if (r < 0)
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
	free(bytes);
	if (file)
		fclose(file);
	return r;
}

/* Runs every plain file of a folder; their number or -1. */
static int run_folder(const char *folder)
{
	DIR *list = opendir(folder);
	struct dirent *entry;
	char path[4096];
	int count = 0;

	if (!list) {
		fprintf(stderr, "%s: %s\n", folder, strerror(errno));
		return -1;
	}
	while (count >= 0 && (entry = readdir(list))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		count = run_file(path) < 0 ? -1 : count + 1;
	}
	closedir(list);
	return count;
}

int main(int argc, char **argv)
{
	struct stat status;
	int total = 0;

	for (int i = 1; i < argc; i++) {
		int count = 1;

		if (stat(argv[i], &status) == 0 && !S_ISDIR(status.st_mode))
			count = run_file(argv[i]) < 0 ? -1 : 1;
		else
			count = run_folder(argv[i]);
		if (count <= 0) {
			fprintf(stderr, "%s: no input could be run\n", argv[i]);
			return 1;
		}
		total += count;
	}
	printf("%d inputs\n", total);
	return total > 0 ? 0 : 1;
}
