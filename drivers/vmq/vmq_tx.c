// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transmit: from the stack's skb to descriptors, and back to the stack.
 */
#include <linux/dma-mapping.h>
#include <linux/ip.h>
#include <linux/sctp.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/ip6_checksum.h>
#include <net/netdev_queues.h>
#include <net/tcp.h>

#include "vmq.h"

/* The chip wants this many bytes of a frame; it pads the rest itself */
#define VMQ_TX_MIN_FRAME	17
/* Completed frames handed back in one poll */
#define VMQ_TX_BUDGET		256

/**
 * struct vmq_tx_offload - what the chip shall do to a frame
 * @context: the context descriptor that says so
 * @cmd: for the data descriptors
 * @olinfo: likewise
 * @hdr_len: bytes in front of the payload of a frame to be segmented, else 0
 * @needed: a context is needed at all
 */
struct vmq_tx_offload {
	struct vmq_tx_context context;
	u32 cmd;
	u32 olinfo;
	u32 hdr_len;
	bool needed;
};

static void vmq_tx_unmap(const struct vmq_tx_ring *ring,
			 struct vmq_tx_buffer *buffer)
{
	u32 len = dma_unmap_len(buffer, len);

	if (!len)
		return;
	/* Of the linear part, too, for which it is the same */
	dma_unmap_page(ring->dev, dma_unmap_addr(buffer, dma), len,
		       DMA_TO_DEVICE);
	dma_unmap_len_set(buffer, len, 0);
}

/* Give descriptors from @index up to and including @last free of mappings */
static u32 vmq_tx_unmap_frame(const struct vmq_tx_ring *ring, u32 index)
{
	u32 last = ring->buffer[index & ring->mask].last;

	while ((index & ring->mask) != last)
		vmq_tx_unmap(ring, &ring->buffer[index++ & ring->mask]);
	vmq_tx_unmap(ring, &ring->buffer[last]);
	return index + 1;
}

static u32 vmq_tx_l4_type(const struct sk_buff *skb)
{
	if (skb->csum_offset == offsetof(struct tcphdr, check))
		return FIELD_PREP(VMQ_TXC_L4T, VMQ_TXC_L4T_TCP);
	if (skb->csum_offset == offsetof(struct udphdr, check))
		return FIELD_PREP(VMQ_TXC_L4T, VMQ_TXC_L4T_UDP);
	return FIELD_PREP(VMQ_TXC_L4T, VMQ_TXC_L4T_SCTP);
}

static bool vmq_tx_can_checksum(const struct sk_buff *skb)
{
	switch (skb->csum_offset) {
	case offsetof(struct tcphdr, check):
	case offsetof(struct udphdr, check):
		return true;
	case offsetof(struct sctphdr, checksum):
		return skb_csum_is_sctp((struct sk_buff *)skb);
	default:
		return false;
	}
}

/* Lengths of the headers in front of the checksummed part */
static void vmq_tx_header_lens(struct sk_buff *skb,
			       struct vmq_tx_offload *offload)
{
	u32 mac_len = skb_network_offset(skb);
	u32 ip_len = skb_checksum_start_offset(skb) - mac_len;

	offload->context.vlan_macip_lens |=
		cpu_to_le32(FIELD_PREP(VMQ_TXC_MACLEN, mac_len) |
			    FIELD_PREP(VMQ_TXC_IPLEN, ip_len));
	offload->context.type_tucmd |= cpu_to_le32(vmq_tx_l4_type(skb));
	offload->olinfo |= VMQ_TXD_TXSM;
	offload->needed = true;
}

static int vmq_tx_checksum(struct sk_buff *skb, struct vmq_tx_offload *offload)
{
	if (skb->ip_summed != CHECKSUM_PARTIAL)
		return 0;
	if (!vmq_tx_can_checksum(skb))
		return skb_checksum_help(skb);

	vmq_tx_header_lens(skb, offload);
	if (skb->protocol == htons(ETH_P_IP))
		offload->context.type_tucmd |= cpu_to_le32(VMQ_TXC_IPV4);
	return 0;
}

/* The chip fills in the lengths, the identification and the checksums of each
 * segment; it wants the pseudo-header's sum without the length to start from.
 */
static int vmq_tx_segment(struct sk_buff *skb, struct vmq_tx_offload *offload)
{
	u32 l4_len;
	int err;

	err = skb_cow_head(skb, 0);
	if (err)
		return err;

	if (skb_is_gso_v6(skb)) {
		tcp_v6_gso_csum_prep(skb);
	} else {
		struct iphdr *ip = ip_hdr(skb);

		ip->tot_len = 0;
		ip->check = 0;
		tcp_hdr(skb)->check = ~csum_tcpudp_magic(ip->saddr, ip->daddr,
							 0, IPPROTO_TCP, 0);
		offload->context.type_tucmd |= cpu_to_le32(VMQ_TXC_IPV4);
		offload->olinfo |= VMQ_TXD_IXSM;
	}

	vmq_tx_header_lens(skb, offload);
	l4_len = tcp_hdrlen(skb);
	offload->hdr_len = skb_transport_offset(skb) + l4_len;
	offload->context.mss_l4len =
		cpu_to_le32(FIELD_PREP(VMQ_TXC_L4LEN, l4_len) |
			    FIELD_PREP(VMQ_TXC_MSS, skb_shinfo(skb)->gso_size));
	offload->cmd |= VMQ_TXD_TSE;
	return 0;
}

static int vmq_tx_offload(struct sk_buff *skb, struct vmq_tx_offload *offload)
{
	int err;

	offload->context.type_tucmd =
		cpu_to_le32(FIELD_PREP(VMQ_TXD_DTYP, VMQ_TXD_DTYP_CONTEXT) |
			    VMQ_TXD_DEXT);
	offload->cmd = FIELD_PREP(VMQ_TXD_DTYP, VMQ_TXD_DTYP_DATA) |
		       VMQ_TXD_DEXT | VMQ_TXD_IFCS;

	if (skb_vlan_tag_present(skb)) {
		offload->context.vlan_macip_lens =
			cpu_to_le32(FIELD_PREP(VMQ_TXC_VLAN,
					       skb_vlan_tag_get(skb)));
		offload->cmd |= VMQ_TXD_VLE;
		offload->needed = true;
	}

	if (skb_is_gso(skb))
		err = vmq_tx_segment(skb, offload);
	else
		err = vmq_tx_checksum(skb, offload);
	if (err || !offload->needed)
		return err;

	/* The chip wants to know where the MAC header ends in any case */
	if (!(offload->olinfo & VMQ_TXD_TXSM))
		offload->context.vlan_macip_lens |=
			cpu_to_le32(FIELD_PREP(VMQ_TXC_MACLEN,
					       skb_network_offset(skb)));
	return 0;
}

static void vmq_tx_put_context(struct vmq_tx_ring *ring, u32 *tail,
			       const struct vmq_tx_offload *offload)
{
	u32 index = *tail & ring->mask;

	if (!memcmp(&ring->context, &offload->context, sizeof(ring->context)))
		return;
	ring->context = offload->context;
	memcpy(&ring->desc[index], &offload->context, sizeof(ring->desc[index]));
	dma_unmap_len_set(&ring->buffer[index], len, 0);
	(*tail)++;
}

static void vmq_tx_write(struct vmq_tx_desc *desc, dma_addr_t dma, u32 len,
			 const struct vmq_tx_offload *offload)
{
	desc->addr = cpu_to_le64(dma);
	desc->cmd_type_len = cpu_to_le32(offload->cmd |
					 FIELD_PREP(VMQ_TXD_DTALEN, len));
	desc->olinfo_status = cpu_to_le32(offload->olinfo);
}

/* One mapped piece of a frame, in as many descriptors as it takes */
static void vmq_tx_put_data(struct vmq_tx_ring *ring, u32 *tail,
			    dma_addr_t dma, u32 len, u32 max_data,
			    const struct vmq_tx_offload *offload)
{
	struct vmq_tx_buffer *buffer = &ring->buffer[*tail & ring->mask];

	dma_unmap_addr_set(buffer, dma, dma);
	dma_unmap_len_set(buffer, len, len);

	while (len) {
		u32 part = min(len, max_data);

		vmq_tx_write(&ring->desc[*tail & ring->mask], dma, part,
			     offload);
		(*tail)++;
		dma += part;
		len -= part;
		if (len)
			dma_unmap_len_set(&ring->buffer[*tail & ring->mask],
					  len, 0);
	}
}

static int vmq_tx_put_frags(struct vmq_tx_ring *ring, struct sk_buff *skb,
			    u32 *tail, u32 max_data,
			    const struct vmq_tx_offload *offload)
{
	int i;

	for (i = 0; i < skb_shinfo(skb)->nr_frags; i++) {
		const skb_frag_t *frag = &skb_shinfo(skb)->frags[i];
		u32 len = skb_frag_size(frag);
		dma_addr_t dma;

		if (!len)
			continue;
		dma = skb_frag_dma_map(ring->dev, frag, 0, len, DMA_TO_DEVICE);
		if (dma_mapping_error(ring->dev, dma))
			return -ENOMEM;
		vmq_tx_put_data(ring, tail, dma, len, max_data, offload);
	}
	return 0;
}

/* To map and unmap a short frame costs more than to copy it, by some 250
 * instructions at 60 bytes, and much more where an IOMMU has to be told.
 */
static void vmq_tx_put_copy(struct vmq_tx_ring *ring, struct sk_buff *skb,
			    u32 index, const struct vmq_tx_offload *offload)
{
	u32 offset = index * VMQ_TX_COPY_ROOM;
	dma_addr_t dma = ring->copy_dma + offset;
	u32 len = skb->len;

	memcpy(ring->copy + offset, skb->data, len);
	dma_sync_single_for_device(ring->dev, dma, len, DMA_TO_DEVICE);
	vmq_tx_write(&ring->desc[index], dma, len, offload);
	/* Nothing to unmap */
	dma_unmap_len_set(&ring->buffer[index], len, 0);
}

/* Copy or map a frame and write its descriptors. On failure nothing is left
 * mapped and *@tail has not moved.
 */
static int vmq_tx_put(const struct vmq_nic *nic, struct vmq_tx_ring *ring,
		      struct sk_buff *skb, u32 *tail,
		      struct vmq_tx_offload *offload)
{
	u32 max_data = nic->hw.caps->max_tx_data;
	u32 next = *tail;
	dma_addr_t dma;
	int err;

	offload->olinfo |= FIELD_PREP(VMQ_TXD_PAYLEN,
				      skb->len - offload->hdr_len);
	if (offload->needed)
		vmq_tx_put_context(ring, &next, offload);

	if (skb->len <= READ_ONCE(nic->tx_copybreak) && ring->copy &&
	    !skb_is_nonlinear(skb)) {
		vmq_tx_put_copy(ring, skb, next & ring->mask, offload);
		*tail = next + 1;
		return 0;
	}

	dma = dma_map_single(ring->dev, skb->data, skb_headlen(skb),
			     DMA_TO_DEVICE);
	if (dma_mapping_error(ring->dev, dma)) {
		err = -ENOMEM;
		goto forget_context;
	}
	vmq_tx_put_data(ring, &next, dma, skb_headlen(skb), max_data, offload);
	err = vmq_tx_put_frags(ring, skb, &next, max_data, offload);
	if (err)
		goto unmap;

	*tail = next;
	return 0;

unmap:
	while (next != *tail)
		vmq_tx_unmap(ring, &ring->buffer[--next & ring->mask]);
forget_context:
	/* The chip has not seen it */
	memset(&ring->context, 0, sizeof(ring->context));
	return err;
}

static void vmq_tx_ring_doorbell(struct vmq_tx_ring *ring)
{
	/* The chip reads the descriptors once it sees the new tail */
	dma_wmb();
	writel(ring->tail & ring->mask, ring->tail_reg);
}

/* The frame is in the ring from @first to @tail: account for it and publish */
static void vmq_tx_commit(struct vmq_tx_ring *ring, struct sk_buff *skb,
			  u32 tail, const struct vmq_tx_offload *offload)
{
	struct vmq_tx_buffer *first = &ring->buffer[ring->tail & ring->mask];
	u32 last = (tail - 1) & ring->mask;
	u32 segments = max_t(u32, skb_shinfo(skb)->gso_segs, 1);

	ring->desc[last].cmd_type_len |= cpu_to_le32(VMQ_TXD_EOP | VMQ_TXD_RS);
	first->skb = skb;
	first->last = last;
	first->segments = segments;
	first->bytes = skb->len + (segments - 1) * offload->hdr_len;
	skb_tx_timestamp(skb);

	/* Pairs with vmq_tx_poll(): the frame first, then the index */
	smp_store_release(&ring->tail, tail);
}

static void vmq_tx_count(struct vmq_tx_stats *stats, const struct sk_buff *skb,
			 const struct vmq_tx_buffer *first,
			 const struct vmq_tx_offload *offload, bool stopped)
{
	u64_stats_update_begin(&stats->xmit_syncp);
	if (offload->cmd & VMQ_TXD_TSE) {
		stats->tso_packets++;
		stats->tso_bytes += skb->len;
		stats->tso_segments += first->segments;
		stats->tso_wire_bytes += first->bytes;
	} else if (offload->olinfo & VMQ_TXD_TXSM) {
		stats->csum++;
	}
	stats->stop += stopped;
	u64_stats_update_end(&stats->xmit_syncp);
}

/* @skb is NULL if it is freed already */
static netdev_tx_t vmq_tx_drop(struct vmq_queue *queue, struct sk_buff *skb,
			       u64 *counter, enum skb_drop_reason reason)
{
	u64_stats_update_begin(&queue->tx_stats.xmit_syncp);
	(*counter)++;
	u64_stats_update_end(&queue->tx_stats.xmit_syncp);
	dev_kfree_skb_any_reason(skb, reason);
	/* Frames of the same burst may be waiting for this one's doorbell */
	if (!netdev_xmit_more())
		vmq_tx_ring_doorbell(queue->tx);
	return NETDEV_TX_OK;
}

/**
 * vmq_tx_xmit() - ndo_start_xmit
 * @skb: the frame, or a train of them to be segmented
 * @netdev: the NIC's netdev
 *
 * Return: NETDEV_TX_OK; NETDEV_TX_BUSY if the queue was full, which the stop
 * threshold is there to prevent.
 */
netdev_tx_t vmq_tx_xmit(struct sk_buff *skb, struct net_device *netdev)
{
	struct vmq_nic *nic = netdev_priv(netdev);
	struct vmq_queue *queue = &nic->queue[skb_get_queue_mapping(skb)];
	struct vmq_tx_stats *stats = &queue->tx_stats;
	struct vmq_tx_ring *ring = queue->tx;
	struct vmq_tx_offload offload = {};
	struct vmq_tx_buffer *first;
	bool doorbell, stopped;
	u32 tail = ring->tail;

	if (skb_put_padto(skb, VMQ_TX_MIN_FRAME))
		return vmq_tx_drop(queue, NULL, &stats->drop_alloc,
				   SKB_DROP_REASON_NOMEM);
	if (unlikely(vmq_tx_unused(ring) < VMQ_TX_MAX_DESC) &&
	    !netif_txq_try_stop(ring->txq, vmq_tx_unused(ring),
				VMQ_TX_WAKE_DESC))
		return NETDEV_TX_BUSY;

	if (unlikely(vmq_tx_offload(skb, &offload)))
		return vmq_tx_drop(queue, skb, &stats->drop_offload,
				   SKB_DROP_REASON_SKB_CSUM);
	if (unlikely(vmq_tx_put(nic, ring, skb, &tail, &offload)))
		return vmq_tx_drop(queue, skb, &stats->drop_dma,
				   SKB_DROP_REASON_NOMEM);

	first = &ring->buffer[ring->tail & ring->mask];
	doorbell = __netdev_tx_sent_queue(ring->txq, skb->len,
					  netdev_xmit_more());
	vmq_tx_commit(ring, skb, tail, &offload);
	stopped = !netif_txq_maybe_stop(ring->txq, vmq_tx_unused(ring),
					VMQ_TX_MAX_DESC, VMQ_TX_WAKE_DESC);
	if (stopped || offload.needed)
		vmq_tx_count(stats, skb, first, &offload, stopped);
	if (doorbell || stopped)
		vmq_tx_ring_doorbell(ring);
	return NETDEV_TX_OK;
}

/**
 * vmq_tx_poll() - hand sent frames back to the stack
 * @queue: the queue
 * @budget: NAPI's budget; 0 from netpoll
 *
 * Context: NAPI.
 * Return: false if there is more to hand back.
 */
bool vmq_tx_poll(struct vmq_queue *queue, int budget)
{
	struct vmq_tx_ring *ring = queue->tx;
	u32 packets = 0, bytes = 0, frames = 0;
	u32 skb_bytes = 0;
	u32 head = ring->head;
	u32 tail;
	int woken;

	/* Pairs with vmq_tx_commit() */
	tail = smp_load_acquire(&ring->tail);
	while (head != tail && frames < VMQ_TX_BUDGET) {
		struct vmq_tx_buffer *first = &ring->buffer[head & ring->mask];
		const struct vmq_tx_desc *last = &ring->desc[first->last];

		if (!(READ_ONCE(last->olinfo_status) &
		      cpu_to_le32(VMQ_TXD_DD)))
			break;
		/* What the chip is done with may be reused after DD */
		dma_rmb();

		frames++;
		packets += first->segments;
		bytes += first->bytes;
		skb_bytes += first->skb->len;
		if (likely(last == &ring->desc[head & ring->mask])) {
			vmq_tx_unmap(ring, first);
			head++;
		} else {
			head = vmq_tx_unmap_frame(ring, head);
		}
		napi_consume_skb(first->skb, budget);
		first->skb = NULL;
	}
	if (!frames)
		return true;

	WRITE_ONCE(ring->head, head);
	woken = __netif_txq_completed_wake(ring->txq, frames, skb_bytes,
					   vmq_tx_unused(ring),
					   VMQ_TX_WAKE_DESC,
					   READ_ONCE(queue->tx_closing));

	u64_stats_update_begin(&queue->tx_stats.syncp);
	queue->tx_stats.packets += packets;
	queue->tx_stats.bytes += bytes;
	queue->tx_stats.wake += !woken;
	u64_stats_update_end(&queue->tx_stats.syncp);
	return frames < VMQ_TX_BUDGET;
}

/**
 * vmq_tx_purge() - drop the frames that were not sent
 * @queue: the queue, which the chip, NAPI and the stack have let go of
 *
 * Context: process context.
 */
void vmq_tx_purge(struct vmq_queue *queue)
{
	struct vmq_tx_ring *ring = queue->tx;
	u32 dropped = 0;

	while (ring->head != ring->tail) {
		struct vmq_tx_buffer *first;

		first = &ring->buffer[ring->head & ring->mask];
		ring->head = vmq_tx_unmap_frame(ring, ring->head);
		dev_kfree_skb_any_reason(first->skb,
					 SKB_DROP_REASON_DEV_READY);
		first->skb = NULL;
		dropped++;
	}
	preempt_disable();
	u64_stats_update_begin(&queue->tx_stats.syncp);
	queue->tx_stats.drop_down += dropped;
	u64_stats_update_end(&queue->tx_stats.syncp);
	preempt_enable();
	netdev_tx_reset_queue(ring->txq);
}
