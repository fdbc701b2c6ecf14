/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * options: the command line of `ntpxdp`. One row describes an option, one row a command with its
 * options; the parser and --help use the rows, the manual page is checked against them.
 *
 * Options of the program may stand before or after the command, those of a command after it; an
 * argument that is not an option is the command first and then what the command works on. The
 * module prints nothing but help; the text of a mistake goes to the caller.
 */
#ifndef CONTROL_CLI_OPTIONS_H
#define CONTROL_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* What the command line said. Strings point into argv or into the settings. */
struct options {
	const char *socket;  /* NULL: as the settings file says */
	const char *pindir;  /* the same */
	const char *file;    /* NULL: the default settings file, if there is one */
	const char *operand; /* what the command works on, NULL where it takes nothing */
	bool json;
	bool help;
	bool version;

	int mode;       /* attach: index in "auto|native|generic" */
	int reply_path; /* attach: index in "reflect|fib"; both are enum values of config.h */
	bool shared;    /* attach */
	bool numeric;   /* sources: addresses instead of names */
	bool wide;      /* sources: long names on a line of their own */
	bool all;       /* stats: verdicts that did not occur, too */
	double rate_interval_s;  /* stats: between two readings; NAN: one */
	long top;                /* clients */
	double refresh_s;        /* top */
	double since_s;          /* history */
	const char *plot;        /* history: a file, NULL: none */
	bool csv;                /* history */
	int sort;                /* clients, top: index in "requests|drops|rate" */
	bool ipv4;               /* query, poolcheck */
	bool ipv6;               /* the same */
	long samples;            /* query */
	long port;               /* query, poolcheck */
	double timeout_s;        /* query */
	double interval_s;       /* query */
	double wait_s;           /* health */
	double max_error_s;      /* health; 0: no bound but the page's own */
	long min_sources;        /* health; 0: what the daemon requires */
	double max_age_s;        /* health; 0: any */
	long checks;             /* poolcheck */
	double check_interval_s; /* poolcheck: between two checks */
	double check_timeout_s;  /* poolcheck: for each reply */
	double spacing_s;        /* poolcheck: between the requests of one check */
	bool record;             /* poolcheck */
	const char *netspeed;    /* plan, as the pool's page has it; NULL: none */
	long rate_hz;          /* plan: requests a second; 0: none. bench: 0: as fast as it goes */
	const char *interface; /* bench; NULL: not given */
	const char *mac;       /* bench; NULL: look for it */
	const char *source;    /* bench, the first client; NULL: by the number of clients */
	long clients;          /* bench */
	long cores;            /* bench */
	long count;            /* bench: requests at most; 0: as many as the time allows */
	double send_s;         /* bench: for how long */
	bool latency;          /* bench, without a rate */
	bool verify;           /* the same */
};

enum option_type {
	OPTION_FLAG,    /* bool */
	OPTION_TEXT,    /* const char * */
	OPTION_COUNT,   /* long */
	OPTION_SECONDS, /* double; "250ms", "10us", "1.5s", "2min"; a bare number is seconds */
	OPTION_CHOICE,  /* int, the index of the word in `value`, "a|b|c" */
};

struct option_row {
	const char *name; /* without its "--"; NULL ends a list */
	char letter;      /* 0: none */
	enum option_type type;
	size_t offset; /* in struct options */
	const char *value;
	const char *help;
	double minimum, maximum; /* of a count or of seconds */
};

struct command_row {
	const char *name; /* NULL ends a list */
	const char *operand;
	const struct option_row *options;
	int (*run)(const struct options *options); /* exit status */
	const char *help;
	const char *more; /* further lines for `ntpxdp COMMAND --help`, or NULL */
};

/* The options that every command takes. */
extern const struct option_row options_global[];

/* Room for the text of a mistake. */
#define OPTIONS_MISTAKE_MAX 200

/* What main() was given, and what it knows. */
struct command_line {
	int argc;
	char **argv;
	const struct command_row *commands;
};

/*
 * Read the command line. 0 and the command's row in ret_command (NULL where only --help or
 * --version was given). -EINVAL and one line without '\n' that says what is wrong and what would
 * be right. *options must hold the defaults.
 */
int options_parse(const struct command_line *line, struct options *options,
	const struct command_row **ret_command, char mistake[OPTIONS_MISTAKE_MAX]);

/* "250ms" in seconds; false where text is no duration. */
bool options_seconds(const char *text, double *ret_seconds);

/* Index of a word in "a|b|c", or -1. */
int options_choice(const char *words, const char *text);

void options_help(const struct command_row *commands, FILE *out);
void options_command_help(const struct command_row *command, FILE *out);

#endif
