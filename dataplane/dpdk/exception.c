// SPDX-License-Identifier: GPL-2.0-or-later
/* Making the host's interface; see exception.h. */
#include "dataplane/dpdk/exception.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rte_dev.h>
#include <rte_ethdev.h>

#include "dataplane/dpdk/say.h"
#include "dataplane/dpdk/worker.h"

#define VHOST_NET      "/dev/vhost-net"
#define INTERFACES_MAX 64

/* The first name that no interface has. */
static int free_name(char *name, size_t size)
{
	for (int i = 0; i < INTERFACES_MAX; i++) {
		snprintf(name, size, "ntpxdp%d", i);
		if (if_nametoindex(name) == 0)
			return 0;
	}
	return -EUSERS;
}

static int make_device(const struct port *port, struct exception *exception)
{
	bool vhost = access(VHOST_NET, R_OK | W_OK) == 0;
	char mac[RTE_ETHER_ADDR_FMT_SIZE], arguments[200];

	rte_ether_format_addr(mac, sizeof(mac), &port->mac);
	snprintf(exception->device, sizeof(exception->device), "%s",
		vhost ? "virtio_user_host" : "net_tap_host");
	if (vhost)
		snprintf(arguments, sizeof(arguments),
			"path=" VHOST_NET ",queues=%u,queue_size=1024,iface=%s,mac=%s",
			port->queues, exception->interface, mac);
	else
		snprintf(
			arguments, sizeof(arguments), "iface=%s,mac=%s", exception->interface, mac);
	return rte_eal_hotplug_add("vdev", exception->device, arguments);
}

static int bring_up(const char *name)
{
	struct ifreq request = {0};
	int error = 0, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (ioctl(fd, SIOCGIFFLAGS, &request))
		error = -errno;
	request.ifr_flags |= IFF_UP;
	if (!error && ioctl(fd, SIOCSIFFLAGS, &request))
		error = -errno;
	close(fd);
	return error;
}

int exception_open(const struct port *port, struct exception *ret_exception)
{
	struct exception made = {.port = WORKER_NO_PORT};
	int error = free_name(made.interface, sizeof(made.interface));

	if (!error)
		error = make_device(port, &made);
	if (!error)
		error = rte_eth_dev_get_port_by_name(made.device, &made.port);
	if (error) {
		say("no interface for the host: %s; needs root and /dev/net/tun, or take "
		    "--exception none",
			strerror(-error));
		return error;
	}
	*ret_exception = made;
	error = port_start(made.port, port->queues, 0, port->pool);
	if (error)
		return error;
	(void)rte_eth_dev_set_mtu(made.port, port->mtu);
	error = bring_up(made.interface);
	if (error)
		say("%s cannot be set up: %s", made.interface, strerror(-error));
	return error;
}

void exception_none(struct exception *ret_exception)
{
	*ret_exception = (struct exception){.port = WORKER_NO_PORT, .interface = "none"};
}

void exception_close(struct exception *exception)
{
	if (exception->port == WORKER_NO_PORT)
		return;
	(void)rte_eth_dev_stop(exception->port);
	(void)rte_eal_hotplug_remove("vdev", exception->device);
	exception->port = WORKER_NO_PORT;
}
