// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rings of a queue in the chip: each is started, stopped and exchanged
 * alone, while the others and the link go on.
 *
 * While the NIC is up, every queue has its vector, its NAPI and its transmit
 * ring; a receive ring it has only while it is complete. Which receive rings run
 * is protected by the steering lock, for those who change what the chip delivers
 * there, with or without the netdev instance lock.
 */
#include <kunit/visibility.h>
#include <linux/iopoll.h>
#include <net/page_pool/helpers.h>

#include "vmq.h"

/* How long a transmit ring that was stopped may take to empty */
#define VMQ_TX_DRAIN_USECS	USEC_PER_SEC

static int vmq_rings_hw_start_rx(struct vmq_queue *queue,
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

	ring->tail_reg = nic->hw.ops->rx_tail(&nic->hw, queue->index);
	/* The buffers, then the tail that makes the chip look at them */
	dma_wmb();
	writel(ring->tail & ring->mask, ring->tail_reg);
	return 0;
}

static void vmq_rings_hw_stop_rx(struct vmq_queue *queue)
{
	struct vmq_nic *nic = queue->nic;

	if (nic->hw.ops->rx_stop(&nic->hw, queue->index))
		vmq_health_event(nic, VMQ_HEALTH_RX_STUCK, queue->index);
}

/* Have the poll serve @ring from now on, or none */
static void vmq_rings_set_rx(struct vmq_queue *queue, struct vmq_rx_ring *ring)
{
	struct vmq_rx_ring *old = queue->rx;

	napi_disable_locked(&queue->napi);
	if (old)
		page_pool_disable_direct_recycling(old->pool);
	if (ring)
		page_pool_enable_direct_recycling(ring->pool, &queue->napi);
	queue->rx = ring;
	napi_enable_locked(&queue->napi);
	vmq_irq_kick(queue);
}

/**
 * vmq_rings_start_rx() - let a queue receive
 * @queue: a queue that is up and has no receive ring
 * @ring: its new ring, filled; stays the caller's on failure
 *
 * Context: process context, netdev instance lock held.
 * Return: 0; -ETIMEDOUT or -ENODEV if the chip does not answer.
 */
int vmq_rings_start_rx(struct vmq_queue *queue, struct vmq_rx_ring *ring)
{
	int err;

	mutex_lock(&queue->nic->steering.lock);
	err = vmq_rings_hw_start_rx(queue, ring);
	if (!err)
		vmq_rings_set_rx(queue, ring);
	mutex_unlock(&queue->nic->steering.lock);
	return err;
}

/**
 * vmq_rings_stop_rx() - let a queue receive no longer
 * @queue: a queue that is up; no filter may steer to it any more
 *
 * What it has received is delivered first; when this returns nothing of it is
 * on its way any more.
 *
 * Context: process context, netdev instance lock held.
 * Return: its ring, for the caller to free; NULL if there was none.
 */
struct vmq_rx_ring *vmq_rings_stop_rx(struct vmq_queue *queue)
{
	struct vmq_rx_ring *ring;

	mutex_lock(&queue->nic->steering.lock);
	ring = queue->rx;
	if (ring) {
		vmq_rings_hw_stop_rx(queue);
		vmq_drain_wait(queue);
		vmq_rings_set_rx(queue, NULL);
	}
	mutex_unlock(&queue->nic->steering.lock);
	return ring;
}

static int vmq_rings_start_tx(struct vmq_queue *queue)
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
static void vmq_rings_stop_txq(struct vmq_queue *queue)
{
	struct netdev_queue *txq = queue->tx->txq;

	WRITE_ONCE(queue->tx_closing, true);
	__netif_tx_lock_bh(txq);
	netif_tx_stop_queue(txq);
	__netif_tx_unlock_bh(txq);
}

static void vmq_rings_wake_txq(struct vmq_queue *queue)
{
	struct netdev_queue *txq = queue->tx->txq;

	WRITE_ONCE(queue->tx_closing, false);
	/* It may have stood still for longer than the watchdog likes */
	txq_trans_cond_update(txq);
	netif_tx_wake_queue(txq);
}

static bool vmq_rings_tx_idle(const struct vmq_tx_ring *ring)
{
	return READ_ONCE(ring->head) == READ_ONCE(ring->tail);
}

/**
 * vmq_rings_swap_tx() - put a new transmit ring in the place of the old one
 * @queue: the queue, up
 * @ring: the new ring
 *
 * Context: process context, netdev instance lock held.
 * Return: the old one, empty.
 */
struct vmq_tx_ring *vmq_rings_swap_tx(struct vmq_queue *queue,
				      struct vmq_tx_ring *ring)
{
	struct vmq_tx_ring *old = queue->tx;
	struct vmq_nic *nic = queue->nic;
	bool idle;

	vmq_rings_stop_txq(queue);
	vmq_irq_kick(queue);
	read_poll_timeout(vmq_rings_tx_idle, idle, idle, 100,
			  VMQ_TX_DRAIN_USECS, false, old);
	if (nic->hw.ops->tx_stop(&nic->hw, queue->index))
		vmq_health_event(nic, VMQ_HEALTH_TX_STUCK, queue->index);
	/* Nobody may wait for a poll that is switched off */
	mutex_lock(&nic->steering.lock);
	vmq_drain_hold(queue);
	napi_disable_locked(&queue->napi);
	vmq_rings_stop_txq(queue);
	vmq_tx_purge(queue);
	queue->tx = ring;
	napi_enable_locked(&queue->napi);
	vmq_drain_release(queue);
	mutex_unlock(&nic->steering.lock);
	if (vmq_rings_start_tx(queue))
		vmq_health_event(nic, VMQ_HEALTH_TX_STUCK, queue->index);
	vmq_rings_wake_txq(queue);
	vmq_irq_kick(queue);
	return old;
}

static int vmq_rings_queue_up(struct vmq_queue *queue)
{
	struct vmq_nic *nic = queue->nic;
	struct vmq_rx_ring *ring = NULL;
	int err;

	queue->tx = vmq_tx_ring_alloc(queue, nic->tx_count);
	if (!queue->tx)
		return -ENOMEM;

	if (queue->complete) {
		ring = vmq_rx_ring_alloc(queue, vmq_queue_rx_count(queue));
		if (IS_ERR(ring)) {
			err = PTR_ERR(ring);
			goto free_tx;
		}
	}

	err = vmq_irq_request_queue(queue);
	if (err)
		goto free_rx;
	nic->hw.ops->irq_interval(&nic->hw, queue->index, queue->usecs);

	err = vmq_rings_start_tx(queue);
	if (!err && ring)
		err = vmq_rings_start_rx(queue, ring);
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

static void vmq_rings_queue_down(struct vmq_queue *queue)
{
	struct vmq_nic *nic = queue->nic;
	struct vmq_rx_ring *ring;

	if (!queue->tx)
		return;

	vmq_rings_stop_txq(queue);
	nic->hw.ops->tx_stop(&nic->hw, queue->index);
	ring = vmq_rings_stop_rx(queue);
	nic->hw.ops->irq_mask(&nic->hw, BIT(queue->index));
	vmq_irq_free_queue(queue);
	vmq_rings_stop_txq(queue);
	vmq_tx_purge(queue);
	vmq_rx_ring_free(ring);
	vmq_tx_ring_free(queue->tx);
	queue->tx = NULL;
}

/**
 * vmq_rings_up() - bring up every queue
 * @nic: the NIC
 *
 * Context: process context, netdev instance lock held.
 * Return: 0 or a negative error, in which case none is up.
 */
int vmq_rings_up(struct vmq_nic *nic)
{
	int err, i;

	for (i = 0; i < nic->hw.caps->num_queues; i++) {
		err = vmq_rings_queue_up(&nic->queue[i]);
		if (err)
			goto down;
	}
	for (i = 0; i < nic->hw.caps->num_queues; i++) {
		vmq_rings_wake_txq(&nic->queue[i]);
		vmq_irq_kick(&nic->queue[i]);
	}
	return 0;

down:
	while (i--)
		vmq_rings_queue_down(&nic->queue[i]);
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(vmq_rings_up);

/**
 * vmq_rings_down() - take every queue down
 * @nic: the NIC
 *
 * Context: process context, netdev instance lock held.
 */
void vmq_rings_down(struct vmq_nic *nic)
{
	int i;

	for (i = 0; i < nic->hw.caps->num_queues; i++)
		vmq_rings_queue_down(&nic->queue[i]);
}
EXPORT_SYMBOL_IF_KUNIT(vmq_rings_down);

