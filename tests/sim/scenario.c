// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of scenarios: see scenario.h.
 */
#include "tests/sim/scenario.h"

/* A crystal in a machine room: 0.3 ppm more or less within a day, a little every second. */
static const struct oscillator_kind crystal = {.off_ppm = 50.0, .wander_ppb = 0.3};
static const struct oscillator_kind wandering = {.off_ppm = 50.0, .wander_ppb = 10.0};
static const struct oscillator_kind swinging = {
	.off_ppm = 50.0, .wander_ppb = 0.3, .swing_ppm = 0.5, .swing_s = 3600.0};
static const struct oscillator_kind stepping = {
	.off_ppm = 50.0, .wander_ppb = 0.3, .step_ppm = 2.0, .step_s = 7200.0};
static const struct oscillator_kind steered = {
	.off_ppm = 50.0, .wander_ppb = 0.3, .steer_ppm = 100.0};

static const struct network_kind still = {.delay_us = 100.0};
static const struct network_kind lan = {
	.delay_us = 100.0, .law = NETWORK_EXPONENTIAL, .out_us = 10.0, .back_us = 10.0};
static const struct network_kind lan_busy = {.delay_us = 100.0,
	.law = NETWORK_EXPONENTIAL,
	.out_us = 10.0,
	.back_us = 10.0,
	.burst_us = 4000.0,
	.burst_on_s = 60.0,
	.burst_off_s = 120.0};
static const struct network_kind lan_shared = {.delay_us = 25.0,
	.law = NETWORK_EXPONENTIAL,
	.out_us = 5.0,
	.back_us = 5.0,
	.wait_us = 2000.0,
	.wait_out = 0.2,
	.wait_back = 0.5};
static const struct network_kind wan_exponential = {
	.delay_us = 10000.0, .law = NETWORK_EXPONENTIAL, .out_us = 500.0, .back_us = 500.0};
static const struct network_kind wan_gamma = {
	.delay_us = 10000.0, .law = NETWORK_GAMMA, .out_us = 500.0, .back_us = 500.0};
static const struct network_kind wan_pareto = {
	.delay_us = 10000.0, .law = NETWORK_PARETO, .out_us = 500.0, .back_us = 500.0};
static const struct network_kind wan_one_sided = {
	.delay_us = 10000.0, .law = NETWORK_EXPONENTIAL, .out_us = 20.0, .back_us = 1000.0};
static const struct network_kind wan_asymmetric = {.delay_us = 10000.0,
	.law = NETWORK_EXPONENTIAL,
	.out_us = 200.0,
	.back_us = 200.0,
	.asymmetry_us = 4000.0};
static const struct network_kind wan_loss = {.delay_us = 10000.0,
	.law = NETWORK_EXPONENTIAL,
	.out_us = 500.0,
	.back_us = 500.0,
	.loss = 0.3};
static const struct network_kind wan_route = {.delay_us = 10000.0,
	.law = NETWORK_EXPONENTIAL,
	.out_us = 200.0,
	.back_us = 200.0,
	.route_us = 8000.0,
	.route_at_s = SCENARIO_EVENT_S};
static const struct network_kind wireless = {.delay_us = 3000.0,
	.law = NETWORK_PARETO,
	.out_us = 300.0,
	.back_us = 2000.0,
	.loss = 0.05,
	.burst_us = 20000.0,
	.burst_on_s = 30.0,
	.burst_off_s = 300.0};

static const struct server_kind near = {
	.error_us = 2.0, .root_delay_us = 0.0, .root_dispersion_us = 30.0, .stratum = 1};
static const struct server_kind far = {
	.error_us = 100.0, .root_delay_us = 1000.0, .root_dispersion_us = 500.0, .stratum = 2};

const struct scenario scenario_list[] = {
	{"still", &crystal, &still, &near, {.sources = 4},
		{.start_us = 3, .rms_us = 3, .max_us = 10, .settled_s = 15}, true},
	{"lan", &crystal, &lan, &near, {.sources = 4},
		{.start_us = 26, .rms_us = 12, .max_us = 60, .settled_s = 15}, true},
	{"lan-drift-file", &crystal, &lan, &near, {.sources = 4, .drift_file = true},
		{.start_us = 20, .rms_us = 11, .max_us = 67, .settled_s = 5}, true},
	{"lan-one-source", &crystal, &lan, &near, {.sources = 1},
		{.start_us = 51, .rms_us = 23, .max_us = 120, .settled_s = 15}, false},
	{"lan-16s-polls", &crystal, &lan, &near, {.sources = 4, .minpoll = 4, .maxpoll = 4},
		{.start_us = 26, .rms_us = 3, .max_us = 8, .settled_s = 15}, false},
	{"lan-traffic", &crystal, &lan_busy, &near, {.sources = 4},
		{.start_us = 1800, .rms_us = 10, .max_us = 47}, true},
	{"lan-shared", &crystal, &lan_shared, &near, {.sources = 4},
		{.start_us = 360, .rms_us = 18, .max_us = 130, .settled_s = 15}, true},
	{"lan-shared-8s-polls", &crystal, &lan_shared, &near,
		{.sources = 4, .minpoll = 1, .maxpoll = 3},
		{.start_us = 360, .rms_us = 2.3, .max_us = 12, .settled_s = 15}, false},
	{"lan-wander", &wandering, &lan, &near, {.sources = 4},
		{.start_us = 25, .rms_us = 12, .max_us = 81, .settled_s = 15}, false},
	{"lan-temperature", &swinging, &lan, &near, {.sources = 4},
		{.start_us = 26, .rms_us = 9, .max_us = 42, .settled_s = 15}, false},
	{"lan-frequency-steps", &stepping, &lan, &near, {.sources = 4},
		{.start_us = 26, .rms_us = 160, .max_us = 1800, .settled_s = 15}, true},
	{"lan-steered-host", &steered, &lan, &near, {.sources = 4},
		{.start_us = 26, .rms_us = 12, .max_us = 130, .settled_s = 15}, false},
	{"lan-holdover", &crystal, &lan, &near, {.sources = 4, .silent_s = 2400.0},
		{.start_us = 26, .rms_us = 50, .max_us = 200, .settled_s = 15}, false},
	{"lan-leap-second", &crystal, &lan, &near, {.sources = 4, .leap = true},
		{.start_us = 26, .rms_us = 12, .max_us = 60, .settled_s = 15}, true},
	{"wan-exponential", &crystal, &wan_exponential, &far, {.sources = 4},
		{.start_us = 1400, .rms_us = 220, .max_us = 580}, false},
	{"wan-gamma", &crystal, &wan_gamma, &far, {.sources = 4},
		{.start_us = 730, .rms_us = 190, .max_us = 410}, false},
	{"wan-pareto", &crystal, &wan_pareto, &far, {.sources = 4},
		{.start_us = 1200, .rms_us = 210, .max_us = 530}, true},
	{"wan-one-sided", &crystal, &wan_one_sided, &far, {.sources = 4},
		{.start_us = 1100, .rms_us = 110, .max_us = 270}, true},
	{"wan-asymmetric", &crystal, &wan_asymmetric, &far, {.sources = 4},
		{.start_us = 2400, .rms_us = 2300, .max_us = 2500}, false},
	{"wan-loss-30", &crystal, &wan_loss, &far, {.sources = 4},
		{.start_us = 4000, .rms_us = 230, .max_us = 630}, false},
	{"wan-route-change", &crystal, &wan_route, &far, {.sources = 4},
		{.start_us = 510, .rms_us = 200, .max_us = 680}, false},
	{"wireless", &wandering, &wireless, &far, {.sources = 7},
		{.start_us = 8200, .rms_us = 210, .max_us = 740}, false},
	{"1-of-4-off-50ms", &crystal, &lan, &near, {.sources = 4, .liars = 1, .lie = SERVER_OFF},
		{.start_us = 26, .rms_us = 11, .max_us = 57, .settled_s = 15}, false},
	{"2-of-5-off-50ms", &crystal, &lan, &near, {.sources = 5, .liars = 2, .lie = SERVER_OFF},
		{.start_us = 19, .rms_us = 11, .max_us = 45, .settled_s = 15}, true},
	{"3-of-7-off-50ms", &crystal, &lan, &near, {.sources = 7, .liars = 3, .lie = SERVER_OFF},
		{.start_us = 18, .rms_us = 12, .max_us = 52, .settled_s = 15}, false},
	{"3-of-7-off-at-start", &crystal, &lan, &near,
		{.sources = 7, .liars = 3, .lie = SERVER_OFF, .from_start = true},
		{.start_us = 26, .rms_us = 11, .max_us = 53, .settled_s = 15}, false},
	{"1-of-4-drifting", &crystal, &lan, &near, {.sources = 4, .liars = 1, .lie = SERVER_DRIFT},
		{.start_us = 26, .rms_us = 20, .max_us = 260, .settled_s = 15}, false},
	{"2-of-5-drifting", &crystal, &lan, &near, {.sources = 5, .liars = 2, .lie = SERVER_DRIFT},
		{.start_us = 19, .rms_us = 26, .max_us = 300, .settled_s = 15}, false},
	{"3-of-7-drifting", &crystal, &lan, &near, {.sources = 7, .liars = 3, .lie = SERVER_DRIFT},
		{.start_us = 18, .rms_us = 36, .max_us = 350, .settled_s = 15}, true},
	{"1-of-4-jumping", &crystal, &lan, &near, {.sources = 4, .liars = 1, .lie = SERVER_JUMP},
		{.start_us = 26, .rms_us = 16, .max_us = 78, .settled_s = 15}, false},
	{"2-of-5-jumping", &crystal, &lan, &near, {.sources = 5, .liars = 2, .lie = SERVER_JUMP},
		{.start_us = 19, .rms_us = 13, .max_us = 80, .settled_s = 15}, false},
	{"3-of-7-jumping", &crystal, &lan, &near, {.sources = 7, .liars = 3, .lie = SERVER_JUMP},
		{.start_us = 18, .rms_us = 11, .max_us = 51, .settled_s = 15}, false},
	{"1-of-4-leap-flag", &crystal, &lan, &near, {.sources = 4, .liars = 1, .lie = SERVER_LEAP},
		{.start_us = 26, .rms_us = 12, .max_us = 60, .settled_s = 15}, false},
	{"2-of-5-leap-flag", &crystal, &lan, &near, {.sources = 5, .liars = 2, .lie = SERVER_LEAP},
		{.start_us = 19, .rms_us = 11, .max_us = 44, .settled_s = 15}, false},
	{"3-of-7-leap-flag", &crystal, &lan, &near, {.sources = 7, .liars = 3, .lie = SERVER_LEAP},
		{.start_us = 18, .rms_us = 10, .max_us = 53, .settled_s = 15}, false},
	{"2-of-4-off-50ms", &crystal, &lan, &near, {.sources = 4, .liars = 2, .lie = SERVER_OFF},
		{.outcome = SCENARIO_LOST}, true},
	{"2-of-4-off-at-start", &crystal, &lan, &near,
		{.sources = 4, .liars = 2, .lie = SERVER_OFF, .from_start = true},
		{.outcome = SCENARIO_NEVER}, true},
};
const size_t scenario_count = sizeof(scenario_list) / sizeof(scenario_list[0]);
