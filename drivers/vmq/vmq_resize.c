// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rings of another size for queues that run (ethtool -G), and receive rings with
 * other memory (queue management of the core).
 */
#include <kunit/visibility.h>
#include <net/netdev_queues.h>

#include "vmq.h"

static void vmq_resize_free_tx(struct vmq_tx_ring **ring, int count)
{
	while (count--)
		vmq_tx_ring_free(ring[count]);
}

/* New transmit rings are all built before the first old one is touched; then one
 * queue after the other gets its own.
 */
static int vmq_resize_tx(struct vmq_nic *nic, u16 tx_count)
{
	struct vmq_tx_ring *ring[VMQ_MAX_QUEUES];
	u16 count = nic->hw.caps->num_queues;
	int i;

	for (i = 0; i < count; i++) {
		ring[i] = vmq_tx_ring_alloc(&nic->queue[i], tx_count);
		if (!ring[i]) {
			vmq_resize_free_tx(ring, i);
			return -ENOMEM;
		}
	}
	for (i = 0; i < count; i++)
		ring[i] = vmq_rings_swap_tx(&nic->queue[i], ring[i]);
	vmq_resize_free_tx(ring, count);
	return 0;
}

/**
 * vmq_resize_queue() - give a queue as many receive buffers as it shall have
 * @queue: the queue
 *
 * Context: process context, netdev instance lock held.
 */
void vmq_resize_queue(struct vmq_queue *queue)
{
	struct mutex *lock = &queue->nic->steering.lock;

	/* A queue that is held back for a moment has its ring elsewhere */
	mutex_lock(lock);
	if (queue->rx) {
		vmq_rx_ring_set_fill(queue->rx, vmq_queue_rx_count(queue));
		vmq_irq_kick(queue);
	}
	mutex_unlock(lock);
}

/**
 * vmq_resize() - change the size of all rings
 * @nic: the NIC
 * @rx_count: buffers of a receive ring, a power of two
 * @tx_count: descriptors of a transmit ring, a power of two
 *
 * The link stays up, and nothing is lost. A queue whose owner suggested a size
 * keeps it.
 *
 * Context: process context, netdev instance lock held.
 * Return: 0; -ENOMEM, with nothing changed.
 */
int vmq_resize(struct vmq_nic *nic, u16 rx_count, u16 tx_count)
{
	int err, i;

	if (nic->up && tx_count != nic->tx_count) {
		err = vmq_resize_tx(nic, tx_count);
		if (err)
			return err;
	}
	nic->tx_count = tx_count;
	nic->rx_count = rx_count;
	for (i = 0; i < nic->hw.caps->num_queues; i++)
		vmq_resize_queue(&nic->queue[i]);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(vmq_resize);

static int vmq_queue_mem_alloc(struct net_device *netdev,
			       struct netdev_queue_config *config, void *mem,
			       int idx)
{
	struct vmq_nic *nic = netdev_priv(netdev);
	struct vmq_rx_ring **ring = mem;

	*ring = vmq_rx_ring_alloc(&nic->queue[idx],
				  vmq_queue_rx_count(&nic->queue[idx]));
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
	if (!err)
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
