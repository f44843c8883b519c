// SPDX-License-Identifier: GPL-2.0-only
/*
 * Order across a change: which frames came before it, and are they delivered?
 *
 * Frames of one flow are in order as long as one queue receives them. When they
 * are given to another one, the new queue is held first, so that what it
 * receives stays in its ring; then the chip is changed, and the old queue
 * delivers what it has received up to then; then the new one goes on.
 *
 * All of it under the steering lock, which also says which rings run: a queue
 * that has a receive ring has a NAPI that is enabled.
 */
#include <linux/iopoll.h>

#include "vmq.h"

/* How often to look whether the poll has got on, and for how long. It does get
 * on unless its CPU is stuck, which the kernel complains about by itself.
 */
#define VMQ_DRAIN_PERIOD	20		/* microseconds */
#define VMQ_DRAIN_LOOK		(10 * USEC_PER_MSEC)
#define VMQ_DRAIN_LIMIT		(10 * USEC_PER_SEC)

/* What was waited for does not come: order may be lost, and the user shall know */
static void vmq_drain_give_up(struct vmq_queue *queue, const char *what)
{
	struct vmq_nic *nic = queue->nic;

	nic->drain_timeouts++;
	netdev_err(nic->netdev, "queue %u %s\n", queue->index, what);
}

/* Has every poll ended that was going on when @polls was read? What a poll has
 * given to GRO is delivered after it has counted itself, but before the next
 * one begins or NAPI_STATE_SCHED is cleared; hence two.
 */
static bool vmq_drain_polled(const struct vmq_queue *queue, u32 polls)
{
	/* Pairs with the end of a poll, as does the other */
	return smp_load_acquire(&queue->polls) - polls >= 2 ||
	       !test_bit_acquire(NAPI_STATE_SCHED, &queue->napi.state);
}

/* Wait for what a poll has to do that the chip begins; @mark is for @is_done.
 * When the device has vanished, nothing interrupts any more.
 */
static void vmq_drain_until(struct vmq_queue *queue, u32 mark,
			    bool (*is_done)(const struct vmq_queue *, u32),
			    const char *complaint)
{
	struct vmq_hw *hw = &queue->nic->hw;
	u32 waited;
	bool done;

	for (waited = 0; waited < VMQ_DRAIN_LIMIT; waited += VMQ_DRAIN_LOOK) {
		read_poll_timeout(is_done, done, done, VMQ_DRAIN_PERIOD,
				  VMQ_DRAIN_LOOK, false, queue, mark);
		if (done || !hw->ops->present(hw))
			return;
	}
	vmq_drain_give_up(queue, complaint);
}

/**
 * vmq_drain_sync() - wait for a poll that may have begun before what the caller
 * just wrote
 * @queue: the queue, whose NAPI is enabled
 *
 * What that poll has received is delivered, but for what GRO holds. That it ends
 * does not depend on the device: this waits also where that has vanished.
 *
 * Context: process context, steering lock held.
 */
void vmq_drain_sync(struct vmq_queue *queue)
{
	u32 polls;
	bool done;

	/* Pairs with the atomic that lets a poll begin: what was written
	 * before is seen by it, or it is seen here
	 */
	smp_mb();
	polls = READ_ONCE(queue->polls);
	read_poll_timeout(vmq_drain_polled, done, done, VMQ_DRAIN_PERIOD,
			  VMQ_DRAIN_LIMIT, false, queue, polls);
	if (!done)
		vmq_drain_give_up(queue, "does not end its poll");
}

static bool vmq_drain_flushed(const struct vmq_queue *queue, u32 unused)
{
	return !READ_ONCE(queue->flush);
}

/* Wait until what the poll has taken so far is delivered. What GRO holds of it
 * a poll has to take from there; waiting for GRO to be empty might take for
 * ever, with traffic there is always something in it.
 */
static void vmq_drain_flush(struct vmq_queue *queue)
{
	vmq_drain_sync(queue);
	if (!READ_ONCE(queue->napi.gro.bitmask))
		return;
	WRITE_ONCE(queue->flush, true);
	vmq_irq_kick(queue);
	vmq_drain_until(queue, 0, vmq_drain_flushed, "keeps what GRO holds");
	vmq_drain_sync(queue);
}

/**
 * vmq_drain_hold() - let a queue deliver nothing more for now
 * @queue: the queue; nothing happens if it does not run
 *
 * When this returns nothing of it is being delivered, nor held by GRO. What it
 * receives stays in its ring.
 *
 * Context: process context, steering lock held.
 */
void vmq_drain_hold(struct vmq_queue *queue)
{
	lockdep_assert_held(&queue->nic->steering.lock);

	if (!queue->rx)
		return;
	queue->held = queue->rx;
	WRITE_ONCE(queue->rx, NULL);
	vmq_drain_flush(queue);
}

/**
 * vmq_drain_release() - undo vmq_drain_hold()
 * @queue: the queue
 *
 * Context: process context, steering lock held.
 */
void vmq_drain_release(struct vmq_queue *queue)
{
	lockdep_assert_held(&queue->nic->steering.lock);

	if (!queue->held)
		return;
	WRITE_ONCE(queue->rx, queue->held);
	queue->held = NULL;
	vmq_irq_kick(queue);
}

static bool vmq_drain_is_done(const struct vmq_rx_ring *ring, u32 index)
{
	const union vmq_rx_desc *desc = &ring->desc[index & ring->mask];

	return READ_ONCE(desc->wb.status) & cpu_to_le32(VMQ_RXD_DD);
}

/**
 * vmq_drain_hold_all() - let queues deliver nothing more for now
 * @nic: the NIC
 * @queues: bitmap of queues
 *
 * Context: process context, steering lock held.
 */
void vmq_drain_hold_all(struct vmq_nic *nic, u32 queues)
{
	int i;

	for (i = 0; i < nic->hw.caps->num_queues; i++)
		if (queues & BIT(i))
			vmq_drain_hold(&nic->queue[i]);
}

/**
 * vmq_drain_release_all() - undo vmq_drain_hold_all()
 * @nic: the NIC
 * @queues: the same
 *
 * Context: process context, steering lock held.
 */
void vmq_drain_release_all(struct vmq_nic *nic, u32 queues)
{
	int i;

	for (i = 0; i < nic->hw.caps->num_queues; i++)
		if (queues & BIT(i))
			vmq_drain_release(&nic->queue[i]);
}

/* Index behind the last descriptor that the chip has completed. A descriptor
 * that the poll has taken looks like one that the chip has not reached, hence
 * the second look at where the poll is.
 */
static u32 vmq_drain_mark(const struct vmq_rx_ring *ring)
{
	u32 head, mark;

	do {
		head = READ_ONCE(ring->head);
		mark = head;
		/* Pairs with vmq_rx_refill(); the chip knows of no more */
		while (mark != smp_load_acquire(&ring->told) &&
		       vmq_drain_is_done(ring, mark))
			mark++;
		/* The descriptors, then where the poll is now */
		smp_rmb();
	} while (READ_ONCE(ring->head) != head);
	return mark;
}

/* Has the poll taken what is before @mark? */
static bool vmq_drain_passed(const struct vmq_queue *queue, u32 mark)
{
	return (s32)(READ_ONCE(queue->rx->head) - mark) >= 0;
}

/**
 * vmq_drain_wait() - wait until a queue has delivered what it has received
 * @queue: the queue, not held; nothing happens if it does not run
 *
 * What it receives from now on is not waited for, so that traffic to others in
 * the same queue cannot keep this from returning.
 *
 * Context: process context, steering lock held.
 */
void vmq_drain_wait(struct vmq_queue *queue)
{
	struct vmq_rx_ring *ring = queue->rx;
	u32 mark;

	lockdep_assert_held(&queue->nic->steering.lock);

	if (!ring)
		return;
	mark = vmq_drain_mark(ring);
	vmq_irq_kick(queue);
	vmq_drain_until(queue, mark, vmq_drain_passed,
			"does not deliver what it has received");
	vmq_drain_flush(queue);
}
