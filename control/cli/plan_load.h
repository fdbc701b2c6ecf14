/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plan_load: what a rate of NTP requests means in octets, bandwidth and CPU time, and what the
 * pool's netspeed means in requests. Pure arithmetic, for `ntpxdp plan`.
 *
 * Every request gets one reply of the same size, so all figures are for each direction.
 */
#ifndef CONTROL_CLI_PLAN_LOAD_H
#define CONTROL_CLI_PLAN_LOAD_H

#include <stdbool.h>
#include <stddef.h>

/* Octets of one request or reply: 48 of NTP and 8 of UDP with 20 of IPv4 or 40 of IPv6; with the
 * Ethernet header; with check sequence, preamble and gap, as a link is busy with it. */
#define PLAN_LOAD_IP4   76
#define PLAN_LOAD_IP6   96
#define PLAN_LOAD_FRAME 14 /* more than the packet */
#define PLAN_LOAD_WIRE  24 /* more than the frame: 4 + 8 + 12 (IEEE 802.3) */

/*
 * CPU time for one request and its reply when nothing was measured on this host, in ns. Both from
 * scripts/bench on a virtual machine of 2026: the frame's whole way over a virtual cable in native
 * mode, and the program alone (BPF_PROG_RUN). A physical card's driver takes its share, too.
 */
#define PLAN_LOAD_COST_NS         120.0
#define PLAN_LOAD_COST_PROGRAM_NS 50.0

#define PLAN_LOAD_MONTH_S (30.0 * 86400)

/* Text such as "25Mbit" or "512 kbit/s" in bit/s; false where it is none. */
bool plan_load_netspeed(const char *text, double *ret_bits_s);

/* Requests a second that fill a bandwidth with frames of IPv4: the most that a netspeed stands for,
 * if it is taken for a bandwidth. */
double plan_load_rate(double bits_s);

/* One row of the plan. */
struct plan_load {
	double rate_hz;
	double ip_bits_s, frame_bits_s, wire_bits_s; /* each way */
	double month_octets;                         /* of IP packets, each way */
	double cpu;                                  /* of one CPU; 1: all of it */
};

/* ip_octets: PLAN_LOAD_IP4 or PLAN_LOAD_IP6. */
void plan_load_of(double rate_hz, int ip_octets, double cost_ns, struct plan_load *ret_load);

/* Frames a second that a link can carry one way. */
double plan_load_link_rate(double link_bits_s, int ip_octets);

#endif
