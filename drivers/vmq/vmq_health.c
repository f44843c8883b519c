// SPDX-License-Identifier: GPL-2.0-only
/*
 * How the NIC fares: a devlink reporter for each direction. Whoever finds an
 * error says so from whatever context it is in; it is reported by a work,
 * which devlink has store a dump and, unless the user has switched that off,
 * reset the chip at once. One reset is what heals either direction.
 */
#include <linux/rtnetlink.h>
#include <net/netdev_lock.h>

#include "vmq.h"

/* Bytes of a ring in one piece of a dump */
#define VMQ_HEALTH_PIECE	1024U

/**
 * struct vmq_health_kind - one kind of event
 * @tx: it is the transmit side's
 * @queue: it tells of one queue
 * @what: has happened
 */
static const struct vmq_health_kind {
	bool tx;
	bool queue;
	const char *what;
} vmq_health_kinds[VMQ_HEALTH_EVENTS] = {
	[VMQ_HEALTH_TX_TIMEOUT]	= { true,  true,  "transmit timeout" },
	[VMQ_HEALTH_TX_STUCK]	= { true,  true,  "transmission does not stop or start" },
	[VMQ_HEALTH_TX_TEST]	= { true,  false, "transmit test event" },
	[VMQ_HEALTH_RX_FATAL]	= { false, false, "fatal interrupt cause" },
	[VMQ_HEALTH_RX_STUCK]	= { false, true,  "DMA does not stop" },
	[VMQ_HEALTH_RX_TEST]	= { false, false, "receive test event" },
};

/**
 * struct vmq_health_ring - a ring of either direction
 * @desc: descriptors
 * @len: their length in bytes
 * @mask: how many they are, less 1
 * @head: next descriptor the chip completes
 * @tail: next descriptor to be given to it
 * @state: what the chip makes of it
 */
struct vmq_health_ring {
	const void *desc;
	u32 len;
	u32 mask;
	u32 head;
	u32 tail;
	struct vmq_hw_queue_state state;
};

static bool vmq_health_is_tx(const struct devlink_health_reporter *reporter,
			     const struct vmq_nic *nic)
{
	return reporter == nic->health.tx;
}

/* A running ring goes on meanwhile: the indexes are those of one moment each */
static bool vmq_health_rx_ring(const struct vmq_queue *queue,
			       struct vmq_health_ring *ring)
{
	struct mutex *lock = &queue->nic->steering.lock;
	struct vmq_hw *hw = &queue->nic->hw;
	const struct vmq_rx_ring *rx;

	/* A queue that is held back for a moment has its ring elsewhere */
	mutex_lock(lock);
	rx = queue->rx;
	mutex_unlock(lock);
	if (!rx)
		return false;
	ring->desc = rx->desc;
	ring->mask = rx->mask;
	ring->len = (rx->mask + 1) * sizeof(*rx->desc);
	ring->head = READ_ONCE(rx->head);
	ring->tail = READ_ONCE(rx->told);
	hw->ops->rx_state(hw, queue->index, &ring->state);
	return true;
}

static bool vmq_health_tx_ring(const struct vmq_queue *queue,
			       struct vmq_health_ring *ring)
{
	const struct vmq_tx_ring *tx = queue->tx;
	struct vmq_hw *hw = &queue->nic->hw;

	if (!tx)
		return false;
	ring->desc = tx->desc;
	ring->mask = tx->mask;
	ring->len = (tx->mask + 1) * sizeof(*tx->desc);
	ring->head = READ_ONCE(tx->head);
	ring->tail = READ_ONCE(tx->tail);
	hw->ops->tx_state(hw, queue->index, &ring->state);
	return true;
}

static void vmq_health_put_ring(struct devlink_fmsg *fmsg,
				const struct vmq_health_ring *ring)
{
	devlink_fmsg_pair_nest_start(fmsg, "ring");
	devlink_fmsg_obj_nest_start(fmsg);
	devlink_fmsg_u32_pair_put(fmsg, "size", ring->mask + 1);
	devlink_fmsg_u32_pair_put(fmsg, "head", ring->head & ring->mask);
	devlink_fmsg_u32_pair_put(fmsg, "tail", ring->tail & ring->mask);
	devlink_fmsg_obj_nest_end(fmsg);
	devlink_fmsg_pair_nest_end(fmsg);

	devlink_fmsg_pair_nest_start(fmsg, "chip");
	devlink_fmsg_obj_nest_start(fmsg);
	devlink_fmsg_bool_pair_put(fmsg, "enabled", ring->state.enabled);
	devlink_fmsg_u32_pair_put(fmsg, "head", ring->state.head);
	devlink_fmsg_u32_pair_put(fmsg, "tail", ring->state.tail);
	devlink_fmsg_obj_nest_end(fmsg);
	devlink_fmsg_pair_nest_end(fmsg);
}

static bool vmq_health_put_queue(struct devlink_fmsg *fmsg, bool tx,
				 const struct vmq_queue *queue,
				 struct vmq_health_ring *ring)
{
	bool there;

	devlink_fmsg_u32_pair_put(fmsg, "queue", queue->index);
	there = tx ? vmq_health_tx_ring(queue, ring) :
		     vmq_health_rx_ring(queue, ring);
	if (there)
		vmq_health_put_ring(fmsg, ring);
	return there;
}

/* Who has it and where it is served */
static void vmq_health_put_place(struct devlink_fmsg *fmsg,
				 const struct vmq_queue *queue)
{
	const struct vmq_nic *nic = queue->nic;
	const cpumask_t *mask;
	char cpus[64];

	mask = &nic->netdev->napi_config[queue->index].affinity_mask;
	snprintf(cpus, sizeof(cpus), "%*pbl", cpumask_pr_args(mask));
	devlink_fmsg_string_pair_put(fmsg, "owner", vmq_queue_owner(queue));
	devlink_fmsg_string_pair_put(fmsg, "consumer",
				     vmq_queue_consumer(queue));
	devlink_fmsg_u32_pair_put(fmsg, "vector", queue->index);
	devlink_fmsg_u32_pair_put(fmsg, "irq",
				  nic->hw.irq[queue->index]);
	devlink_fmsg_string_pair_put(fmsg, "cpus", cpus);
}

/* What is detached is gone, asleep, or being looked after already: it comes
 * back with a reset, if at all
 */
static int vmq_health_check(struct vmq_nic *nic,
			    struct netlink_ext_ack *extack)
{
	netdev_assert_locked(nic->netdev);

	if (netif_device_present(nic->netdev) && vmq_present(nic))
		return 0;
	NL_SET_ERR_MSG(extack, "the device is not there");
	return -ENODEV;
}

/* The same, for who does not hold the lock; it may change at once */
static int vmq_health_check_unlocked(struct vmq_nic *nic,
				     struct netlink_ext_ack *extack)
{
	int err;

	netdev_lock(nic->netdev);
	err = vmq_health_check(nic, extack);
	netdev_unlock(nic->netdev);
	return err;
}

static int vmq_health_diagnose(struct devlink_health_reporter *reporter,
			       struct devlink_fmsg *fmsg,
			       struct netlink_ext_ack *extack)
{
	struct vmq_nic *nic = devlink_health_reporter_priv(reporter);
	bool tx = vmq_health_is_tx(reporter, nic);
	struct vmq_health_ring ring;
	int err, i;

	netdev_lock(nic->netdev);
	err = vmq_health_check(nic, extack);
	if (err)
		goto unlock;

	devlink_fmsg_bool_pair_put(fmsg, "up", nic->up);
	devlink_fmsg_arr_pair_nest_start(fmsg, "queues");
	for (i = 0; i < nic->hw.caps->num_queues; i++) {
		const struct vmq_queue *queue = &nic->queue[i];

		devlink_fmsg_obj_nest_start(fmsg);
		if (vmq_health_put_queue(fmsg, tx, queue, &ring) && tx)
			devlink_fmsg_bool_pair_put(fmsg, "stopped",
						   netif_tx_queue_stopped(queue->tx->txq));
		vmq_health_put_place(fmsg, queue);
		devlink_fmsg_obj_nest_end(fmsg);
	}
	devlink_fmsg_arr_pair_nest_end(fmsg);
unlock:
	netdev_unlock(nic->netdev);
	return err;
}

/* Values as text, because devlink shows numbers in decimal */
static void vmq_health_put_run(struct devlink_fmsg *fmsg, struct vmq_hw *hw,
			       const struct vmq_hw_reg *run)
{
	char text[12];
	u32 value;
	int i;

	devlink_fmsg_arr_pair_nest_start(fmsg, run->name);
	for (i = 0; i < run->count; i++) {
		value = vmq_hw_rd32(hw, run->offset + i * run->stride);
		snprintf(text, sizeof(text), "0x%08x", value);
		devlink_fmsg_string_put(fmsg, text);
	}
	devlink_fmsg_arr_pair_nest_end(fmsg);
}

static void vmq_health_put_regs(struct devlink_fmsg *fmsg, struct vmq_hw *hw)
{
	const struct vmq_hw_reg *run;

	devlink_fmsg_pair_nest_start(fmsg, "registers");
	devlink_fmsg_obj_nest_start(fmsg);
	for (run = hw->dump; run->name; run++)
		vmq_health_put_run(fmsg, hw, run);
	devlink_fmsg_obj_nest_end(fmsg);
	devlink_fmsg_pair_nest_end(fmsg);
}

/* In pieces that a message holds and that end with a descriptor's line */
static void vmq_health_put_descs(struct devlink_fmsg *fmsg,
				 const struct vmq_health_ring *ring)
{
	u32 at;

	devlink_fmsg_binary_pair_nest_start(fmsg, "descriptors");
	for (at = 0; at < ring->len; at += VMQ_HEALTH_PIECE)
		devlink_fmsg_binary_put(fmsg, ring->desc + at,
					min(ring->len - at, VMQ_HEALTH_PIECE));
	devlink_fmsg_binary_pair_nest_end(fmsg);
}

/* @ctx is the queue the error was found on, or NULL */
static int vmq_health_dump(struct devlink_health_reporter *reporter,
			   struct devlink_fmsg *fmsg, void *ctx,
			   struct netlink_ext_ack *extack)
{
	struct vmq_nic *nic = devlink_health_reporter_priv(reporter);
	bool tx = vmq_health_is_tx(reporter, nic);
	struct vmq_health_ring ring;
	int err, i;

	netdev_lock(nic->netdev);
	err = vmq_health_check(nic, extack);
	if (err)
		goto unlock;

	vmq_health_put_regs(fmsg, &nic->hw);
	devlink_fmsg_arr_pair_nest_start(fmsg, "queues");
	for (i = 0; i < nic->hw.caps->num_queues; i++) {
		if (ctx && ctx != &nic->queue[i])
			continue;
		devlink_fmsg_obj_nest_start(fmsg);
		if (vmq_health_put_queue(fmsg, tx, &nic->queue[i], &ring))
			vmq_health_put_descs(fmsg, &ring);
		devlink_fmsg_obj_nest_end(fmsg);
	}
	devlink_fmsg_arr_pair_nest_end(fmsg);
unlock:
	netdev_unlock(nic->netdev);
	return err;
}

static int vmq_health_reset(struct vmq_nic *nic,
			    struct netlink_ext_ack *extack)
{
	struct net_device *netdev = nic->netdev;
	int err;

	rtnl_lock();
	netdev_lock(netdev);
	err = vmq_health_check(nic, extack);
	if (err)
		goto unlock;
	netdev_warn(netdev, "resetting\n");
	err = vmq_reset(nic);
	if (err)
		NL_SET_ERR_MSG(extack, "the chip does not come back");
	/* Found on the way down, and dealt with since */
	clear_bit(VMQ_HEALTH_RX_STUCK, nic->health.pending);
	clear_bit(VMQ_HEALTH_TX_STUCK, nic->health.pending);
unlock:
	netdev_unlock(netdev);
	rtnl_unlock();
	return err;
}

static int vmq_health_recover(struct devlink_health_reporter *reporter,
			      void *ctx, struct netlink_ext_ack *extack)
{
	struct vmq_nic *nic = devlink_health_reporter_priv(reporter);
	struct devlink_health_reporter *other;
	int err;

	err = vmq_health_reset(nic, extack);
	if (err)
		return err;
	other = vmq_health_is_tx(reporter, nic) ? nic->health.rx :
						  nic->health.tx;
	devlink_health_reporter_state_update(other,
					     DEVLINK_HEALTH_REPORTER_STATE_HEALTHY);
	return 0;
}

static int vmq_health_test(struct devlink_health_reporter *reporter,
			   struct netlink_ext_ack *extack)
{
	struct vmq_nic *nic = devlink_health_reporter_priv(reporter);
	int err;

	err = vmq_health_check_unlocked(nic, extack);
	if (err)
		return err;
	vmq_health_event(nic, vmq_health_is_tx(reporter, nic) ?
			 VMQ_HEALTH_TX_TEST : VMQ_HEALTH_RX_TEST, 0);
	return 0;
}

/* No grace period: whatever the chip does, it is reset once for it */
static const struct devlink_health_reporter_ops vmq_health_rx_ops = {
	.name		= "rx",
	.recover	= vmq_health_recover,
	.dump		= vmq_health_dump,
	.diagnose	= vmq_health_diagnose,
	.test		= vmq_health_test,
};

static const struct devlink_health_reporter_ops vmq_health_tx_ops = {
	.name		= "tx",
	.recover	= vmq_health_recover,
	.dump		= vmq_health_dump,
	.diagnose	= vmq_health_diagnose,
	.test		= vmq_health_test,
};

static void vmq_health_report(struct vmq_nic *nic,
			      const struct vmq_health_kind *kind, u16 queue)
{
	char text[64];

	if (kind->queue)
		snprintf(text, sizeof(text), "%s, queue %u", kind->what, queue);
	else
		snprintf(text, sizeof(text), "%s", kind->what);
	netdev_warn(nic->netdev, "%s\n", text);
	devlink_health_report(kind->tx ? nic->health.tx : nic->health.rx, text,
			      kind->queue ? &nic->queue[queue] : NULL);
}

static void vmq_health_work(struct work_struct *work)
{
	struct vmq_nic *nic = container_of(work, struct vmq_nic, health.work);
	int event;

	for (event = 0; event < VMQ_HEALTH_EVENTS; event++) {
		if (!test_and_clear_bit(event, nic->health.pending))
			continue;
		/* Nothing is wrong with what is not there */
		if (vmq_health_check_unlocked(nic, NULL))
			continue;
		vmq_health_report(nic, &vmq_health_kinds[event],
				  READ_ONCE(nic->health.queue[event]));
	}
}

/**
 * vmq_health_event() - something went wrong
 * @nic: the NIC
 * @event: what
 * @queue: on which queue, for an event that tells of one
 *
 * It is reported, and recovered from, a little later. Events of one kind that
 * come meanwhile are one.
 *
 * Context: any.
 */
void vmq_health_event(struct vmq_nic *nic, enum vmq_health_event event,
		      u16 queue)
{
	WRITE_ONCE(nic->health.queue[event], queue);
	set_bit(event, nic->health.pending);
	schedule_work(&nic->health.work);
}

/**
 * vmq_health_add() - set up the reporters
 * @nic: the NIC
 * @devlink: its devlink instance, not yet registered
 *
 * Context: process context, devlink lock held.
 * Return: 0 or a negative error.
 */
int vmq_health_add(struct vmq_nic *nic, struct devlink *devlink)
{
	struct vmq_health *health = &nic->health;

	INIT_WORK(&health->work, vmq_health_work);
	health->rx = devl_health_reporter_create(devlink, &vmq_health_rx_ops,
						 nic);
	if (IS_ERR(health->rx))
		return PTR_ERR(health->rx);
	health->tx = devl_health_reporter_create(devlink, &vmq_health_tx_ops,
						 nic);
	if (IS_ERR(health->tx)) {
		devl_health_reporter_destroy(health->rx);
		return PTR_ERR(health->tx);
	}
	return 0;
}

/**
 * vmq_health_stop() - report nothing any more, once the netdev is unregistered
 * @nic: the NIC
 *
 * Context: process context, no lock held.
 */
void vmq_health_stop(struct vmq_nic *nic)
{
	/* The user may still ask for a test event, so once is not enough */
	disable_work_sync(&nic->health.work);
}

/**
 * vmq_health_del() - undo vmq_health_add()
 * @nic: the NIC, after vmq_health_stop()
 *
 * Context: process context, devlink lock held.
 */
void vmq_health_del(struct vmq_nic *nic)
{
	devl_health_reporter_destroy(nic->health.tx);
	devl_health_reporter_destroy(nic->health.rx);
}
