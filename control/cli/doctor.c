// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `ntpxdp doctor`: why XDP does not attach here or will be slow, and the command that mends it.
 * Looks (doctor_gather.h), judges (doctor_judge.h), prints; changes nothing. Works without a daemon
 * and without settings.
 */
#include "control/cli/answer.h"
#include "control/cli/commands.h"
#include "control/cli/doctor_gather.h"
#include "control/cli/doctor_judge.h"
#include "control/cli/session.h"
#include "control/config.h"
#include "control/json_add.h"

#include <bpf/libbpf.h>
#include <stdlib.h>
#include <string.h>

/* The daemon's pin folder where one answers and none was named, as attach does. */
static const char *find_pindir(const struct session *session, struct json_object **ret_info)
{
	const struct control_request request = {.command = CONTROL_COMMAND_INFO};
	const char *pindir;

	*ret_info = NULL;
	if (session->options->pindir != NULL)
		return session->pindir;
	if (session_try(session, &request, ret_info) != 0) {
		*ret_info = NULL;
		return session->pindir;
	}
	pindir = answer_text(*ret_info, "pindir");
	return pindir[0] != '\0' ? pindir : session->pindir;
}

static void read_wish(const struct session *session, struct doctor_wish *wish)
{
	const struct config *config = session->config;

	*wish = (struct doctor_wish){.port = (unsigned)config->port,
		.mirror = config->mirror,
		.clock_system = config->clock == CONFIG_CLOCK_SYSTEM};
	for (size_t i = 0; i < config->interface_count; i++)
		if (strcmp(config->interfaces[i].name, session->options->operand) == 0)
			wish->native = config->interfaces[i].mode == CONFIG_MODE_NATIVE;
}

static int print_json(const struct doctor_facts *facts, const struct doctor_findings *findings)
{
	struct json_object *object = json_object_new_object();

	json_add_text(object, "interface", facts->interface.name);
	json_add_text(object, "driver", facts->interface.driver);
	json_add_text(object, "kernel", facts->host.release);
	json_add_text(object, "worst", doctor_level_name(doctor_worst(findings)));
	json_object_object_add(object, "findings", doctor_json(findings));
	return session_print_json(object);
}

int command_doctor(const struct options *options)
{
	struct doctor_findings *findings = calloc(1, sizeof(*findings));
	struct doctor_facts *facts = calloc(1, sizeof(*facts));
	struct json_object *info;
	struct session session;
	const char *pindir;
	int status = session_open(&session, options);

	if (status == EXIT_GOOD && facts != NULL && findings != NULL) {
		libbpf_set_print(NULL);
		pindir = find_pindir(&session, &info);
		read_wish(&session, &facts->wish);
		doctor_gather_host(pindir, &facts->host);
		doctor_gather_interface(options->operand, pindir, &facts->interface);
		doctor_gather_network(facts->wish.port, &facts->network);
		doctor_judge(facts, findings);
		if (options->json)
			status = print_json(facts, findings);
		else
			doctor_print(findings, stdout, session_columns());
		if (doctor_worst(findings) == DOCTOR_FAIL)
			status = EXIT_FAILED;
		json_object_put(info);
		session_close(&session);
	}
	free(findings);
	free(facts);
	return status;
}
