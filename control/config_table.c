/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of settings, see config_table.h. Order is the order of -p and of --help.
 * Own words first, then what ntp.conf and chrony.conf lend us with a meaning, then their
 * words without one. A line is one row; nothing else in the tree lists the settings.
 */
#include "control/config_table.h"

#include "control/config_line.h"

#include <assert.h>
#include <strings.h>

#define PLACE(field)                                                                               \
	.offset = offsetof(struct config, field), .size = sizeof(((struct config *)0)->field)
#define IGNORED(word, why)                                                                         \
	{                                                                                          \
		.name = word, .type = CONFIG_IGNORED, .flags = CONFIG_REPEATS, .help = why         \
	}
#define REFUSED(word, why)                                                                         \
	{                                                                                          \
		.name = word, .type = CONFIG_REFUSED, .flags = CONFIG_REPEATS, .help = why         \
	}

#define NO_KEYS        "there are no keys here"
#define NO_COMMANDS    "commands come over the control socket only"
#define NO_FILES       "nothing is written there; see /metrics and the log"
#define OWN_FILTER     "the clock filter here has no such knob"
#define NO_SUCH_SOURCE "only `server` and `pool` are sources here"
#define NOT_YET        "not supported in this version"

/* clang-format off */
const struct config_row config_table[] = {
	{.name = "server", .type = CONFIG_LINE,
	 .flags = CONFIG_REPEATS | CONFIG_LIVE | CONFIG_IS_SOURCE,
	 .syntax = "HOST [iburst] [burst] [prefer] [noselect] [trust] [require] [minpoll N] [maxpoll N] [port N] "
		   "[maxdelay S] [version N]",
	 .parse = config_line_server, .print = config_line_print_sources,
	 .same = config_line_same_sources,
	 .help = "an NTP server to take time from"},
	{.name = "pool", .type = CONFIG_LINE,
	 .flags = CONFIG_REPEATS | CONFIG_LIVE | CONFIG_IS_SOURCE,
	 .syntax = "HOST [maxsources N] [options of server]",
	 .parse = config_line_pool,
	 .help = "a name with many addresses; members are taken from it and replaced"},
	{.name = "mirror", .type = CONFIG_LINE, .flags = CONFIG_LIVE,
	 .syntax = "ADDR [port N]", .parse = config_line_mirror,
	 .help = "an NTP server on this host whose stratum, reference and bounds are served, with "
		 "the time of the system clock that it steers; in the place of `server` and `pool`"},
	{.name = "minsources", .type = CONFIG_INTEGER, .flags = CONFIG_LIVE, PLACE(minsources),
	 .min = 1, .max = 64, .syntax = "N",
	 .help = "sources that must agree before time is served as synchronised; "
		 "3 where three or more are configured, else all of them"},
	{.name = "maxdistance", .type = CONFIG_NUMBER, .flags = CONFIG_LIVE, PLACE(maxdistance_s),
	 .min = 0.001, .max = 16, .initial = "1.5", .syntax = "SECONDS",
	 .help = "root distance beyond which time is not served as synchronised"},
	{.name = "local", .type = CONFIG_LINE, .flags = CONFIG_LIVE, PLACE(local),
	 .syntax = "[stratum N] [orphan] [distance S] [activate S] [waitsynced S] [waitunsynced S]",
	 .parse = config_line_local, .print = config_line_print_local,
	 .help = "serve this host's own clock while no source is reached (isolated networks); with "
		 "orphan the one server of a site with the smallest reference id does"},
	{.name = "tos", .type = CONFIG_LINE, .flags = CONFIG_REPEATS | CONFIG_LIVE,
	 .syntax = "[minsane N] [maxdist S] [orphan N] [orphanwait S]", .parse = config_line_tos,
	 .help = "in the words of ntp.conf: minsources, maxdistance, local stratum N orphan and its "
		 "waitunsynced"},
	{.name = "driftfile", .type = CONFIG_PATH, .flags = CONFIG_CAN_BE_OFF, PLACE(driftfile),
	 .syntax = "FILE", .help = "where the clock's frequency is kept between runs"},
	{.name = "leapseclist", .type = CONFIG_PATH, .flags = CONFIG_CAN_BE_OFF, PLACE(leapseclist),
	 .syntax = "FILE", .help = "a list of leap seconds (leap-seconds.list)"},
	{.name = "leapfile", .type = CONFIG_PATH, .flags = CONFIG_CAN_BE_OFF, PLACE(leapseclist),
	 .syntax = "FILE", .help = "the same in the words of ntp.conf"},
	{.name = "makestep", .type = CONFIG_LINE, PLACE(makestep),
	 .initial = "1 3", .syntax = "SECONDS LIMIT",
	 .parse = config_line_makestep, .print = config_line_print_makestep,
	 .help = "with `clock system`: step errors above SECONDS in the first LIMIT updates"},
	{.name = "maxchange", .type = CONFIG_LINE, PLACE(maxchange),
	 .initial = "1000 1 0", .syntax = "SECONDS START IGNORED",
	 .parse = config_line_maxchange, .print = config_line_print_maxchange,
	 .help = "with `clock system`: after START updates the system clock is left alone for good "
		 "when it is off by more than SECONDS, more than IGNORED times; 0 s: no limit"},
	{.name = "tinker", .type = CONFIG_LINE, .flags = CONFIG_REPEATS, .syntax = "panic SECONDS",
	 .parse = config_line_tinker,
	 .help = "in the words of ntp.conf: maxchange SECONDS 1 0"},
	{.name = "rtcsync", .type = CONFIG_LINE, PLACE(rtcsync), .syntax = "",
	 .parse = config_line_rtcsync, .print = config_line_print_rtcsync,
	 .help = "the kernel copies its clock to the real-time clock every 11 minutes; so it does "
		 "whenever `clock system` has it synchronised"},
	{.name = "maxslewrate", .type = CONFIG_NUMBER, .flags = CONFIG_LIVE, PLACE(maxslewrate_ppm),
	 .min = 1, .max = 100000, .initial = "500", .syntax = "PPM",
	 .help = "how fast an error of the served time is slewed away, at most"},
	{.name = "clock", .type = CONFIG_CHOICE, PLACE(clock), .initial = "page",
	 .syntax = "page|system",
	 .help = "page leaves the kernel clock alone; system steers it too"},
	{.name = "holdover", .type = CONFIG_DURATION, .flags = CONFIG_LIVE, PLACE(holdover_s),
	 .min = 1, .max = 30 * 86400.0, .initial = "3600", .syntax = "TIME",
	 .help = "how long time is served after the last update"},
	{.name = "unsynchronised", .type = CONFIG_BOOLEAN, .flags = CONFIG_LIVE,
	 PLACE(unsynchronised_drop), .initial = "answer", .syntax = "answer|drop",
	 .help = "what clients get without time: a reply that says so, or silence"},
	{.name = "interleaved", .type = CONFIG_BOOLEAN, .flags = CONFIG_LIVE, PLACE(interleaved),
	 .initial = "off", .syntax = "off|on",
	 .help = "answer requests in interleaved mode (RFC 9769) with the time when the reply before "
		 "left; XDP passes them up to the socket"},
	{.name = "workers", .type = CONFIG_INTEGER, .flags = CONFIG_LIVE, PLACE(workers), .min = 0,
	 .max = 32, .initial = "1", .syntax = "N",
	 .help = "threads that answer what XDP does not; 0: the daemon's own, between its other "
		 "work"},
	{.name = "busypoll", .type = CONFIG_DURATION, .flags = CONFIG_LIVE, PLACE(busypoll_s), .min = 0,
	 .max = 0.01, .initial = "0", .syntax = "TIME",
	 .help = "how long such a thread looks for requests before it sleeps: sooner replies, for a core"},
	{.name = "port", .type = CONFIG_INTEGER, .flags = CONFIG_LIVE, PLACE(port), .min = 0, .max = 65535,
	 .initial = "123", .syntax = "N", .help = "the UDP port that is served; 0 serves none"},
	{.name = "interface", .type = CONFIG_LINE, .flags = CONFIG_REPEATS | CONFIG_LIVE,
	 .syntax = "IFACE [mode auto|native|generic] [reply-path reflect|fib]",
	 .parse = config_line_interface, .print = config_line_print_interfaces,
	 .same = config_line_same_interfaces,
	 .help = "attach the XDP program there at start; with listen, ignore or drop see `nic`"},
	{.name = "hwtimestamp", .type = CONFIG_LINE, .flags = CONFIG_REPEATS, PLACE(hardware),
	 .syntax = "IFACE|* [rxfilter all|ntp|ptp|none] [txcomp S] [rxcomp S] [nocrossts]",
	 .parse = config_line_hardware, .print = config_line_print_hardware,
	 .same = config_line_same_hardware,
	 .help = "use the card's own stamps, of the daemon's requests and of what XDP answers"},
	{.name = "nic", .type = CONFIG_LINE, .flags = CONFIG_REPEATS | CONFIG_LIVE,
	 .syntax = "listen|ignore|drop all|ipv4|ipv6|wildcard|IFACE|ADDR[/BITS]",
	 .parse = config_line_answered, .print = config_line_print_answered,
	 .same = config_line_same_answered,
	 .help = "in the words of ntp.conf, also as `interface`: which of this host's addresses are "
		 "answered; the last line that speaks of one holds, and what none speaks of is not"},
	{.name = "bindaddress", .type = CONFIG_LINE, .flags = CONFIG_REPEATS | CONFIG_LIVE,
	 .syntax = "ADDR", .parse = config_line_bindaddress,
	 .help = "of its family answer this address of the host only"},
	{.name = "binddevice", .type = CONFIG_LINE, .flags = CONFIG_LIVE, .syntax = "IFACE",
	 .parse = config_line_binddevice, .help = "answer the addresses of this interface only"},
	{.name = "dscp", .type = CONFIG_INTEGER, .flags = CONFIG_LIVE, PLACE(dscp), .min = 0, .max = 63,
	 .initial = "0", .syntax = "N",
	 .help = "the DiffServ code point of replies, in both families"},
	{.name = "serve", .type = CONFIG_LINE, .flags = CONFIG_REPEATS | CONFIG_LIVE,
	 .syntax = "ADDR", .parse = config_line_serve, .print = config_line_print_serve,
	 .same = config_line_same_serve,
	 .help = "answer for this address too, although no interface has it (anycast)"},
	{.name = "metrics", .type = CONFIG_LINE, PLACE(metrics), .initial = "127.0.0.1:9123",
	 .syntax = "ADDR:PORT|off", .parse = config_line_metrics,
	 .print = config_line_print_metrics,
	 .help = "where Prometheus may scrape /metrics over HTTP"},
	{.name = "control", .type = CONFIG_PATH, .flags = CONFIG_CAN_BE_OFF, PLACE(control),
	 .initial = "/run/ntpxdp/control", .syntax = "PATH|off",
	 .help = "UNIX socket of the command ntpxdp"},
	{.name = "pindir", .type = CONFIG_PATH, PLACE(pindir), .initial = "/sys/fs/bpf/ntpxdp",
	 .syntax = "DIR", .help = "folder on bpffs for what outlives the daemon"},
	{.name = "user", .type = CONFIG_TEXT, PLACE(user), .initial = "ntpxdp", .syntax = "NAME",
	 .help = "account the daemon goes on as; root where it does not exist"},

	{.name = "include", .type = CONFIG_LINE, .flags = CONFIG_REPEATS, .syntax = "FILE|PATTERN",
	 .parse = config_line_include, .help = "reads other settings files here"},
	{.name = "confdir", .type = CONFIG_LINE, .flags = CONFIG_REPEATS, .syntax = "DIR...",
	 .parse = config_line_confdir,
	 .help = "reads the *.conf files of folders here, by name; of one name the first folder's"},
	{.name = "sourcedir", .type = CONFIG_LINE, .flags = CONFIG_REPEATS, .syntax = "DIR...",
	 .parse = config_line_sourcedir,
	 .help = "the same with *.sources, which have `server` and `pool` lines only"},
	{.name = "includefile", .type = CONFIG_LINE, .flags = CONFIG_REPEATS, .syntax = "FILE|DIR",
	 .parse = config_line_includefile,
	 .help = "in the words of ntp.conf: a file, or the *.conf files of a folder"},

	{.name = "restrict", .type = CONFIG_LINE, .flags = CONFIG_REPEATS | CONFIG_LIVE,
	 .syntax = "[-4|-6] ADDR|default [mask MASK] [FLAG...]", .parse = config_line_restrict,
	 .print = config_line_print_rules, .same = config_line_same_rules,
	 .help = "a rule in the words of ntp.conf: ignore, noserve, limited, kod, noquery, version, "
		 "ntpport; flags that forbid what does not exist here are taken"},
	{.name = "allow", .type = CONFIG_LINE, .flags = CONFIG_REPEATS | CONFIG_LIVE,
	 .syntax = "[all] [PREFIX]", .parse = config_line_allow,
	 .help = "these clients are answered; where only parts are allowed, no others"},
	{.name = "deny", .type = CONFIG_LINE, .flags = CONFIG_REPEATS | CONFIG_LIVE,
	 .syntax = "[all] [PREFIX]|martians", .parse = config_line_deny,
	 .help = "these clients get silence; martians: all addresses that nobody has on the "
		 "internet"},
	{.name = "ratelimit", .type = CONFIG_LINE, .flags = CONFIG_LIVE, PLACE(ratelimit),
	 .syntax = "[interval N] [burst N] [leak N] [kod N] [prefix6 N]",
	 .parse = config_line_ratelimit, .print = config_line_print_ratelimit,
	 .help = "a client gets one reply in 2^interval s on average and burst at once, over it "
		 "one in 2^leak, and a RATE kiss for one in 2^kod of the others (0: none); IPv6 "
		 "clients count by /prefix6"},
	{.name = "discard", .type = CONFIG_LINE, .flags = CONFIG_LIVE,
	 .syntax = "[average N] [minimum N]", .parse = config_line_discard,
	 .print = config_line_print_discard,
	 .help = "the interval in the words of ntp.conf"},
	{.name = "clientloglimit", .type = CONFIG_LINE, .flags = CONFIG_LIVE, PLACE(clientlog_bytes),
	 .syntax = "BYTES", .parse = config_line_clientloglimit,
	 .print = config_line_print_clientloglimit,
	 .help = "size of the client table; 16777216 (a million clients) where a rate limit is asked "
		 "for, else there is none"},
	{.name = "noclientlog", .type = CONFIG_LINE, .flags = CONFIG_LIVE,
	 .parse = config_line_noclientlog, .print = config_line_print_noclientlog, .syntax = "", .help = "no client table"},

	REFUSED("peer", NO_SUCH_SOURCE),
	REFUSED("refclock", NO_SUCH_SOURCE),
	REFUSED("fudge", NO_SUCH_SOURCE),
	REFUSED("broadcast", "nothing is sent that was not asked for"),
	REFUSED("broadcastclient", NO_SUCH_SOURCE),
	REFUSED("manycastclient", NO_SUCH_SOURCE),
	REFUSED("manycastserver", NO_SUCH_SOURCE),
	REFUSED("multicastclient", NO_SUCH_SOURCE),
	REFUSED("smoothtime", "smoothed time must not be mixed with other servers'"),
	REFUSED("leapsecmode", "leap seconds are applied at their moment"),
	REFUSED("leapsmearinterval", "leap seconds are not smeared"),
	REFUSED("initstepslew", "use `makestep`"),
	REFUSED("ntsserverkey", NOT_YET),
	REFUSED("ntsservercert", NOT_YET),
	REFUSED("ntsport", NOT_YET),
	REFUSED("nts", NOT_YET),
	REFUSED("authselectmode", "sources cannot be authenticated"),
	REFUSED("minstratum", "use `local stratum N`"),
	REFUSED("manual", NOT_YET),
	REFUSED("trap", "nothing is sent that was not asked for"),
	REFUSED("ptpport", "there is no NTP over PTP here"),
	REFUSED("simulate", "there is no simulator here"),
	REFUSED("pps", NO_SUCH_SOURCE),
	REFUSED("phone", NO_SUCH_SOURCE),
	REFUSED("unpeer", "leave the line of that source out"),
	REFUSED("unconfig", "leave the line of that source out"),
	REFUSED("unrestrict", "leave the `restrict` line out"),

	IGNORED("cmdratelimit", NO_COMMANDS),
	IGNORED("cmdport", NO_COMMANDS),
	IGNORED("cmdallow", NO_COMMANDS),
	IGNORED("cmddeny", NO_COMMANDS),
	IGNORED("bindcmdaddress", NO_COMMANDS),
	IGNORED("bindcmddevice", NO_COMMANDS),
	IGNORED("opencommands", NO_COMMANDS),
	IGNORED("acquisitionport", "every request leaves from a new random port"),
	IGNORED("bindacqaddress", "the kernel chooses the source address"),
	IGNORED("bindacqdevice", "the kernel chooses the interface"),
	IGNORED("mru", "use `clientloglimit BYTES`"),
	IGNORED("rtcfile", "the real-time clock is left alone"),
	IGNORED("rtcdevice", "the real-time clock is left alone"),
	IGNORED("rtconutc", "the real-time clock is left alone"),
	IGNORED("rtcautotrim", "the real-time clock is left alone"),
	IGNORED("hwclockfile", "the real-time clock is left alone"),
	IGNORED("leapsectz", "use `leapseclist FILE`; else leap seconds come from the sources"),
	IGNORED("maxupdateskew", OWN_FILTER),
	IGNORED("maxclockerror", OWN_FILTER),
	IGNORED("maxdrift", OWN_FILTER),
	IGNORED("maxjitter", OWN_FILTER),
	IGNORED("clockprecision", "the precision is measured"),
	IGNORED("corrtimeratio", OWN_FILTER),
	IGNORED("combinelimit", OWN_FILTER),
	IGNORED("reselectdist", OWN_FILTER),
	IGNORED("stratumweight", OWN_FILTER),
	IGNORED("minsamples", OWN_FILTER),
	IGNORED("maxsamples", OWN_FILTER),
	IGNORED("maxntsconnections", "there is no NTS here"),
	IGNORED("ntsdumpdir", "there is no NTS here"),
	IGNORED("ntsprocesses", "there is no NTS here"),
	IGNORED("ntsrefresh", "there is no NTS here"),
	IGNORED("ntsrotate", "there is no NTS here"),
	IGNORED("ntsntpserver", "there is no NTS here"),
	IGNORED("ntsratelimit", "there is no NTS here"),
	IGNORED("ntstrustedcerts", "there is no NTS here"),
	IGNORED("nosystemcert", "there is no NTS here"),
	IGNORED("nocerttimecheck", "there is no NTS here"),
	IGNORED("refresh", "names are asked for again when a source stays unreachable"),
	IGNORED("keyfile", NO_KEYS),
	IGNORED("keys", NO_KEYS),
	IGNORED("keysdir", NO_KEYS),
	IGNORED("trustedkey", NO_KEYS),
	IGNORED("requestkey", NO_KEYS),
	IGNORED("controlkey", NO_KEYS),
	IGNORED("commandkey", NO_KEYS),
	IGNORED("generatecommandkey", NO_KEYS),
	IGNORED("crypto", NO_KEYS),
	IGNORED("automax", NO_KEYS),
	IGNORED("revoke", NO_KEYS),
	IGNORED("ntpsigndsocket", NO_KEYS),
	IGNORED("log", NO_FILES),
	IGNORED("logdir", NO_FILES),
	IGNORED("logbanner", NO_FILES),
	IGNORED("logchange", NO_FILES),
	IGNORED("logconfig", NO_FILES),
	IGNORED("logfile", NO_FILES),
	IGNORED("statsdir", NO_FILES),
	IGNORED("statistics", NO_FILES),
	IGNORED("filegen", NO_FILES),
	IGNORED("dumpdir", NO_FILES),
	IGNORED("dumponexit", NO_FILES),
	IGNORED("saveconfigdir", NO_FILES),
	IGNORED("mailonchange", "no mail is sent"),
	IGNORED("fallbackdrift", OWN_FILTER),
	IGNORED("lock_all", "memory is not locked"),
	IGNORED("rlimit", "limits are the service manager's"),
	IGNORED("sched_priority", "priority is the service manager's"),
	IGNORED("pidfile", "the service manager knows the process"),
	IGNORED("setvar", "there is no control protocol on the wire"),
	IGNORED("enable", "there are no such switches here"),
	IGNORED("disable", "there are no such switches here"),
	IGNORED("driftdir", "use `driftfile`"),
	IGNORED("tempcomp", OWN_FILTER),
	IGNORED("tick", OWN_FILTER),
	IGNORED("calldelay", "there are no modems here"),
	IGNORED("broadcastdelay", "there are no broadcasts here"),
	IGNORED("ttl", "there are no broadcasts here"),
	IGNORED("mdnstries", "nothing is announced by mDNS"),
	IGNORED("ippeerlimit", "there are no peers here"),
	IGNORED("nonvolatile", "when the drift file is written is not set by hand"),
	IGNORED("pollskewlist", "intervals between requests are varied by themselves"),
	IGNORED("reset", "counters begin with the daemon"),
	IGNORED("ptpdomain", "there is no NTP over PTP here"),
	IGNORED("hwtstimeout", "how long a stamp is waited for is not set by hand"),
	IGNORED("linux_hz", "it is found out"),
	IGNORED("linux_freq_scale", "it is found out"),
	IGNORED("ntsaeads", "there is no NTS here"),
	IGNORED("ntscachedir", "there is no NTS here"),
};
/* clang-format on */

const size_t config_table_count = sizeof(config_table) / sizeof(config_table[0]);

static_assert(sizeof(config_table) / sizeof(config_table[0]) <= CONFIG_ROWS_MAX,
	"struct config remembers a line for each row");

const struct config_row *config_table_find(const char *name)
{
	for (size_t i = 0; i < config_table_count; i++)
		if (!strcasecmp(config_table[i].name, name))
			return &config_table[i];
	return NULL;
}
