// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Attaching beside other XDP programs, through libxdp's dispatcher. libxdp keeps its own pins and
 * replaces the whole dispatcher for each change: the switch is one step for the driver, but other
 * tools can take the program off, and there is no link of ours to hold it.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <xdp/libxdp.h>

#include "control/attach_private.h"

/* After the structs that it names. */
#include <ntpxdp.skel.h>

/* The last warning of libxdp; its print callback takes no argument. */
static char last_warning[ATTACH_TEXT_MAX / 2];

static int catch_warning(enum libxdp_print_level level, const char *format, va_list arguments)
{
	if (level == LIBXDP_WARN) {
		vsnprintf(last_warning, sizeof(last_warning), format, arguments);
		last_warning[strcspn(last_warning, "\n")] = '\0';
	}
	return 0;
}

static int be_silent(enum libbpf_print_level level, const char *format, va_list arguments)
{
	(void)level;
	(void)format;
	(void)arguments;
	return 0;
}

/* Our instance in the dispatcher, but for the one with this id. NULL: there is none. */
static struct xdp_program *find_ours(struct xdp_multiprog *programs, uint32_t except_id)
{
	struct xdp_program *program = NULL;

	while ((program = xdp_multiprog__next_prog(program, programs)) != NULL)
		if (strcmp(xdp_program__name(program), ATTACH_PROGRAM_NAME) == 0 &&
			xdp_program__id(program) != except_id)
			break;
	return program;
}

/* Takes off what is ours, but for one id. 0, -ENOENT, or libxdp's error. */
static int detach_ours(uint32_t ifindex, uint32_t except_id)
{
	struct xdp_multiprog *programs = xdp_multiprog__get_from_ifindex((int)ifindex);
	struct xdp_program *program;
	int error = -ENOENT;

	if (libxdp_get_error(programs) != 0)
		return (int)libxdp_get_error(programs);
	program = xdp_multiprog__is_legacy(programs) ? NULL : find_ours(programs, except_id);
	if (program != NULL)
		error = xdp_program__detach(
			program, (int)ifindex, xdp_multiprog__attach_mode(programs), 0);
	else if (xdp_multiprog__is_legacy(programs) && except_id == 0 &&
		 strcmp(xdp_program__name(xdp_multiprog__main_prog(programs)),
			 ATTACH_PROGRAM_NAME) == 0)
		error = xdp_multiprog__detach(programs);
	xdp_multiprog__close(programs);
	return error;
}

static int attach_modes(const struct attach_target *target, const struct attach_options *options,
	struct xdp_program *program, struct attach_report *report)
{
	int error = -EOPNOTSUPP;

	if (options->mode != ATTACH_GENERIC) {
		report->mode = INTERFACE_NATIVE;
		error = xdp_program__attach(program, (int)target->ifindex, XDP_MODE_NATIVE, 0);
		if (error)
			snprintf(report->why_not_native, sizeof(report->why_not_native),
				"driver %s: %s", target->driver,
				last_warning[0] ? last_warning : strerror(-error));
	}
	if (error && options->mode != ATTACH_NATIVE) {
		report->mode = INTERFACE_GENERIC;
		error = xdp_program__attach(program, (int)target->ifindex, XDP_MODE_SKB, 0);
	}
	if (!error)
		return 0;
	return attach_fail(report, error,
		"attaching to %s through libxdp's dispatcher: %s; the programs that are there stay",
		target->name, last_warning[0] ? last_warning : strerror(-error));
}

int attach_shared(const struct attach_target *target, const struct attach_options *options,
	struct ntpxdp_bpf *opened, struct attach_report *report)
{
	libxdp_print_fn_t xdp_print = libxdp_set_print(catch_warning);
	libbpf_print_fn_t bpf_print = libbpf_set_print(be_silent);
	struct xdp_program *program = xdp_program__from_bpf_obj(opened->obj, "xdp");
	int error = (int)libxdp_get_error(program);

	last_warning[0] = '\0';
	if (error) {
		attach_fail(
			report, error, "handing the XDP program to libxdp: %s", strerror(-error));
	} else {
		error = attach_modes(target, options, program, report);
		if (!error) {
			/* What was attached before this goes only now: no frame is lost. */
			report->fresh = detach_ours(target->ifindex, xdp_program__id(program)) != 0;
			snprintf(report->warning, sizeof(report->warning),
				"%s is shared through libxdp's dispatcher: other tools can take "
				"the "
				"program off, and a change of theirs may lose frames",
				target->name);
		}
		xdp_program__close(program);
	}
	libbpf_set_print(bpf_print);
	libxdp_set_print(xdp_print);
	return error;
}

int attach_shared_detach(uint32_t ifindex, struct attach_report *report)
{
	libxdp_print_fn_t xdp_print = libxdp_set_print(catch_warning);
	libbpf_print_fn_t bpf_print = libbpf_set_print(be_silent);
	int error;

	last_warning[0] = '\0';
	error = detach_ours(ifindex, 0);
	libbpf_set_print(bpf_print);
	libxdp_set_print(xdp_print);
	if (error && error != -ENOENT)
		return attach_fail(report, error,
			"taking the program out of libxdp's dispatcher: %s",
			last_warning[0] ? last_warning : strerror(-error));
	return 0;
}
