// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rows. See parts_rows.h.
 */
#include "tests/bench/parts_rows.h"

#include "dataplane/core/config.h"

#define ALL        (FEATURE_ACCESS | FEATURE_CLIENTS)
#define FEW_RULES  100
#define COUNT(all) (sizeof(all) / sizeof((all)[0]))

const struct parts_row parts_rows[] = {
	{PARTS_ASKED, "bare reflector, IPv4", NULL, 0, 4, false, 1, 0},
	{PARTS_ASKED, "bare reflector, IPv6", NULL, 0, 6, false, 1, 0},
	{PARTS_ASKED, "no rules, no limit, hot", "whole", 0, 4, false, 1, 0},
	{PARTS_ASKED, "limit, hot", "whole", FEATURE_CLIENTS, 4, false, 1, 0},
	{PARTS_ASKED, "limit and 100 rules, hot", "whole", ALL, 4, false, 1, FEW_RULES},
	{PARTS_ASKED, "the same, IPv6", "whole", ALL, 6, false, 1, FEW_RULES},
	{PARTS_ASKED, "the same, IPv4 in a VLAN", "whole", ALL, 4, true, 1, FEW_RULES},
	{PARTS_ASKED, "the same, IPv6 in a VLAN", "whole", ALL, 6, true, 1, FEW_RULES},
	{PARTS_ASKED, "limit, 1,000 clients", "whole", FEATURE_CLIENTS, 4, false, 1000, 0},
	{PARTS_ASKED, "limit, 100,000 clients", "whole", FEATURE_CLIENTS, 4, false, 100000, 0},
	{PARTS_ASKED, "limit, 1,000,000 clients", "whole", FEATURE_CLIENTS, 4, false, 1000000, 0},
	{PARTS_ASKED, "the same, IPv6", "whole", FEATURE_CLIENTS, 6, false, 1000000, 0},
	{PARTS_ASKED, "0 rules, hot", "whole", FEATURE_ACCESS, 4, false, 1, 0},
	{PARTS_ASKED, "100 rules, hot", "whole", FEATURE_ACCESS, 4, false, 1, 100},
	{PARTS_ASKED, "10,000 rules, hot", "whole", FEATURE_ACCESS, 4, false, 1, 10000},
	{PARTS_ASKED, "10,000 rules, 100,000 clients", "whole", FEATURE_ACCESS, 4, false, 100000,
		10000},
	{PARTS_WITHOUT, "whole", "whole", ALL, 4, false, 1, FEW_RULES},
	{PARTS_WITHOUT, "parse", "parse", ALL, 4, false, 1, FEW_RULES},
	{PARTS_WITHOUT, "own address", "own", ALL, 4, false, 1, FEW_RULES},
	{PARTS_WITHOUT, "rules", "whole", FEATURE_CLIENTS, 4, false, 1, FEW_RULES},
	{PARTS_WITHOUT, "limit", "whole", FEATURE_ACCESS, 4, false, 1, FEW_RULES},
	{PARTS_WITHOUT, "clock", "clock", ALL, 4, false, 1, FEW_RULES},
	{PARTS_WITHOUT, "dice", "dice", ALL, 4, false, 1, FEW_RULES},
	{PARTS_WITHOUT, "page", "time", ALL, 4, false, 1, FEW_RULES},
	{PARTS_WITHOUT, "build", "build", ALL, 4, false, 1, FEW_RULES},
	{PARTS_WITHOUT, "counters", "counters", ALL, 4, false, 1, FEW_RULES},
	{PARTS_CLIENTS, "1", "whole", FEATURE_CLIENTS, 4, false, 1, 0},
	{PARTS_CLIENTS, "100", "whole", FEATURE_CLIENTS, 4, false, 100, 0},
	{PARTS_CLIENTS, "1,000", "whole", FEATURE_CLIENTS, 4, false, 1000, 0},
	{PARTS_CLIENTS, "10,000", "whole", FEATURE_CLIENTS, 4, false, 10000, 0},
	{PARTS_CLIENTS, "100,000", "whole", FEATURE_CLIENTS, 4, false, 100000, 0},
	{PARTS_CLIENTS, "1,000,000", "whole", FEATURE_CLIENTS, 4, false, 1000000, 0},
	{PARTS_CLIENTS, "4,000,000", "whole", FEATURE_CLIENTS, 4, false, 4000000, 0},
	{PARTS_RULES, "0", "whole", FEATURE_ACCESS, 4, false, 100000, 0},
	{PARTS_RULES, "10", "whole", FEATURE_ACCESS, 4, false, 100000, 10},
	{PARTS_RULES, "100", "whole", FEATURE_ACCESS, 4, false, 100000, 100},
	{PARTS_RULES, "1,000", "whole", FEATURE_ACCESS, 4, false, 100000, 1000},
	{PARTS_RULES, "10,000", "whole", FEATURE_ACCESS, 4, false, 100000, 10000},
	{PARTS_RULES, "15,000", "whole", FEATURE_ACCESS, 4, false, 100000, 15000},
};
const size_t parts_row_count = COUNT(parts_rows);

const struct parts_row parts_compare_rows[] = {
	{PARTS_ASKED, "bare reflector", NULL, 0, 4, false, 1, 0},
	{PARTS_ASKED, "no limit, hot", "", 0, 4, false, 1, 0},
	{PARTS_ASKED, "limit, hot", "", FEATURE_CLIENTS, 4, false, 1, 0},
	{PARTS_ASKED, "limit and 100 rules, hot", "", ALL, 4, false, 1, FEW_RULES},
	{PARTS_ASKED, "the same, IPv6", "", ALL, 6, false, 1, FEW_RULES},
	{PARTS_ASKED, "limit, 1,000,000 clients", "", FEATURE_CLIENTS, 4, false, 1000000, 0},
};
const size_t parts_compare_count = COUNT(parts_compare_rows);
