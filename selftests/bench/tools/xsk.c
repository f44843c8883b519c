// SPDX-License-Identifier: GPL-2.0-only
/*
 * Readers with an XDP program: an AF_XDP socket in zero-copy mode on queue 0, and a program that
 * drops.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <linux/if_xdp.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "meter.h"

#define CHUNKS		1024
#define CHUNK_SIZE	4096

struct ring {
	volatile uint32_t *producer;
	volatile uint32_t *consumer;
	void *desc;
};

static void load(const char *ifname, const struct bpf_insn *insns, size_t count)
{
	int program = bpf_prog_load(BPF_PROG_TYPE_XDP, "bench", "GPL", insns, count, NULL);

	if (program < 0 ||
	    bpf_xdp_attach(if_nametoindex(ifname), program, XDP_FLAGS_DRV_MODE, NULL))
		die("XDP program");
}

static void wake(int number)
{
}

/* Nobody reads: the frames are dropped where they arrive, and counted in a map of one element */
void read_drop(const char *argument, struct shared *shared)
{
	int map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "count", 4, 8, 1, NULL);
	const struct bpf_insn insns[] = {
		/* r1 = &element 0; *r1 += 1; return XDP_DROP */
		{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = 1, .src_reg = BPF_PSEUDO_MAP_VALUE,
		  .imm = map },
		{ },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .imm = 1 },
		{ .code = BPF_STX | BPF_ATOMIC | BPF_DW, .dst_reg = 1, .src_reg = 2,
		  .imm = BPF_ADD },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = XDP_DROP },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int key = 0;

	load(argument, insns, sizeof(insns) / sizeof(insns[0]));
	signal(SIGUSR1, wake);
	shared->on_request = 1;
	shared->ready = 1;
	for (;;) {
		uint64_t frames;

		pause();
		if (bpf_map_lookup_elem(map, &key, &frames))
			die("map");
		shared->frames = frames;
		shared->answers++;
	}
}

static void attach_socket(const char *ifname, int sock)
{
	int map = bpf_map_create(BPF_MAP_TYPE_XSKMAP, "sockets", 4, 4, 1, NULL);
	const struct bpf_insn insns[] = {
		/* return bpf_redirect_map(map, 0, XDP_DROP) */
		{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = 1, .src_reg = BPF_PSEUDO_MAP_FD,
		  .imm = map },
		{ },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .imm = 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3, .imm = XDP_DROP },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect_map },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int key = 0;

	if (map < 0)
		die("map");
	load(ifname, insns, sizeof(insns) / sizeof(insns[0]));
	if (bpf_map_update_elem(map, &key, &sock, 0))
		die("map");
}

static void map_ring(int sock, off_t where, const struct xdp_ring_offset *offset, size_t entry,
		     struct ring *ring)
{
	char *base = mmap(NULL, offset->desc + CHUNKS * entry, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_POPULATE, sock, where);

	if (base == MAP_FAILED)
		die("ring");
	ring->producer = (void *)(base + offset->producer);
	ring->consumer = (void *)(base + offset->consumer);
	ring->desc = base + offset->desc;
}

static int open_socket(const char *ifname, struct ring *fill, struct ring *rx)
{
	struct sockaddr_xdp address = {
		.sxdp_family = AF_XDP,
		.sxdp_flags = XDP_ZEROCOPY | XDP_USE_NEED_WAKEUP,
		.sxdp_ifindex = if_nametoindex(ifname),
	};
	struct xdp_umem_reg area = { .len = CHUNKS * CHUNK_SIZE, .chunk_size = CHUNK_SIZE };
	struct xdp_mmap_offsets offsets;
	socklen_t length = sizeof(offsets);
	int sock = socket(AF_XDP, SOCK_RAW, 0);
	int count = CHUNKS;

	area.addr = (uintptr_t)mmap(NULL, area.len, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (sock < 0 || setsockopt(sock, SOL_XDP, XDP_UMEM_REG, &area, sizeof(area)) ||
	    setsockopt(sock, SOL_XDP, XDP_UMEM_FILL_RING, &count, sizeof(count)) ||
	    setsockopt(sock, SOL_XDP, XDP_UMEM_COMPLETION_RING, &count, sizeof(count)) ||
	    setsockopt(sock, SOL_XDP, XDP_RX_RING, &count, sizeof(count)) ||
	    getsockopt(sock, SOL_XDP, XDP_MMAP_OFFSETS, &offsets, &length))
		die("AF_XDP");
	map_ring(sock, XDP_UMEM_PGOFF_FILL_RING, &offsets.fr, sizeof(uint64_t), fill);
	map_ring(sock, XDP_PGOFF_RX_RING, &offsets.rx, sizeof(struct xdp_desc), rx);
	for (uint32_t i = 0; i < CHUNKS; i++)
		((uint64_t *)fill->desc)[i] = (uint64_t)i * CHUNK_SIZE;
	__atomic_store_n(fill->producer, CHUNKS, __ATOMIC_RELEASE);
	if (bind(sock, (struct sockaddr *)&address, sizeof(address)))
		die("AF_XDP zero-copy");
	return sock;
}

void read_xsk(const char *argument, struct shared *shared)
{
	struct ring fill, rx;
	int sock = open_socket(argument, &fill, &rx);
	struct pollfd event = { .fd = sock, .events = POLLIN };

	attach_socket(argument, sock);
	shared->ready = 1;
	while (poll(&event, 1, -1) > 0) {
		uint32_t last = __atomic_load_n(rx.producer, __ATOMIC_ACQUIRE);
		uint32_t first = *rx.consumer;
		uint32_t free = *fill.producer;

		for (uint32_t i = first; i != last; i++) {
			const struct xdp_desc *desc = (struct xdp_desc *)rx.desc + i % CHUNKS;

			((uint64_t *)fill.desc)[free++ % CHUNKS] = desc->addr;
		}
		__atomic_store_n(fill.producer, free, __ATOMIC_RELEASE);
		__atomic_store_n(rx.consumer, last, __ATOMIC_RELEASE);
		shared->frames += last - first;
	}
	die("poll");
}
