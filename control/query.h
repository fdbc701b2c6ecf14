/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers ntpq: mode 6 of NTP, RFC 9327, which is RFC 1305 appendix B as it is in use. Reads only:
 * the list of associations (readstat) and variables of the system and of sources (readvar); what
 * would write is refused. Which questions come this far, and how many, is dataplane/socket/query.h;
 * what the variables say is query_variables.h's. Pure but for the environment; called by the
 * daemon, which owns the snapshot.
 */
#ifndef CONTROL_QUERY_H
#define CONTROL_QUERY_H

#include "control/query_variables.h"
#include "dataplane/socket/query.h"

#define QUERY_DATA_MAX     468 /* octets of data in one datagram, RFC 9327 sec. 2 */
#define QUERY_DATAGRAM_MAX (SOCKET_QUERY_HEADER + QUERY_DATA_MAX)

/* Sends one datagram or more; none to what is no question. */
void query_answer(const struct query_environment *environment, const struct socket_query *query);

#endif
