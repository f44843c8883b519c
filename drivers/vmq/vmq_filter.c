// SPDX-License-Identifier: GPL-2.0-only
/*
 * The filter table and its way into the chip.
 *
 * Every change is made to the software table first, planned, and undone if
 * the plan cannot be. Then the chip is taken from the old plan to the new one
 * in an order in which a frame always has one destination:
 *
 *   1. queues that will need it start to look frames up in software
 *   2. addresses also name their new pools
 *   3. VLANs and untagged frames switch, one write each
 *   4. addresses no longer name their old pools
 *   5. queues that no longer need it stop looking frames up
 *
 * Where no VLAN changes, step 2 is skipped, so that moving a filter is one
 * write of one address entry.
 */
#include <linux/etherdevice.h>
#include <linux/netlink.h>
#include <linux/rculist.h>

#include "vmq.h"

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
 * vmq_filter_lookup_rcu() - which queue does a frame belong to
 * @nic: the NIC
 * @addr: destination address
 * @vid: VLAN, 0 for an untagged frame
 *
 * Context: any, under rcu_read_lock().
 * Return: the queue of the most specific filter, or VMQ_DEFAULT_QUEUE.
 */
u16 vmq_filter_lookup_rcu(struct vmq_nic *nic, const u8 *addr, u16 vid)
{
	const struct vmq_filter *filter;
	u16 queue = VMQ_DEFAULT_QUEUE;

	list_for_each_entry_rcu(filter, &nic->steering.filters, list) {
		if (!ether_addr_equal(filter->key.addr, addr))
			continue;
		if (filter->key.test == VMQ_VLAN_ANY)
			queue = READ_ONCE(filter->queue);
		else if (filter->key.vid == vid)
			return READ_ONCE(filter->queue);
	}
	return queue;
}

static void vmq_steering_set_checks(struct vmq_nic *nic, u32 queues)
{
	int i;

	for (i = 0; i < nic->hw.caps->num_queues; i++)
		WRITE_ONCE(nic->queue[i].check, queues & BIT(i));
}

static bool vmq_steering_holds_addr(const struct vmq_plan *held, int slot,
				    const u8 *addr)
{
	return held->addr[slot].used &&
	       ether_addr_equal(held->addr[slot].addr, addr);
}

static void vmq_steering_write_addr(struct vmq_nic *nic, int slot,
				    const u8 *addr, u32 pools)
{
	struct vmq_plan *held = &nic->steering.plan;

	if (vmq_steering_holds_addr(held, slot, addr) &&
	    held->addr[slot].pools == pools)
		return;
	nic->hw.ops->addr_set(&nic->hw, slot, addr, pools);
	ether_addr_copy(held->addr[slot].addr, addr);
	held->addr[slot].pools = pools;
	held->addr[slot].used = true;
}

/* Step 2: addresses name their new pools beside their old ones */
static void vmq_steering_widen_addrs(struct vmq_nic *nic,
				     const struct vmq_plan *plan)
{
	const struct vmq_plan *held = &nic->steering.plan;
	int slot;

	for (slot = 0; slot < nic->hw.caps->num_addrs; slot++) {
		u32 pools = plan->addr[slot].pools;

		if (!plan->addr[slot].used)
			continue;
		if (vmq_steering_holds_addr(held, slot, plan->addr[slot].addr))
			pools |= held->addr[slot].pools;
		vmq_steering_write_addr(nic, slot, plan->addr[slot].addr,
					pools);
	}
}

/* Step 4: ... and then only those */
static void vmq_steering_write_addrs(struct vmq_nic *nic,
				     const struct vmq_plan *plan)
{
	struct vmq_plan *held = &nic->steering.plan;
	int slot;

	for (slot = 0; slot < nic->hw.caps->num_addrs; slot++) {
		if (plan->addr[slot].used) {
			vmq_steering_write_addr(nic, slot,
						plan->addr[slot].addr,
						plan->addr[slot].pools);
		} else if (held->addr[slot].used) {
			nic->hw.ops->addr_clear(&nic->hw, slot);
			held->addr[slot].used = false;
		}
	}
}

/* Step 3: one write a VLAN */
static void vmq_steering_write_vlans(struct vmq_nic *nic,
				     const struct vmq_plan *plan)
{
	const struct vmq_plan *held = &nic->steering.plan;
	const struct vmq_hw_ops *ops = nic->hw.ops;
	struct vmq_hw *hw = &nic->hw;
	int slot;
	u16 vid;

	for (slot = 0; slot < hw->caps->num_vlans; slot++) {
		if (plan->vlan[slot].used &&
		    (!held->vlan[slot].used ||
		     held->vlan[slot].vid != plan->vlan[slot].vid ||
		     held->vlan[slot].pools != plan->vlan[slot].pools))
			ops->vlan_set(hw, slot, plan->vlan[slot].vid,
				      plan->vlan[slot].pools);
		else if (!plan->vlan[slot].used && held->vlan[slot].used)
			ops->vlan_clear(hw, slot);
	}
	for (vid = 0; vid < VLAN_N_VID; vid++)
		if (test_bit(vid, plan->accept) != test_bit(vid, held->accept))
			ops->vlan_accept(hw, vid, test_bit(vid, plan->accept));
}

static bool vmq_steering_vlans_equal(const struct vmq_plan *a,
				     const struct vmq_plan *b)
{
	return a->vlan_filter == b->vlan_filter &&
	       a->untagged == b->untagged &&
	       bitmap_equal(a->accept, b->accept, VLAN_N_VID) &&
	       !memcmp(a->vlan, b->vlan, sizeof(a->vlan));
}

/* Take the chip from steering->plan to steering->next */
static void vmq_steering_apply(struct vmq_nic *nic)
{
	const struct vmq_plan *plan = &nic->steering.next;
	struct vmq_plan *held = &nic->steering.plan;

	vmq_steering_set_checks(nic, held->inexact | plan->inexact);
	if (!vmq_steering_vlans_equal(held, plan)) {
		vmq_steering_widen_addrs(nic, plan);
		vmq_steering_write_vlans(nic, plan);
		held->untagged = plan->untagged;
		__vmq_program_pools(nic);
		nic->hw.ops->vlan_filter(&nic->hw, plan->vlan_filter);
	}
	vmq_steering_write_addrs(nic, plan);
	if (held->promiscuous != plan->promiscuous) {
		held->promiscuous = plan->promiscuous;
		__vmq_program_pools(nic);
	}
	vmq_steering_set_checks(nic, plan->inexact);
	*held = *plan;
}

/* Plan and apply a change that cannot fail: of what the port itself listens
 * to, or of filters taken away.
 */
static void vmq_steering_update(struct vmq_nic *nic)
{
	lockdep_assert_held(&nic->steering.lock);

	/* Only more filters can need more entries than there are */
	if (WARN_ON_ONCE(vmq_plan_make(&nic->steering, nic->hw.caps, NULL)))
		return;
	vmq_steering_apply(nic);
}

/**
 * vmq_steering_replay() - write everything again, after a reset
 * @nic: the NIC
 *
 * Context: process context.
 */
void vmq_steering_replay(struct vmq_nic *nic)
{
	struct vmq_steering *steering = &nic->steering;

	mutex_lock(&steering->lock);
	memset(&steering->plan, 0, sizeof(steering->plan));
	vmq_steering_update(nic);
	mutex_unlock(&steering->lock);
}

/**
 * vmq_steering_set_own() - the port has a new address of its own
 * @nic: the NIC
 * @addr: the address
 *
 * Context: process context.
 */
void vmq_steering_set_own(struct vmq_nic *nic, const u8 *addr)
{
	mutex_lock(&nic->steering.lock);
	ether_addr_copy(nic->steering.own, addr);
	vmq_steering_update(nic);
	mutex_unlock(&nic->steering.lock);
}

static void vmq_steering_copy_unicast(struct vmq_steering *steering,
				      struct netdev_hw_addr_list *uc)
{
	struct netdev_hw_addr *ha;

	steering->uc_count = 0;
	steering->uc_overflow = false;
	netdev_hw_addr_list_for_each(ha, uc) {
		if (steering->uc_count == ARRAY_SIZE(steering->uc)) {
			steering->uc_overflow = true;
			return;
		}
		ether_addr_copy(steering->uc[steering->uc_count++], ha->addr);
	}
}

/**
 * vmq_steering_set_unicast() - the port listens to these addresses as well
 * @nic: the NIC
 * @uc: the addresses
 *
 * Context: process context.
 */
void vmq_steering_set_unicast(struct vmq_nic *nic,
			      struct netdev_hw_addr_list *uc)
{
	mutex_lock(&nic->steering.lock);
	vmq_steering_copy_unicast(&nic->steering, uc);
	vmq_steering_update(nic);
	mutex_unlock(&nic->steering.lock);
}

/**
 * vmq_steering_set_vid() - the stack registers a VLAN on the port, or no longer
 * @nic: the NIC
 * @vid: the VLAN
 * @on: registers it
 *
 * Context: process context; the netdev instance lock may be held or not.
 */
void vmq_steering_set_vid(struct vmq_nic *nic, u16 vid, bool on)
{
	mutex_lock(&nic->steering.lock);
	__assign_bit(vid, nic->steering.vids, on);
	vmq_steering_update(nic);
	mutex_unlock(&nic->steering.lock);
}

/**
 * vmq_steering_set_vlan_filter() - the port shall filter VLANs, or not
 * @nic: the NIC
 * @on: it shall
 *
 * Context: process context.
 */
void vmq_steering_set_vlan_filter(struct vmq_nic *nic, bool on)
{
	mutex_lock(&nic->steering.lock);
	nic->steering.want_vlan_filter = on;
	vmq_steering_update(nic);
	mutex_unlock(&nic->steering.lock);
}

/* Plan with a change already in the table; the chip is not touched */
static int vmq_filter_try(struct vmq_nic *nic, u16 queue,
			  struct netlink_ext_ack *extack)
{
	struct vmq_steering *steering = &nic->steering;
	int err;

	err = vmq_plan_make(steering, nic->hw.caps, extack);
	if (err)
		return err;
	return vmq_plan_admit(steering, nic->hw.caps, queue, extack);
}

static struct vmq_filter *__vmq_filter_add(struct vmq_nic *nic,
					   const struct vmq_filter_key *key,
					   u16 queue,
					   struct netlink_ext_ack *extack)
{
	struct vmq_steering *steering = &nic->steering;
	struct vmq_filter *filter;
	int err;

	if (vmq_filter_find(steering, key)) {
		NL_SET_ERR_MSG_FMT(extack, "%pM is steered already, with the same VLAN",
				   key->addr);
		return ERR_PTR(-EEXIST);
	}

	filter = kzalloc_obj(*filter);
	if (!filter)
		return ERR_PTR(-ENOMEM);
	filter->key = *key;
	filter->queue = queue;
	list_add_tail_rcu(&filter->list, &steering->filters);

	err = vmq_filter_try(nic, queue, extack);
	if (err)
		goto unlink;
	vmq_steering_apply(nic);
	return filter;

unlink:
	list_del_rcu(&filter->list);
	kfree_rcu(filter, rcu);
	return ERR_PTR(err);
}

static int __vmq_filter_move(struct vmq_nic *nic, struct vmq_filter *filter,
			     u16 queue, struct netlink_ext_ack *extack)
{
	u16 old = filter->queue;
	int err;

	WRITE_ONCE(filter->queue, queue);
	err = vmq_filter_try(nic, queue, extack);
	if (err) {
		WRITE_ONCE(filter->queue, old);
		return err;
	}
	vmq_steering_apply(nic);
	return 0;
}

static struct vmq_filter *__vmq_filter_replace(struct vmq_nic *nic,
					       struct vmq_filter *filter,
					       const struct vmq_filter_key *key,
					       u16 queue,
					       struct netlink_ext_ack *extack)
{
	struct list_head *place;
	struct vmq_filter *new;

	if (vmq_filter_key_equal(&filter->key, key)) {
		int err = __vmq_filter_move(nic, filter, queue, extack);

		return err ? ERR_PTR(err) : filter;
	}

	/* The old one's entries may be just what the new one needs */
	place = filter->list.prev;
	list_del_rcu(&filter->list);
	new = __vmq_filter_add(nic, key, queue, extack);
	if (IS_ERR(new)) {
		/* Back where it was: a reader that stands on it goes on from
		 * there as if it had never left.
		 */
		list_add_rcu(&filter->list, place);
		return new;
	}
	kfree_rcu(filter, rcu);
	return new;
}

/**
 * vmq_filter_add() - steer frames to a queue
 * @nic: the NIC
 * @key: which frames
 * @queue: to which queue; it must be receiving already if it ever shall
 * @extack: says why not
 *
 * Context: process context, netdev instance lock held.
 * Return: the filter, or an error that changed nothing: -EEXIST for a key
 * that is in use, -ENOSPC for a full table, -EOPNOTSUPP for what the chip
 * cannot tell apart, -ENOMEM.
 */
struct vmq_filter *vmq_filter_add(struct vmq_nic *nic,
				  const struct vmq_filter_key *key, u16 queue,
				  struct netlink_ext_ack *extack)
{
	struct vmq_filter *filter;

	mutex_lock(&nic->steering.lock);
	filter = __vmq_filter_add(nic, key, queue, extack);
	mutex_unlock(&nic->steering.lock);
	return filter;
}

/**
 * vmq_filter_replace() - steer other frames, or elsewhere, in its place
 * @nic: the NIC
 * @filter: the filter; gone on success, if the returned one is another
 * @key: which frames; if it is the filter's own, one write moves them
 * @queue: to which queue
 * @extack: says why not
 *
 * Context: process context, netdev instance lock held.
 * Return: the filter that is now there, or an error of vmq_filter_add() that
 * changed nothing.
 */
struct vmq_filter *vmq_filter_replace(struct vmq_nic *nic,
				      struct vmq_filter *filter,
				      const struct vmq_filter_key *key,
				      u16 queue,
				      struct netlink_ext_ack *extack)
{
	struct vmq_filter *new;

	mutex_lock(&nic->steering.lock);
	new = __vmq_filter_replace(nic, filter, key, queue, extack);
	mutex_unlock(&nic->steering.lock);
	return new;
}

/**
 * vmq_filter_del() - no longer steer these frames
 * @nic: the NIC
 * @filter: freed; NULL is allowed
 *
 * Context: process context, netdev instance lock held. Cannot fail.
 */
void vmq_filter_del(struct vmq_nic *nic, struct vmq_filter *filter)
{
	if (!filter)
		return;

	mutex_lock(&nic->steering.lock);
	list_del_rcu(&filter->list);
	vmq_steering_update(nic);
	mutex_unlock(&nic->steering.lock);
	kfree_rcu(filter, rcu);
}

/**
 * vmq_steering_init() - start with an empty table
 * @nic: the NIC
 *
 * Nothing is written to the chip before vmq_steering_replay().
 */
void vmq_steering_init(struct vmq_nic *nic)
{
	mutex_init(&nic->steering.lock);
	INIT_LIST_HEAD(&nic->steering.filters);
}
