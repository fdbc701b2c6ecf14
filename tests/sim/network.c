// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The network: see network.h.
 */
#include "tests/sim/network.h"

#include "tests/sim/chance.h"

#define ROUTE_S 3600.0

void network_start(struct network *network, const struct network_kind *kind, struct dice dice)
{
	int i;

	*network = (struct network){.kind = *kind, .dice = dice};
	for (i = 0; i < NETWORK_PATHS; i++) {
		double far = i == 0 ? 1.0 : 1.0 + chance_uniform(&network->dice);
		double longer = kind->asymmetry_us * chance_signed(&network->dice);

		network->out_ns[i] = 1e3 * (kind->delay_us * far + longer / 2.0);
		network->back_ns[i] = 1e3 * (kind->delay_us * far - longer / 2.0);
	}
}

static double queue_ns(struct network *network, double mean_us)
{
	switch (network->kind.law) {
	case NETWORK_EXPONENTIAL:
		return 1e3 * mean_us * chance_exponential(&network->dice);
	case NETWORK_GAMMA:
		return 1e3 * mean_us * chance_gamma(&network->dice);
	case NETWORK_PARETO:
		return 1e3 * mean_us * chance_pareto(&network->dice);
	case NETWORK_STILL:
		break;
	}
	return 0.0;
}

/* What competing traffic adds. */
static double burst_ns(struct network *network, int64_t true_ns)
{
	const struct network_kind *kind = &network->kind;

	if (kind->burst_us <= 0.0)
		return 0.0;
	while (network->turn_ns <= true_ns) {
		network->burst = !network->burst;
		network->turn_ns +=
			(int64_t)(1e9 * chance_exponential(&network->dice) *
				  (network->burst ? kind->burst_on_s : kind->burst_off_s));
	}
	return network->burst ? 1e3 * kind->burst_us * chance_uniform(&network->dice) : 0.0;
}

/* What a competing flow of short bursts adds: some packets find the link idle. */
static double wait_ns(struct network *network, double share)
{
	if (share <= 0.0 || chance_uniform(&network->dice) >= share)
		return 0.0;
	return 1e3 * network->kind.wait_us * chance_exponential(&network->dice);
}

static bool lost(struct network *network)
{
	return network->kind.loss > 0.0 && chance_uniform(&network->dice) < network->kind.loss;
}

int64_t network_out_ns(struct network *network, int path, int64_t true_ns)
{
	const struct network_kind *kind = &network->kind;
	double at_s = (double)true_ns * 1e-9;
	double delay_ns = network->out_ns[path] + queue_ns(network, kind->out_us) +
			  wait_ns(network, kind->wait_out);

	if (kind->route_us > 0.0 && path % 2 && at_s >= kind->route_at_s &&
		at_s < kind->route_at_s + ROUTE_S)
		delay_ns += 1e3 * kind->route_us;
	return lost(network) ? -1 : (int64_t)delay_ns;
}

int64_t network_back_ns(struct network *network, int path, int64_t true_ns)
{
	double delay_ns = network->back_ns[path] + queue_ns(network, network->kind.back_us) +
			  wait_ns(network, network->kind.wait_back) + burst_ns(network, true_ns);

	return lost(network) ? -1 : (int64_t)delay_ns;
}
