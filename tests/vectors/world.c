// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What stands around every vector (own addresses, interface, settings), and how
 * runners show a difference. The address table is filled with the core's own
 * writer, as the daemon does; what is in it is stated here.
 */
#include "tests/vectors/vector.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/vectors/build.h"

static void add(struct localaddr_set *set, struct localaddr address, enum localaddr_kind kind)
{
	if (!localaddr_set_add(set, address, kind))
		abort();
}

static struct localaddr ipv4(uint32_t address)
{
	be32 wire;

	build_put((uint8_t *)&wire, 4, address);
	return localaddr_ipv4(wire);
}

static struct localaddr ipv6(uint64_t high, uint64_t low)
{
	be64 wire[2];

	build_put((uint8_t *)&wire[0], 8, high);
	build_put((uint8_t *)&wire[1], 8, low);
	return localaddr_ipv6(wire[0], wire[1]);
}

void vector_addresses(struct localaddr_table *table)
{
	struct localaddr_set *set = &table->set[1];

	set->seed = 0x5eed;
	add(set, ipv4(VECTOR_OWN4), LOCALADDR_OWN);
	add(set, ipv4(VECTOR_SERVE4), LOCALADDR_OWN);
	add(set, ipv4(VECTOR_BROADCAST4), LOCALADDR_BROADCAST);
	add(set, ipv6(VECTOR_OWN6_HIGH, VECTOR_OWN6_LOW), LOCALADDR_OWN);
	add(set, ipv6(VECTOR_LOCAL6_HIGH, VECTOR_LOCAL6_LOW), LOCALADDR_OWN);
	add(set, ipv4(VECTOR_IGNORED4), LOCALADDR_IGNORED);
	add(set, ipv6(VECTOR_OWN6_HIGH, VECTOR_IGNORED6_LOW), LOCALADDR_IGNORED);
	/* The set that is not current says the opposite. */
	table->set[0].seed = 0x5eed;
	add(&table->set[0], ipv4(0xc0000202), LOCALADDR_OWN);
	table->current = 1;
}

void vector_interface(struct interface *interface)
{
	static const uint8_t mac[FRAME_MAC_SIZE] = {VECTOR_MAC};

	interface->ifindex = 1;
	interface->mode = INTERFACE_NATIVE;
	memcpy(interface->mac, mac, sizeof(mac));
	snprintf(interface->name, sizeof(interface->name), "vector");
}

void vector_settings(const struct vector *vector, struct settings *settings)
{
	config_settings_init(settings);
	build_put((uint8_t *)&settings->port, 2, vector->port);
	settings->access_default = vector->otherwise;
	settings->features = vector->features;
	/* Without the feature it is not looked at. */
	settings->traffic_class = vector->features & FEATURE_DSCP ? vector->traffic_class : 0xb8;
	settings->interleaved = (vector->features & FEATURE_INTERLEAVED) != 0;
}

const char *vector_verdict_name(enum verdict verdict)
{
	static const char *const names[VERDICT_COUNT] = {
#define VERDICT_NAME(action, reason, name, text) name,
		VERDICT_LIST(VERDICT_NAME)
#undef VERDICT_NAME
	};

	return (unsigned)verdict < VERDICT_COUNT ? names[verdict] : "no verdict";
}

bool vector_answered(const struct vector *vector)
{
	return strncmp(vector_verdict_name(vector->verdict), "served", 6) == 0;
}

static void print_octets(const char *what, const uint8_t *data, size_t length)
{
	printf("# %s, %zu octets:\n", what, length);
	for (size_t i = 0; i < length; i += 16) {
		printf("#   %3zu ", i);
		for (size_t k = i; k < i + 16 && k < length; k++)
			printf(" %02x", data[k]);
		printf("\n");
	}
}

void vector_print_difference(const struct vector *vector, const uint8_t *frame, size_t length)
{
	size_t i = 0;

	while (i < length && i < vector->out_length && frame[i] == vector->out[i])
		i++;
	printf("# frames differ from octet %zu on", i);
	if (vector->ntp_offset != 0 && i >= vector->ntp_offset)
		printf(", octet %zu of the NTP packet", i - vector->ntp_offset);
	printf("\n");
	print_octets("request", vector->in, vector->in_length);
	print_octets("expected", vector->out, vector->out_length);
	print_octets("got", frame, length);
}

bool vector_in_group(const struct vector *vector, const struct vector_group *group)
{
	size_t length = strcspn(vector->name, ":");

	return strlen(group->name) == length && strncmp(vector->name, group->name, length) == 0;
}

size_t vector_groups(const struct vector *vectors, size_t count,
	struct vector_group ret_groups[VECTOR_GROUPS_MAX])
{
	size_t groups = 0;

	for (size_t i = 0; i < count; i++) {
		size_t at = 0;

		while (at < groups && !vector_in_group(&vectors[i], &ret_groups[at]))
			at++;
		if (at == groups) {
			if (groups == VECTOR_GROUPS_MAX)
				abort();
			snprintf(ret_groups[groups].name, VECTOR_NAME_MAX, "%.*s",
				(int)strcspn(vectors[i].name, ":"), vectors[i].name);
			ret_groups[groups++].count = 0;
		}
		ret_groups[at].count++;
	}
	return groups;
}
