/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an interface says over ioctl(): one request, one interface, a socket of its own. Shared by
 * attach and by `ntpxdp doctor`. Keeps nothing, logs nothing.
 */
#ifndef CONTROL_ETHTOOL_H
#define CONTROL_ETHTOOL_H

#include <net/if.h>

/* A SIOC* request with the interface's name filled in. 0 or a negative errno. */
int ethtool_interface(const char *name, unsigned long request, struct ifreq *ifreq);

/* An ethtool command: a struct of linux/ethtool.h with its .cmd set, filled by the kernel. 0 or a
 * negative errno; -EOPNOTSUPP where the driver has nothing to say. */
int ethtool_command(const char *name, void *command);

#endif
