// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `ntpxdp poolcheck HOST`: what the NTP pool's monitor would think of a server, over each address
 * family that the host has, and the pool's rules for those who join. Asks as the monitor asks;
 * judging is pool_score.h's, printing is poolcheck_report.c's.
 */
#include "control/cli/poolcheck.h"

#include "control/cli/answer.h"
#include "control/cli/ask.h"
#include "control/cli/commands.h"
#include "control/cli/session.h"
#include "control/config.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>

bool poolcheck_in_pool(const struct poolcheck_family *family)
{
	return family->not_judged[0] == '\0' && family->course.checks > 0 &&
	       pool_score_steady(&family->course) >= POOL_SCORE_IN;
}

/* True for what keeps the request on this host: no word about the server. */
static bool cannot_send(int error)
{
	return error != 0 && error != -ETIMEDOUT && error != -ECONNREFUSED;
}

static void ask_once(struct poolcheck *poolcheck, struct poolcheck_family *family, int index)
{
	struct pool_score_datagram datagram = {0};
	struct ask_datagram came;
	int64_t minus_raw_ns;

	ask_first(&family->address, poolcheck->options->check_timeout_s, &came);
	if (cannot_send(came.error)) {
		snprintf(family->not_judged, sizeof(family->not_judged),
			"this host cannot send to it: %s", strerror(-came.error));
		return;
	}
	if (came.error == 0) {
		minus_raw_ns = own_time_minus_raw_ns(&poolcheck->clock, &came.after);
		datagram.data = came.data;
		datagram.length = came.length;
		datagram.cookie = came.cookie;
		datagram.t1_ns = (int64_t)came.t1_raw_ns + minus_raw_ns;
		datagram.t4_ns = (int64_t)came.t4_raw_ns + minus_raw_ns;
	}
	pool_score_read(&datagram, &family->replies[index]);
	family->reply_count = index + 1;
}

/*
 * A request to an address of this host comes from that address. Servers may refuse that for a
 * forged one, as ours does, so that silence says nothing of what others get.
 */
static bool is_silent_to_itself(const struct poolcheck_family *family)
{
	const struct sockaddr_in6 *six = (const void *)&family->address;
	const struct sockaddr_in *four = (const void *)&family->address;

	if (family->check.row != POOL_SCORE_ROW_NO_REPLY || !own_address_is_own(family->own))
		return false;
	return family->family == AF_INET ? ntohl(four->sin_addr.s_addr) >> 24 != IN_LOOPBACKNET
					 : !IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
}

/* One check, as the monitor makes it: a reply that is bad by its own word ends it. */
static void check_once(struct poolcheck *poolcheck, struct poolcheck_family *family)
{
	family->reply_count = 0;
	for (int i = 0; i < POOL_SCORE_REQUESTS; i++) {
		if (i > 0)
			session_pause(poolcheck->options->spacing_s);
		ask_once(poolcheck, family, i);
		if (family->not_judged[0] != '\0')
			return;
		if (family->replies[i].state == POOL_SCORE_REPLY_BAD)
			break;
	}
	pool_score_judge(family->replies, family->reply_count, &family->check);
	if (is_silent_to_itself(family)) {
		snprintf(family->not_judged, sizeof(family->not_judged),
			"no answer to a request from its own address, which no client can have; "
			"ask from another host, or localhost");
		return;
	}
	pool_score_take(&family->course, &family->check);
	if (family->check.reply >= 0)
		family->stratum = family->replies[family->check.reply].packet.stratum;
	poolcheck_report_check(family);
	poolcheck_keep(poolcheck, family);
}

static void check_family(struct poolcheck *poolcheck, struct poolcheck_family *family)
{
	const struct options *options = poolcheck->options;

	if (!options->json)
		poolcheck_print_address(family);
	for (long i = 0; i < options->checks && family->not_judged[0] == '\0'; i++) {
		if (i > 0)
			session_pause(options->check_interval_s);
		check_once(poolcheck, family);
	}
	if (!options->json)
		poolcheck_print_course(family);
}

/* The first address of each family, IPv4 first; the pool has one server for each. */
static void take_addresses(struct poolcheck *poolcheck, const struct addrinfo *list)
{
	static const int order[] = {AF_INET, AF_INET6};

	for (size_t i = 0; i < 2; i++) {
		const struct addrinfo *one = list;
		struct poolcheck_family *family = &poolcheck->families[poolcheck->family_count];

		while (one != NULL && one->ai_family != order[i])
			one = one->ai_next;
		if (one == NULL)
			continue;
		family->family = order[i];
		memcpy(&family->address, one->ai_addr, one->ai_addrlen);
		getnameinfo(one->ai_addr, one->ai_addrlen, family->text, sizeof(family->text), NULL,
			0, NI_NUMERICHOST);
		family->own = own_address_of(&family->address);
		family->course.score = POOL_SCORE_START;
		family->json_checks = poolcheck->options->json ? json_object_new_array() : NULL;
		poolcheck->family_count++;
	}
}

/*
 * The settings that the server runs with: the file of -f; for a server on this host the file that
 * the daemon names, else the default one. NULL: not to be seen; *ret_owned is to be freed.
 */
static const struct config *find_settings(
	const struct session *session, bool on_this_host, struct config **ret_owned)
{
	const struct config_sink silent = {.say = NULL};
	struct json_object *info = NULL;
	const char *file;
	int error = -ENOENT;

	*ret_owned = NULL;
	if (session->options->file != NULL)
		return session->config;
	if (!on_this_host)
		return NULL;
	if (session_try(session, &(struct control_request){.command = CONTROL_COMMAND_INFO},
		    &info) != 0)
		return session->config_error == 0 ? session->config : NULL;
	file = answer_text(info, "settings");
	*ret_owned = config_new();
	if (*ret_owned != NULL && file[0] != '\0')
		error = config_load(*ret_owned, file, &silent);
	json_object_put(info);
	return error == 0 ? *ret_owned : NULL;
}

static bool is_numeric(const char *host)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST};
	struct addrinfo *list;

	if (getaddrinfo(host, NULL, &hints, &list) != 0)
		return false;
	freeaddrinfo(list);
	return true;
}

static void look_at_rules(struct poolcheck *poolcheck, const struct session *session)
{
	const struct options *options = poolcheck->options;
	struct pool_rules_facts facts = {
		.one_family = options->ipv4 != options->ipv6 || is_numeric(options->operand)};
	struct config *owned = NULL;
	bool on_this_host = false;

	for (int i = 0; i < poolcheck->family_count; i++) {
		const struct poolcheck_family *family = &poolcheck->families[i];
		struct pool_rules_address *fact =
			family->family == AF_INET ? &facts.ipv4 : &facts.ipv6;

		fact->address = &family->address;
		fact->own = family->own;
		fact->stratum = family->stratum;
		on_this_host = on_this_host || own_address_is_own(fact->own);
		poolcheck->own_page = poolcheck->own_page ||
				      (own_address_is_own(fact->own) && poolcheck->clock.page &&
					      family->not_judged[0] == '\0');
	}
	facts.config = find_settings(session, on_this_host, &owned);
	poolcheck->rule_count = pool_rules_look(&facts, poolcheck->rules);
	config_free(owned);
}

/* Exit status: every address that could be asked would be in the pool, and one at least could. */
static int conclude(const struct poolcheck *poolcheck)
{
	const char *why = "";
	int asked = 0, in = 0;

	for (int i = 0; i < poolcheck->family_count; i++) {
		const struct poolcheck_family *family = &poolcheck->families[i];

		if (family->not_judged[0] != '\0')
			why = family->not_judged;
		else
			asked++;
		in += poolcheck_in_pool(family);
	}
	if (asked == 0)
		return session_error("cannot judge %s: %s", poolcheck->options->operand, why);
	return in == asked ? EXIT_GOOD : EXIT_FAILED;
}

int command_poolcheck(const struct options *options)
{
	struct session session;
	struct poolcheck poolcheck = {.options = options, .session = &session};
	struct addrinfo *list = NULL;
	int status = session_open(&session, options);

	if (status != EXIT_GOOD)
		return status;
	status = session_resolve(options, &list);
	if (status == EXIT_GOOD) {
		take_addresses(&poolcheck, list);
		freeaddrinfo(list);
		own_time_open(&poolcheck.clock, session.socket);
		if (!options->json)
			poolcheck_print_clock(&poolcheck);
		for (int i = 0; i < poolcheck.family_count; i++)
			check_family(&poolcheck, &poolcheck.families[i]);
		look_at_rules(&poolcheck, &session);
		if (options->json)
			status = session_print_json(poolcheck_object(&poolcheck));
		else
			poolcheck_print_rules(&poolcheck);
		own_time_close(&poolcheck.clock);
		if (status == EXIT_GOOD)
			status = conclude(&poolcheck);
	}
	session_close(&session);
	return status;
}
