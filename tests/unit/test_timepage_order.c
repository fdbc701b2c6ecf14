// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dataplane/core/timepage.h: in which order the two halves of the latch touch
 * memory. The page lies across the border of two memory pages, its head in the
 * first and both samples in the second. Taking away the right to write or to
 * read one of them stops publisher or reader at the very instruction, where the
 * handler looks at the page, or changes it as a writer on another core would.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dataplane/core/timepage.h"

#define HEAD offsetof(struct timepage, sample)

static size_t size; /* of a memory page */
static uint8_t *memory;
static struct timepage *page;

/* What the page was at the first touch of its head and of its samples. */
static struct timepage at_head, at_samples;
static unsigned touched_head, touched_samples;
/* Called at the first touch of the samples; NULL: nothing. */
static void (*interfere)(void);

static void on_fault(int number, siginfo_t *info, void *context)
{
	uint8_t *at = info->si_addr;
	bool head = at < memory + size;

	(void)context;
	if (at < memory || at >= memory + 2 * size) {
		signal(number, SIG_DFL); /* not ours: once more, and die of it */
		return;
	}
	mprotect(head ? memory : memory + size, size, PROT_READ | PROT_WRITE);
	if (head) {
		touched_head++;
		at_head = *page;
		return;
	}
	touched_samples++;
	at_samples = *page;
	if (interfere != NULL)
		interfere();
}

static struct timepage_sample telling(uint32_t k)
{
	return (struct timepage_sample){
		.base_ns = 1000,
		.base_seconds = k,
		.base_fraction = k,
		.multiplier = 1,
		.shift = 1,
		.flags = TIMEPAGE_SYNCHRONISED,
		.expires_ns = UINT64_MAX,
		.root_dispersion_q32 = (uint64_t)k << 16,
		.root_delay_q16 = k,
		.reference_ts = k,
		.reference_id = {k},
		.answer_cost_ns = k,
		.stratum = 1,
	};
}

static int make_page(void **state)
{
	struct timepage_sample sample;

	(void)state;
	size = (size_t)sysconf(_SC_PAGESIZE);
	memory = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return -1;
	page = (struct timepage *)(memory + size - HEAD);
	timepage_init(page);
	for (uint32_t k = 1; k <= 4; k++) {
		sample = telling(k);
		timepage_publish(page, &sample);
	}
	touched_head = touched_samples = 0;
	interfere = NULL;
	return 0;
}

static int free_page(void **state)
{
	(void)state;
	return munmap(memory, 2 * size);
}

/* Takes rights away, in the test itself: cmocka has a handler of its own before and after. */
static void guard(uint8_t *from, size_t length, int rights)
{
	struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER};

	assert_int_equal(sigaction(SIGSEGV, &action, NULL), 0);
	assert_int_equal(mprotect(from, length, rights), 0);
}

/* Generation 4 is current, in the first copy: the writer fills the second. */
static void test_writer_fills_before_it_turns(void **state)
{
	struct timepage_sample sample = telling(5), stored = sample;

	(void)state;
	stored.generation = 5;
	guard(memory, 2 * size, PROT_READ);
	timepage_publish(page, &sample);
	assert_int_equal(touched_samples, 1);
	assert_int_equal(touched_head, 1);
	/* When the first octet of the copy is written, readers still look at the other one. */
	assert_int_equal(at_samples.generation, 4);
	assert_int_equal(at_samples.sample[0].generation, 4);
	/* When the generation turns, the copy is whole, and the other one as it was. */
	assert_int_equal(at_head.generation, 4);
	assert_memory_equal(&at_head.sample[1], &stored, sizeof(stored));
	assert_memory_equal(&at_head.sample[0], &at_samples.sample[0], sizeof(stored));
	assert_int_equal(page->generation, 5);
}

static void check_whole(uint32_t expected)
{
	struct timepage_reading reading;

	memset(&reading, 0, sizeof(reading));
	assert_int_equal(timepage_read(page, 1000, &reading), VERDICT_SERVED);
	assert_int_equal(touched_samples, 1);
	assert_int_equal(reading.root_delay_q16, expected);
	assert_int_equal(reading.now.seconds, expected);
	assert_int_equal(reading.now.fraction, expected);
	assert_int_equal(reading.root_dispersion_q16, expected);
	assert_int_equal(reading.answer_cost_ns, expected);
	assert_int_equal(reading.reference_id.raw, expected);
}

/* A writer turns the generation, then is half way through the copy that the reader is about to
 * read: what has been written is of 6, the rest of 4. */
static void write_half(void)
{
	struct timepage_sample sample = telling(5), half = telling(6);

	timepage_publish(page, &sample);
	memcpy((uint8_t *)&page->sample[0] + 8, (uint8_t *)&half + 8, 48);
}

static void test_reader_notices_half_a_copy(void **state)
{
	(void)state;
	interfere = write_half;
	guard(memory + size, size, PROT_NONE);
	check_whole(5);
}

/* The same with the copy's own generation already written. */
static void write_half_with_generation(void)
{
	write_half();
	page->sample[0].generation = 6;
}

static void test_reader_notices_the_copy_generation(void **state)
{
	(void)state;
	interfere = write_half_with_generation;
	guard(memory + size, size, PROT_NONE);
	check_whole(5);
}

/* Only the current copy's generation still tells: it is the one that the reader began with. */
static void write_half_and_leave_generation(void)
{
	write_half();
	page->sample[0].generation = 4;
}

static void test_reader_looks_at_the_head_again(void **state)
{
	(void)state;
	interfere = write_half_and_leave_generation;
	guard(memory + size, size, PROT_NONE);
	check_whole(5);
}

/* Two whole turns in the middle of a reading: the newest is what is told. */
static void publish_twice(void)
{
	for (uint32_t k = 5; k <= 6; k++) {
		struct timepage_sample sample = telling(k);

		timepage_publish(page, &sample);
	}
}

static void test_reader_survives_two_turns(void **state)
{
	(void)state;
	interfere = publish_twice;
	guard(memory + size, size, PROT_NONE);
	check_whole(6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_writer_fills_before_it_turns, make_page, free_page),
		cmocka_unit_test_setup_teardown(
			test_reader_notices_half_a_copy, make_page, free_page),
		cmocka_unit_test_setup_teardown(
			test_reader_notices_the_copy_generation, make_page, free_page),
		cmocka_unit_test_setup_teardown(
			test_reader_looks_at_the_head_again, make_page, free_page),
		cmocka_unit_test_setup_teardown(
			test_reader_survives_two_turns, make_page, free_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
