/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * control_protocol: what `ntpxdp` and `ntpxdpd` say to each other over the control socket.
 *
 * A UNIX stream socket; the client sends one line of JSON, {"command":"sources"}, the daemon
 * sends one line of JSON, an object, and closes. Lines end in '\n' and are bounded. All commands
 * but "keep_score" only read, so everybody on the host may connect; who the clients are is told to
 * root and to the daemon's own account alone, and a score is taken from them alone. The answer to
 * "page" carries one read-only descriptor of the time page (SCM_RIGHTS, with the first byte). A
 * command that fails is answered {"error":"what failed, on what, why, what to do next"}. Commands
 * and the keys of their answers: control_commands.h.
 *
 * This module has the framing and the client's side of a call. Accepting
 * connections is left to the daemon (control_server.c), filling the answers to report.c,
 * printing them to control/cli. It does not log.
 */
#ifndef CONTROL_CONTROL_PROTOCOL_H
#define CONTROL_CONTROL_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>

#include "control/control_commands.h"
#include "dataplane/core/verdict.h"

struct json_object;

/* Mode of the socket: whoever may log in may read what the wire tells everybody anyway. */
#define CONTROL_PROTOCOL_MODE 0666

/* Bytes of a request line and of an answer line (4,000 sources), '\n' included. */
#define CONTROL_PROTOCOL_REQUEST_MAX 4096u
#define CONTROL_PROTOCOL_ANSWER_MAX  (1024u << 10)

/* For a whole call; also how long the daemon keeps a slow client. */
#define CONTROL_PROTOCOL_TIMEOUT_MS 2000

/* What is asked for. */
struct control_request {
	enum control_command command;
	struct json_object *arguments; /* an object with keys beside "command", or NULL; borrowed */
	bool privileged; /* the daemon's side: root asks, or the daemon's own account */
};

/* The word of a command, for requests and messages. */
const char *control_protocol_name(enum control_command command);

/*
 * Parse one request line of length bytes, with or without its '\n'. 0 and the command; the whole
 * object, for arguments, goes to ret_request where that is not NULL (the caller puts it).
 * -EMSGSIZE: too long; -EBADMSG: not one JSON object with a "command"; -EOPNOTSUPP: a command
 * that this version does not know.
 */
int control_protocol_parse(const char *line, size_t length, enum control_command *ret_command,
	struct json_object **ret_request);

/* A new {"error":...} object for a request that failed; NULL without memory. */
struct json_object *control_protocol_error(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/*
 * The line to send for an object, '\n' included, in memory the caller frees. limit is one of the
 * two maxima above. -EMSGSIZE: would be longer; -ENOMEM.
 */
int control_protocol_format(
	struct json_object *object, size_t limit, char **ret_line, size_t *ret_length);

/*
 * Send as much of data as the socket takes, with a descriptor beside the first byte where
 * pass_fd >= 0 (pass it with the first piece only). Number of bytes sent, or a negative errno
 * (-EAGAIN on a full non-blocking socket). Never raises SIGPIPE.
 */
long control_protocol_send(int fd, const char *data, size_t length, int pass_fd);

/*
 * One call: connect to path, ask, read the answer. 0 and the object (the caller puts it), even
 * where that is {"error":...}: see control_protocol_failure(). A descriptor that came along goes
 * to ret_fd (-1: none came), or is closed where ret_fd is NULL.
 * -ENOENT, -ECONNREFUSED: no daemon there; -EACCES; -ETIMEDOUT: no whole answer within
 * CONTROL_PROTOCOL_TIMEOUT_MS; -ECONNRESET: closed without one; -EMSGSIZE: too long;
 * -EBADMSG: not a JSON object; -EOPNOTSUPP: no command was given; -ENAMETOOLONG: path does not fit
 * a socket address.
 */
int control_protocol_call(const char *path, const struct control_request *request,
	struct json_object **ret_answer, int *ret_fd);

/* The text of an {"error":...} answer, owned by it, or NULL when the answer is no error. */
const char *control_protocol_failure(struct json_object *answer);

/* The word for what timepage_read() says of the page: "valid", or why it is not served. */
const char *control_protocol_page_state(enum verdict verdict);

#endif
