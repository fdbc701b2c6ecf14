// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The veth pair of run_veth: see veth.h. Offloads are off: a tag must stand in
 * the frame, and a checksum must be whole, where XDP looks at it.
 */
#include "tests/bpf/veth.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "tests/vectors/vector.h"

/* IPv6 off: no neighbour discovery among the frames that are compared. */
static const char make_pair[] =
	"exec 2>&1; set -e; "
	"echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6; "
	"ip link add server address 02:00:5e:10:00:01 type veth peer name client; "
	"for end in server client; do "
	"ethtool -K $end tx off txvlan off rxvlan off gro off gso off tso off >/dev/null; "
	"ip link set $end arp off up; done";

static int open_socket(int ifindex)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = ifindex};
	int on = 1, fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) != 0 ||
		setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) != 0 ||
		bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
		int error = -errno;

		close(fd);
		return error;
	}
	return fd;
}

/* r0 = XDP_PASS; exit */
static int attach_pass(const struct veth *veth)
{
	const struct bpf_insn code[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS},
		{.code = BPF_JMP | BPF_EXIT},
	};
	int error, fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "pass", "GPL", code, 2, NULL);

	if (fd < 0)
		return fd;
	error = bpf_xdp_attach(veth->ifindex[VETH_CLIENT], fd, XDP_FLAGS_DRV_MODE, NULL);
	close(fd);
	return error;
}

int veth_make(struct veth *ret_veth, bool native)
{
	static const char *const names[VETH_ENDS] = {"server", "client"};
	struct veth veth = {.native = native};
	int status;

	if (unshare(CLONE_NEWNET) != 0) {
		printf("cannot make a network namespace: %s\n", strerror(errno));
		return -errno;
	}
	status = system(make_pair); /* NOLINT(cert-env33-c): a constant, no input */
	if (status != 0) {
		printf("cannot make a veth pair: ip and ethtool said so above\n");
		return -ENODEV;
	}
	for (int end = 0; end < VETH_ENDS; end++) {
		veth.ifindex[end] = (int)if_nametoindex(names[end]);
		veth.socket[end] = open_socket(veth.ifindex[end]);
		if (veth.socket[end] < 0) {
			printf("packet socket: %s\n", strerror(-veth.socket[end]));
			return veth.socket[end];
		}
	}
	status = native ? attach_pass(&veth) : 0;
	if (status != 0) {
		printf("attaching a program to the client's end: %s\n", strerror(-status));
		return status;
	}
	*ret_veth = veth;
	return 0;
}

int veth_attach(const struct veth *veth, int fd)
{
	uint32_t flags = veth->native ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE;

	return bpf_xdp_attach(veth->ifindex[VETH_SERVER], fd, flags, NULL);
}

int veth_send(const struct veth *veth, const uint8_t *frame, size_t length)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET, .sll_ifindex = veth->ifindex[VETH_CLIENT]};

	if (sendto(veth->socket[VETH_CLIENT], frame, length, 0, (const struct sockaddr *)&address,
		    sizeof(address)) < 0)
		return -errno;
	return 0;
}

/* The kernel has taken the outer tag out of the frame by the time a socket sees it. */
static size_t put_tag_back(const struct msghdr *message, uint8_t *frame, size_t length)
{
	struct cmsghdr *control;
	struct tpacket_auxdata data;
	uint16_t tag[2];

	for (control = CMSG_FIRSTHDR(message); control != NULL;
		control = CMSG_NXTHDR((struct msghdr *)message, control)) {
		if (control->cmsg_level != SOL_PACKET || control->cmsg_type != PACKET_AUXDATA)
			continue;
		memcpy(&data, CMSG_DATA(control), sizeof(data));
		if (!(data.tp_status & TP_STATUS_VLAN_VALID) || length < 12)
			continue;
		memmove(frame + 16, frame + 12, length - 12);
		tag[0] = htons(data.tp_status & TP_STATUS_VLAN_TPID_VALID ? data.tp_vlan_tpid
									  : ETH_P_8021Q);
		tag[1] = htons(data.tp_vlan_tci);
		memcpy(frame + 12, tag, 4);
		length += 4;
	}
	return length;
}

long veth_receive(const struct veth *veth, enum veth_end end, uint8_t *frame, int timeout_ms)
{
	union {
		struct cmsghdr align;
		char octets[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	} control;
	struct iovec part = {frame, VECTOR_FRAME_MAX - 4};
	struct msghdr message = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};
	struct pollfd wait = {.fd = veth->socket[end], .events = POLLIN};
	ssize_t length;

	if (poll(&wait, 1, timeout_ms) <= 0)
		return 0;
	length = recvmsg(veth->socket[end], &message, MSG_DONTWAIT);
	if (length < 0)
		return -errno;
	return (long)put_tag_back(&message, frame, (size_t)length);
}
