// SPDX-License-Identifier: GPL-2.0-only
/*
 * Receive: from a completed descriptor to the consumer's stack.
 */
#include <linux/dma-mapping.h>
#include <linux/etherdevice.h>
#include <linux/if_macvlan.h>
#include <net/page_pool/helpers.h>
#include <net/xdp.h>

#include "vmq.h"

/* Buffers are posted in batches, so that the tail is not written for each */
#define VMQ_RX_BATCH		16
/* ... and by one poll no more than frames of a poll can have used: a ring that
 * has become larger must not keep others from the processor
 */
#define VMQ_RX_MOST		256

/* There is room: the caller has counted, or has just taken a frame out */
static void vmq_rx_post(struct vmq_rx_ring *ring, struct page *page)
{
	u32 index = ring->tail & ring->mask;
	union vmq_rx_desc *desc = &ring->desc[index];
	dma_addr_t dma;

	dma = page_pool_get_dma_addr(page) + VMQ_RX_HEADROOM;
	desc->read.pkt_addr = cpu_to_le64(dma);
	/* The status is written over this word: it must not look done */
	desc->read.hdr_addr = 0;
	ring->buffer[index].page = page;
	WRITE_ONCE(ring->tail, ring->tail + 1);
}

/**
 * vmq_rx_refill() - post buffers in free descriptors
 * @ring: receive ring
 * @most: how many at most
 *
 * Context: NAPI, or process context while the ring does not run.
 * Return: 0; -EAGAIN if more are lacking; -ENOMEM.
 */
int vmq_rx_refill(struct vmq_rx_ring *ring, u32 most)
{
	u32 unused = vmq_rx_unused(ring);
	u32 count = min(unused, most);
	int err = count < unused ? -EAGAIN : 0;

	while (count--) {
		/* Atomic for a new ring, too: the page pool of 7.3 maps pages
		 * with bottom halves off, and would sleep there
		 */
		struct page *page = page_pool_dev_alloc_pages(ring->pool);

		if (unlikely(!page)) {
			err = -ENOMEM;
			break;
		}
		vmq_rx_post(ring, page);
	}

	if (ring->told == ring->tail)
		return err;
	/* Pairs with vmq_drain_mark(): the descriptors, then where they end */
	smp_store_release(&ring->told, ring->tail);
	if (ring->tail_reg) {
		/* The chip reads the descriptors once it sees the new tail */
		dma_wmb();
		writel(ring->tail & ring->mask, ring->tail_reg);
	}
	return err;
}

/* Return: the chip has found the frame's checksums right */
static bool vmq_rx_checksum(const struct vmq_queue *queue, u32 status,
			    struct vmq_rx_stats *sum)
{
	bool wanted = queue->nic->netdev->features & NETIF_F_RXCSUM;

	if (likely((status & (VMQ_RXD_L4CS | VMQ_RXD_L4E | VMQ_RXD_IPE)) ==
		   VMQ_RXD_L4CS && wanted)) {
		sum->csum_unnecessary++;
		return true;
	}
	/* What it found wrong the stack checks again, and counts */
	if (status & (VMQ_RXD_L4E | VMQ_RXD_IPE) && wanted)
		sum->csum_bad++;
	else
		sum->csum_none++;
	return false;
}

/* VLAN of a frame for the software check; 0 if it has none */
static u16 vmq_rx_vid(const struct sk_buff *skb)
{
	const struct vlan_ethhdr *vlan = (const void *)skb->data;

	if (skb_vlan_tag_present(skb))
		return skb_vlan_tag_get_id(skb);
	if (skb_headlen(skb) >= VLAN_ETH_HLEN &&
	    vlan->h_vlan_proto == htons(ETH_P_8021Q))
		return ntohs(vlan->h_vlan_TCI) & VLAN_VID_MASK;
	return 0;
}

/* Who gets the frame */
static const struct vmq_consumer *vmq_rx_consumer(struct vmq_queue *queue,
						  const struct sk_buff *skb,
						  struct vmq_rx_stats *sum)
{
	const struct vmq_consumer *consumer;

	if (likely(!READ_ONCE(queue->check)) ||
	    is_multicast_ether_addr(skb->data))
		return &queue->consumer;

	consumer = vmq_filter_lookup_rcu(queue->nic, skb->data,
					 vmq_rx_vid(skb));
	sum->redirected += consumer != &queue->consumer;
	return consumer;
}

/* The consumer is promised one call at a time. While software carries any
 * filter, frames of a queue may come by another one's NAPI at the same time.
 */
static void vmq_rx_hand_over(struct vmq_queue *queue,
			     const struct vmq_consumer *consumer,
			     struct sk_buff *skb)
{
	struct vmq_queue *target = &queue->nic->queue[consumer->index];

	if (likely(!READ_ONCE(queue->nic->shared))) {
		consumer->receive(consumer->priv, &queue->napi, skb);
		return;
	}
	spin_lock(&target->receiving);
	consumer->receive(consumer->priv, &queue->napi, skb);
	spin_unlock(&target->receiving);
}

static void vmq_rx_deliver(struct vmq_queue *queue, struct sk_buff *skb,
			   const union vmq_rx_desc *desc, u32 status,
			   struct vmq_rx_stats *sum)
{
	const struct vmq_consumer *consumer;

	if (status & VMQ_RXD_VP)
		__vlan_hwaccel_put_tag(skb, htons(ETH_P_8021Q),
				       le16_to_cpu(desc->wb.vlan));
	consumer = vmq_rx_consumer(queue, skb, sum);

	sum->packets++;
	sum->bytes += skb->len;
	skb->dev = queue->nic->netdev;
	if (vmq_rx_checksum(queue, status, sum))
		skb->ip_summed = CHECKSUM_UNNECESSARY;
	skb_record_rx_queue(skb, consumer->index);
	if (consumer->receive) {
		vmq_rx_hand_over(queue, consumer, skb);
		return;
	}
	if (unlikely(rcu_access_pointer(queue->nic->watcher)) &&
	    consumer->index == VMQ_DEFAULT_QUEUE && consumer->netdev == skb->dev)
		vmq_owner_show_stray(queue->nic, skb);
	if (consumer->netdev != skb->dev)
		macvlan_count_rx(netdev_priv(consumer->netdev), skb->len, true,
				 false);
	skb->protocol = eth_type_trans(skb, consumer->netdev);
	napi_gro_receive(&queue->napi, skb);
}

/* The page of a frame that was copied is posted again at once, which is cheaper
 * than a way through the page pool. The chip is told later. Inline, as the next
 * one: calls of both cost 33 instructions for each frame.
 */
static __always_inline void vmq_rx_repost(struct vmq_rx_ring *ring,
					  struct page *page, u32 len)
{
	if (unlikely(!vmq_rx_unused(ring))) {
		/* The ring is to become smaller */
		page_pool_recycle_direct(ring->pool, page);
		return;
	}
	dma_sync_single_range_for_device(ring->dev,
					 page_pool_get_dma_addr(page),
					 VMQ_RX_HEADROOM, len, DMA_FROM_DEVICE);
	vmq_rx_post(ring, page);
}

/* Memory for a short frame: a piece of a page, NET_SKB_PAD before the frame. A
 * piece that is read late keeps the rest of its page, at most eight others.
 */
static __always_inline void *vmq_rx_piece(struct vmq_rx_ring *ring, u32 len,
					  u32 *size)
{
	struct page *piece;
	u32 offset;

	*size = SKB_HEAD_ALIGN(NET_SKB_PAD + len);
	piece = page_pool_dev_alloc_frag(ring->pool, &offset, *size);
	return likely(piece) ? page_address(piece) + offset : NULL;
}

static struct sk_buff *vmq_rx_copy(struct vmq_rx_ring *ring, struct page *page,
				   u32 len)
{
	struct sk_buff *skb;
	void *piece;
	u32 size;

	piece = vmq_rx_piece(ring, len, &size);
	if (unlikely(!piece))
		return NULL;
	skb = napi_build_skb(piece, size);
	if (unlikely(!skb)) {
		page_pool_recycle_direct(ring->pool, virt_to_head_page(piece));
		return NULL;
	}
	skb_mark_for_recycle(skb);
	skb_reserve(skb, NET_SKB_PAD);
	memcpy(__skb_put(skb, len), page_address(page) + VMQ_RX_HEADROOM, len);
	vmq_rx_repost(ring, page, len);
	return skb;
}

/* The frame as XDP has frames: described in the room in front of it */
static struct xdp_frame *vmq_rx_frame(struct vmq_queue *queue,
				      struct vmq_rx_ring *ring,
				      struct page *page, u32 len)
{
	u32 headroom = VMQ_RX_HEADROOM, size = PAGE_SIZE;
	void *data = page_address(page) + VMQ_RX_HEADROOM;
	struct xdp_frame *frame = page_address(page);

	if (len <= READ_ONCE(queue->nic->copybreak)) {
		headroom = NET_SKB_PAD;
		frame = vmq_rx_piece(ring, len, &size);
		if (unlikely(!frame))
			return NULL;
		data = memcpy((void *)frame + headroom, data, len);
		vmq_rx_repost(ring, page, len);
	}
	BUILD_BUG_ON(sizeof(*frame) > NET_SKB_PAD);
	*frame = (struct xdp_frame) {
		.data		= data,
		.len		= len,
		.headroom	= headroom - sizeof(*frame),
		.mem_type	= MEM_TYPE_PAGE_POOL,
		.dev_rx		= queue->nic->netdev,
		.frame_sz	= size,
	};
	return frame;
}

/* Return: the consumer has taken the frame without an skb */
static bool vmq_rx_take(struct vmq_queue *queue, struct vmq_rx_ring *ring,
			struct page *page, u32 len, u32 status,
			struct vmq_rx_stats *sum)
{
	const struct vmq_consumer *consumer = &queue->consumer;
	const void *data = page_address(page) + VMQ_RX_HEADROOM;
	struct xdp_frame *frame;

	if ((status & (VMQ_RXD_EOP | VMQ_RXD_VP)) != VMQ_RXD_EOP ||
	    READ_ONCE(queue->check) || READ_ONCE(queue->nic->shared) ||
	    is_multicast_ether_addr(data))
		return false;
	queue->asked = true;
	if (!consumer->raw->wants(consumer->priv, &queue->napi, data, len))
		return false;
	frame = vmq_rx_frame(queue, ring, page, len);
	if (unlikely(!frame))
		return false;
	sum->packets++;
	sum->bytes += len;
	vmq_rx_checksum(queue, status, sum);
	consumer->raw->take(consumer->priv, frame);
	return true;
}

static struct sk_buff *vmq_rx_build(struct page *page, u32 len)
{
	struct sk_buff *skb;

	skb = napi_build_skb(page_address(page), PAGE_SIZE);
	if (unlikely(!skb))
		return NULL;
	skb_mark_for_recycle(skb);
	skb_reserve(skb, VMQ_RX_HEADROOM);
	__skb_put(skb, len);
	return skb;
}

/* First buffer of a frame */
static struct sk_buff *vmq_rx_first(struct vmq_queue *queue,
				    struct vmq_rx_ring *ring,
				    struct page *page, u32 len, u32 status)
{
	if ((status & VMQ_RXD_EOP) &&
	    len <= READ_ONCE(queue->nic->copybreak))
		return vmq_rx_copy(ring, page, len);
	return vmq_rx_build(page, len);
}

/* Further buffer of a frame */
static bool vmq_rx_next(struct vmq_rx_ring *ring, struct page *page, u32 len)
{
	int nr = skb_shinfo(ring->skb)->nr_frags;

	if (unlikely(nr == MAX_SKB_FRAGS))
		return false;
	skb_add_rx_frag(ring->skb, nr, page, VMQ_RX_HEADROOM, len, PAGE_SIZE);
	return true;
}

/* Drop the frame a descriptor belongs to; its further ones follow */
static void vmq_rx_discard(struct vmq_queue *queue, struct vmq_rx_ring *ring,
			   struct page *page, u32 status, u64 *counter,
			   const char *reason)
{
	if (!ring->discard) {
		(*counter)++;
		trace_vmq_rx_drop(queue, reason);
	}
	page_pool_recycle_direct(ring->pool, page);
	kfree_skb_reason(ring->skb, SKB_DROP_REASON_DEV_READY);
	ring->skb = NULL;
	ring->discard = !(status & VMQ_RXD_EOP);
}

/* One completed descriptor. Return: a frame was completed */
static bool vmq_rx_desc(struct vmq_queue *queue, struct vmq_rx_ring *ring,
			const union vmq_rx_desc *desc, u32 status,
			struct page *page, struct vmq_rx_stats *sum)
{
	u32 len = le16_to_cpu(desc->wb.length);
	struct sk_buff *skb = ring->skb;

	page_pool_dma_sync_for_cpu(ring->pool, page, 0, len);

	if (unlikely(ring->discard || (status & VMQ_RXD_RXE))) {
		vmq_rx_discard(queue, ring, page, status, &sum->drop_error,
			       "receive error");
		return status & VMQ_RXD_EOP;
	}
	if (likely(!skb)) {
		if (queue->consumer.raw &&
		    vmq_rx_take(queue, ring, page, len, status, sum))
			return true;
		skb = vmq_rx_first(queue, ring, page, len, status);
		if (unlikely(!skb)) {
			vmq_rx_discard(queue, ring, page, status,
				       &sum->drop_alloc, "no memory");
			return status & VMQ_RXD_EOP;
		}
	} else if (unlikely(!vmq_rx_next(ring, page, len))) {
		vmq_rx_discard(queue, ring, page, status, &sum->drop_frags,
			       "too many pieces");
		return status & VMQ_RXD_EOP;
	}
	if (!(status & VMQ_RXD_EOP)) {
		ring->skb = skb;
		return false;
	}

	ring->skb = NULL;
	vmq_rx_deliver(queue, skb, desc, status, sum);
	return true;
}

static void vmq_rx_fold(struct vmq_rx_stats *stats,
			const struct vmq_rx_stats *sum)
{
	u64_stats_update_begin(&stats->syncp);
	stats->packets += sum->packets;
	stats->bytes += sum->bytes;
	stats->csum_unnecessary += sum->csum_unnecessary;
	stats->csum_none += sum->csum_none;
	stats->csum_bad += sum->csum_bad;
	stats->alloc_fail += sum->alloc_fail;
	stats->drop_error += sum->drop_error;
	stats->drop_alloc += sum->drop_alloc;
	stats->drop_frags += sum->drop_frags;
	stats->redirected += sum->redirected;
	u64_stats_update_end(&stats->syncp);
}

/**
 * vmq_rx_poll() - deliver what has arrived
 * @queue: the queue
 * @ring: its receive ring
 * @budget: most frames to deliver
 *
 * Context: NAPI, or with NAPI disabled and bottom halves off.
 * Return: frames delivered or dropped; @budget to be called again.
 */
int vmq_rx_poll(struct vmq_queue *queue, struct vmq_rx_ring *ring, int budget)
{
	struct vmq_rx_stats sum = {};
	int frames = 0;
	int err = 0;

	while (frames < budget && ring->head != ring->tail) {
		u32 index = ring->head & ring->mask;
		const union vmq_rx_desc *desc = &ring->desc[index];
		u32 status = le32_to_cpu(READ_ONCE(desc->wb.status));

		if (!(status & VMQ_RXD_DD))
			break;
		/* The rest of the descriptor is valid once DD has been seen */
		dma_rmb();

		WRITE_ONCE(ring->head, ring->head + 1);
		frames += vmq_rx_desc(queue, ring, desc, status,
				      ring->buffer[index].page, &sum);
	}

	if (unlikely(queue->asked)) {
		queue->asked = false;
		queue->consumer.raw->flush(queue->consumer.priv);
	}
	/* As many as the chip lacks */
	if (vmq_rx_unused(ring) + ring->tail - ring->told >= VMQ_RX_BATCH) {
		err = vmq_rx_refill(ring, VMQ_RX_MOST);
		sum.alloc_fail = err == -ENOMEM;
	}
	if (frames || sum.alloc_fail || ring->discard)
		vmq_rx_fold(&queue->rx_stats, &sum);
	/* No interrupt may come for an empty ring: try again */
	return err ? budget : frames;
}
