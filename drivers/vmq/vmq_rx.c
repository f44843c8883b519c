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

/* A page, to be given back in so many parts */
static struct page *vmq_rx_page_alloc(struct vmq_rx_ring *ring, u32 parts)
{
	/* Atomic for a new ring, too: the page pool of 7.3 maps pages with
	 * bottom halves off, and would sleep there
	 */
	struct page *page = page_pool_dev_alloc_pages(ring->pool);

	if (likely(page))
		page_pool_fragment_page(page, parts);
	return page;
}

/* Begin a page with buffers; of the last one none is left */
static bool vmq_rx_begin_buffers(struct vmq_rx_ring *ring)
{
	struct page *page = vmq_rx_page_alloc(ring, VMQ_RX_PAGE_BUFFERS);

	if (unlikely(!page))
		return false;
	ring->next.data = page_address(page) + VMQ_RX_HEADROOM;
	ring->next.dma = page_pool_get_dma_addr(page) + VMQ_RX_HEADROOM;
	ring->left = VMQ_RX_PAGE_BUFFERS;
	return true;
}

/* Post @count buffers that lie side by side. There is room: the caller has
 * counted, or has just taken a frame out.
 */
static __always_inline void vmq_rx_post(struct vmq_rx_ring *ring,
					struct vmq_rx_buffer buffer, u32 count)
{
	struct vmq_rx_buffer *posted = ring->buffer;
	union vmq_rx_desc *desc = ring->desc;
	u32 tail = ring->tail;
	u32 mask = ring->mask;

	while (count--) {
		u32 index = tail++ & mask;

		desc[index].read.pkt_addr = cpu_to_le64(buffer.dma);
		/* The status is written over it: it must not look done */
		desc[index].read.hdr_addr = 0;
		posted[index] = buffer;
		buffer.data += VMQ_RX_BUFFER_SIZE;
		buffer.dma += VMQ_RX_BUFFER_SIZE;
	}
	WRITE_ONCE(ring->tail, tail);
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

	while (count) {
		u32 some;

		if (!ring->left && unlikely(!vmq_rx_begin_buffers(ring))) {
			err = -ENOMEM;
			break;
		}
		some = min(count, ring->left);
		vmq_rx_post(ring, ring->next, some);
		ring->next.data += some * VMQ_RX_BUFFER_SIZE;
		ring->next.dma += some * VMQ_RX_BUFFER_SIZE;
		ring->left -= some;
		count -= some;
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
static bool vmq_rx_checksum(const struct net_device *netdev, u32 status,
			    struct vmq_rx_stats *sum)
{
	bool wanted = netdev->features & NETIF_F_RXCSUM;

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
	struct vmq_nic *nic = queue->nic;
	struct net_device *netdev;
	u32 len = skb->len;

	if (status & VMQ_RXD_VP)
		__vlan_hwaccel_put_tag(skb, htons(ETH_P_8021Q),
				       le16_to_cpu(desc->wb.vlan));
	consumer = vmq_rx_consumer(queue, skb, sum);

	sum->bytes += len;
	if (vmq_rx_checksum(nic->netdev, status, sum))
		skb->ip_summed = CHECKSUM_UNNECESSARY;
	skb_record_rx_queue(skb, consumer->index);
	if (consumer->receive) {
		skb->dev = nic->netdev;
		vmq_rx_hand_over(queue, consumer, skb);
		return;
	}
	netdev = consumer->netdev;
	if (netdev != nic->netdev)
		macvlan_count_rx(netdev_priv(netdev), len, true, false);
	else if (unlikely(rcu_access_pointer(nic->watcher)) &&
		 consumer->index == VMQ_DEFAULT_QUEUE)
		vmq_owner_show_stray(nic, skb);
	skb->protocol = eth_type_trans(skb, netdev);
	napi_gro_receive(&queue->napi, skb);
}

/* The buffer of a frame that was copied is posted again at once, which is
 * cheaper than a way through the page pool. The chip is told later. Inline, as
 * vmq_rx_piece(): calls of both cost 33 instructions for each frame.
 */
static __always_inline void vmq_rx_repost(struct vmq_rx_ring *ring,
					  struct vmq_rx_buffer buffer, u32 len)
{
	if (unlikely(!vmq_rx_unused(ring))) {
		/* The ring is to become smaller */
		page_pool_recycle_direct(ring->pool, vmq_rx_page(buffer));
		return;
	}
	dma_sync_single_for_device(ring->dev, buffer.dma, len, DMA_FROM_DEVICE);
	vmq_rx_post(ring, buffer, 1);
}

/**
 * vmq_rx_drop_pieces() - give up the page with pieces for short frames
 * @ring: receive ring
 *
 * Context: NAPI, or process context while the ring does not run.
 */
void vmq_rx_drop_pieces(struct vmq_rx_ring *ring)
{
	for (; ring->pieces; ring->pieces--)
		page_pool_put_full_page(ring->pool,
					virt_to_head_page(ring->piece), false);
}

/* Begin a page with pieces for frames of up to @most bytes */
static noinline bool vmq_rx_begin_pieces(struct vmq_rx_ring *ring, u32 most)
{
	u32 size = SKB_HEAD_ALIGN(NET_SKB_PAD + most);
	u32 count = VMQ_RX_PAGE_SIZE / size;
	struct page *page;

	/* There are some if frames of another length are copied now */
	vmq_rx_drop_pieces(ring);
	page = vmq_rx_page_alloc(ring, count);
	if (unlikely(!page))
		return false;
	ring->piece = page_address(page);
	ring->piece_size = size;
	ring->pieces = count;
	return true;
}

/* Memory for a short frame, which is copied to NET_SKB_PAD behind its beginning.
 * One that is read late keeps the whole page.
 */
static __always_inline void *vmq_rx_piece(struct vmq_rx_ring *ring, u32 len,
					  u32 most)
{
	void *piece;

	if (unlikely(!ring->pieces ||
		     SKB_HEAD_ALIGN(NET_SKB_PAD + len) > ring->piece_size) &&
	    !vmq_rx_begin_pieces(ring, most))
		return NULL;
	piece = ring->piece;
	ring->piece += ring->piece_size;
	ring->pieces--;
	return piece;
}

static struct sk_buff *vmq_rx_copy(struct vmq_rx_ring *ring,
				   struct vmq_rx_buffer buffer, u32 len,
				   u32 most)
{
	void *piece = vmq_rx_piece(ring, len, most);
	struct sk_buff *skb;

	if (unlikely(!piece))
		return NULL;
	skb = napi_build_skb(piece, ring->piece_size);
	if (unlikely(!skb)) {
		page_pool_recycle_direct(ring->pool, virt_to_head_page(piece));
		return NULL;
	}
	skb_mark_for_recycle(skb);
	skb_reserve(skb, NET_SKB_PAD);
	memcpy(__skb_put(skb, len), buffer.data, len);
	vmq_rx_repost(ring, buffer, len);
	return skb;
}

/* The frame as XDP has frames: described in the room in front of it */
static struct xdp_frame *vmq_rx_frame(struct vmq_queue *queue,
				      struct vmq_rx_ring *ring,
				      struct vmq_rx_buffer buffer, u32 len)
{
	u32 headroom = VMQ_RX_HEADROOM, size = VMQ_RX_BUFFER_SIZE;
	struct xdp_frame *frame = buffer.data - headroom;
	u32 most = READ_ONCE(queue->nic->rx_copybreak);
	void *data = buffer.data;

	if (len <= most) {
		frame = vmq_rx_piece(ring, len, most);
		if (unlikely(!frame))
			return NULL;
		headroom = NET_SKB_PAD;
		size = ring->piece_size;
		data = memcpy((void *)frame + headroom, data, len);
		vmq_rx_repost(ring, buffer, len);
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
			struct vmq_rx_buffer buffer, u32 len, u32 status,
			struct vmq_rx_stats *sum)
{
	const struct vmq_consumer *consumer = &queue->consumer;
	const void *data = buffer.data;
	struct xdp_frame *frame;

	if ((status & (VMQ_RXD_EOP | VMQ_RXD_VP)) != VMQ_RXD_EOP ||
	    READ_ONCE(queue->check) || READ_ONCE(queue->nic->shared) ||
	    is_multicast_ether_addr(data))
		return false;
	queue->asked = true;
	if (!consumer->raw->wants(consumer->priv, &queue->napi, data, len))
		return false;
	frame = vmq_rx_frame(queue, ring, buffer, len);
	if (unlikely(!frame))
		return false;
	sum->bytes += len;
	vmq_rx_checksum(queue->nic->netdev, status, sum);
	consumer->raw->take(consumer->priv, frame);
	return true;
}

static struct sk_buff *vmq_rx_build(struct vmq_rx_buffer buffer, u32 len)
{
	struct sk_buff *skb;

	skb = napi_build_skb(buffer.data - VMQ_RX_HEADROOM, VMQ_RX_BUFFER_SIZE);
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
				    struct vmq_rx_buffer buffer, u32 len,
				    u32 status)
{
	u32 most = READ_ONCE(queue->nic->rx_copybreak);

	if ((status & VMQ_RXD_EOP) && len <= most)
		return vmq_rx_copy(ring, buffer, len, most);
	return vmq_rx_build(buffer, len);
}

/* Further buffer of a frame */
static bool vmq_rx_next(struct vmq_rx_ring *ring, struct vmq_rx_buffer buffer,
			u32 len)
{
	int nr = skb_shinfo(ring->skb)->nr_frags;
	struct page *page = vmq_rx_page(buffer);

	if (unlikely(nr == MAX_SKB_FRAGS))
		return false;
	skb_add_rx_frag(ring->skb, nr, page, buffer.data - page_address(page),
			len, VMQ_RX_BUFFER_SIZE);
	return true;
}

/* Drop the frame a descriptor belongs to; its further ones follow. The buffer
 * is posted again: where memory is short there may be no other.
 */
static void vmq_rx_discard(struct vmq_queue *queue, struct vmq_rx_ring *ring,
			   struct vmq_rx_buffer buffer, u32 len, u32 status,
			   u64 *counter, const char *reason)
{
	if (!ring->discard) {
		(*counter)++;
		trace_vmq_rx_drop(queue, reason);
	}
	vmq_rx_repost(ring, buffer, len);
	kfree_skb_reason(ring->skb, SKB_DROP_REASON_DEV_READY);
	ring->skb = NULL;
	ring->discard = !(status & VMQ_RXD_EOP);
}

/* One completed descriptor. Return: a frame was completed */
static bool vmq_rx_desc(struct vmq_queue *queue, struct vmq_rx_ring *ring,
			const union vmq_rx_desc *desc, u32 status,
			struct vmq_rx_buffer buffer, struct vmq_rx_stats *sum)
{
	u32 len = le16_to_cpu(desc->wb.length);
	struct sk_buff *skb = ring->skb;

	dma_sync_single_for_cpu(ring->dev, buffer.dma, len, DMA_FROM_DEVICE);

	if (unlikely(ring->discard || (status & VMQ_RXD_RXE))) {
		vmq_rx_discard(queue, ring, buffer, len, status,
			       &sum->drop_error, "receive error");
		return status & VMQ_RXD_EOP;
	}
	if (likely(!skb)) {
		if (queue->consumer.raw &&
		    vmq_rx_take(queue, ring, buffer, len, status, sum))
			return true;
		skb = vmq_rx_first(queue, ring, buffer, len, status);
		if (unlikely(!skb)) {
			vmq_rx_discard(queue, ring, buffer, len, status,
				       &sum->drop_alloc, "no memory");
			return status & VMQ_RXD_EOP;
		}
	} else if (unlikely(!vmq_rx_next(ring, buffer, len))) {
		vmq_rx_discard(queue, ring, buffer, len, status,
			       &sum->drop_frags, "too many pieces");
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
	/* Each frame that is delivered is one of these */
	stats->packets += sum->csum_unnecessary + sum->csum_none +
			  sum->csum_bad;
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
		u32 head = ring->head;
		u32 index = head & ring->mask;
		const union vmq_rx_desc *desc = &ring->desc[index];
		u32 status = le32_to_cpu(READ_ONCE(desc->wb.status));

		if (!(status & VMQ_RXD_DD))
			break;
		/* The rest of the descriptor is valid once DD has been seen */
		dma_rmb();

		WRITE_ONCE(ring->head, head + 1);
		frames += vmq_rx_desc(queue, ring, desc, status,
				      ring->buffer[index], &sum);
	}

	if (unlikely(queue->asked)) {
		queue->asked = false;
		queue->consumer.raw->flush(queue->consumer.priv);
	}
	/* As many as the chip lacks */
	if (vmq_rx_unused(ring) + ring->tail - ring->told >= VMQ_RX_BATCH) {
		err = vmq_rx_refill(ring, VMQ_RX_MOST);
		sum.alloc_fail = err == -ENOMEM;
		/* The next frame has it tried again */
		if (unlikely(sum.alloc_fail) &&
		    vmq_rx_posted(ring) >= VMQ_RX_ENOUGH)
			err = 0;
	}
	if (frames || sum.alloc_fail || ring->discard)
		vmq_rx_fold(&queue->rx_stats, &sum);
	/* No interrupt may come for a ring that is nearly empty: try again */
	return err ? budget : frames;
}
