// SPDX-License-Identifier: GPL-2.0-only
/*
 * Queues: who has them, and how each one is started, stopped and given new
 * rings alone, while the others and the link go on.
 *
 * While the NIC is up, every queue has its vector, its NAPI and its transmit
 * ring; a receive ring it has only while somebody owns it.
 */
#include <linux/iopoll.h>
#include <net/netdev_lock.h>
#include <net/netdev_queues.h>
#include <net/page_pool/helpers.h>

#include "vmq.h"

/* How long NAPI may take to hand over what is in a ring that was stopped */
#define VMQ_DRAIN_USECS		100000

/* Has everything been delivered that the chip wrote before it was stopped? */
static bool vmq_queue_rx_drained(const struct vmq_queue *queue,
				 const struct vmq_rx_ring *ring)
{
	u32 head = READ_ONCE(ring->head);
	__le32 status;

	if (READ_ONCE(queue->napi.gro.bitmask))
		return false;
	if (head == READ_ONCE(ring->tail))
		return true;
	status = READ_ONCE(ring->desc[head & ring->mask].wb.status);
	return !(status & cpu_to_le32(VMQ_RXD_DD));
}

static int vmq_queue_hw_start_rx(struct vmq_queue *queue,
				 struct vmq_rx_ring *ring)
{
	struct vmq_nic *nic = queue->nic;
	struct vmq_hw_ring hw_ring = {
		.dma = ring->dma,
		.count = ring->mask + 1,
		.buffer_len = VMQ_RX_BUFFER_LEN,
	};
	int err;

	err = nic->hw.ops->rx_start(&nic->hw, queue->index, &hw_ring);
	if (err)
		return err;

	page_pool_enable_direct_recycling(ring->pool, &queue->napi);
	ring->tail_reg = nic->hw.ops->rx_tail(&nic->hw, queue->index);
	/* The buffers, then the tail that makes the chip look at them */
	dma_wmb();
	writel(ring->tail & ring->mask, ring->tail_reg);
	return 0;
}

/**
 * vmq_queue_start_rx() - let a queue receive
 * @queue: a queue that is up and has no receive ring
 * @ring: its new ring, filled; stays the caller's on failure
 *
 * Context: process context, netdev instance lock held.
 * Return: 0; -ETIMEDOUT or -ENODEV if the chip does not answer.
 */
int vmq_queue_start_rx(struct vmq_queue *queue, struct vmq_rx_ring *ring)
{
	int err;

	vmq_irq_stop_napi(queue);
	err = vmq_queue_hw_start_rx(queue, ring);
	if (!err)
		queue->rx = ring;
	vmq_irq_start_napi(queue);
	vmq_irq_kick(queue);
	return err;
}

/**
 * vmq_queue_stop_rx() - let a queue receive no longer
 * @queue: a queue that is up; no filter may steer to it any more
 *
 * What it has received is delivered first; when this returns nothing of it is
 * on its way any more.
 *
 * Context: process context, netdev instance lock held.
 * Return: its ring, for the caller to free; NULL if there was none.
 */
struct vmq_rx_ring *vmq_queue_stop_rx(struct vmq_queue *queue)
{
	struct vmq_rx_ring *ring = queue->rx;
	struct vmq_nic *nic = queue->nic;
	bool drained;

	if (!ring)
		return NULL;

	if (nic->hw.ops->rx_stop(&nic->hw, queue->index))
		netdev_err(nic->netdev, "receive queue %u does not stop\n",
			   queue->index);
	vmq_irq_kick(queue);
	read_poll_timeout(vmq_queue_rx_drained, drained, drained, 100,
			  VMQ_DRAIN_USECS, false, queue, ring);

	vmq_irq_stop_napi(queue);
	page_pool_disable_direct_recycling(ring->pool);
	queue->rx = NULL;
	vmq_irq_start_napi(queue);
	vmq_irq_kick(queue);
	return ring;
}

static int vmq_queue_start_tx(struct vmq_queue *queue)
{
	struct vmq_tx_ring *ring = queue->tx;
	struct vmq_nic *nic = queue->nic;
	struct vmq_hw_ring hw_ring = {
		.dma = ring->dma,
		.count = ring->mask + 1,
	};

	ring->tail_reg = nic->hw.ops->tx_tail(&nic->hw, queue->index);
	return nic->hw.ops->tx_start(&nic->hw, queue->index, &hw_ring);
}

/* Keep the stack from using a transmit queue, and wait for whoever does. A
 * poll that is just about to wake it may still do so: once NAPI is off, this
 * has to be said again.
 */
static void vmq_queue_stop_txq(struct vmq_queue *queue)
{
	struct netdev_queue *txq = queue->tx->txq;

	WRITE_ONCE(queue->tx_closing, true);
	__netif_tx_lock_bh(txq);
	netif_tx_stop_queue(txq);
	__netif_tx_unlock_bh(txq);
}

static void vmq_queue_wake_txq(struct vmq_queue *queue)
{
	struct netdev_queue *txq = queue->tx->txq;

	WRITE_ONCE(queue->tx_closing, false);
	/* It may have stood still for longer than the watchdog likes */
	txq_trans_cond_update(txq);
	netif_tx_wake_queue(txq);
}

static bool vmq_queue_tx_idle(const struct vmq_tx_ring *ring)
{
	return READ_ONCE(ring->head) == READ_ONCE(ring->tail);
}

/* Put a new transmit ring in the place of the old one, which is returned */
static struct vmq_tx_ring *vmq_queue_swap_tx(struct vmq_queue *queue,
					     struct vmq_tx_ring *ring)
{
	struct vmq_tx_ring *old = queue->tx;
	struct vmq_nic *nic = queue->nic;
	bool idle;

	vmq_queue_stop_txq(queue);
	read_poll_timeout(vmq_queue_tx_idle, idle, idle, 100,
			  VMQ_DRAIN_USECS, false, old);
	if (nic->hw.ops->tx_stop(&nic->hw, queue->index))
		netdev_err(nic->netdev, "transmit queue %u does not stop\n",
			   queue->index);
	vmq_irq_stop_napi(queue);
	vmq_queue_stop_txq(queue);
	vmq_tx_purge(queue);
	queue->tx = ring;
	vmq_irq_start_napi(queue);
	if (vmq_queue_start_tx(queue))
		netdev_err(nic->netdev, "transmit queue %u does not start\n",
			   queue->index);
	vmq_queue_wake_txq(queue);
	vmq_irq_kick(queue);
	return old;
}

static int vmq_queue_up(struct vmq_queue *queue)
{
	struct vmq_nic *nic = queue->nic;
	struct vmq_rx_ring *ring = NULL;
	int err;

	queue->tx = vmq_tx_ring_alloc(queue, nic->tx_count);
	if (!queue->tx)
		return -ENOMEM;

	if (queue->owner != VMQ_OWNER_NONE) {
		ring = vmq_rx_ring_alloc(queue, nic->rx_count);
		if (IS_ERR(ring)) {
			err = PTR_ERR(ring);
			goto free_tx;
		}
	}

	err = vmq_irq_request_queue(queue);
	if (err)
		goto free_rx;
	nic->hw.ops->irq_interval(&nic->hw, queue->index, queue->usecs);

	err = vmq_queue_start_tx(queue);
	if (!err && ring)
		err = vmq_queue_start_rx(queue, ring);
	if (err)
		goto free_irq;
	return 0;

free_irq:
	nic->hw.ops->tx_stop(&nic->hw, queue->index);
	nic->hw.ops->irq_mask(&nic->hw, BIT(queue->index));
	vmq_irq_free_queue(queue);
free_rx:
	vmq_rx_ring_free(ring);
free_tx:
	vmq_tx_ring_free(queue->tx);
	queue->tx = NULL;
	return err;
}

static void vmq_queue_down(struct vmq_queue *queue)
{
	struct vmq_nic *nic = queue->nic;
	struct vmq_rx_ring *ring;

	if (!queue->tx)
		return;

	vmq_queue_stop_txq(queue);
	nic->hw.ops->tx_stop(&nic->hw, queue->index);
	ring = vmq_queue_stop_rx(queue);
	nic->hw.ops->irq_mask(&nic->hw, BIT(queue->index));
	vmq_irq_free_queue(queue);
	vmq_queue_stop_txq(queue);
	vmq_tx_purge(queue);
	vmq_rx_ring_free(ring);
	vmq_tx_ring_free(queue->tx);
	queue->tx = NULL;
}

/**
 * vmq_queues_up() - bring up every queue
 * @nic: the NIC
 *
 * Context: process context, netdev instance lock held.
 * Return: 0 or a negative error, in which case none is up.
 */
int vmq_queues_up(struct vmq_nic *nic)
{
	int err, i;

	for (i = 0; i < nic->hw.caps->num_queues; i++) {
		err = vmq_queue_up(&nic->queue[i]);
		if (err)
			goto down;
	}
	for (i = 0; i < nic->hw.caps->num_queues; i++) {
		vmq_queue_wake_txq(&nic->queue[i]);
		vmq_irq_kick(&nic->queue[i]);
	}
	return 0;

down:
	while (i--)
		vmq_queue_down(&nic->queue[i]);
	return err;
}

/**
 * vmq_queues_down() - take every queue down
 * @nic: the NIC
 *
 * Context: process context, netdev instance lock held.
 */
void vmq_queues_down(struct vmq_nic *nic)
{
	int i;

	for (i = 0; i < nic->hw.caps->num_queues; i++)
		vmq_queue_down(&nic->queue[i]);
}

/* Give a queue to an owner; it receives if the NIC is up */
static int vmq_queue_take(struct vmq_queue *queue, enum vmq_owner owner,
			  struct net_device *netdev)
{
	struct vmq_nic *nic = queue->nic;
	struct vmq_rx_ring *ring;
	int err;

	queue->netdev = netdev;
	if (nic->up) {
		ring = vmq_rx_ring_alloc(queue, nic->rx_count);
		if (IS_ERR(ring)) {
			err = PTR_ERR(ring);
			goto forget_netdev;
		}
		err = vmq_queue_start_rx(queue, ring);
		if (err) {
			vmq_rx_ring_free(ring);
			goto forget_netdev;
		}
	}
	queue->owner = owner;
	return 0;

forget_netdev:
	queue->netdev = nic->netdev;
	return err;
}

/**
 * vmq_queue_alloc() - allocate a VM queue
 * @nic: the NIC
 * @owner: for whom
 * @netdev: whose stack gets its frames
 *
 * Queues are handed out from the last one down, so that channels, which are
 * numbered from 0 up, meet them late.
 *
 * Context: process context, netdev instance lock held.
 * Return: the queue's number; -ENOSPC if none is left; -ENOMEM.
 */
int vmq_queue_alloc(struct vmq_nic *nic, enum vmq_owner owner,
		    struct net_device *netdev)
{
	int err, i;

	netdev_assert_locked(nic->netdev);

	for (i = nic->hw.caps->num_queues - 1; i > VMQ_DEFAULT_QUEUE; i--) {
		if (nic->queue[i].owner != VMQ_OWNER_NONE)
			continue;
		err = vmq_queue_take(&nic->queue[i], owner, netdev);
		return err ? err : i;
	}
	return -ENOSPC;
}

/**
 * vmq_queue_free() - give a queue back
 * @queue: the queue; no filter may steer to it any more
 *
 * When this returns its consumer is not referred to any more.
 *
 * Context: process context, netdev instance lock held. Cannot fail.
 */
void vmq_queue_free(struct vmq_queue *queue)
{
	netdev_assert_locked(queue->nic->netdev);

	if (queue->nic->up)
		vmq_rx_ring_free(vmq_queue_stop_rx(queue));
	queue->owner = VMQ_OWNER_NONE;
	queue->netdev = queue->nic->netdev;
}

/* With stations, the stack must be able to reach every transmit queue */
static u16 vmq_queue_num_tx(const struct vmq_nic *nic, u16 channels)
{
	if (nic->netdev->features & NETIF_F_HW_L2FW_DOFFLOAD)
		return nic->hw.caps->num_queues;
	return channels;
}

static int vmq_queue_add_channels(struct vmq_nic *nic, u16 channels,
				  struct netlink_ext_ack *extack)
{
	struct vmq_queue *queue;
	int err, i;

	for (i = nic->channels; i < channels; i++) {
		queue = &nic->queue[i];
		if (queue->owner != VMQ_OWNER_NONE) {
			NL_SET_ERR_MSG_FMT(extack, "queue %u belongs to %s",
					   i, queue->netdev->name);
			err = -EBUSY;
			goto undo;
		}
		err = vmq_queue_take(queue, VMQ_OWNER_CHANNEL, nic->netdev);
		if (err)
			goto undo;
	}
	return 0;

undo:
	while (i-- > nic->channels)
		vmq_queue_free(&nic->queue[i]);
	return err;
}

/**
 * vmq_queue_set_channels() - change how many queues the netdev has
 * @nic: the NIC
 * @channels: from now on, at least 1
 * @extack: says why not
 *
 * Context: process context, RTNL and netdev instance lock held.
 * Return: 0; -EBUSY if one of them belongs to somebody else; -ENOMEM.
 */
int vmq_queue_set_channels(struct vmq_nic *nic, u16 channels,
			   struct netlink_ext_ack *extack)
{
	u16 old = nic->channels;
	int err, i;

	err = vmq_queue_add_channels(nic, channels, extack);
	if (err)
		return err;
	err = netif_set_real_num_queues(nic->netdev,
					vmq_queue_num_tx(nic, channels),
					channels);
	if (err) {
		for (i = channels - 1; i >= old; i--)
			vmq_queue_free(&nic->queue[i]);
		return err;
	}

	WRITE_ONCE(nic->channels, channels);
	for (i = old - 1; i >= channels; i--)
		vmq_queue_free(&nic->queue[i]);
	return 0;
}

/**
 * struct vmq_ring_pair - new rings of a queue, not yet in use
 */
struct vmq_ring_pair {
	struct vmq_rx_ring *rx;
	struct vmq_tx_ring *tx;
};

static void vmq_queue_free_pairs(struct vmq_ring_pair *pair, int count)
{
	while (count--) {
		vmq_rx_ring_free(pair[count].rx);
		vmq_tx_ring_free(pair[count].tx);
	}
	kfree(pair);
}

static int vmq_queue_alloc_pair(struct vmq_queue *queue,
				struct vmq_ring_pair *pair, u16 rx_count,
				u16 tx_count)
{
	struct vmq_nic *nic = queue->nic;

	if (rx_count != nic->rx_count && queue->rx) {
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
static int vmq_queue_swap_pair(struct vmq_queue *queue,
			       struct vmq_ring_pair *pair)
{
	struct vmq_rx_ring *old;
	int err;

	if (pair->tx)
		pair->tx = vmq_queue_swap_tx(queue, pair->tx);
	if (!pair->rx)
		return 0;
	old = vmq_queue_stop_rx(queue);
	err = vmq_queue_start_rx(queue, pair->rx);
	if (!err)
		pair->rx = NULL;
	vmq_rx_ring_free(old);
	return err;
}

/**
 * vmq_queue_resize() - change the size of all rings
 * @nic: the NIC
 * @rx_count: descriptors of a receive ring, a power of two
 * @tx_count: descriptors of a transmit ring, a power of two
 *
 * All new rings are built before the first old one is touched; then one queue
 * after the other gets its own. The link stays up.
 *
 * Context: process context, netdev instance lock held.
 * Return: 0; -ENOMEM, with nothing changed; -ETIMEDOUT or -ENODEV if the chip
 * does not answer.
 */
int vmq_queue_resize(struct vmq_nic *nic, u16 rx_count, u16 tx_count)
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
		err = vmq_queue_alloc_pair(&nic->queue[i], &pair[i], rx_count,
					   tx_count);
		if (err)
			goto free;
	}
	for (i = 0; i < count && !err; i++)
		err = vmq_queue_swap_pair(&nic->queue[i], &pair[i]);
free:
	vmq_queue_free_pairs(pair, count);
	if (err)
		return err;
done:
	nic->rx_count = rx_count;
	nic->tx_count = tx_count;
	return 0;
}

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

	return vmq_queue_start_rx(&nic->queue[idx], *ring);
}

static int vmq_queue_mem_stop(struct net_device *netdev, void *mem, int idx)
{
	struct vmq_nic *nic = netdev_priv(netdev);
	struct vmq_rx_ring **ring = mem;

	*ring = vmq_queue_stop_rx(&nic->queue[idx]);
	return 0;
}

const struct netdev_queue_mgmt_ops vmq_queue_mgmt_ops = {
	.ndo_queue_mem_size	= sizeof(struct vmq_rx_ring *),
	.ndo_queue_mem_alloc	= vmq_queue_mem_alloc,
	.ndo_queue_mem_free	= vmq_queue_mem_free,
	.ndo_queue_start	= vmq_queue_mem_start,
	.ndo_queue_stop		= vmq_queue_mem_stop,
};
