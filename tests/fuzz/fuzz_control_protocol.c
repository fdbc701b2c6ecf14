// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/control_protocol.c
/*
 * Requests of the control socket out of any bytes: what is taken is a known command in an object
 * that can be written as a line, and that line is taken again.
 */
#include <json-c/json.h>
#include <stdint.h>
#include <stdlib.h>

#include "control/control_protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum control_command command, again;
	struct json_object *request = NULL;
	char *line = NULL;
	size_t length;

	if (control_protocol_parse((const char *)data, size, &command, &request) != 0)
		return 0;
	if (control_protocol_name(command) == NULL || request == NULL)
		abort();
	/* Printed it may be longer than it was: "\1" becomes six bytes. */
	if (control_protocol_format(request, CONTROL_PROTOCOL_ANSWER_MAX, &line, &length) != 0)
		abort();
	if (length <= CONTROL_PROTOCOL_REQUEST_MAX &&
		(control_protocol_parse(line, length, &again, NULL) != 0 || again != command))
		abort();
	free(line);
	json_object_put(request);
	return 0;
}
