// SPDX-License-Identifier: GPL-2.0-only
/*
 * Senders under test: one system call for each frame.
 */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "meter.h"

static char frame[MOST_FRAME];

/* The argument is the address to send to */
static int open_udp(const char *argument, size_t size)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(PORT_DISCARD) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (inet_pton(AF_INET, argument, &address.sin_addr) != 1 ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address)))
		die("udp");
	return fd;
}

static void send_udp(int fd, size_t size)
{
	if (send(fd, frame, size - HEADERS, 0) < 0)
		die("send");
}

/* "name/destination/source" of a macvtap or tap; what a virtual machine does with it */
static void fill_frame(const char *addresses)
{
	unsigned int byte[12];

	if (sscanf(addresses, "%x:%x:%x:%x:%x:%x/%x:%x:%x:%x:%x:%x", &byte[0], &byte[1],
		   &byte[2], &byte[3], &byte[4], &byte[5], &byte[6], &byte[7], &byte[8],
		   &byte[9], &byte[10], &byte[11]) != 12)
		die(addresses);
	for (int i = 0; i < 12; i++)
		frame[i] = byte[i];
	/* local experimental */
	frame[12] = (char)0x88;
	frame[13] = (char)0xb5;
}

static int open_named(const char *argument, int (*open_it)(const char *name))
{
	char name[64] = { };

	memcpy(name, argument, strcspn(argument, "/"));
	fill_frame(argument + strcspn(argument, "/") + 1);
	return open_it(name);
}

static int open_tap_sender(const char *argument, size_t size)
{
	return open_named(argument, open_tap);
}

static int open_macvtap_sender(const char *argument, size_t size)
{
	return open_named(argument, open_macvtap);
}

/* Straight to the driver of a port */
int open_raw(const char *ifname)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_ifindex = if_nametoindex(ifname),
	};
	int fd = socket(AF_PACKET, SOCK_RAW, 0);
	int one = 1;

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one)))
		die(ifname);
	return fd;
}

static uint16_t checksum(const void *data, size_t size)
{
	const uint16_t *word = data;
	uint32_t sum = 0;

	for (size_t i = 0; i < size / 2; i++)
		sum += word[i];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* A frame to the discard port of @address */
void fill_udp(char *frame, size_t size, const char *mac, const char *address)
{
	struct iphdr ip = { .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP };
	struct udphdr udp = { .source = htons(PORT_DISCARD), .dest = htons(PORT_DISCARD) };
	struct ether_header ethernet = { .ether_type = htons(ETHERTYPE_IP) };

	memcpy(ethernet.ether_dhost, ether_aton(mac), ETHER_ADDR_LEN);
	/* what is not there: a locally administered address */
	ethernet.ether_shost[0] = 0x02;
	ip.tot_len = htons(size - sizeof(ethernet));
	ip.saddr = inet_addr("192.0.2.2");
	ip.daddr = inet_addr(address);
	ip.check = checksum(&ip, sizeof(ip));
	udp.len = htons(size - sizeof(ethernet) - sizeof(ip));
	memset(frame, 0, size);
	memcpy(frame, &ethernet, sizeof(ethernet));
	memcpy(frame + sizeof(ethernet), &ip, sizeof(ip));
	memcpy(frame + sizeof(ethernet) + sizeof(ip), &udp, sizeof(udp));
}

static void send_frame(int fd, size_t size)
{
	if (write(fd, frame, size) < 0)
		die("write");
}

const struct sender senders[] = {
	{ "udp", open_udp, send_udp },
	{ "tap", open_tap_sender, send_frame },
	{ "macvtap", open_macvtap_sender, send_frame },
	{ },
};
