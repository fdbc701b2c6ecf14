/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * doctor_facts: what `ntpxdp doctor` knows of host, interface and network once it has looked, and
 * all that its judges look at: a test can make up any host. Gathering (doctor_gather.h) fills it;
 * judging (doctor_judge.h) makes findings of it. Sizes in bytes, times in ns.
 */
#ifndef CONTROL_CLI_DOCTOR_FACTS_H
#define CONTROL_CLI_DOCTOR_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What may be unknown: the kernel does not tell, or not us. */
enum doctor_known {
	DOCTOR_UNKNOWN,
	DOCTOR_NO,
	DOCTOR_YES
};

struct doctor_host {
	char release[65]; /* uname -r */
	unsigned major, minor;
	bool root;
	uint64_t capabilities; /* effective, bit by number */
	int load_error;        /* of an XDP program that only passes: 0 or a negative errno */
	enum doctor_known jit; /* was that program compiled? */
	enum doctor_known bpf_config, jit_config; /* CONFIG_BPF_SYSCALL, CONFIG_BPF_JIT */
	uint64_t memlock;                         /* RLIMIT_MEMLOCK; UINT64_MAX: none */
	char pindir[256];                         /* what of the pin folder exists */
	bool bpffs;                               /* and is it in a BPF file system? */
	char clocksource[32], clocksources[128];  /* current, available */
	double clock_read_ns;                     /* a reading of CLOCK_MONOTONIC */
	unsigned cpus, cpus_possible;
};

/* One offload, of `ethtool -k`. */
struct doctor_offload {
	bool on;
	bool fixed;
};

struct doctor_interface {
	char name[16];
	char refused[300]; /* why attach would not look further; empty: an Ethernet interface */
	bool up, running;
	unsigned mtu;
	char driver[32];
	enum doctor_known xdp_features_known; /* the kernel tells since 6.3 */
	uint64_t xdp_features;                /* NETDEV_XDP_ACT_* */

	uint32_t program_id; /* 0: none */
	char program_name[32];
	bool program_ours, program_shared, program_native;

	bool channels_known; /* queues: at most, now */
	unsigned combined_max, combined, rx_max, rx;
	bool ring_known;
	unsigned ring_max, ring;
	bool hash_known[2]; /* IPv4, IPv6 */
	uint32_t hash[2];   /* RXH_* of UDP */
	struct doctor_offload lro, gro_hw;
	bool virtio_known;
	uint64_t virtio; /* negotiated features of the device, bit by number */
	bool timestamps_known;
	uint32_t timestamping, receive_filters; /* SOF_TIMESTAMPING_*, 1 << HWTSTAMP_FILTER_* */
	int phc;                                /* -1: no clock */
};

/* What a rule of the packet filter does with what comes to our port. */
enum doctor_action {
	DOCTOR_ACCEPT,
	DOCTOR_DROP,
	DOCTOR_NOTRACK
};

struct doctor_rule {
	char where[96]; /* "inet filter input" */
	enum doctor_action action;
	bool port; /* names our port; else it is for every packet */
	bool some; /* for some packets only: an address, a rate, a set */
	bool fail2ban;
};

#define DOCTOR_RULES_MAX 32

struct doctor_firewall {
	bool looked;     /* a rule list was read */
	char blind[200]; /* what could not be looked at, and why */
	bool tracks;     /* rules ask for connections: ct state, NAT */
	char drops[96];  /* a chain that drops what no rule accepts; "" */
	size_t count;
	struct doctor_rule rule[DOCTOR_RULES_MAX];
};

#define DOCTOR_DAEMONS_MAX 6

struct doctor_process {
	char name[16];
	int pid;
	char unit[64]; /* of systemd, without ".service"; "" */
};

struct doctor_network {
	bool conntrack; /* the module is there */
	unsigned long conntrack_count, conntrack_max;
	long conntrack_port; /* entries with our port as destination; -1 not known */
	struct doctor_firewall firewall;

	bool port_taken;
	struct doctor_process port_holder; /* pid 0: not known who */
	size_t daemon_count;               /* in this network namespace */
	struct doctor_process daemon[DOCTOR_DAEMONS_MAX];
	bool clock_steered; /* a program keeps the kernel's clock synchronised */
};

/* What the settings ask for. */
struct doctor_wish {
	unsigned port;
	bool native; /* `interface ... mode native` */
	bool mirror, clock_system;
};

struct doctor_facts {
	struct doctor_wish wish;
	struct doctor_host host;
	struct doctor_interface interface;
	struct doctor_network network;
};

#endif
