/* SPDX-License-Identifier: GPL-2.0-or-later */
// test-sources: control/cli/answer.c control/cli/doctor_rules_iptables.c
// test-sources: control/cli/doctor_rules_nft.c
/*
 * Rule lists out of any bytes, as nft's JSON and as iptables-save's lines: what is taken from them
 * stays within its bounds, and every text ends.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "control/cli/doctor_rules.h"

#define PORT 123

static void check(const struct doctor_firewall *firewall)
{
	if (firewall->count > DOCTOR_RULES_MAX ||
		memchr(firewall->drops, '\0', sizeof(firewall->drops)) == NULL)
		abort();
	for (size_t i = 0; i < firewall->count; i++) {
		const struct doctor_rule *rule = &firewall->rule[i];

		/* Only what is about our port, or a ban, is taken. */
		if ((!rule->port && !rule->fail2ban) || rule->action > DOCTOR_NOTRACK ||
			memchr(rule->where, '\0', sizeof(rule->where)) == NULL)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct doctor_firewall firewall = {.looked = false};
	char *text = malloc(size + 1);

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	doctor_rules_nft(text, PORT, size % 2, &firewall);
	check(&firewall);
	doctor_rules_iptables(text, "ip", PORT, &firewall);
	check(&firewall);
	free(text);
	return 0;
}
