// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loads the XDP program for the runners of vectors: see program.h. The shared
 * memory is written as the daemon does it, by mapping the arrays' one element.
 */
#include "tests/bpf/program.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <bpf/libbpf.h>

#include "hooked.skel.h"
#include "hooked_card.skel.h"
#include "ntpxdp.skel.h"

#include "dataplane/state/state.h"

#define CARD_EPOCH_NS 1800000037000000000ULL
#define IFINDEX       1 /* BPF_PROG_RUN: of the namespace's loopback */
#define CLIENTS_SIZE  (sizeof(struct client_set) << VECTOR_SETS_LOG2)

/* Of the interface table and of the counters: not the first, so that the constants matter. */
#define SLOT        3
#define FIRST_BLOCK 96
#define CPUS_MAX    256 /* of the machine that runs the tests */

static void *memory(const struct bpf_object *object, const char *section)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, section);
	size_t size;

	return map == NULL ? NULL : (void *)bpf_map__initial_value(map, &size);
}

/* The two maps that are too large for the object file: their memory is mapped here. */
static void *map_array(const struct bpf_object *object, const char *name, size_t size)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, name);
	void *mapped = MAP_FAILED;

	if (map != NULL)
		mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);
	return mapped == MAP_FAILED ? NULL : mapped;
}

static void unmap(void *memory, size_t size)
{
	if (memory != NULL)
		munmap(memory, size);
}

static const struct bpf_object *load_real(struct program *program, uint32_t features)
{
	program->real = ntpxdp_bpf__open();
	if (program->real == NULL)
		return NULL;
	program->real->rodata->features = features;
	program->real->rodata->interface_slot = SLOT;
	program->real->rodata->counters_first = FIRST_BLOCK;
	bpf_map__set_max_entries(program->real->maps.clients, 1U << VECTOR_SETS_LOG2);
	if (ntpxdp_bpf__load(program->real) != 0)
		return NULL;
	program->fd = bpf_program__fd(program->real->progs.ntpxdp);
	return program->real->obj;
}

static const struct bpf_object *load_hooked(struct program *program, uint32_t features)
{
	program->hooked = hooked_bpf__open();
	if (program->hooked == NULL)
		return NULL;
	program->hooked->rodata->features = features;
	program->hooked->rodata->interface_slot = SLOT;
	program->hooked->rodata->counters_first = FIRST_BLOCK;
	bpf_map__set_max_entries(program->hooked->maps.clients, 1U << VECTOR_SETS_LOG2);
	if (hooked_bpf__load(program->hooked) != 0)
		return NULL;
	program->fd = bpf_program__fd(program->hooked->progs.ntpxdp);
	program->hook = &program->hooked->data_hook->hook;
	return program->hooked->obj;
}

static const struct bpf_object *load_card(struct program *program, uint32_t features)
{
	program->card = hooked_card_bpf__open();
	if (program->card == NULL)
		return NULL;
	program->card->rodata->features = features;
	program->card->rodata->interface_slot = SLOT;
	program->card->rodata->counters_first = FIRST_BLOCK;
	bpf_map__set_max_entries(program->card->maps.clients, 1U << VECTOR_SETS_LOG2);
	if (hooked_card_bpf__load(program->card) != 0)
		return NULL;
	program->fd = bpf_program__fd(program->card->progs.ntpxdp);
	program->hook = &program->card->data_hook->hook;
	return program->card->obj;
}

struct program *program_load(enum program_kind kind, uint32_t features)
{
	struct program *program = calloc(1, sizeof(*program));
	const struct bpf_object *object;

	if (program == NULL)
		return NULL;
	object = kind == PROGRAM_CARD     ? load_card(program, features)
		 : kind == PROGRAM_HOOKED ? load_hooked(program, features)
					  : load_real(program, features);
	if (object == NULL)
		goto fail;
	program->page = memory(object, ".data.page");
	program->settings = memory(object, ".data.settings");
	program->addresses = memory(object, ".data.addresses");
	program->interfaces = memory(object, ".data.interfaces");
	program->counters = memory(object, ".bss");
	program->cards = memory(object, ".data.cards");
	program->kept = bpf_object__find_map_by_name(object, "kept");
	program->access = map_array(object, "access", sizeof(*program->access));
	program->clients = map_array(object, "clients", CLIENTS_SIZE);
	errno = ENOENT;
	if (program->page == NULL || program->settings == NULL || program->addresses == NULL ||
		program->interfaces == NULL || program->counters == NULL ||
		program->access == NULL || program->clients == NULL || program->kept == NULL)
		goto fail;
	vector_addresses(program->addresses);
	vector_interface(&program->interfaces->entry[SLOT]);
	return program;
fail:
	program_free(program);
	return NULL;
}

void program_free(struct program *program)
{
	int error = errno;

	if (program == NULL)
		return;
	unmap(program->access, sizeof(*program->access));
	unmap(program->clients, CLIENTS_SIZE);
	ntpxdp_bpf__destroy(program->real);
	hooked_bpf__destroy(program->hooked);
	hooked_card_bpf__destroy(program->card);
	free(program);
	errno = error;
}

/* Moments that a vector names on purpose as long gone stay so. */
static void shift(uint64_t *moment_ns, uint64_t base_ns, uint64_t shift_ns)
{
	if (*moment_ns >= base_ns / 2)
		*moment_ns += shift_ns;
}

struct timepage program_page(const struct vector *vector, uint64_t shift_ns)
{
	struct timepage page = vector->page;

	for (int i = 0; i < 2; i++) {
		uint64_t base_ns = page.sample[i].base_ns;

		shift(&page.sample[i].expires_ns, base_ns, shift_ns);
		shift(&page.sample[i].leap_at_ns, base_ns, shift_ns);
		page.sample[i].base_ns += shift_ns;
	}
	return page;
}

/* All vectors are of one generation: the template of the one before is forgotten. */
static void forget(const struct program *program)
{
	size_t size = bpf_map__value_size(program->kept) * (size_t)libbpf_num_possible_cpus();
	void *nothing = calloc(1, size);
	uint32_t index = 0;

	if (nothing == NULL || bpf_map__update_elem(program->kept, &index, sizeof(index), nothing,
				       size, BPF_ANY) != 0)
		abort();
	free(nothing);
}

void program_meet(struct program *program, const struct vector *vector, uint64_t shift_ns)
{
	forget(program);
	*program->page = program_page(vector, shift_ns);
	vector_settings(vector, program->settings);
	if (vector->features & FEATURE_ACCESS)
		vector_access(vector, program->access);
	if (vector->features & FEATURE_CLIENTS) {
		vector_limit(vector, &program->settings->limit);
		vector_clients(
			vector, program->settings, vector->now_ns + shift_ns, program->clients);
	}
	if (program->hook == NULL)
		return;
	program->hook->now_ns = vector->now_ns + shift_ns;
	program->hook->random = vector->random;
}

/* A card that counts from another epoch and runs fast by 100 ppm: its moment of a counter's. */
static uint64_t card_at(uint64_t now_ns, uint64_t counter_ns)
{
	int64_t since = (int64_t)(counter_ns - now_ns);

	return CARD_EPOCH_NS + (uint64_t)(since + since / 10000);
}

static void relate(struct program *program, uint64_t now_ns)
{
	struct cardclock_relation relation = {
		.card_ns = CARD_EPOCH_NS,
		.counter_ns = now_ns,
		.rate_q32 = -429454, /* 1 / 1.0001 - 1 */
		.ifindex = IFINDEX,
	};

	program->cards->entry[SLOT].stamped_ns = 0;
	cardclock_publish(&program->cards->entry[SLOT], &relation);
	program->hook->card_error = 0;
}

bool program_used_card(const struct program *program)
{
	return compiler_load(program->cards->entry[SLOT].stamped_ns) != 0;
}

void program_meet_card(struct program *program, const struct vector *vector, uint64_t waited_ns)
{
	for (int i = 0; i < 2; i++)
		program->page->sample[i].answer_cost_ns -= (uint32_t)waited_ns;
	relate(program, vector->now_ns);
	program->hook->card_ns = card_at(vector->now_ns, vector->now_ns);
	program->hook->now_ns = vector->now_ns + waited_ns;
}

void program_meet_lie(struct program *program, const struct vector *vector, unsigned lie)
{
	struct cardclock_relation none = {.ifindex = IFINDEX};
	const uint64_t stamps[PROGRAM_LIES] = {
		0, card_at(vector->now_ns, vector->now_ns + CARDCLOCK_AHEAD_NS + 10),
		card_at(vector->now_ns, vector->now_ns - CARDCLOCK_AGE_NS - 10), UINT64_MAX,
		card_at(vector->now_ns, vector->now_ns - 500), /* but asking fails */
		card_at(vector->now_ns, vector->now_ns - 500), /* but nothing relates it */
	};

	relate(program, vector->now_ns);
	program->hook->card_ns = stamps[lie];
	program->hook->card_error = lie == 4 ? -ENODATA : 0;
	if (lie == 5)
		cardclock_publish(&program->cards->entry[SLOT], &none);
}

struct counters_block program_counters(const struct program *program)
{
	struct counters_block sum;

	state_count(&program->counters->xdp[FIRST_BLOCK], CPUS_MAX, &sum);
	return sum;
}
