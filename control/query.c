/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The protocol of ntpq's questions; see query.h. Numbers are in network byte order on the wire. */
#include "control/query.h"

#include <errno.h>
#include <string.h>

#define RESPONSE    0x80 /* RFC 9327 sec. 2: R, E and M of the second octet */
#define FAILED      0x40
#define MORE        0x20
#define OPCODE_MASK 0x1f

/* RFC 9327 sec. 2 and 3.2; those above 12 are ntpd's own. */
enum opcode {
	OPCODE_READ_STATUS = 1,
	OPCODE_READ_VARIABLES = 2,
	OPCODE_WRITE_VARIABLES = 3,
	OPCODE_READ_CLOCK = 4,
	OPCODE_WRITE_CLOCK = 5,
	OPCODE_SET_TRAP = 6,
	OPCODE_CONFIGURE = 8,
	OPCODE_SAVE_CONFIGURATION = 9,
	OPCODE_UNSET_TRAP = 31
};

/* RFC 9327 sec. 3.5. */
enum failure {
	FAILURE_NONE = -1,
	FAILURE_UNSPECIFIED = 0,
	FAILURE_PERMISSION = 1,
	FAILURE_FORMAT = 2,
	FAILURE_OPCODE = 3,
	FAILURE_ASSOCIATION = 4,
	FAILURE_VARIABLE = 5
};

/* A question taken apart. */
struct question {
	const struct query_environment *environment;
	const struct socket_query *query;
	unsigned version, opcode;
	unsigned association; /* 0: the system */
	const char *names;    /* data: variables asked for */
	size_t length;
};

static unsigned word(const uint8_t *octets)
{
	return (unsigned)octets[0] << 8 | octets[1];
}

static void put_word(uint8_t *octets, size_t value)
{
	octets[0] = (uint8_t)(value >> 8);
	octets[1] = (uint8_t)value;
}

/* What differs in one datagram of an answer from the others. */
struct part {
	unsigned flags;
	unsigned status;
	size_t offset, count; /* octets of the whole answer */
};

static void send_part(const struct question *question, const struct part *part, const char *answer)
{
	uint8_t datagram[QUERY_DATAGRAM_MAX] = {0};
	uint8_t leap = query_variables_leap(question->environment->snapshot);

	datagram[0] = ntp_wire_first_octet(leap, (uint8_t)question->version, NTP_MODE_CONTROL);
	datagram[1] = (uint8_t)(RESPONSE | part->flags | question->opcode);
	memcpy(datagram + 2, question->query->data + 2, 2); /* the sequence number */
	put_word(datagram + 4, part->status);
	put_word(datagram + 6, question->association);
	put_word(datagram + 8, part->offset);
	put_word(datagram + 10, part->count);
	if (part->count)
		memcpy(datagram + SOCKET_QUERY_HEADER, answer + part->offset, part->count);
	/* Padded to 32 bits, which the count does not tell (RFC 9327 sec. 2). */
	question->query->send(question->query->to, datagram,
		SOCKET_QUERY_HEADER + ((part->count + 3) & ~(size_t)3));
}

static void refuse(const struct question *question, enum failure failure)
{
	const struct part part = {.flags = FAILED, .status = (unsigned)failure << 8};

	send_part(question, &part, NULL);
}

static void respond(const struct question *question, unsigned status, const struct query_text *text)
{
	struct part part = {.status = status};

	do {
		part.count = text->length - part.offset;
		part.flags = 0;
		if (part.count > QUERY_DATA_MAX) {
			part.count = QUERY_DATA_MAX;
			part.flags = MORE;
		}
		send_part(question, &part, text->data);
		part.offset += part.count;
	} while (part.offset < text->length);
}

/* Pairs of association and status, RFC 9327 sec. 3.1. */
static void list_associations(const struct snapshot *snapshot, struct query_text *text)
{
	for (size_t i = 0; i < snapshot->source_count; i++) {
		const struct source_report *source = &snapshot->sources[i];
		uint8_t pair[4];

		if (!source->association)
			continue;
		put_word(pair, source->association);
		put_word(pair + 2, query_variables_source_status(source));
		query_text_append(text, pair, sizeof(pair));
	}
}

static const struct source_report *find_source(const struct question *question)
{
	const struct snapshot *snapshot = question->environment->snapshot;

	for (size_t i = 0; i < snapshot->source_count; i++)
		if (snapshot->sources[i].association == question->association)
			return &snapshot->sources[i];
	return NULL;
}

static enum failure read_something(const struct question *question)
{
	struct query_subject subject = {question->environment, NULL};
	struct query_text text;
	unsigned status = query_variables_system_status(question->environment->snapshot);
	int err = 0;

	query_text_begin(&text);
	if (question->association) {
		subject.source = find_source(question);
		if (!subject.source)
			return FAILURE_ASSOCIATION;
		status = query_variables_source_status(subject.source);
	}
	if (question->opcode == OPCODE_READ_STATUS && !question->association)
		list_associations(question->environment->snapshot, &text);
	else if (question->opcode == OPCODE_READ_STATUS)
		err = query_variables_write(&subject, NULL, 0, &text);
	else
		err = query_variables_write(&subject, question->names, question->length, &text);
	if (err)
		return FAILURE_VARIABLE;
	if (text.full)
		return FAILURE_UNSPECIFIED;
	respond(question, status, &text);
	return FAILURE_NONE;
}

static enum failure judge(const struct question *question)
{
	switch (question->opcode) {
	case OPCODE_READ_STATUS:
	case OPCODE_READ_VARIABLES:
		return read_something(question);
	case OPCODE_WRITE_VARIABLES:
	case OPCODE_WRITE_CLOCK:
	case OPCODE_SET_TRAP:
	case OPCODE_CONFIGURE:
	case OPCODE_SAVE_CONFIGURATION:
	case OPCODE_UNSET_TRAP:
		return FAILURE_PERMISSION;
	case OPCODE_READ_CLOCK: /* no source is a clock of this machine */
		return FAILURE_ASSOCIATION;
	default:
		return FAILURE_OPCODE;
	}
}

void query_answer(const struct query_environment *environment, const struct socket_query *query)
{
	struct question question = {.environment = environment, .query = query};
	const uint8_t *data = query->data;
	enum failure failure = FAILURE_FORMAT;
	size_t count;

	if (query->length < SOCKET_QUERY_HEADER || (data[0] & 7) != NTP_MODE_CONTROL ||
		data[1] & ~OPCODE_MASK)
		return;
	question.version = data[0] >> 3 & 7;
	question.opcode = data[1];
	question.association = word(data + 6);
	count = word(data + 10);
	question.names = (const char *)data + SOCKET_QUERY_HEADER;
	question.length = count;
	/* In one datagram: the offset is 0. What is behind the data, a MAC, proves nothing here. */
	if (!word(data + 8) && count <= query->length - SOCKET_QUERY_HEADER &&
		count <= QUERY_DATA_MAX)
		failure = judge(&question);
	if (failure != FAILURE_NONE)
		refuse(&question, failure);
}
