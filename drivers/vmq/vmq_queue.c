// SPDX-License-Identifier: GPL-2.0-only
/*
 * Queues and their life: allocated, complete, freed.
 *
 * The state of a queue is not stored but follows from what it has: an owner,
 * filters, a completed allocation. So it cannot be wrong, and what a state does
 * not allow has nothing to undo.
 */
#include <kunit/visibility.h>
#include <linux/log2.h>
#include <linux/netlink.h>
#include <net/netdev_lock.h>

#include "vmq.h"

/**
 * vmq_queue_state() - where a queue is in its life
 * @queue: the queue
 *
 * Context: process context; the owner, or the netdev instance lock held.
 * Return: its state. That of the default queue is always VMQ_QUEUE_RUNNING.
 */
enum vmq_queue_state vmq_queue_state(const struct vmq_queue *queue)
{
	if (queue->index == VMQ_DEFAULT_QUEUE)
		return VMQ_QUEUE_RUNNING;
	if (!queue->owner)
		return VMQ_QUEUE_UNDEFINED;
	if (queue->ending)
		return queue->rx ? VMQ_QUEUE_STOP_DMA : VMQ_QUEUE_FREEING;
	if (queue->complete)
		return queue->filters ? VMQ_QUEUE_RUNNING : VMQ_QUEUE_PAUSED;
	return queue->filters ? VMQ_QUEUE_SET : VMQ_QUEUE_ALLOCATED;
}
EXPORT_SYMBOL_GPL(vmq_queue_state);

/**
 * vmq_queue_state_name() - a state in words
 * @state: the state
 *
 * Return: its name.
 */
const char *vmq_queue_state_name(enum vmq_queue_state state)
{
	static const char *const names[] = {
		[VMQ_QUEUE_UNDEFINED]	= "undefined",
		[VMQ_QUEUE_ALLOCATED]	= "allocated",
		[VMQ_QUEUE_SET]		= "set",
		[VMQ_QUEUE_RUNNING]	= "running",
		[VMQ_QUEUE_PAUSED]	= "paused",
		[VMQ_QUEUE_STOP_DMA]	= "stop-dma",
		[VMQ_QUEUE_FREEING]	= "freeing",
	};

	return names[state];
}

/**
 * vmq_queue_owner() - who has a queue, in a word
 * @queue: the queue
 *
 * Context: process context, netdev instance lock held.
 * Return: the word; "-" if nobody has it.
 */
const char *vmq_queue_owner(const struct vmq_queue *queue)
{
	if (queue->index == VMQ_DEFAULT_QUEUE)
		return "default";
	return queue->owner ? queue->owner->name : "-";
}

/**
 * vmq_queue_consumer() - whom a queue is for, in a word
 * @queue: the queue
 *
 * Context: process context, netdev instance lock held.
 * Return: the netdev whose stack gets its frames, or what its owner calls it;
 * "-" if nobody has it.
 */
const char *vmq_queue_consumer(const struct vmq_queue *queue)
{
	if (queue->owner == &queue->nic->channel_owner)
		return queue->nic->netdev->name;
	return queue->owner ? queue->name : "-";
}

/**
 * vmq_queue_id() - number of a queue
 * @queue: the queue
 *
 * Return: its number, which is that of its pool and its vector as well.
 */
u16 vmq_queue_id(const struct vmq_queue *queue)
{
	return queue->index;
}
EXPORT_SYMBOL_GPL(vmq_queue_id);

/**
 * vmq_queue_napi() - who polls a queue
 * @queue: the queue
 *
 * A filter that is carried out in software has its frames delivered by the NAPI
 * of another queue.
 *
 * Return: its NAPI.
 */
struct napi_struct *vmq_queue_napi(struct vmq_queue *queue)
{
	return &queue->napi;
}
EXPORT_SYMBOL_GPL(vmq_queue_napi);

/**
 * vmq_queue_rx_count() - how long a queue's receive ring shall be
 * @queue: the queue
 *
 * Return: descriptors, a power of two: what its owner suggested, else what the
 * user set for the NIC.
 */
u16 vmq_queue_rx_count(const struct vmq_queue *queue)
{
	const struct vmq_hw_caps *caps = queue->nic->hw.caps;

	if (!queue->buffers)
		return queue->nic->rx_count;
	return roundup_pow_of_two(clamp_t(u32, queue->buffers, caps->min_ring,
					  caps->max_ring));
}

/**
 * __vmq_queue_take() - allocate this queue
 * @queue: a queue that nobody has
 * @owner: for whom
 * @params: what is asked of it
 * @netdev: whose stack gets its frames if @params names no receiver
 *
 * Context: process context, netdev instance lock held.
 */
void __vmq_queue_take(struct vmq_queue *queue, struct vmq_owner *owner,
		      const struct vmq_queue_params *params,
		      struct net_device *netdev)
{
	struct vmq_steering *steering = &queue->nic->steering;

	queue->consumer.receive = params->receive;
	queue->consumer.raw = params->raw;
	queue->consumer.priv = params->priv;
	queue->consumer.netdev = netdev;
	queue->buffers = params->buffers;
	strscpy(queue->name, params->name ?: "");
	queue->owner = owner;

	mutex_lock(&steering->lock);
	__assign_bit(queue->index, &steering->exact, params->exact);
	mutex_unlock(&steering->lock);
	trace_vmq_queue_alloc(queue);
}

/**
 * __vmq_queue_alloc() - allocate a queue
 * @owner: for whom
 * @params: what is asked of it
 * @netdev: whose stack gets its frames if @params names no receiver
 * @extack: says why not
 *
 * Queues are handed out from the last one down, so that channels, which are
 * numbered from 0 up, meet them late.
 *
 * Context: process context, netdev instance lock held.
 * Return: the queue; -ENOSPC if none is left.
 */
struct vmq_queue *__vmq_queue_alloc(struct vmq_owner *owner,
				    const struct vmq_queue_params *params,
				    struct net_device *netdev,
				    struct netlink_ext_ack *extack)
{
	struct vmq_nic *nic = owner->nic;
	int i;

	netdev_assert_locked(nic->netdev);

	for (i = nic->hw.caps->num_queues - 1; i > VMQ_DEFAULT_QUEUE; i--) {
		if (nic->queue[i].owner)
			continue;
		__vmq_queue_take(&nic->queue[i], owner, params, netdev);
		return &nic->queue[i];
	}
	NL_SET_ERR_MSG_FMT(extack, "all %u queues for virtual machines are in use",
			   nic->hw.caps->num_queues - 1);
	return ERR_PTR(-ENOSPC);
}
EXPORT_SYMBOL_IF_KUNIT(__vmq_queue_alloc);

static int vmq_queue_start(struct vmq_queue *queue)
{
	struct vmq_rx_ring *ring;
	int err;

	if (!queue->nic->up)
		return 0;
	ring = vmq_rx_ring_alloc(queue, vmq_queue_rx_count(queue));
	if (IS_ERR(ring))
		return PTR_ERR(ring);
	err = vmq_rings_start_rx(queue, ring);
	if (err)
		vmq_rx_ring_free(ring);
	return err;
}

/* Take the memory from a queue. Whoever still has pages of it, in frames that
 * were delivered, keeps them as long as it likes: they belong to the page pool,
 * which goes when the last one is back.
 */
static void vmq_queue_stop(struct vmq_queue *queue)
{
	struct vmq_rx_ring *ring = NULL;

	if (queue->nic->up)
		ring = vmq_rings_stop_rx(queue);
	if (queue->ending && queue->owner->ops && queue->owner->ops->stopped)
		queue->owner->ops->stopped(queue->owner->priv, queue);
	vmq_rx_ring_free(ring);
}

/**
 * __vmq_queue_complete() - let a queue receive
 * @queue: a queue that is allocated
 * @extack: says why not
 *
 * It receives before its filters begin to count, so nothing is lost.
 *
 * Context: process context, netdev instance lock held.
 * Return: 0, or an error that changed nothing: -EINVAL if it is complete;
 * -ENOMEM; -EOPNOTSUPP if it must be exact and its filters cannot be;
 * -ETIMEDOUT or -ENODEV if the chip does not answer.
 */
int __vmq_queue_complete(struct vmq_queue *queue,
			 struct netlink_ext_ack *extack)
{
	int err;

	netdev_assert_locked(queue->nic->netdev);

	if (!queue->owner || queue->complete) {
		NL_SET_ERR_MSG_FMT(extack, "the allocation of queue %u is complete already",
				   queue->index);
		return -EINVAL;
	}
	err = vmq_queue_start(queue);
	if (err == -ENOMEM)
		NL_SET_ERR_MSG_FMT(extack, "no memory for the receive ring of queue %u",
				   queue->index);
	else if (err)
		NL_SET_ERR_MSG_FMT(extack, "the chip does not start queue %u",
				   queue->index);
	if (err)
		return err;
	queue->complete = true;
	err = vmq_filter_activate(queue->nic, queue->index, extack);
	if (err) {
		queue->complete = false;
		vmq_queue_stop(queue);
		return err;
	}
	trace_vmq_queue_complete(queue);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(__vmq_queue_complete);

/**
 * __vmq_queue_free() - give a queue back
 * @queue: a queue without filters
 *
 * When this returns its consumer gets no frame any more, the chip writes to no
 * memory of it, and it can be allocated again.
 *
 * Context: process context, netdev instance lock held. Cannot fail.
 */
void __vmq_queue_free(struct vmq_queue *queue)
{
	struct vmq_nic *nic = queue->nic;

	netdev_assert_locked(nic->netdev);

	queue->ending = true;
	queue->complete = false;
	vmq_queue_stop(queue);
	trace_vmq_queue_free(queue);

	queue->consumer.receive = NULL;
	queue->consumer.raw = NULL;
	queue->consumer.priv = NULL;
	queue->consumer.netdev = nic->netdev;
	queue->owner = NULL;
	queue->ending = false;
	vmq_station_promote(nic);
	vmq_owner_tell_room(nic);
}
EXPORT_SYMBOL_IF_KUNIT(__vmq_queue_free);

/**
 * vmq_queue_alloc() - allocate a queue
 * @owner: for whom
 * @params: what is asked of it
 * @extack: says why not
 *
 * It receives nothing before vmq_queue_complete(); filters may be set before and
 * after that.
 *
 * Context: process context.
 * Return: the queue; -EINVAL without a receiver; -ENOSPC if none is left.
 */
struct vmq_queue *vmq_queue_alloc(struct vmq_owner *owner,
				  const struct vmq_queue_params *params,
				  struct netlink_ext_ack *extack)
{
	struct net_device *netdev = owner->nic->netdev;
	struct vmq_queue *queue;

	if (!params->receive) {
		NL_SET_ERR_MSG(extack, "a queue needs somebody to receive its frames");
		return ERR_PTR(-EINVAL);
	}
	netdev_lock(netdev);
	queue = __vmq_queue_alloc(owner, params, netdev, extack);
	netdev_unlock(netdev);
	return queue;
}
EXPORT_SYMBOL_GPL(vmq_queue_alloc);

/**
 * vmq_queue_complete() - close the allocation of a batch of queues
 * @queues: the queues
 * @count: how many
 * @status: what became of each, 0 or an error: -EINVAL if it is complete
 *	already, -ENOMEM, -EOPNOTSUPP if it must be exact and its filters cannot
 *	be, -ETIMEDOUT or -ENODEV if the chip does not answer. A queue that failed
 *	is as it was before, and the kernel log says why; the others are not
 *	affected
 *
 * Context: process context.
 * Return: 0 if all are complete, else the first error.
 */
int vmq_queue_complete(struct vmq_queue *const *queues, unsigned int count,
		       int *status)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < count; i++) {
		struct net_device *netdev = queues[i]->nic->netdev;
		struct netlink_ext_ack extack = {};

		netdev_lock(netdev);
		status[i] = __vmq_queue_complete(queues[i], &extack);
		if (status[i])
			netdev_info(netdev, "%s is not complete: %s\n",
				    queues[i]->name, extack._msg);
		netdev_unlock(netdev);
		err = err ?: status[i];
	}
	return err;
}
EXPORT_SYMBOL_GPL(vmq_queue_complete);

/**
 * vmq_queue_rename() - change what a queue is called
 * @queue: a queue that is allocated
 * @name: its new name; copied
 *
 * Context: process context.
 * Return: 0; -EINVAL if the queue is not allocated.
 */
int vmq_queue_rename(struct vmq_queue *queue, const char *name)
{
	struct net_device *netdev = queue->nic->netdev;
	int err = -EINVAL;

	netdev_lock(netdev);
	if (queue->owner) {
		strscpy(queue->name, name);
		err = 0;
	}
	netdev_unlock(netdev);
	return err;
}
EXPORT_SYMBOL_GPL(vmq_queue_rename);

/**
 * vmq_queue_set_buffers() - suggest another number of receive buffers
 * @queue: a queue that is allocated
 * @buffers: see &vmq_queue_params.buffers
 *
 * No frame is lost by it.
 *
 * Context: process context.
 * Return: 0; -EINVAL if the queue is not allocated.
 */
int vmq_queue_set_buffers(struct vmq_queue *queue, u32 buffers)
{
	struct net_device *netdev = queue->nic->netdev;
	int err = -EINVAL;

	netdev_lock(netdev);
	if (queue->owner) {
		queue->buffers = buffers;
		vmq_resize_queue(queue);
		err = 0;
	}
	netdev_unlock(netdev);
	return err;
}
EXPORT_SYMBOL_GPL(vmq_queue_set_buffers);

/**
 * vmq_queue_free() - give a queue back
 * @queue: the queue
 *
 * When this returns its consumer gets no frame any more, and the chip writes to
 * no memory of it. Frames that the consumer keeps do not hold this up.
 *
 * Context: process context.
 * Return: 0; -EBUSY if filters are set on it, -EINVAL if it is not allocated,
 * with nothing changed.
 */
int vmq_queue_free(struct vmq_queue *queue)
{
	struct net_device *netdev = queue->nic->netdev;
	int err = 0;

	netdev_lock(netdev);
	if (!queue->owner)
		err = -EINVAL;
	else if (queue->filters)
		err = -EBUSY;
	else
		__vmq_queue_free(queue);
	netdev_unlock(netdev);
	return err;
}
EXPORT_SYMBOL_GPL(vmq_queue_free);
