// SPDX-License-Identifier: GPL-2.0-or-later
// test-sources: control/hardware_card.c control/clocks.c
/*
 * What is set on a card, given what it can and what somebody else has set: made-up cards alone. And
 * interfaces without a clock, of which every host has one, say so.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "control/hardware_card.h"

#define BIT(n) (1U << (n))

#define OFF  HWTSTAMP_TX_OFF
#define ON   HWTSTAMP_TX_ON
#define STEP HWTSTAMP_TX_ONESTEP_SYNC
#define NONE HWTSTAMP_FILTER_NONE
#define ALL  HWTSTAMP_FILTER_ALL
#define NTP  HWTSTAMP_FILTER_NTP_ALL
#define PTP  HWTSTAMP_FILTER_PTP_V2_EVENT

/* Cards: everything; all or nothing (igb's 82580); PTP alone (82576); NTP but not all; transmit
 * alone; nothing. */
enum {
	FULL,
	ALL_ONLY,
	PTP_ONLY,
	NTP_ONLY,
	SENDS,
	NOTHING
};
static const struct hardware_ability cards[] = {
	[FULL] = {0, 0, BIT(OFF) | BIT(ON), BIT(NONE) | BIT(ALL) | BIT(NTP) | BIT(PTP)},
	[ALL_ONLY] = {0, 0, BIT(OFF) | BIT(ON), BIT(NONE) | BIT(ALL)},
	[PTP_ONLY] = {0, 0, BIT(OFF) | BIT(ON), BIT(NONE) | BIT(PTP)},
	[NTP_ONLY] = {0, 0, BIT(OFF) | BIT(ON), BIT(NONE) | BIT(NTP) | BIT(PTP)},
	[SENDS] = {0, 0, BIT(OFF) | BIT(ON), BIT(NONE)},
	[NOTHING] = {0, 0, BIT(OFF), BIT(NONE)},
};

static const struct {
	int card;
	int tx, rx; /* as found */
	enum config_rxfilter wanted;
	int to_tx, to_rx;
	bool change, receive, transmit;
} cases[] = {
	{FULL, OFF, NONE, CONFIG_RXFILTER_AUTO, ON, NTP, true, true, true},
	{FULL, OFF, NONE, CONFIG_RXFILTER_NTP, ON, NTP, true, true, true},
	{FULL, OFF, NONE, CONFIG_RXFILTER_ALL, ON, ALL, true, true, true},
	{FULL, OFF, NONE, CONFIG_RXFILTER_NONE, ON, NONE, true, false, true},
	{FULL, OFF, NONE, CONFIG_RXFILTER_PTP, ON, NONE, true, false, true},
	/* What others have set is kept, or widened to all that it was and more. */
	{FULL, ON, ALL, CONFIG_RXFILTER_AUTO, ON, ALL, false, true, true},
	{FULL, ON, ALL, CONFIG_RXFILTER_NONE, ON, ALL, false, false, true},
	{FULL, ON, NTP, CONFIG_RXFILTER_ALL, ON, NTP, false, true, true},
	{FULL, ON, PTP, CONFIG_RXFILTER_AUTO, ON, ALL, true, true, true},
	{FULL, STEP, PTP, CONFIG_RXFILTER_NTP, STEP, ALL, true, true, true},
	{NTP_ONLY, ON, PTP, CONFIG_RXFILTER_AUTO, ON, PTP, false, false, true},
	{NTP_ONLY, OFF, NONE, CONFIG_RXFILTER_ALL, ON, NONE, true, false, true},
	{NTP_ONLY, OFF, NONE, CONFIG_RXFILTER_AUTO, ON, NTP, true, true, true},
	{ALL_ONLY, OFF, NONE, CONFIG_RXFILTER_NTP, ON, ALL, true, true, true},
	{PTP_ONLY, OFF, NONE, CONFIG_RXFILTER_AUTO, ON, NONE, true, false, true},
	{PTP_ONLY, ON, PTP, CONFIG_RXFILTER_ALL, ON, PTP, false, false, true},
	{SENDS, OFF, NONE, CONFIG_RXFILTER_AUTO, ON, NONE, true, false, true},
	{NOTHING, OFF, NONE, CONFIG_RXFILTER_AUTO, OFF, NONE, false, false, false},
};

static void test_choose(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct hwtstamp_config now = {.tx_type = cases[i].tx, .rx_filter = cases[i].rx};
		struct hardware_setting setting =
			hardware_card_choose(&cards[cases[i].card], &now, cases[i].wanted);

		if (setting.config.tx_type != cases[i].to_tx ||
			setting.config.rx_filter != cases[i].to_rx ||
			setting.change != cases[i].change || setting.receive != cases[i].receive ||
			setting.transmit != cases[i].transmit)
			fail_msg("case %zu: tx %d rx %d, change %d, receive %d, transmit %d", i,
				setting.config.tx_type, setting.config.rx_filter, setting.change,
				setting.receive, setting.transmit);
	}
}

static void test_without_clock(void **state)
{
	struct hardware_ability ability = {.phc = 77};
	int err = hardware_card_ability("lo", &ability);
	enum hardware_way way = HARDWARE_WAY_CROSS;
	struct hardware_sample sample;

	(void)state;
	assert_true(err == -EOPNOTSUPP || (err == 0 && ability.phc == -1));
	assert_int_equal(hardware_card_ability("no-such-iface", &ability), -ENODEV);
	assert_int_equal(hardware_card_open(65535), -ENOENT);
	/* A descriptor that is no clock: every way is tried, and the last one tells. */
	assert_true(hardware_card_read(0, &way, &sample) < 0);
	assert_int_equal(way, HARDWARE_WAY_PLAIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_choose),
		cmocka_unit_test(test_without_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
