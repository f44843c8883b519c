// SPDX-License-Identifier: GPL-2.0-only
/*
 * The program of a small guest: count the numbered test frames that reach it, send each back to
 * where it came from, and tell on the console what was counted.
 *
 * Console, one line each: "count" gives "frames=N misordered=N duplicates=N last=N", "clear"
 * forgets, "echo on|off". "run COMMAND" runs it, with its output on the console, then "run ended STATUS".
 */

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ETH_P_TEST	0x88b5		/* as in lib/frames.py */
#define MAGIC		"vmqtest!"
#define FLOWS		64

struct test_frame {
	uint8_t dst[ETH_ALEN];
	uint8_t src[ETH_ALEN];
	uint16_t type;
	char magic[8];
	uint32_t flow;
	uint32_t seq;
} __attribute__((packed));

static unsigned long frames, misordered, duplicates, last;
static uint32_t next_seq[FLOWS];
static bool echo = true;

static void count(const struct test_frame *frame)
{
	uint32_t flow = ntohl(frame->flow) % FLOWS;
	uint32_t seq = ntohl(frame->seq);

	frames++;
	last = seq;
	if (seq + 1 == next_seq[flow])
		duplicates++;
	else if (seq < next_seq[flow])
		misordered++;
	else
		next_seq[flow] = seq + 1;
}

static void receive(int sock)
{
	static uint8_t buffer[65536];
	struct test_frame *frame = (struct test_frame *)buffer;
	uint8_t own[ETH_ALEN];
	ssize_t length;

	length = recv(sock, buffer, sizeof(buffer), 0);
	if (length < (ssize_t)sizeof(*frame))
		return;
	if (memcmp(frame->magic, MAGIC, sizeof(frame->magic)))
		return;
	count(frame);
	if (!echo || frame->dst[0] & 1)
		return;
	memcpy(own, frame->dst, ETH_ALEN);
	memcpy(frame->dst, frame->src, ETH_ALEN);
	memcpy(frame->src, own, ETH_ALEN);
	if (send(sock, buffer, length, 0) < 0)
		printf("send failed\n");
}

static void command(const char *line)
{
	if (!strncmp(line, "count", 5)) {
		printf("frames=%lu misordered=%lu duplicates=%lu last=%lu\n",
		       frames, misordered, duplicates, last);
	} else if (!strncmp(line, "clear", 5)) {
		frames = misordered = duplicates = last = 0;
		memset(next_seq, 0, sizeof(next_seq));
		printf("cleared\n");
	} else if (!strncmp(line, "echo", 4)) {
		echo = !strncmp(line + 5, "on", 2);
		printf("echo %s\n", echo ? "on" : "off");
	} else if (!strncmp(line, "run ", 4)) {
		printf("run ended %d\n", system(line + 4));
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_TEST),
	};
	int sock = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_TEST));
	struct pollfd poll_set[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = sock, .events = POLLIN },
	};
	int size = 16 << 20;
	char line[256];

	address.sll_ifindex = if_nametoindex(argc > 1 ? argv[1] : "eth0");
	if (sock < 0 || bind(sock, (struct sockaddr *)&address, sizeof(address))) {
		perror("responder");
		return 1;
	}
	setsockopt(sock, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	setvbuf(stdout, NULL, _IOLBF, 0);
	setvbuf(stdin, NULL, _IONBF, 0);
	printf("vmq-guest-ready\n");
	while (poll(poll_set, 2, -1) > 0) {
		if (poll_set[1].revents)
			receive(sock);
		if (poll_set[0].revents) {
			if (!fgets(line, sizeof(line), stdin))
				return 0;
			command(line);
		}
	}
	return 1;
}
