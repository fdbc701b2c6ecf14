// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `ntpxdp plan`: what a netspeed of the pool, or a rate, asks of network and CPU. The arithmetic is
 * plan_load.h's; here it is given the cost of a reply on this host, where that can be had, and the
 * links of this host, and made into a table.
 */
#include "control/cli/answer.h"
#include "control/cli/commands.h"
#include "control/cli/plan_load.h"
#include "control/cli/session.h"
#include "control/print.h"

#include "control/json_add.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

/* Fewer runs than this say little about the cost of one. */
#define RUNS_MIN 1000

#define LINKS_MAX 16
#define BITS_MAX  24

/* Multiples of the rate: the usual day's peak, and spikes: clients that fail over, or that all ask
 * at the full hour. */
#define SPIKE 10
static const int factors[] = {1, 3, SPIKE};

#define FACTORS (sizeof(factors) / sizeof(factors[0]))

/* A link of this host. */
struct plan_link {
	char name[16];
	double bits_s;
};

struct plan {
	const struct options *options;
	double netspeed_bits_s; /* NAN: a rate was given */
	double rate_hz;
	double cost_ns;
	bool measured; /* the cost, on this host, of the program alone */
	struct plan_link links[LINKS_MAX];
	size_t link_count;
};

/* The kernel's count for one program: ns a run in *ret_ns; false where it does not count. */
static bool program_cost(uint32_t id, double *ret_ns)
{
	struct bpf_prog_info info = {0};
	__u32 size = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(id);
	int error;

	if (fd < 0)
		return false;
	error = bpf_obj_get_info_by_fd(fd, &info, &size);
	close(fd);
	if (error != 0 || info.run_cnt < RUNS_MIN)
		return false;
	*ret_ns = (double)info.run_time_ns / (double)info.run_cnt;
	return true;
}

/* What the attached programs take, as the daemon names them: with kernel.bpf_stats_enabled, as
 * root. Else the figure of the bench. */
static void find_cost(const struct session *session, struct plan *plan)
{
	struct json_object *status = NULL, *list;

	plan->cost_ns = PLAN_LOAD_COST_NS;
	if (session_try(session, &(struct control_request){.command = CONTROL_COMMAND_STATUS},
		    &status) != 0)
		return;
	list = answer_list(status, "interfaces");
	for (size_t i = 0; list != NULL && i < json_object_array_length(list); i++) {
		uint64_t id = answer_count(json_object_array_get_idx(list, i), "program_id");
		double cost_ns;

		if (id == 0 || !program_cost((uint32_t)id, &cost_ns))
			continue;
		plan->cost_ns = plan->measured ? fmax(plan->cost_ns, cost_ns) : cost_ns;
		plan->measured = true;
	}
	json_object_put(status);
}

/* Speed of a link in Mbit/s, as its driver tells; 0 where it tells none. */
static long link_speed(const char *name)
{
	char path[300];
	long mbit = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/class/net/%s/speed", name);
	file = fopen(path, "re");
	if (file == NULL)
		return 0;
	if (fscanf(file, "%ld", &mbit) != 1) // NOLINT(cert-err34-c): 0 for what is no number
		mbit = 0;
	fclose(file);
	return mbit > 0 ? mbit : 0;
}

/* Virtual cables tell a speed, too, which means nothing; only what has a device counts. */
static void find_links(struct plan *plan)
{
	DIR *folder = opendir("/sys/class/net");
	struct dirent *entry;

	while (folder != NULL && (entry = readdir(folder)) != NULL &&
		plan->link_count < LINKS_MAX) {
		struct plan_link *link = &plan->links[plan->link_count];
		char path[300];

		snprintf(path, sizeof(path), "/sys/class/net/%s/device", entry->d_name);
		if (entry->d_name[0] == '.' || strlen(entry->d_name) >= sizeof(link->name) ||
			access(path, F_OK) != 0 || link_speed(entry->d_name) == 0)
			continue;
		memcpy(link->name, entry->d_name, strlen(entry->d_name) + 1);
		link->bits_s = (double)link_speed(entry->d_name) * 1e6;
		plan->link_count++;
	}
	if (folder != NULL)
		closedir(folder);
}

/* "25.0 Mbit/s" */
static const char *bits(char out[BITS_MAX], double bits_s)
{
	static const char *const units[] = {"bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"};
	size_t i = 0;

	while (bits_s >= 999.5 && i + 1 < sizeof(units) / sizeof(units[0])) {
		bits_s /= 1000;
		i++;
	}
	snprintf(out, BITS_MAX, "%.3g %s", bits_s, units[i]);
	return out;
}

static const char *octets(char out[BITS_MAX], double count)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
	size_t i = 0;

	while (count >= 999.5 && i + 1 < sizeof(units) / sizeof(units[0])) {
		count /= 1000;
		i++;
	}
	snprintf(out, BITS_MAX, "%.3g %s", count, units[i]);
	return out;
}

static const char *percent(char out[BITS_MAX], double share)
{
	snprintf(out, BITS_MAX, share < 0.0001 ? "<0.01 %%" : "%.3g %%", share * 100);
	return out;
}

static void print_head(const struct plan *plan)
{
	char count[PRINT_VALUE_MAX], speed[BITS_MAX];

	print_count(count, (uint64_t)llround(plan->rate_hz));
	if (isnan(plan->netspeed_bits_s)) {
		printf("%s requests/s, each answered once by a reply of the same size.\n", count);
		return;
	}
	printf("Netspeed %s: %s requests/s, one reply each.\n"
	       "Assumed: requests in frames of %d octets (IPv4) fill the netspeed one way. To\n"
	       "the pool it is a weight, not a bandwidth: this server gets netspeed / (sum of\n"
	       "the netspeeds in its zones) of the zones' clients, so twice the netspeed, twice\n"
	       "the requests, and more of them in zones with few servers. What comes may be\n"
	       "more or less: begin low, measure, and plan again with --rate.\n",
		bits(speed, plan->netspeed_bits_s), count, PLAN_LOAD_IP4 + PLAN_LOAD_FRAME);
}

static void print_family(const struct plan *plan, const char *name, int ip_octets)
{
	printf("\nAll over %s: %d octets a packet, %d with the Ethernet header; each way\n"
	       "             requests/s     packets      frames        wire   a month  one CPU\n",
		name, ip_octets, ip_octets + PLAN_LOAD_FRAME);
	for (size_t i = 0; i < FACTORS; i++) {
		char count[PRINT_VALUE_MAX], title[16], ip[BITS_MAX], frame[BITS_MAX];
		char wire[BITS_MAX], month[BITS_MAX], cpu[BITS_MAX];
		struct plan_load load;

		plan_load_of(plan->rate_hz * factors[i], ip_octets, plan->cost_ns, &load);
		snprintf(title, sizeof(title), i == 0 ? "average" : "x%d", factors[i]);
		/* A month of spikes is none. */
		printf("  %-7s %13s %11s %11s %11s %9s %8s\n", title,
			print_count(count, (uint64_t)llround(load.rate_hz)),
			bits(ip, load.ip_bits_s), bits(frame, load.frame_bits_s),
			bits(wire, load.wire_bits_s),
			i == 0 ? octets(month, load.month_octets) : "-", percent(cpu, load.cpu));
	}
}

static void print_notes(const struct plan *plan)
{
	printf("\nwire: frames with check sequence, preamble and gap (%d octets more), which keep\n"
	       "the link busy. a month: 30 days of packets, as providers count; in and out are\n"
	       "twice that.\n",
		PLAN_LOAD_WIRE);
	if (plan->measured)
		printf("one CPU: %.0f ns a packet, counted by the kernel on this host (bpf_stats): "
		       "the\n"
		       "program alone, without the driver.\n",
			plan->cost_ns);
	else
		printf("one CPU: %.0f ns a packet, from the project's bench: virtual cable, native "
		       "mode,\n"
		       "%.0f of them in the program. Not measured on this host: that takes a "
		       "daemon,\n"
		       "sysctl kernel.bpf_stats_enabled=1, %d requests, and root.\n",
			plan->cost_ns, PLAN_LOAD_COST_PROGRAM_NS, RUNS_MIN);
}

static void print_link(const struct plan *plan, const char *name, double bits_s)
{
	char speed[BITS_MAX], four[PRINT_VALUE_MAX], six[PRINT_VALUE_MAX], share[BITS_MAX];
	double most = plan_load_link_rate(bits_s, PLAN_LOAD_IP4);

	printf("  %-15s %11s %14s %14s %14s\n", name, bits(speed, bits_s),
		print_count(four, (uint64_t)most),
		print_count(six, (uint64_t)plan_load_link_rate(bits_s, PLAN_LOAD_IP6)),
		percent(share, plan->rate_hz * SPIKE / most));
}

static void print_links(const struct plan *plan)
{
	printf("\nLinks, full\n  %-15s %11s %14s %14s %14s\n", "", "", "IPv4 replies/s",
		"IPv6 replies/s", "x10 over IPv4");
	for (size_t i = 0; i < plan->link_count; i++)
		print_link(plan, plan->links[i].name, plan->links[i].bits_s);
	print_link(plan, "a link of", 100e6);
	print_link(plan, "a link of", 1e9);
	print_link(plan, "a link of", 10e9);
	printf("A virtual machine's limit is packets/s, not bandwidth, and mostly far below its\n"
	       "link's: ask the provider, and whether protection against floods counts UDP port\n"
	       "123. A home router's limit is its table of connections: let NTP past it.\n");
}

static struct json_object *load_object(const struct plan *plan, int factor, int ip_octets)
{
	struct json_object *object = json_object_new_object();
	struct plan_load load;

	plan_load_of(plan->rate_hz * factor, ip_octets, plan->cost_ns, &load);
	json_add_text(object, "family", ip_octets == PLAN_LOAD_IP4 ? "ipv4" : "ipv6");
	json_add_count(object, "factor", (uint64_t)factor);
	json_add_number(object, "rate_hz", load.rate_hz);
	json_add_number(object, "ip_bits_s", load.ip_bits_s);
	json_add_number(object, "frame_bits_s", load.frame_bits_s);
	json_add_number(object, "wire_bits_s", load.wire_bits_s);
	json_add_number(object, "month_octets", load.month_octets);
	json_add_number(object, "cpu", load.cpu);
	return object;
}

static int print_json(const struct plan *plan)
{
	struct json_object *object = json_object_new_object();
	struct json_object *loads = json_object_new_array(), *links = json_object_new_array();

	for (size_t i = 0; i < FACTORS; i++) {
		json_object_array_add(loads, load_object(plan, factors[i], PLAN_LOAD_IP4));
		json_object_array_add(loads, load_object(plan, factors[i], PLAN_LOAD_IP6));
	}
	for (size_t i = 0; i < plan->link_count; i++) {
		struct json_object *link = json_object_new_object();
		double bits_s = plan->links[i].bits_s;

		json_add_text(link, "name", plan->links[i].name);
		json_add_number(link, "bits_s", bits_s);
		json_add_number(link, "ipv4_hz", plan_load_link_rate(bits_s, PLAN_LOAD_IP4));
		json_add_number(link, "ipv6_hz", plan_load_link_rate(bits_s, PLAN_LOAD_IP6));
		json_object_array_add(links, link);
	}
	json_add_number(object, "netspeed_bits_s", plan->netspeed_bits_s);
	json_add_number(object, "rate_hz", plan->rate_hz);
	json_add_number(object, "cost_ns", plan->cost_ns);
	json_add_flag(object, "cost_measured", plan->measured);
	json_object_object_add(object, "loads", loads);
	json_object_object_add(object, "links", links);
	return session_print_json(object);
}

/* What was asked for; an exit status. */
static int read_wish(const struct options *options, struct plan *plan)
{
	plan->netspeed_bits_s = NAN;
	if ((options->netspeed == NULL) == (options->rate_hz == 0)) {
		session_error(
			"plan: give either --netspeed SPEED, as 25Mbit, or --rate N, as 5000");
		return EXIT_USAGE;
	}
	plan->rate_hz = (double)options->rate_hz;
	if (options->netspeed == NULL)
		return EXIT_GOOD;
	if (!plan_load_netspeed(options->netspeed, &plan->netspeed_bits_s)) {
		session_error(
			"--netspeed: \"%s\" is no speed; write for example 512Kbit, 25Mbit or "
			"1Gbit",
			options->netspeed);
		return EXIT_USAGE;
	}
	plan->rate_hz = plan_load_rate(plan->netspeed_bits_s);
	return EXIT_GOOD;
}

int command_plan(const struct options *options)
{
	struct plan plan = {.options = options};
	struct session session;
	int status = read_wish(options, &plan);

	if (status == EXIT_GOOD)
		status = session_open(&session, options);
	if (status != EXIT_GOOD)
		return status;
	find_cost(&session, &plan);
	session_close(&session);
	find_links(&plan);
	if (options->json)
		return print_json(&plan);
	print_head(&plan);
	print_family(&plan, "IPv4", PLAN_LOAD_IP4);
	print_family(&plan, "IPv6", PLAN_LOAD_IP6);
	print_notes(&plan);
	print_links(&plan);
	return EXIT_GOOD;
}
