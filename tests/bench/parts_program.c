// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loads the program and writes its shared memory as the daemon would. See parts_program.h.
 */
#include "tests/bench/parts_program.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "dataplane/core/config.h"
#include "dataplane/core/localaddr.h"
#include "dataplane/core/timepage.h"
#include "dataplane/state/rules.h"
#include "tests/bench/parts_rerun.h"

#define HOUR_NS       3600000000000ULL
#define PREFIX4_LEAST 16 /* rules: prefixes of 16 to 32 bits, about the clients */

struct parts_program {
	struct bpf_object *object;
	struct timepage *page;
	int fd;
};

/* Sets a constant of the program before it is loaded. */
static int set_constant(struct bpf_object *object, const char *name, uint32_t value)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, ".rodata");
	const struct btf *btf = bpf_object__btf(object);
	int id = btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC);
	size_t size;
	uint8_t *memory = map ? (uint8_t *)bpf_map__initial_value(map, &size) : NULL;

	if (!memory || id < 0)
		return -ENOENT;
	for (int i = 0; i < btf_vlen(btf__type_by_id(btf, (__u32)id)); i++) {
		const struct btf_var_secinfo *variable =
			btf_var_secinfos(btf__type_by_id(btf, (__u32)id)) + i;
		const struct btf_type *type = btf__type_by_id(btf, variable->type);

		if (strcmp(btf__name_by_offset(btf, type->name_off), name) != 0)
			continue;
		memcpy(memory + variable->offset, &value, sizeof(value));
		return 0;
	}
	return -ENOENT;
}

/* The one element of an array, or all of it, in our memory as well. NULL and errno. */
static void *map_memory(const struct bpf_object *object, const char *name, size_t size)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, name);
	void *memory;

	errno = ENOENT;
	if (!map)
		return NULL;
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);
	return memory == MAP_FAILED ? NULL : memory;
}

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void publish(struct parts_program *program, uint32_t answer_cost_ns)
{
	struct timepage_sample sample = {
		.base_ns = monotonic_ns(),
		.base_seconds = UINT64_C(4000000000),
		.multiplier = NTP_TIME_NOMINAL_MULTIPLIER,
		.shift = NTP_TIME_NOMINAL_SHIFT,
		.flags = TIMEPAGE_SYNCHRONISED,
		.expires_ns = monotonic_ns() + HOUR_NS,
		.root_dispersion_q32 = NTP_TIME_Q32_PER_S / 1000,
		.dispersion_rate_q32 = 64425,
		.root_delay_q16 = 100,
		.reference_ts = UINT64_C(3999999990) << 32,
		.reference_id = be32_of(0x4c4f434c),
		.stratum = 1,
		.precision = -25,
		.answer_cost_ns = answer_cost_ns,
	};

	timepage_publish(program->page, &sample);
}

static void set_limit(struct settings *settings, uint32_t sets_log2)
{
	/* As fast as can be asked for; and a request costs nothing, so that a client that comes ten
	 * million times a second goes the way of one within the limit. */
	limit_set(&settings->limit, LIMIT_INTERVAL_MIN, LIMIT_BURST_MAX, LIMIT_LEAK_MIN);
	settings->limit.cost = 0;
	settings->limit.seed = UINT64_C(0x5851f42d4c957f2d);
	settings->limit.prefix6 = 64;
	settings->limit.prefix6_mask = UINT64_MAX;
	settings->limit.sets_log2 = (uint8_t)sets_log2;
	settings->access_default = ACCESS_LIMITED;
}

/* Rules of both families around the clients, all of which say the same. */
static int make_rules(struct access_table *table, uint32_t count)
{
	struct rule *rules = calloc(2 * (size_t)count + 1, sizeof(*rules));
	int error;

	if (!rules)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t address = htonl(parts_client(i * 101));
		uint8_t bits = (uint8_t)(PREFIX4_LEAST + i % (33 - PREFIX4_LEAST));

		rules[2 * i] = (struct rule){.family = FRAME_IPV4, .bits = bits};
		memcpy(rules[2 * i].address, &address, sizeof(address));
		rules[2 * i + 1] = (struct rule){.family = FRAME_IPV6, .bits = 32 + bits};
		memcpy(rules[2 * i + 1].address + 4, &address, sizeof(address));
		rules[2 * i].flags = rules[2 * i + 1].flags = ACCESS_LIMITED;
		rules[2 * i].ntpport_flags = rules[2 * i + 1].ntpport_flags = ACCESS_LIMITED;
	}
	error = rules_build(&table->set[0], rules, 2 * (size_t)count, ACCESS_LIMITED);
	free(rules);
	return error;
}

static int fill(struct parts_program *program, const struct parts_program_options *options)
{
	const struct bpf_object *object = program->object;
	struct settings *settings = map_memory(object, ".data.settings", sizeof(*settings));
	struct localaddr_table *own = map_memory(object, ".data.addresses", sizeof(*own));
	struct interface_table *interfaces =
		map_memory(object, ".data.interfaces", sizeof(*interfaces));
	struct access_table *access = map_memory(object, "access", sizeof(*access));
	be64 address6[2];
	int error = 0;

	program->page = map_memory(object, ".data.page", sizeof(*program->page));
	if (!settings || !own || !interfaces || !access || !program->page)
		return -errno;
	config_settings_init(settings);
	settings->port = be16_of(options->link->port);
	set_limit(settings, options->sets_log2);
	memcpy(interfaces->entry[0].mac, options->link->server_mac, FRAME_MAC_SIZE);
	memcpy(address6, &options->server6, sizeof(address6));
	own->set[0].seed = UINT64_C(0x2545f4914f6cdd1d);
	localaddr_set_add(
		&own->set[0], localaddr_ipv4((be32){options->server4.s_addr}), LOCALADDR_OWN);
	localaddr_set_add(&own->set[0], localaddr_ipv6(address6[0], address6[1]), LOCALADDR_OWN);
	timepage_init(program->page);
	publish(program, options->answer_cost_ns);
	if (options->features & FEATURE_ACCESS)
		error = make_rules(access, options->rules);
	munmap(settings, sizeof(*settings));
	munmap(own, sizeof(*own));
	munmap(interfaces, sizeof(*interfaces));
	munmap(access, sizeof(*access));
	return error;
}

static int load(struct parts_program *program, const struct parts_program_options *options)
{
	struct bpf_map *clients;
	int error;

	program->object = bpf_object__open_file(options->object, NULL);
	if (!program->object)
		return -errno;
	clients = bpf_object__find_map_by_name(program->object, "clients");
	if (!clients)
		return -ENOENT;
	error = set_constant(program->object, "features", options->features);
	if (!error)
		error = bpf_map__set_max_entries(clients, 1U << options->sets_log2);
	if (!error)
		error = bpf_object__load(program->object);
	if (error)
		return error;
	program->fd = bpf_program__fd(bpf_object__find_program_by_name(program->object, "ntpxdp"));
	return program->fd < 0 ? -ENOENT : fill(program, options);
}

struct parts_program *parts_program_new(const struct parts_program_options *options)
{
	struct parts_program *program = calloc(1, sizeof(*program));
	int error;

	if (!program)
		return NULL;
	error = load(program, options);
	if (!error)
		return program;
	parts_program_free(program);
	errno = -error;
	return NULL;
}

void parts_program_free(struct parts_program *program)
{
	if (!program)
		return;
	if (program->page)
		munmap(program->page, sizeof(*program->page));
	bpf_object__close(program->object);
	free(program);
}

int parts_program_fd(const struct parts_program *program)
{
	return program->fd;
}

int parts_program_map(const struct parts_program *program, const char *name)
{
	return bpf_object__find_map_fd_by_name(program->object, name);
}
