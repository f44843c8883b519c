// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ring memory: allocate and free. Nothing here touches the chip, so a new
 * ring can be built, filled included, while the old one still runs.
 */
#include <kunit/visibility.h>
#include <linux/dma-mapping.h>
#include <linux/log2.h>
#include <linux/vmalloc.h>
#include <net/page_pool/helpers.h>

#include "vmq.h"

/* Pages of VMQ_RX_PAGE_SIZE that a pool keeps ready, at most */
#define VMQ_RX_POOL_SIZE	512

static struct page_pool *vmq_rx_pool_create(struct vmq_queue *queue)
{
	struct vmq_nic *nic = queue->nic;
	struct page_pool_params params = {
		.order = VMQ_RX_PAGE_ORDER,
		.pool_size = VMQ_RX_POOL_SIZE,
		.nid = dev_to_node(nic->hw.dev),
		.dev = nic->hw.dev,
		.dma_dir = DMA_FROM_DEVICE,
		.offset = VMQ_RX_HEADROOM,
		.max_len = VMQ_RX_PAGE_SIZE - VMQ_RX_HEADROOM,
		.netdev = nic->netdev,
		.queue_idx = queue->index,
		.flags = PP_FLAG_DMA_MAP | PP_FLAG_DMA_SYNC_DEV,
	};

	return page_pool_create(&params);
}

/**
 * vmq_rx_ring_set_fill() - keep another number of buffers posted
 * @ring: receive ring, which may be running
 * @fill: how many; one descriptor always stays empty
 *
 * The next poll sees it. Buffers that are too many go as frames arrive.
 */
void vmq_rx_ring_set_fill(struct vmq_rx_ring *ring, u16 fill)
{
	WRITE_ONCE(ring->fill, min_t(u32, fill, ring->mask));
}
EXPORT_SYMBOL_IF_KUNIT(vmq_rx_ring_set_fill);

/**
 * vmq_rx_ring_alloc() - build a receive ring and fill it with buffers
 * @queue: the queue it is for
 * @fill: how many buffers to keep posted
 *
 * Where memory is short it may begin with fewer; frames have it filled up.
 *
 * Context: process context, may sleep.
 * Return: the ring, or an error pointer.
 */
struct vmq_rx_ring *vmq_rx_ring_alloc(struct vmq_queue *queue, u16 fill)
{
	u16 count = queue->nic->hw.caps->max_ring;
	struct device *dev = queue->nic->hw.dev;
	struct vmq_rx_ring *ring;
	int err = -ENOMEM;

	ring = kzalloc_node(sizeof(*ring), GFP_KERNEL, dev_to_node(dev));
	if (!ring)
		return ERR_PTR(-ENOMEM);
	ring->dev = dev;
	ring->mask = count - 1;
	vmq_rx_ring_set_fill(ring, fill);

	ring->buffer = kvcalloc_node(count, sizeof(*ring->buffer), GFP_KERNEL,
				     dev_to_node(dev));
	if (!ring->buffer)
		goto free_ring;

	ring->desc = dma_alloc_coherent(dev, count * sizeof(*ring->desc),
					&ring->dma, GFP_KERNEL);
	if (!ring->desc)
		goto free_buffers;

	ring->pool = vmq_rx_pool_create(queue);
	if (IS_ERR(ring->pool)) {
		err = PTR_ERR(ring->pool);
		goto free_desc;
	}

	if (vmq_rx_refill(ring, count) &&
	    vmq_rx_posted(ring) < VMQ_RX_ENOUGH) {
		vmq_rx_ring_free(ring);
		return ERR_PTR(-ENOMEM);
	}
	return ring;

free_desc:
	dma_free_coherent(dev, count * sizeof(*ring->desc), ring->desc,
			  ring->dma);
free_buffers:
	kvfree(ring->buffer);
free_ring:
	kfree(ring);
	return ERR_PTR(err);
}

/* All buffers of a page are as good as one another for that */
static void vmq_rx_put(struct vmq_rx_ring *ring, struct vmq_rx_buffer buffer)
{
	page_pool_put_full_page(ring->pool, vmq_rx_page(buffer), false);
}

/**
 * vmq_rx_ring_free() - give a receive ring's memory back
 * @ring: a ring that the chip and NAPI have let go of, or NULL
 *
 * Pages that are still with the stack keep the page pool alive, not the ring.
 *
 * Context: process context.
 */
void vmq_rx_ring_free(struct vmq_rx_ring *ring)
{
	if (!ring)
		return;

	dev_kfree_skb_any(ring->skb);
	for (; ring->head != ring->tail; ring->head++)
		vmq_rx_put(ring, ring->buffer[ring->head & ring->mask]);
	for (; ring->left; ring->left--)
		vmq_rx_put(ring, ring->next);
	vmq_rx_drop_pieces(ring);
	page_pool_destroy(ring->pool);
	dma_free_coherent(ring->dev, (ring->mask + 1) * sizeof(*ring->desc),
			  ring->desc, ring->dma);
	kvfree(ring->buffer);
	kfree(ring);
}

/**
 * vmq_tx_ring_alloc() - build an empty transmit ring
 * @queue: the queue it is for
 * @count: descriptors, a power of two
 *
 * Context: process context, may sleep.
 * Return: the ring, or NULL.
 */
struct vmq_tx_ring *vmq_tx_ring_alloc(struct vmq_queue *queue, u16 count)
{
	struct device *dev = queue->nic->hw.dev;
	struct vmq_tx_ring *ring;

	ring = kzalloc_node(sizeof(*ring), GFP_KERNEL, dev_to_node(dev));
	if (!ring)
		return NULL;
	ring->dev = dev;
	ring->mask = count - 1;
	ring->txq = netdev_get_tx_queue(queue->nic->netdev, queue->index);

	ring->buffer = kvcalloc_node(count, sizeof(*ring->buffer), GFP_KERNEL,
				     dev_to_node(dev));
	if (!ring->buffer)
		goto free_ring;

	ring->desc = dma_alloc_coherent(dev, count * sizeof(*ring->desc),
					&ring->dma, GFP_KERNEL);
	if (!ring->desc)
		goto free_buffers;

	/* Up to 1 MiB, and nothing but speed depends on it */
	ring->copy = dma_alloc_noncoherent(dev, count * VMQ_TX_COPY_ROOM,
					   &ring->copy_dma, DMA_TO_DEVICE,
					   GFP_KERNEL | __GFP_NORETRY |
					   __GFP_NOWARN);
	return ring;

free_buffers:
	kvfree(ring->buffer);
free_ring:
	kfree(ring);
	return NULL;
}

/**
 * vmq_tx_ring_free() - give a transmit ring's memory back
 * @ring: an empty ring that the chip, NAPI and the stack have let go of, or
 *	NULL
 *
 * Context: process context.
 */
void vmq_tx_ring_free(struct vmq_tx_ring *ring)
{
	if (!ring)
		return;

	if (ring->copy)
		dma_free_noncoherent(ring->dev,
				     (ring->mask + 1) * VMQ_TX_COPY_ROOM,
				     ring->copy, ring->copy_dma, DMA_TO_DEVICE);
	dma_free_coherent(ring->dev, (ring->mask + 1) * sizeof(*ring->desc),
			  ring->desc, ring->dma);
	kvfree(ring->buffer);
	kfree(ring);
}
