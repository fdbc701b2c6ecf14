// SPDX-License-Identifier: GPL-2.0-or-later
#include "control/hardware.h"

#include <errno.h>
#include <math.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/attach.h"
#include "control/hardware_card.h"
#include "control/log.h"

#define NS_PER_S  1000000000ULL
#define PORTS_MAX CONFIG_HARDWARE_MAX
/* MONOTONIC's rate is taken over so many ticks: half a second. */
#define PAIRS     4

struct port {
	struct config_hardware line; /* with the interface's own name */
	bool named;                  /* not by `*` */
	uint32_t ifindex;
	int phc;
	int fd; /* of the card's clock; -1: there is none to read */
	bool receive, transmit;
	enum hardware_way way;
	struct hardware_relation relation;
	bool told;         /* that the clock is related */
	uint64_t next_ns;  /* RAW: when it is read again */
	uint64_t failed_s; /* attached_realtime_s of the program that could not be replaced */
	char detail[HARDWARE_TEXT_MAX];
	char program[HARDWARE_TEXT_MAX];
};

struct hardware {
	struct state *state;
	char pindir[CONFIG_PATH_MAX];
	struct timestamping_cards cards;
	struct clocks_pair pairs[PAIRS]; /* the last ticks, the oldest at ticks % PAIRS */
	unsigned ticks;
	size_t count;
	struct port port[PORTS_MAX];
};

/* What is in the way of stamps: an error where the line names the interface. */
static void __attribute__((format(printf, 2, 3))) hinder(struct port *port, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(port->detail, sizeof(port->detail), format, list);
	va_end(list);
	if (port->named)
		log_line(LOG_WARNING, "hwtimestamp %s: %s", port->line.name, port->detail);
}

static void set_card(struct port *port, const struct hardware_ability *ability)
{
	struct hardware_setting setting;
	int err = hardware_card_set(port->line.name, ability, port->line.rxfilter, &setting);

	if (err) {
		hinder(port, "setting the card's stamps: %s; the kernel's are used",
			err == -EBUSY ? "another program holds them" : strerror(-err));
		return;
	}
	port->receive = setting.receive;
	port->transmit = setting.transmit;
	if (!port->transmit && !port->receive)
		hinder(port, "the card stamps neither what it sends nor NTP packets it receives");
	else if (!port->receive)
		hinder(port, "the card does not stamp NTP packets it receives%s",
			setting.config.rx_filter ? ", and its filter is left to who set it" : "");
}

/* Finds the card's clock and opens it. */
static void open_card(struct port *port)
{
	struct hardware_ability ability;
	int err;

	port->ifindex = if_nametoindex(port->line.name);
	if (!port->ifindex) {
		hinder(port, "there is no such interface; it is looked for at the start alone");
		return;
	}
	err = hardware_card_ability(port->line.name, &ability);
	if (err || ability.phc < 0) {
		hinder(port, "no PTP clock (%s); the kernel's stamps are used",
			err && err != -EOPNOTSUPP ? strerror(-err) : "the driver has none");
		return;
	}
	port->phc = ability.phc;
	port->fd = hardware_card_open(ability.phc);
	if (port->fd < 0)
		hinder(port, "opening /dev/ptp%d: %s; the kernel's stamps are used", ability.phc,
			strerror(-port->fd));
	else
		set_card(port, &ability);
	if (port->fd >= 0 && (port->receive || port->transmit))
		log_line(LOG_INFO, "hwtimestamp %s: clock /dev/ptp%d, stamps of what is %s",
			port->line.name, port->phc,
			!port->receive    ? "sent"
			: !port->transmit ? "received"
					  : "sent and received");
}

static bool has_port(const struct hardware *hardware, const char *name)
{
	for (size_t i = 0; i < hardware->count; i++)
		if (!strcmp(hardware->port[i].line.name, name))
			return true;
	return false;
}

static void add_port(
	struct hardware *hardware, const struct config_hardware *line, const char *name)
{
	struct port *port = &hardware->port[hardware->count];

	if (hardware->count == PORTS_MAX || has_port(hardware, name))
		return;
	*port = (struct port){.line = *line, .phc = -1, .fd = -1};
	port->named = strcmp(line->name, "*") != 0;
	port->way = line->nocrossts ? HARDWARE_WAY_RAW : HARDWARE_WAY_CROSS;
	snprintf(port->line.name, sizeof(port->line.name), "%s", name);
	open_card(port);
	/* `*` is about those that have a clock. */
	if (port->named || port->fd >= 0)
		hardware->count++;
}

/* `*`: the interfaces that no other line names. */
static void add_all(struct hardware *hardware, const struct config_hardware *line)
{
	struct if_nameindex *list = if_nameindex();
	size_t before = hardware->count;

	for (const struct if_nameindex *one = list; one && one->if_index; one++)
		add_port(hardware, line, one->if_name);
	if_freenameindex(list);
	if (hardware->count == before)
		log_line(LOG_NOTICE, "hwtimestamp *: no interface has a PTP clock; the kernel's "
				     "stamps are used");
}

static struct port *find_port(const struct hardware *hardware, uint32_t ifindex)
{
	for (size_t i = 0; i < hardware->count; i++) {
		const struct port *port = &hardware->port[i];

		/* A stamp that comes without its interface can only be of the only card. */
		if (port->ifindex &&
			(port->ifindex == ifindex || (!ifindex && hardware->count == 1)))
			return (struct port *)port;
	}
	return NULL;
}

static uint64_t moved(uint64_t ns, double by_s)
{
	return ns + (uint64_t)(int64_t)llrint(by_s * 1e9);
}

static bool to_raw(void *arg, const struct timestamping_card_stamp *stamp, uint64_t *ret_raw_ns,
	uint32_t *ret_error_ns)
{
	const struct port *port = find_port(arg, stamp->ifindex);

	if (!port || !(stamp->sent ? port->transmit : port->receive) ||
		!hardware_relation_to_raw(
			&port->relation, stamp->card_ns, ret_raw_ns, ret_error_ns))
		return false;
	*ret_raw_ns = moved(*ret_raw_ns, stamp->sent ? port->line.txcomp_s : -port->line.rxcomp_s);
	return true;
}

int hardware_new(const struct config *config, struct state *state, const char *pindir,
	struct hardware **ret_hardware)
{
	const struct config_hardware_list *lines = &config->hardware;
	struct hardware *hardware = calloc(1, sizeof(*hardware));

	if (!hardware)
		return -ENOMEM;
	hardware->state = state;
	hardware->cards = (struct timestamping_cards){to_raw, hardware};
	if (pindir)
		strcpy(hardware->pindir, pindir);
	else if (lines->count)
		log_line(LOG_INFO, "hwtimestamp: without a data plane (-n) cards are left alone");
	for (size_t i = 0; pindir && i < lines->count; i++)
		if (strcmp(lines->entry[i].name, "*") != 0)
			add_port(hardware, &lines->entry[i], lines->entry[i].name);
	for (size_t i = 0; pindir && i < lines->count; i++)
		if (!strcmp(lines->entry[i].name, "*"))
			add_all(hardware, &lines->entry[i]);
	*ret_hardware = hardware;
	return 0;
}

void hardware_free(struct hardware *hardware)
{
	if (!hardware)
		return;
	for (size_t i = 0; i < hardware->count; i++)
		if (hardware->port[i].fd >= 0)
			close(hardware->port[i].fd);
	free(hardware);
}

static void read_card(struct port *port, uint64_t now_ns)
{
	static struct log_limit limit;
	struct hardware_sample sample = {.card_ns = 0};
	int err = hardware_card_read(port->fd, &port->way, &sample);

	if (err && err != -EAGAIN) {
		close(port->fd);
		port->fd = -1;
		memset(&port->relation, 0, sizeof(port->relation));
		hinder(port, "reading /dev/ptp%d: %s; the kernel's stamps are used", port->phc,
			strerror(-err));
		return;
	}
	if (!err && hardware_relation_add(&port->relation, &sample) == HARDWARE_RELATION_RESET &&
		port->told)
		log_limited(&limit, LOG_WARNING,
			"hwtimestamp %s: the card's clock was stepped; without its stamps until it "
			"is known again",
			port->line.name);
	if (port->relation.known && !port->told)
		log_line(LOG_INFO, "hwtimestamp %s: the card's clock is known within %.9f s",
			port->line.name, port->relation.error_ns * 1e-9);
	port->told |= port->relation.known;
	/* As often as it is ticked until it is known. */
	port->next_ns = now_ns + (port->relation.known ? NS_PER_S - NS_PER_S / 16 : 0);
}

/* The slot whose program is on this interface; NULL: none. */
static struct interface *find_slot(const struct hardware *hardware, uint32_t ifindex)
{
	for (int slot = 0; slot < CONFIG_INTERFACES; slot++)
		if (hardware->state->interfaces->entry[slot].ifindex == ifindex)
			return &hardware->state->interfaces->entry[slot];
	return NULL;
}

/* Where the program reads it. `now` was read just before. */
static void publish(
	struct hardware *hardware, const struct port *port, const struct clocks_pair *now)
{
	const struct interface *slot = port->ifindex ? find_slot(hardware, port->ifindex) : NULL;
	const struct clocks_pair *before = &hardware->pairs[hardware->ticks % PAIRS];
	struct cardclock_relation relation;
	struct cardclock *clock;

	/* What stands there without a card to renew it ends by itself. */
	if (!slot || port->fd < 0)
		return;
	clock = &hardware->state->cards->entry[slot - hardware->state->interfaces->entry];
	if (!port->receive ||
		!hardware_relation_to_counter(&port->relation, before, now, &relation))
		relation = (struct cardclock_relation){.counter_ns = 0};
	else
		relation.counter_ns = moved(relation.counter_ns, -port->line.rxcomp_s);
	relation.ifindex = port->ifindex;
	cardclock_publish(clock, &relation);
}

/* Puts the program there that asks the card; once for each that was attached. */
static void mind_program(struct hardware *hardware, struct port *port)
{
	struct interface *slot = port->ifindex ? find_slot(hardware, port->ifindex) : NULL;
	struct attach_report report;

	if (!slot || slot->features & FEATURE_HARDWARE ||
		slot->attached_realtime_s == port->failed_s)
		return;
	/* With `*` only where it can be of use. */
	if (!port->named && !(port->receive && port->relation.known))
		return;
	port->program[0] = '\0';
	if (!attach_hardware(hardware->state, hardware->pindir, port->ifindex, &report)) {
		log_line(LOG_NOTICE,
			"program replaced on %s by one that asks the card when a "
			"request came",
			port->line.name);
		return;
	}
	port->failed_s = slot->attached_realtime_s;
	snprintf(port->program, sizeof(port->program), "%.*s", HARDWARE_TEXT_MAX - 1, report.error);
	log_line(LOG_NOTICE, "hwtimestamp %s: no receive stamps for XDP: %s; it reads the clock",
		port->line.name, port->program);
}

void hardware_tick(struct hardware *hardware)
{
	struct clocks_pair now;

	if (!hardware->count || clocks_read_pair(&now))
		return;
	for (size_t i = 0; i < hardware->count; i++) {
		struct port *port = &hardware->port[i];

		if (port->fd >= 0 && now.raw_ns >= port->next_ns)
			read_card(port, now.raw_ns);
		publish(hardware, port, &now);
		if (hardware->ticks % 8 == 0)
			mind_program(hardware, port);
	}
	hardware->pairs[hardware->ticks++ % PAIRS] = now;
}

const struct timestamping_cards *hardware_cards(const struct hardware *hardware)
{
	for (size_t i = 0; i < hardware->count; i++)
		if (hardware->port[i].fd >= 0)
			return &hardware->cards;
	return NULL;
}

bool hardware_report(const struct hardware *hardware, size_t at, struct hardware_report *ret_report)
{
	const struct port *port = &hardware->port[at];

	if (at >= hardware->count)
		return false;
	*ret_report = (struct hardware_report){
		.ifindex = port->ifindex,
		.phc = port->phc,
		.receive = port->receive,
		.transmit = port->transmit,
		.related = port->relation.known,
		.error_s = port->relation.error_ns * 1e-9,
	};
	memcpy(ret_report->name, port->line.name, sizeof(ret_report->name));
	memcpy(ret_report->detail, port->detail, sizeof(ret_report->detail));
	memcpy(ret_report->program, port->program, sizeof(ret_report->program));
	return true;
}
