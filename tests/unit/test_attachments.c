/* SPDX-License-Identifier: GPL-2.0-or-later */
// test-sources: control/attachments.c control/log.c control/log_events.c
/*
 * What is told of the interfaces: what others attach, replace and detach, once each; an interface
 * that vanishes and comes back; nothing of what the daemon did itself, and nothing between the two
 * steps of attaching and detaching.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/attachments.h"
#include "control/log.h"

static struct attachments attachments;
static struct interface_table table;
static bool on_kernel[CONFIG_INTERFACES];
static char *text;
static size_t size;
static FILE *stream;

/* Of attach.c, which wants a kernel. */
const char *attach_mode_name(enum interface_mode mode)
{
	return mode == INTERFACE_NATIVE ? "native" : "generic";
}

const char *attach_reply_path_name(enum interface_reply_path path)
{
	return path == INTERFACE_FIB ? "fib" : "reflect";
}

static void inspect(const struct interface *interface, struct attach_inspection *ret_inspection)
{
	*ret_inspection = (struct attach_inspection){.attached = on_kernel[interface->ifindex - 1]};
	if (!ret_inspection->attached)
		strcpy(ret_inspection->detail, "the interface is gone");
}

static void put(int slot, const char *name)
{
	table.entry[slot] = (struct interface){.ifindex = (uint32_t)slot + 1,
		.mode = INTERFACE_NATIVE,
		.reply_path = INTERFACE_REFLECT,
		.attached_realtime_s = 1};
	memcpy(table.entry[slot].name, name, strlen(name));
	on_kernel[slot] = true;
}

/* So many looks; what they tell, each line by its first words. */
static void look(int times, const char *expected)
{
	stream = open_memstream(&text, &size);
	log_open("t");
	log_redirect(stream, false);
	for (int i = 0; i < times; i++)
		attachments_look(&attachments, &table, inspect);
	log_redirect(NULL, false);
	fclose(stream);
	if (!*expected)
		assert_string_equal(text, "");
	else
		assert_non_null(strstr(text, expected));
	if (*expected)
		assert_ptr_equal(strchr(text, '\n'), text + size - 1);
	free(text);
}

static int start(void **state)
{
	(void)state;
	attachments = (struct attachments){.turn = 0};
	table = (struct interface_table){.entry = {{.ifindex = 0}}};
	return 0;
}

static void test_by_hand(void **state)
{
	(void)state;
	look(3, "");
	put(0, "eth0");
	look(3, "attached to eth0, mode native, reply path reflect");
	table.entry[0].reply_path = INTERFACE_FIB;
	look(3, "program replaced on eth0, mode native, reply path fib");
	table.entry[0].attached_realtime_s = 2;
	look(3, "program replaced on eth0");
	table.entry[0] = (struct interface){.ifindex = 0};
	look(3, "detached from eth0\n");
}

/* A name of the full length has no zero at its end. */
static void test_long_name(void **state)
{
	(void)state;
	put(5, "abcdefghijklmnop");
	look(2, "attached to abcdefghijklmnop, mode");
}

static void test_own_doings(void **state)
{
	(void)state;
	put(0, "eth0");
	attachments_note(&attachments, &table);
	look(3, "");
	put(1, "eth1");
	log_redirect(stream = open_memstream(&text, &size), false);
	attachments_attached(&attachments, &table, 2, true);
	log_redirect(NULL, false);
	fclose(stream);
	assert_non_null(strstr(text, "attached to eth1"));
	free(text);
	look(3, "");
	table.entry[1] = (struct interface){.ifindex = 0};
	log_redirect(stream = open_memstream(&text, &size), false);
	attachments_detached(&attachments, &table, "eth1", ", whose line is gone");
	log_redirect(NULL, false);
	fclose(stream);
	assert_non_null(strstr(text, "detached from eth1, whose line is gone"));
	free(text);
	look(3, "");
}

static void test_between_steps(void **state)
{
	(void)state;
	put(0, "eth0");
	table.entry[0].mode = INTERFACE_GENERIC;
	on_kernel[0] = false;
	look(5, "");
	on_kernel[0] = true;
	look(1, "");
	table.entry[0].mode = INTERFACE_NATIVE;
	look(1, "");
	look(3, "attached to eth0, mode native");
	table.entry[0] = (struct interface){.ifindex = 0};
	look(3, "detached from eth0");
	put(0, "eth0");
	look(2, "attached");
	on_kernel[0] = false;
	look(1, ""); /* of two */
	table.entry[0] = (struct interface){.ifindex = 0};
	look(3, "detached from eth0");
}

static void test_vanishes(void **state)
{
	(void)state;
	put(0, "eth0");
	look(2, "attached");
	on_kernel[0] = false;
	look(10, "warning: the program is not on eth0 any more: the interface is gone");
	on_kernel[0] = true;
	look(10, "attached to eth0");
	on_kernel[0] = false;
	look(10, "not on eth0 any more");
	/* An attach that fails leaves nothing to tell. */
	put(3, "eth3");
	on_kernel[3] = false;
	look(3, "");
	table.entry[3] = (struct interface){.ifindex = 0};
	look(3, "");
	/* Another interface takes the slot: what was lost is not detached as well. */
	table.entry[0].ifindex = 7;
	on_kernel[6] = true;
	look(3, "attached to eth0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_by_hand, start),
		cmocka_unit_test_setup(test_long_name, start),
		cmocka_unit_test_setup(test_own_doings, start),
		cmocka_unit_test_setup(test_between_steps, start),
		cmocka_unit_test_setup(test_vanishes, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
