// SPDX-License-Identifier: GPL-2.0-only
/*
 * New rings for queues that run: of another size (ethtool -G), or with other
 * memory (queue management of the core). No frame is lost by it.
 */
#include <kunit/visibility.h>
#include <net/netdev_queues.h>

#include "vmq.h"

/**
 * struct vmq_ring_pair - new rings of a queue, not yet in use
 */
struct vmq_ring_pair {
	struct vmq_rx_ring *rx;
	struct vmq_tx_ring *tx;
};

static void vmq_resize_free_pairs(struct vmq_ring_pair *pair, int count)
{
	while (count--) {
		vmq_rx_ring_free(pair[count].rx);
		vmq_tx_ring_free(pair[count].tx);
	}
	kfree(pair);
}

static int vmq_resize_alloc_pair(struct vmq_queue *queue,
				struct vmq_ring_pair *pair, u16 rx_count,
				u16 tx_count)
{
	struct vmq_nic *nic = queue->nic;

	if (rx_count != nic->rx_count && queue->rx && !queue->buffers) {
		pair->rx = vmq_rx_ring_alloc(queue, rx_count);
		if (IS_ERR(pair->rx)) {
			pair->rx = NULL;
			return -ENOMEM;
		}
	}
	if (tx_count != nic->tx_count) {
		pair->tx = vmq_tx_ring_alloc(queue, tx_count);
		if (!pair->tx)
			return -ENOMEM;
	}
	return 0;
}

/* A stopped ring in @pair is swapped for the running one, to be freed */
static int vmq_resize_swap_pair(struct vmq_queue *queue,
			       struct vmq_ring_pair *pair)
{
	struct vmq_nic *nic = queue->nic;
	int err = 0;

	if (pair->tx)
		pair->tx = vmq_rings_swap_tx(queue, pair->tx);
	if (!pair->rx)
		return 0;
	/* Filters lead to the default queue meanwhile; it has none of its own */
	if (queue->index != VMQ_DEFAULT_QUEUE)
		vmq_steering_park(nic, queue->index, true);
	pair->rx = vmq_rings_swap_rx(queue, pair->rx, &err);
	if (queue->index != VMQ_DEFAULT_QUEUE)
		vmq_steering_park(nic, queue->index, false);
	return err;
}

/**
 * vmq_resize() - change the size of all rings
 * @nic: the NIC
 * @rx_count: descriptors of a receive ring, a power of two
 * @tx_count: descriptors of a transmit ring, a power of two
 *
 * All new rings are built before the first old one is touched; then one queue
 * after the other gets its own. The link stays up, and nothing is lost. A queue
 * whose owner suggested a size keeps it.
 *
 * Context: process context, netdev instance lock held.
 * Return: 0; -ENOMEM, with nothing changed; -ETIMEDOUT or -ENODEV if the chip
 * does not answer.
 */
int vmq_resize(struct vmq_nic *nic, u16 rx_count, u16 tx_count)
{
	u16 count = nic->hw.caps->num_queues;
	struct vmq_ring_pair *pair;
	int err = 0, i;

	if (!nic->up)
		goto done;

	pair = kzalloc_objs(*pair, count);
	if (!pair)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		err = vmq_resize_alloc_pair(&nic->queue[i], &pair[i], rx_count,
					   tx_count);
		if (err)
			goto free;
	}
	for (i = 0; i < count && !err; i++)
		err = vmq_resize_swap_pair(&nic->queue[i], &pair[i]);
free:
	vmq_resize_free_pairs(pair, count);
	if (err)
		return err;
done:
	nic->rx_count = rx_count;
	nic->tx_count = tx_count;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(vmq_resize);

static int vmq_queue_mem_alloc(struct net_device *netdev,
			       struct netdev_queue_config *config, void *mem,
			       int idx)
{
	struct vmq_nic *nic = netdev_priv(netdev);
	struct vmq_rx_ring **ring = mem;

	*ring = vmq_rx_ring_alloc(&nic->queue[idx], nic->rx_count);
	return PTR_ERR_OR_ZERO(*ring);
}

static void vmq_queue_mem_free(struct net_device *netdev, void *mem)
{
	struct vmq_rx_ring **ring = mem;

	vmq_rx_ring_free(*ring);
}

static int vmq_queue_mem_start(struct net_device *netdev,
			       struct netdev_queue_config *config, void *mem,
			       int idx)
{
	struct vmq_nic *nic = netdev_priv(netdev);
	struct vmq_rx_ring **ring = mem;

	int err;

	err = vmq_rings_start_rx(&nic->queue[idx], *ring);
	vmq_steering_park(nic, idx, false);
	return err;
}

static int vmq_queue_mem_stop(struct net_device *netdev, void *mem, int idx)
{
	struct vmq_nic *nic = netdev_priv(netdev);
	struct vmq_rx_ring **ring = mem;

	/* A VM's frames take the default queue meanwhile */
	vmq_steering_park(nic, idx, true);
	*ring = vmq_rings_stop_rx(&nic->queue[idx]);
	return 0;
}

const struct netdev_queue_mgmt_ops vmq_queue_mgmt_ops = {
	.ndo_queue_mem_size	= sizeof(struct vmq_rx_ring *),
	.ndo_queue_mem_alloc	= vmq_queue_mem_alloc,
	.ndo_queue_mem_free	= vmq_queue_mem_free,
	.ndo_queue_start	= vmq_queue_mem_start,
	.ndo_queue_stop		= vmq_queue_mem_stop,
};
