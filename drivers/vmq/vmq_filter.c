// SPDX-License-Identifier: GPL-2.0-only
/*
 * Filters: set, moved and cleared in the software table, which the chip then
 * follows as far as it can.
 */
#include <kunit/visibility.h>
#include <linux/etherdevice.h>
#include <linux/netlink.h>
#include <linux/rculist.h>

#include "vmq.h"

static u32 vmq_filter_hash(const u8 *addr)
{
	return hash_64(ether_addr_to_u64(addr), VMQ_FILTER_HASH_BITS);
}

static bool vmq_filter_key_equal(const struct vmq_filter_key *a,
				 const struct vmq_filter_key *b)
{
	return ether_addr_equal(a->addr, b->addr) && a->test == b->test &&
	       a->vid == b->vid;
}

static const struct vmq_filter *
vmq_filter_find(const struct vmq_steering *steering,
		const struct vmq_filter_key *key)
{
	const struct vmq_filter *filter;

	list_for_each_entry(filter, &steering->filters, list)
		if (vmq_filter_key_equal(&filter->key, key))
			return filter;
	return NULL;
}

/**
 * vmq_filter_lookup_rcu() - whose is a frame
 * @nic: the NIC
 * @addr: destination address
 * @vid: VLAN, 0 for an untagged frame
 *
 * Context: any, under rcu_read_lock().
 * Return: the consumer of the most specific filter, or the default queue's.
 */
const struct vmq_consumer *vmq_filter_lookup_rcu(struct vmq_nic *nic,
						 const u8 *addr, u16 vid)
{
	const struct vmq_consumer *consumer = NULL;
	const struct vmq_filter *filter;

	hlist_for_each_entry_rcu(filter,
				 &nic->steering.hash[vmq_filter_hash(addr)],
				 node) {
		if (!ether_addr_equal(filter->key.addr, addr))
			continue;
		/* Pairs with the release in vmq_filter_show() */
		if (!smp_load_acquire(&filter->active))
			continue;
		if (filter->key.test == VMQ_VLAN_ANY) {
			consumer = READ_ONCE(filter->consumer);
		} else if (filter->key.vid == vid) {
			consumer = READ_ONCE(filter->consumer);
			break;
		}
	}
	return consumer ?: &nic->queue[VMQ_DEFAULT_QUEUE].consumer;
}
EXPORT_SYMBOL_IF_KUNIT(vmq_filter_lookup_rcu);

/**
 * vmq_place_name() - why a filter is where it is
 * @place: where it is
 *
 * Return: words for people.
 */
const char *vmq_place_name(enum vmq_place place)
{
	static const char *const names[] = {
		[VMQ_PLACE_HW]		= "in hardware",
		[VMQ_PLACE_NO_QUEUE]	= "no queue is left",
		[VMQ_PLACE_NO_ADDR]	= "the chip's address entries are all in use",
		[VMQ_PLACE_NO_VLAN]	= "the chip's VLAN entries are all in use",
		[VMQ_PLACE_INDISTINCT]	= "the chip cannot tell it from other filters",
		[VMQ_PLACE_UNFILTERED]	= "the port does not filter VLANs",
		[VMQ_PLACE_PARKED]	= "its queue gets a new ring",
		[VMQ_PLACE_INACTIVE]	= "its queue is not complete",
	};

	return names[place];
}

static int vmq_filter_check_key(const struct vmq_steering *steering,
				const struct vmq_filter_key *key,
				struct netlink_ext_ack *extack)
{
	bool has_vid = key->test == VMQ_VLAN_VID;

	if (!is_valid_ether_addr(key->addr)) {
		NL_SET_ERR_MSG(extack, "a filter's address must be unicast, and not zero");
		return -EINVAL;
	}
	if (key->test > VMQ_VLAN_VID || has_vid != !!key->vid ||
	    key->vid >= VLAN_VID_MASK) {
		NL_SET_ERR_MSG(extack, "a filter's VLAN must be 1 to 4094");
		return -EINVAL;
	}
	if (vmq_filter_find(steering, key)) {
		NL_SET_ERR_MSG_FMT(extack, "%pM is steered already, with the same VLAN",
				   key->addr);
		return -EEXIST;
	}
	return 0;
}

/* A filter of the same queue whose frames, mixed with this one's, would be
 * neither's: address and VLAN are matched apart
 */
static const struct vmq_filter *
vmq_filter_rival(const struct vmq_steering *steering,
		 const struct vmq_filter *filter)
{
	const struct vmq_filter *other;

	list_for_each_entry(other, &steering->filters, list)
		if (other->queue == filter->queue &&
		    !ether_addr_equal(other->key.addr, filter->key.addr) &&
		    (other->key.test != filter->key.test ||
		     other->key.vid != filter->key.vid))
			return other;
	return NULL;
}

static const char *vmq_filter_vlan_name(const struct vmq_filter_key *key,
					char *text, size_t len)
{
	if (key->test == VMQ_VLAN_ANY)
		return "any VLAN";
	if (key->test == VMQ_VLAN_UNTAGGED)
		return "untagged";
	snprintf(text, len, "VLAN %u", key->vid);
	return text;
}

static void vmq_filter_refuse(const struct vmq_steering *steering,
			      const struct vmq_filter *filter,
			      struct netlink_ext_ack *extack)
{
	const struct vmq_filter *rival = vmq_filter_rival(steering, filter);
	char mine[16], other[16];

	if (filter->next != VMQ_PLACE_INDISTINCT)
		NL_SET_ERR_MSG_FMT(extack, "queue %u needs an exact match, but %s",
				   filter->queue,
				   vmq_place_name(filter->next));
	else if (!rival)
		NL_SET_ERR_MSG_FMT(extack, "queue %u needs an exact match, but other queues share MAC and VLAN",
				   filter->queue);
	else
		NL_SET_ERR_MSG_FMT(extack, "%s for this MAC needs an exact match, but queue %u already has %s",
				   vmq_filter_vlan_name(&filter->key, mine,
							sizeof(mine)),
				   filter->queue,
				   vmq_filter_vlan_name(&rival->key, other,
							sizeof(other)));
}

/* A queue that must be exact gets no filter that the chip cannot carry out */
static int vmq_filter_admit(struct vmq_nic *nic,
			    const struct vmq_filter *filter,
			    struct netlink_ext_ack *extack)
{
	vmq_plan_make(&nic->steering, nic->hw.caps);
	if (!test_bit(filter->queue, &nic->steering.exact) ||
	    filter->next == VMQ_PLACE_HW || filter->next == VMQ_PLACE_INACTIVE)
		return 0;
	vmq_filter_refuse(&nic->steering, filter, extack);
	return -EOPNOTSUPP;
}

static void vmq_filter_unlink(struct vmq_filter *filter)
{
	list_del(&filter->list);
	hlist_del_rcu(&filter->node);
}

/* The receive path goes by what a filter says from now on */
static void vmq_filter_show(struct vmq_filter *filter,
			    const struct vmq_consumer *consumer)
{
	/* Whoever's queue is not complete must not get a frame: its filter
	 * ceases to count first, and the caller waits for those who still read
	 * the old consumer.
	 */
	if (!filter->counts) {
		WRITE_ONCE(filter->active, false);
		return;
	}
	WRITE_ONCE(filter->consumer, consumer);
	/* The consumer, then that it counts: pairs with the lookup */
	smp_store_release(&filter->active, true);
}

/* Queues whose frames software may be handing to the consumer of a filter wait
 * until they have done so.
 */
static void vmq_filter_settle(struct vmq_nic *nic, u32 queues)
{
	int i;

	for (i = 0; i < nic->hw.caps->num_queues; i++)
		if (queues & BIT(i))
			vmq_drain_wait(&nic->queue[i]);
}

static void vmq_filter_count(struct vmq_nic *nic, u16 index, int more)
{
	struct vmq_queue *queue = &nic->queue[index];

	queue->filters += more;
	if (queue->filters == (more > 0))
		trace_vmq_queue_state(queue);
}

static struct vmq_filter *vmq_filter_new(struct vmq_nic *nic,
					 struct vmq_owner *owner,
					 const struct vmq_consumer *consumer,
					 u16 queue,
					 const struct vmq_filter_key *key)
{
	struct vmq_filter *filter;

	filter = kzalloc_obj(*filter);
	if (!filter)
		return NULL;
	filter->key = *key;
	filter->owner = owner;
	filter->consumer = consumer;
	filter->queue = queue;
	filter->counts = nic->queue[queue].complete;
	filter->active = filter->counts;
	filter->place = VMQ_PLACE_INACTIVE;
	filter->id = ++nic->steering.last_id ?: ++nic->steering.last_id;
	return filter;
}

/**
 * __vmq_filter_set() - give a consumer frames
 * @nic: the NIC
 * @owner: who sets it
 * @consumer: who gets the frames; NULL for the default queue's consumer
 * @queue: the consumer's queue; the default one if it has none, and is served
 *	in software
 * @key: which frames
 * @extack: says why not
 *
 * Context: process context, netdev instance lock held.
 * Return: the filter, or an error that changed nothing: -EINVAL, -EEXIST for a
 * key that is in use, -EOPNOTSUPP for a filter that the chip cannot carry out
 * on a queue that must be exact, -ENOMEM.
 */
struct vmq_filter *__vmq_filter_set(struct vmq_nic *nic,
				    struct vmq_owner *owner,
				    const struct vmq_consumer *consumer,
				    u16 queue,
				    const struct vmq_filter_key *key,
				    struct netlink_ext_ack *extack)
{
	struct vmq_steering *steering = &nic->steering;
	struct vmq_filter *filter;
	int err;

	mutex_lock(&steering->lock);
	err = vmq_filter_check_key(steering, key, extack);
	if (err)
		goto unlock;
	err = -ENOMEM;
	filter = vmq_filter_new(nic, owner, consumer, queue, key);
	if (!filter) {
		NL_SET_ERR_MSG(extack, "out of memory");
		goto unlock;
	}

	list_add_tail(&filter->list, &steering->filters);
	err = vmq_filter_admit(nic, filter, extack);
	if (err)
		goto unlink;
	/* Not before it is admitted, or software might deliver by it */
	vmq_drain_hold_all(nic, steering->plan.check);
	hlist_add_head_rcu(&filter->node,
			   &steering->hash[vmq_filter_hash(key->addr)]);
	vmq_drain_release_all(nic, steering->plan.check);
	vmq_steering_update(nic);
	vmq_filter_count(nic, queue, 1);
	trace_vmq_filter_set(nic, filter);
	mutex_unlock(&steering->lock);
	return filter;

unlink:
	list_del(&filter->list);
	kfree(filter);
unlock:
	mutex_unlock(&steering->lock);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_IF_KUNIT(__vmq_filter_set);

/**
 * __vmq_filter_move() - give frames to another consumer, in order
 * @nic: the NIC
 * @filter: which frames
 * @consumer: who gets them now; NULL for the default queue's consumer
 * @queue: the consumer's queue
 * @extack: says why not
 *
 * Nothing is lost, and the new consumer gets its first frame after the old one
 * got its last.
 *
 * Context: process context, netdev instance lock held.
 * Return: 0; -EOPNOTSUPP, with nothing changed, as for __vmq_filter_set().
 */
int __vmq_filter_move(struct vmq_nic *nic, struct vmq_filter *filter,
		      const struct vmq_consumer *consumer, u16 queue,
		      struct netlink_ext_ack *extack)
{
	struct vmq_steering *steering = &nic->steering;
	u16 old = filter->queue;
	u32 checks;
	int err;

	mutex_lock(&steering->lock);
	checks = steering->plan.check;
	filter->queue = queue;
	filter->counts = nic->queue[queue].complete;
	err = vmq_filter_admit(nic, filter, extack);
	if (err) {
		filter->queue = old;
		filter->counts = filter->active;
		goto unlock;
	}
	vmq_drain_hold_all(nic, checks);
	vmq_filter_show(filter, consumer);
	vmq_drain_release_all(nic, checks);
	vmq_steering_update(nic);
	vmq_filter_settle(nic, checks);
	/* Nobody reads that of a filter that does not count */
	WRITE_ONCE(filter->consumer, consumer);
	vmq_filter_count(nic, old, -1);
	vmq_filter_count(nic, queue, 1);
	trace_vmq_filter_move(nic, filter);
unlock:
	mutex_unlock(&steering->lock);
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(__vmq_filter_move);

/**
 * __vmq_filter_clear() - give these frames to nobody any more
 * @nic: the NIC
 * @filter: freed; NULL is allowed
 *
 * When this returns no frame is on its way to its consumer any more.
 *
 * Context: process context, netdev instance lock held. Cannot fail.
 */
void __vmq_filter_clear(struct vmq_nic *nic, struct vmq_filter *filter)
{
	struct vmq_steering *steering = &nic->steering;
	u32 checks;

	if (!filter)
		return;

	mutex_lock(&steering->lock);
	checks = steering->plan.check;
	vmq_filter_unlink(filter);
	vmq_steering_update(nic);
	vmq_filter_settle(nic, checks);
	vmq_filter_count(nic, filter->queue, -1);
	trace_vmq_filter_clear(nic, filter);
	mutex_unlock(&steering->lock);
	kfree_rcu(filter, rcu);
}
EXPORT_SYMBOL_IF_KUNIT(__vmq_filter_clear);

/**
 * __vmq_filter_replace() - give other frames to a consumer, in its place
 * @nic: the NIC
 * @filter: the filter; freed on success, if the returned one is another
 * @consumer: who gets the frames; NULL for the default queue's consumer
 * @queue: the consumer's queue
 * @key: which frames; if it is the filter's own, they are moved
 * @extack: says why not
 *
 * Context: process context, netdev instance lock held.
 * Return: the filter that is now there, or an error of __vmq_filter_set() that
 * changed nothing.
 */
struct vmq_filter *__vmq_filter_replace(struct vmq_nic *nic,
					struct vmq_filter *filter,
					const struct vmq_consumer *consumer,
					u16 queue,
					const struct vmq_filter_key *key,
					struct netlink_ext_ack *extack)
{
	struct vmq_filter *new;
	int err;

	if (vmq_filter_key_equal(&filter->key, key)) {
		err = __vmq_filter_move(nic, filter, consumer, queue, extack);
		return err ? ERR_PTR(err) : filter;
	}

	new = __vmq_filter_set(nic, filter->owner, consumer, queue, key,
			       extack);
	if (!IS_ERR(new))
		__vmq_filter_clear(nic, filter);
	return new;
}

/**
 * vmq_filter_activate() - a queue's filters begin to count
 * @nic: the NIC
 * @queue: the queue, complete from now on
 * @extack: says why not
 *
 * Context: process context, netdev instance lock held.
 * Return: 0; -EOPNOTSUPP, with nothing changed, if the queue must be exact and
 * the chip cannot carry out one of its filters.
 */
int vmq_filter_activate(struct vmq_nic *nic, u16 queue,
			struct netlink_ext_ack *extack)
{
	struct vmq_steering *steering = &nic->steering;
	struct vmq_filter *filter;
	int err = 0;

	mutex_lock(&steering->lock);
	list_for_each_entry(filter, &steering->filters, list)
		if (filter->queue == queue)
			filter->counts = true;
	list_for_each_entry(filter, &steering->filters, list)
		if (!err && filter->queue == queue)
			err = vmq_filter_admit(nic, filter, extack);
	/* Not before all are admitted, or software might deliver by one */
	vmq_drain_hold_all(nic, steering->plan.check);
	list_for_each_entry(filter, &steering->filters, list) {
		if (filter->queue != queue)
			continue;
		filter->counts = !err;
		vmq_filter_show(filter, filter->consumer);
	}
	vmq_drain_release_all(nic, steering->plan.check);
	if (!err)
		vmq_steering_update(nic);
	mutex_unlock(&steering->lock);
	return err;
}

/* May this owner use that queue for filters? Anybody may use the default one. */
static int vmq_filter_check_queue(const struct vmq_owner *owner,
				  const struct vmq_queue *queue,
				  struct netlink_ext_ack *extack)
{
	if (!queue)
		return 0;
	if (queue->owner != owner) {
		NL_SET_ERR_MSG_FMT(extack, "queue %u belongs to somebody else",
				   queue->index);
		return -EPERM;
	}
	return 0;
}

/**
 * vmq_filter_set() - steer frames to a queue
 * @owner: who sets it
 * @queue: a queue that it allocated; NULL for the default queue
 * @key: which frames
 * @extack: says why not
 *
 * Frames may be delivered before this returns.
 *
 * Context: process context.
 * Return: the filter, or an error that changed nothing: -EINVAL, -EPERM for
 * another owner's queue, -EEXIST for a key that is in use, -EOPNOTSUPP for a
 * filter that the chip cannot carry out on a queue that must be exact, -ENOMEM.
 */
struct vmq_filter *vmq_filter_set(struct vmq_owner *owner,
				  struct vmq_queue *queue,
				  const struct vmq_filter_key *key,
				  struct netlink_ext_ack *extack)
{
	struct net_device *netdev = owner->nic->netdev;
	struct vmq_filter *filter;
	int err;

	netdev_lock(netdev);
	err = vmq_filter_check_queue(owner, queue, extack);
	if (err)
		filter = ERR_PTR(err);
	else
		filter = __vmq_filter_set(owner->nic, owner,
					  queue ? &queue->consumer : NULL,
					  queue ? queue->index :
						  VMQ_DEFAULT_QUEUE,
					  key, extack);
	netdev_unlock(netdev);
	return filter;
}
EXPORT_SYMBOL_GPL(vmq_filter_set);

/**
 * vmq_filter_move() - steer the frames of a filter to another queue
 * @filter: the filter
 * @queue: another queue of its owner; NULL for the default queue
 * @extack: says why not
 *
 * Nothing is lost and nothing delivered twice; the new queue's consumer gets its
 * first frame after the old one's got its last.
 *
 * Context: process context.
 * Return: 0, or an error that changed nothing: -EPERM, -EOPNOTSUPP as for
 * vmq_filter_set().
 */
int vmq_filter_move(struct vmq_filter *filter, struct vmq_queue *queue,
		    struct netlink_ext_ack *extack)
{
	struct vmq_nic *nic = filter->owner->nic;
	int err;

	netdev_lock(nic->netdev);
	err = vmq_filter_check_queue(filter->owner, queue, extack);
	if (!err)
		err = __vmq_filter_move(nic, filter,
					queue ? &queue->consumer : NULL,
					queue ? queue->index :
						VMQ_DEFAULT_QUEUE, extack);
	netdev_unlock(nic->netdev);
	return err;
}
EXPORT_SYMBOL_GPL(vmq_filter_move);

/**
 * vmq_filter_clear() - steer these frames no longer
 * @filter: the filter, gone afterwards
 *
 * When this returns no frame is on its way to its consumer any more.
 *
 * Context: process context. Cannot fail.
 */
void vmq_filter_clear(struct vmq_filter *filter)
{
	struct vmq_nic *nic = filter->owner->nic;

	netdev_lock(nic->netdev);
	__vmq_filter_clear(nic, filter);
	netdev_unlock(nic->netdev);
}
EXPORT_SYMBOL_GPL(vmq_filter_clear);

/**
 * vmq_filter_id() - number of a filter
 * @filter: the filter
 *
 * Return: its number, unique in the NIC, never 0.
 */
u32 vmq_filter_id(const struct vmq_filter *filter)
{
	return filter->id;
}
EXPORT_SYMBOL_GPL(vmq_filter_id);

/**
 * vmq_filter_reason() - why a filter is carried out in software
 * @filter: the filter
 *
 * Context: process context.
 * Return: the reason in words; NULL if the chip carries it out.
 */
const char *vmq_filter_reason(const struct vmq_filter *filter)
{
	enum vmq_place place = READ_ONCE(filter->place);

	return place == VMQ_PLACE_HW ? NULL : vmq_place_name(place);
}
EXPORT_SYMBOL_GPL(vmq_filter_reason);
