// SPDX-License-Identifier: GPL-2.0-or-later
#include "control/hardware_card.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/ptp_clock.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define READINGS         5
#define BIT(n)           (1U << (n))
/* A clock that is a descriptor: include/linux/posix-timers.h, FD_TO_CLOCKID. */
#define CLOCK_OF_FD(fd)  ((clockid_t)(~(unsigned int)(fd) << 3 | 3))
/* While two clocks are read REALTIME is slewed by less than this. */
#define REALTIME_STEP_NS 20000

static int card_ioctl(const char *name, unsigned long request, void *data)
{
	int error = 0, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifreq = {.ifr_data = data};

	if (fd < 0)
		return -errno;
	snprintf(ifreq.ifr_name, sizeof(ifreq.ifr_name), "%s", name);
	if (ioctl(fd, request, &ifreq))
		error = -errno;
	close(fd);
	return error;
}

int hardware_card_ability(const char *name, struct hardware_ability *ret_ability)
{
	struct ethtool_ts_info info = {.cmd = ETHTOOL_GET_TS_INFO};
	int error = card_ioctl(name, SIOCETHTOOL, &info);

	if (error)
		return error;
	*ret_ability = (struct hardware_ability){
		.phc = info.phc_index,
		.stamping = info.so_timestamping,
		.tx_types = info.tx_types,
		.rx_filters = info.rx_filters,
	};
	return 0;
}

/* Does the filter stamp NTP packets? */
static bool takes_ntp(int filter)
{
	return filter == HWTSTAMP_FILTER_ALL || filter == HWTSTAMP_FILTER_NTP_ALL;
}

static int choose_filter(
	const struct hardware_ability *ability, int now, enum config_rxfilter wanted)
{
	bool all = ability->rx_filters & BIT(HWTSTAMP_FILTER_ALL);
	bool ntp = ability->rx_filters & BIT(HWTSTAMP_FILTER_NTP_ALL);

	if (takes_ntp(now) || wanted == CONFIG_RXFILTER_NONE || wanted == CONFIG_RXFILTER_PTP)
		return now;
	/* Somebody else's filter for PTP is part of "all", not of "NTP". */
	if (now != HWTSTAMP_FILTER_NONE)
		return all ? HWTSTAMP_FILTER_ALL : now;
	if (ntp && wanted != CONFIG_RXFILTER_ALL)
		return HWTSTAMP_FILTER_NTP_ALL;
	return all ? HWTSTAMP_FILTER_ALL : now;
}

/* What a setting means for NTP. */
static void judge(struct hardware_setting *setting, enum config_rxfilter wanted)
{
	setting->receive = takes_ntp(setting->config.rx_filter) && wanted != CONFIG_RXFILTER_NONE &&
			   wanted != CONFIG_RXFILTER_PTP;
	setting->transmit = setting->config.tx_type != HWTSTAMP_TX_OFF;
}

struct hardware_setting hardware_card_choose(const struct hardware_ability *ability,
	const struct hwtstamp_config *now, enum config_rxfilter wanted)
{
	struct hardware_setting setting = {.config = *now};

	if (now->tx_type == HWTSTAMP_TX_OFF && ability->tx_types & BIT(HWTSTAMP_TX_ON))
		setting.config.tx_type = HWTSTAMP_TX_ON;
	setting.config.rx_filter = choose_filter(ability, now->rx_filter, wanted);
	setting.change = setting.config.tx_type != now->tx_type ||
			 setting.config.rx_filter != now->rx_filter;
	judge(&setting, wanted);
	return setting;
}

int hardware_card_set(const char *name, const struct hardware_ability *ability,
	enum config_rxfilter wanted, struct hardware_setting *ret_setting)
{
	struct hwtstamp_config now = {.flags = 0};
	/* Drivers that cannot be asked stamp nothing before they are told to. */
	int error = card_ioctl(name, SIOCGHWTSTAMP, &now);

	if (error && error != -EOPNOTSUPP)
		return error;
	*ret_setting = hardware_card_choose(ability, &now, wanted);
	if (!ret_setting->change)
		return 0;
	error = card_ioctl(name, SIOCSHWTSTAMP, &ret_setting->config);
	if (!error)
		judge(ret_setting, wanted);
	return error;
}

int hardware_card_open(int phc)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/dev/ptp%d", phc);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static uint64_t ptp_ns(const struct ptp_clock_time *time)
{
	return (uint64_t)time->sec * 1000000000ULL + time->nsec;
}

static int read_cross(int fd, struct hardware_sample *ret_sample)
{
	struct ptp_sys_offset_precise offset = {.device = {.sec = 0}};

	if (ioctl(fd, PTP_SYS_OFFSET_PRECISE, &offset))
		return -errno;
	*ret_sample = (struct hardware_sample){
		.card_ns = ptp_ns(&offset.device), .raw_ns = ptp_ns(&offset.sys_monoraw)};
	return 0;
}

/* The closest of several readings between two of a clock of the system. */
static int read_between(int fd, uint32_t clock, struct hardware_sample *ret_sample)
{
	struct ptp_sys_offset_extended offset = {.n_samples = READINGS, .rsv = {clock, 0, 0}};
	uint64_t best = UINT64_MAX;

	if (ioctl(fd, PTP_SYS_OFFSET_EXTENDED, &offset))
		return -errno;
	for (unsigned i = 0; i < READINGS; i++) {
		uint64_t first = ptp_ns(&offset.ts[i][0]), last = ptp_ns(&offset.ts[i][2]);

		if (last < first || last - first >= best)
			continue;
		best = last - first;
		ret_sample->card_ns = ptp_ns(&offset.ts[i][1]);
		ret_sample->raw_ns = first + best / 2;
		ret_sample->window_ns = best < UINT32_MAX ? (uint32_t)best : UINT32_MAX;
	}
	return best == UINT64_MAX ? -EAGAIN : 0;
}

/* REALTIME may be stepped: then the reading is left out. */
static int read_realtime(int fd, struct hardware_sample *ret_sample)
{
	struct clocks_pair before, after;
	int64_t slewed;
	int error = clocks_read_pair(&before);

	if (!error)
		error = read_between(fd, CLOCK_REALTIME, ret_sample);
	if (!error)
		error = clocks_read_pair(&after);
	if (error)
		return error;
	slewed = (after.real_ns - before.real_ns) - (int64_t)(after.raw_ns - before.raw_ns);
	if (slewed > REALTIME_STEP_NS || slewed < -REALTIME_STEP_NS)
		return -EAGAIN;
	ret_sample->raw_ns += after.raw_ns - (uint64_t)after.real_ns;
	ret_sample->window_ns += after.window_ns + (uint32_t)(slewed < 0 ? -slewed : slewed);
	return 0;
}

static int read_plain(int fd, struct hardware_sample *ret_sample)
{
	uint64_t best = UINT64_MAX;

	for (int i = 0; i < READINGS; i++) {
		uint64_t first = clocks_raw_ns(), took;
		struct timespec card;

		if (clock_gettime(CLOCK_OF_FD(fd), &card))
			return -errno;
		took = clocks_raw_ns() - first;
		if (took >= best)
			continue;
		best = took;
		ret_sample->card_ns =
			(uint64_t)card.tv_sec * 1000000000ULL + (uint64_t)card.tv_nsec;
		ret_sample->raw_ns = first + took / 2;
		ret_sample->window_ns = took < UINT32_MAX ? (uint32_t)took : UINT32_MAX;
	}
	return 0;
}

int hardware_card_read(int fd, enum hardware_way *way, struct hardware_sample *ret_sample)
{
	int error = -EOPNOTSUPP;

	for (; *way < HARDWARE_WAY_COUNT; *way = (enum hardware_way)(*way + 1)) {
		if (*way == HARDWARE_WAY_CROSS)
			error = read_cross(fd, ret_sample);
		else if (*way == HARDWARE_WAY_RAW)
			error = read_between(fd, CLOCK_MONOTONIC_RAW, ret_sample);
		else if (*way == HARDWARE_WAY_REALTIME)
			error = read_realtime(fd, ret_sample);
		else
			error = read_plain(fd, ret_sample);
		/* The last way has no next: what is wrong with it may pass. */
		if (!error || error == -EAGAIN || *way == HARDWARE_WAY_PLAIN)
			return error;
	}
	return error;
}
