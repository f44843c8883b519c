// SPDX-License-Identifier: GPL-2.0-only
/*
 * Readers: one system call for each frame, as a program without a busy loop does it.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "meter.h"

#define GROUP	1	/* in a frame's first byte */

static void note(struct shared *shared, const char *payload)
{
	uint64_t sent;

	if (!shared->stamped || shared->delays == MOST_DELAYS)
		return;
	memcpy(&sent, payload, sizeof(sent));
	shared->delay[shared->delays++] = now() - sent;
}

/* A socket on a port that any sender may send to */
static void read_udp(const char *argument, struct shared *shared)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(PORT_DISCARD) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	int room = 8 << 20;
	char frame[MOST_FRAME];

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)))
		die("udp");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	shared->ready = 1;
	while (recv(fd, frame, sizeof(frame), 0) > 0) {
		note(shared, frame);
		shared->frames++;
	}
	die("recv");
}

static void read_frames(int fd, struct shared *shared)
{
	char frame[MOST_FRAME];

	shared->ready = 1;
	while (read(fd, frame, sizeof(frame)) > 0) {
		/* A bridge reports to every port which groups it is in, 224.0.0.106 from the
		 * moment it is up: what is counted has one receiver
		 */
		if (frame[0] & GROUP)
			continue;
		note(shared, frame + HEADERS);
		shared->frames++;
	}
	die("read");
}

/* A tap that exists already */
int open_tap(const char *name)
{
	struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR);

	strncpy(request.ifr_name, name, IFNAMSIZ - 1);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &request))
		die(name);
	return fd;
}

int open_macvtap(const char *name)
{
	struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	/* As QEMU has it. With the default a blocking write that has to wait for room hangs,
	 * over any driver: while SOCKWQ_ASYNC_NOSPACE is clear, the kernel's tap takes no
	 * notice of room becoming free.
	 */
	int unlimited = INT_MAX;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/dev/tap%u", if_nametoindex(name));
	fd = open(path, O_RDWR);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &request) || ioctl(fd, TUNSETSNDBUF, &unlimited))
		die(path);
	return fd;
}

/* Nobody is to receive anything */
static void read_none(const char *argument, struct shared *shared)
{
	shared->ready = 1;
	for (;;)
		pause();
}

static void read_tap(const char *argument, struct shared *shared)
{
	read_frames(open_tap(argument), shared);
}

static void read_macvtap(const char *argument, struct shared *shared)
{
	read_frames(open_macvtap(argument), shared);
}

const struct reader readers[] = {
	{ "udp", read_udp },
	{ "tap", read_tap },
	{ "macvtap", read_macvtap },
	{ "none", read_none },
	{ "xsk", read_xsk },
	{ "drop", read_drop },
	{ },
};
