/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Descriptor rings. Sizes are powers of two; indexes run freely and are
 * masked on use, so head == tail means empty and nothing else.
 *
 * A receive ring is always as long as the chip allows; its size as the user
 * sees it is how many buffers are kept posted. So it can be changed while
 * frames arrive, of which none is lost: the chip would have to stop the queue
 * to be given another ring.
 */
#ifndef _VMQ_RING_H
#define _VMQ_RING_H

#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/u64_stats_sync.h>
#include <uapi/linux/bpf.h>

#include "vmq_desc.h"

struct page_pool;
struct vmq_nic;
struct vmq_queue;

/*
 * A receive buffer: room for XDP and the stack in front, 2 KiB for the chip (it
 * takes a multiple of 1 KiB), skb_shared_info behind. A standard frame fits in
 * one, a 9000-byte frame in five. Two pages of 4 KiB hold three buffers; one
 * would hold a single one, whose way back to the page pool is then the dearest
 * part of a frame that is not copied.
 */
#define VMQ_RX_HEADROOM		XDP_PACKET_HEADROOM
#define VMQ_RX_BUFFER_LEN	2048
#define VMQ_RX_BUFFER_SIZE \
	(VMQ_RX_HEADROOM + VMQ_RX_BUFFER_LEN + \
	 SKB_DATA_ALIGN(sizeof(struct skb_shared_info)))
#define VMQ_RX_PAGE_ORDER	get_order(3 * VMQ_RX_BUFFER_SIZE)
#define VMQ_RX_PAGE_SIZE	(PAGE_SIZE << VMQ_RX_PAGE_ORDER)
#define VMQ_RX_PAGE_BUFFERS	(VMQ_RX_PAGE_SIZE / VMQ_RX_BUFFER_SIZE)
/* Where memory is short a ring works with so many, which the longest frame
 * fits in: each frame has it tried to fill up. With fewer none may come.
 */
#define VMQ_RX_ENOUGH		16

/*
 * Most descriptors a frame can need: a context, the linear part, the
 * fragments, and two more because the largest frame is twice what one
 * descriptor may carry.
 */
#define VMQ_TX_MAX_DESC		(MAX_SKB_FRAGS + 4)
/* A stopped queue is woken when two such frames fit */
#define VMQ_TX_WAKE_DESC	(2 * VMQ_TX_MAX_DESC)
/* ... which a ring must be able to hold at all */
#define VMQ_TX_MIN_DESC		roundup_pow_of_two(VMQ_TX_WAKE_DESC + 1)
/* Short frames are copied to where they need not be mapped, one by one */
#define VMQ_TX_COPY_ROOM	256

/**
 * struct vmq_rx_stats - counters of a receive queue
 * @syncp: protects readers
 * @packets: frames handed to the stack
 * @bytes: their bytes, without FCS
 * @csum_unnecessary: frames whose checksum the chip found right
 * @csum_none: frames whose checksum the chip could not check
 * @csum_bad: frames whose checksum the chip found wrong
 * @alloc_fail: polls that could not allocate all buffers that were lacking
 * @drop_error: frames dropped because the chip reported a MAC error
 * @drop_alloc: frames dropped because no skb, or memory to copy them to, could
 *	be allocated
 * @drop_frags: frames dropped because they had too many pieces
 * @redirected: frames that hardware put here and software gave to another
 *	consumer than this queue's
 */
struct vmq_rx_stats {
	struct u64_stats_sync syncp;
	u64 packets;
	u64 bytes;
	u64 csum_unnecessary;
	u64 csum_none;
	u64 csum_bad;
	u64 alloc_fail;
	u64 drop_error;
	u64 drop_alloc;
	u64 drop_frags;
	u64 redirected;
};

/**
 * struct vmq_tx_stats - counters of a transmit queue
 * @syncp: protects readers of what the poll counts
 * @packets: frames on the wire, segments counted one by one
 * @bytes: their bytes, without FCS
 * @xmit_syncp: protects readers of what the sender counts
 * @tso_packets: frames given to the chip to be segmented
 * @tso_bytes: their bytes
 * @tso_segments: segments they became
 * @tso_wire_bytes: bytes of those segments
 * @csum: frames whose checksum was left to the chip
 * @stop: times the queue was stopped for lack of room
 * @wake: times it was woken again
 * @drop_down: frames dropped because the queue was taken down before they were
 *	sent
 * @drop_alloc: frames dropped because there was no memory to pad them
 * @drop_dma: frames dropped because they could not be mapped
 * @drop_offload: frames dropped because the chip cannot do what they ask
 */
struct vmq_tx_stats {
	struct u64_stats_sync syncp;
	u64 packets;
	u64 bytes;
	u64 wake;
	u64 drop_down;

	struct u64_stats_sync xmit_syncp;
	u64 tso_packets;
	u64 tso_bytes;
	u64 tso_segments;
	u64 tso_wire_bytes;
	u64 csum;
	u64 stop;
	u64 drop_alloc;
	u64 drop_dma;
	u64 drop_offload;
};

/**
 * struct vmq_rx_buffer - what a receive descriptor points at
 * @data: where its frame begins, VMQ_RX_HEADROOM behind the buffer's own
 *	beginning
 * @dma: its bus address
 *
 * It holds one of the page pool's references to its page.
 */
struct vmq_rx_buffer {
	void *data;
	dma_addr_t dma;
};

/**
 * struct vmq_rx_ring - receive ring
 * @desc: descriptors
 * @buffer: buffers, one for each descriptor
 * @pool: where the pages come from; serves this ring only
 * @tail_reg: the chip's tail register
 * @mask: descriptors - 1
 * @fill: how many buffers to keep posted; READ_ONCE
 * @head: next descriptor the chip completes; NAPI
 * @tail: next descriptor to post; NAPI
 * @told: the tail the chip knows of; NAPI
 * @next: the next buffer of a page that has been begun, if there is one; NAPI
 * @left: buffers that such a page still has; NAPI
 * @piece: memory for the next short frame, likewise; NAPI
 * @pieces: pieces that the page with @piece still has; NAPI
 * @piece_size: bytes of each, room in front and skb_shared_info included; NAPI
 * @skb: frame of which more descriptors are to come; NAPI
 * @discard: the rest of the current frame is dropped; NAPI
 * @dma: bus address of @desc
 * @dev: DMA device
 */
struct vmq_rx_ring {
	union vmq_rx_desc *desc;
	struct vmq_rx_buffer *buffer;
	struct page_pool *pool;
	u8 __iomem *tail_reg;
	u32 mask;
	u32 fill;

	/* Written by the poll */
	u32 head;
	u32 tail;
	u32 told;
	struct vmq_rx_buffer next;
	u32 left;
	void *piece;
	u32 pieces;
	u32 piece_size;
	struct sk_buff *skb;
	bool discard;

	/* Slow path */
	dma_addr_t dma;
	struct device *dev;
};

/**
 * struct vmq_tx_buffer - what a transmit descriptor stands for
 * @skb: on the first descriptor of a frame: the frame
 * @bytes: on the first: bytes on the wire
 * @segments: on the first: frames on the wire
 * @last: on the first: index of the last descriptor, which reports completion
 * @dma: mapping of this descriptor's data
 * @len: its length, 0 if there is nothing to unmap
 */
struct vmq_tx_buffer {
	struct sk_buff *skb;
	u32 bytes;
	u16 segments;
	u16 last;
	DEFINE_DMA_UNMAP_ADDR(dma);
	DEFINE_DMA_UNMAP_LEN(len);
};

/**
 * struct vmq_tx_ring - transmit ring
 * @desc: descriptors
 * @buffer: what they stand for
 * @txq: the stack's queue
 * @tail_reg: the chip's tail register
 * @dev: DMA device
 * @copy: VMQ_TX_COPY_ROOM bytes for each descriptor, for short frames; NULL if
 *	there was no memory for that: they are mapped then
 * @copy_dma: its bus address
 * @mask: descriptors - 1
 * @tail: next descriptor to fill; under the queue's transmit lock
 * @context: the context the chip holds, to be sent again only if it changes
 * @head: next descriptor to reclaim; NAPI
 * @dma: bus address of @desc
 */
struct vmq_tx_ring {
	/* Read-mostly */
	struct vmq_tx_desc *desc;
	struct vmq_tx_buffer *buffer;
	struct netdev_queue *txq;
	u8 __iomem *tail_reg;
	struct device *dev;
	void *copy;
	dma_addr_t copy_dma;
	u32 mask;

	/* Written by the sender */
	u32 tail ____cacheline_aligned_in_smp;
	struct vmq_tx_context context;

	/* Written by the poll */
	u32 head ____cacheline_aligned_in_smp;

	/* Slow path */
	dma_addr_t dma;
};

/**
 * vmq_tx_unused() - descriptors free to be filled
 * @ring: transmit ring
 *
 * One is always left empty: to the chip, head == tail means an empty ring.
 */
static inline u32 vmq_tx_unused(const struct vmq_tx_ring *ring)
{
	return ring->mask - (READ_ONCE(ring->tail) - READ_ONCE(ring->head));
}

/**
 * vmq_rx_page() - a buffer's page, for the page pool
 * @buffer: receive buffer
 */
static inline struct page *vmq_rx_page(struct vmq_rx_buffer buffer)
{
	return virt_to_head_page(buffer.data);
}

/**
 * vmq_rx_posted() - how many buffers wait for frames
 * @ring: receive ring
 */
static inline u32 vmq_rx_posted(const struct vmq_rx_ring *ring)
{
	return ring->tail - ring->head;
}

/**
 * vmq_rx_unused() - how many more buffers are to be posted
 * @ring: receive ring
 */
static inline u32 vmq_rx_unused(const struct vmq_rx_ring *ring)
{
	u32 posted = vmq_rx_posted(ring);
	u32 fill = READ_ONCE(ring->fill);

	return posted < fill ? fill - posted : 0;
}

/* vmq_ring.c: */
struct vmq_rx_ring *vmq_rx_ring_alloc(struct vmq_queue *queue, u16 fill);
void vmq_rx_ring_set_fill(struct vmq_rx_ring *ring, u16 fill);
void vmq_rx_ring_free(struct vmq_rx_ring *ring);
struct vmq_tx_ring *vmq_tx_ring_alloc(struct vmq_queue *queue, u16 count);
void vmq_tx_ring_free(struct vmq_tx_ring *ring);

/* vmq_rx.c: */
int vmq_rx_refill(struct vmq_rx_ring *ring, u32 most);
void vmq_rx_drop_pieces(struct vmq_rx_ring *ring);
int vmq_rx_poll(struct vmq_queue *queue, struct vmq_rx_ring *ring, int budget);

/* vmq_tx.c: */
netdev_tx_t vmq_tx_xmit(struct sk_buff *skb, struct net_device *netdev);
bool vmq_tx_poll(struct vmq_queue *queue, int budget);
void vmq_tx_purge(struct vmq_queue *queue);

#endif /* _VMQ_RING_H */
