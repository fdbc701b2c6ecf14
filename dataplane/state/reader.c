// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The public reader of the time page; reader.h is the manual. Of the control socket's protocol it
 * speaks one request: the line {"command":"page"}, answered by a descriptor beside the first byte.
 */
#include "dataplane/state/reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "dataplane/core/timepage.h"

#define REQUEST    "{\"command\":\"page\"}\n"
#define TIME_OUT_S 2

struct ntpxdp_reader {
	const struct timepage *page;
};

static int connect_to(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval limit = {.tv_sec = TIME_OUT_S};
	int fd, error;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	/* The limit to send holds for connecting, too. */
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0 &&
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0 &&
		connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	error = errno == EAGAIN || errno == EINPROGRESS ? -ETIMEDOUT : -errno;
	close(fd);
	return error;
}

/* The descriptor beside the first byte of the answer, or a negative errno. */
static int receive_descriptor(int socket_fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	char text[64];
	struct iovec vector = {text, sizeof(text)};
	struct msghdr message = {
		.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header;
	ssize_t count;
	int fd;

	do {
		count = recvmsg(socket_fd, &message, MSG_CMSG_CLOEXEC);
	} while (count < 0 && errno == EINTR);
	if (count < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	if (count == 0)
		return -ECONNRESET;
	header = CMSG_FIRSTHDR(&message);
	if (header == NULL) /* {"error":...}, or not our daemon at all */
		return text[0] == '{' ? -EOPNOTSUPP : -EBADMSG;
	if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS ||
		header->cmsg_len != CMSG_LEN(sizeof(fd)))
		return -EBADMSG;
	memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

int ntpxdp_reader_open(const char *socket_path, struct ntpxdp_reader **ret_reader)
{
	int socket_fd = connect_to(socket_path ? socket_path : NTPXDP_READER_SOCKET);
	int page_fd, error;

	if (socket_fd < 0)
		return socket_fd;
	if (send(socket_fd, REQUEST, strlen(REQUEST), MSG_NOSIGNAL) == (ssize_t)strlen(REQUEST))
		page_fd = receive_descriptor(socket_fd);
	else
		page_fd = errno == EAGAIN ? -ETIMEDOUT : -errno;
	close(socket_fd);
	if (page_fd < 0)
		return page_fd;
	error = ntpxdp_reader_open_descriptor(page_fd, ret_reader);
	close(page_fd);
	return error;
}

int ntpxdp_reader_open_descriptor(int page_fd, struct ntpxdp_reader **ret_reader)
{
	struct ntpxdp_reader *reader;
	struct stat status;
	void *memory;

	/* Beyond the end of a file a mapping is a trap; a BPF map has no size here and is checked
	 * by mmap() itself. */
	if (fstat(page_fd, &status) != 0)
		return -errno;
	if (S_ISREG(status.st_mode) && status.st_size < (off_t)sizeof(struct timepage))
		return -EPROTO;
	memory = mmap(NULL, sizeof(struct timepage), PROT_READ, MAP_SHARED, page_fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	reader = malloc(sizeof(*reader));
	if (reader == NULL || !timepage_known(memory)) {
		munmap(memory, sizeof(struct timepage));
		free(reader);
		return reader == NULL ? -ENOMEM : -EPROTO;
	}
	reader->page = memory;
	*ret_reader = reader;
	return 0;
}

static const char *reason_of(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_SERVED:
		return "";
	case VERDICT_PASS_UNSYNCHRONISED:
		return "not synchronised";
	case VERDICT_PASS_PAGE_EXPIRED:
		return "sample expired";
	case VERDICT_PASS_PAGE_UNWRITTEN:
		return "never written";
	case VERDICT_PASS_PAGE_TORN:
		return "changed while it was read";
	default:
		return "another layout";
	}
}

static int64_t unix_ns(struct ntp_time time)
{
	int64_t seconds = (int64_t)(time.seconds - NTP_TIME_UNIX_EPOCH_S);

	return seconds * (int64_t)NTP_TIME_NS_PER_S +
	       (int64_t)(time.fraction * NTP_TIME_NS_PER_S >> 32);
}

/* A q16 interval in ns, rounded up. */
static uint64_t short_ns(uint32_t q16)
{
	return (q16 * NTP_TIME_NS_PER_S + 0xffff) >> 16;
}

bool ntpxdp_reader_at(
	const struct ntpxdp_reader *reader, uint64_t monotonic_ns, struct ntpxdp_time *ret_time)
{
	struct timepage_reading reading = {0};
	enum verdict verdict = timepage_read(reader->page, monotonic_ns, &reading);
	const struct timepage_sample *sample = timepage_current(reader->page);
	uint64_t base_ns = sample == NULL ? 0 : compiler_load(sample->base_ns);

	*ret_time = (struct ntpxdp_time){
		.synchronised = verdict == VERDICT_SERVED,
		.reason = reason_of(verdict),
		.error_ns = UINT64_MAX,
		.age_ns = monotonic_ns > base_ns ? monotonic_ns - base_ns : 0,
		.stratum = NTP_STRATUM_UNSYNCHRONISED,
		.leap = NTP_LEAP_UNKNOWN,
	};
	if (verdict == VERDICT_SERVED) {
		ret_time->error_ns = short_ns(reading.root_delay_q16) / 2 +
				     short_ns(reading.root_dispersion_q16);
		ret_time->stratum = reading.stratum;
		ret_time->leap = reading.leap;
	}
	if (verdict == VERDICT_SERVED || verdict == VERDICT_PASS_UNSYNCHRONISED ||
		verdict == VERDICT_PASS_PAGE_EXPIRED)
		ret_time->unix_ns = unix_ns(reading.now);
	return ret_time->synchronised;
}

bool ntpxdp_reader_now(const struct ntpxdp_reader *reader, struct ntpxdp_time *ret_time)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return ntpxdp_reader_at(
		reader, (uint64_t)now.tv_sec * NTP_TIME_NS_PER_S + (uint64_t)now.tv_nsec, ret_time);
}

void ntpxdp_reader_close(struct ntpxdp_reader *reader)
{
	if (reader == NULL)
		return;
	munmap((void *)reader->page, sizeof(struct timepage));
	free(reader);
}
