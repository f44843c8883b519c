// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may have queues. The netdev itself (for its channels) and the stations
 * are owners like those of other modules, opened with the NIC.
 */
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/netdev_lock.h>

#include "vmq.h"

/**
 * vmq_owner_init() - set up an owner
 * @owner: the owner
 * @nic: the NIC
 * @name: for people
 */
void vmq_owner_init(struct vmq_owner *owner, struct vmq_nic *nic,
		    const char *name)
{
	owner->nic = nic;
	strscpy(owner->name, name);
	INIT_LIST_HEAD(&owner->list);
}

/**
 * vmq_owner_open() - become able to have queues
 * @netdev: the netdev of a NIC that vmq drives
 * @name: of the owner, for people; copied
 * @ops: what it is told
 * @priv: for @ops
 * @extack: says why not
 *
 * Context: process context, RTNL held.
 * Return: the owner; -EOPNOTSUPP if @netdev is not one of ours; -ENODEV if it is
 * going away; -ENOMEM.
 */
struct vmq_owner *vmq_owner_open(struct net_device *netdev, const char *name,
				 const struct vmq_owner_ops *ops, void *priv,
				 struct netlink_ext_ack *extack)
{
	struct vmq_owner *owner;
	struct vmq_nic *nic;

	ASSERT_RTNL();

	if (!vmq_netdev_is_ours(netdev)) {
		NL_SET_ERR_MSG(extack, "the device has no queues for virtual machines");
		return ERR_PTR(-EOPNOTSUPP);
	}
	nic = netdev_priv(netdev);
	if (nic->closing) {
		NL_SET_ERR_MSG(extack, "the device is going away");
		return ERR_PTR(-ENODEV);
	}
	owner = kzalloc_obj(*owner);
	if (!owner)
		return ERR_PTR(-ENOMEM);

	vmq_owner_init(owner, nic, name);
	owner->ops = ops;
	owner->priv = priv;
	netdev_lock(netdev);
	list_add_tail(&owner->list, &nic->owners);
	if (ops->stray && !rcu_access_pointer(nic->watcher))
		rcu_assign_pointer(nic->watcher, owner);
	netdev_unlock(netdev);
	return owner;
}
EXPORT_SYMBOL_GPL(vmq_owner_open);

static void vmq_owner_clear_filters(struct vmq_owner *owner)
{
	struct vmq_filter *filter, *next;

	/* Under the netdev instance lock nobody else adds or removes any */
	list_for_each_entry_safe(filter, next,
				 &owner->nic->steering.filters, list)
		if (filter->owner == owner)
			__vmq_filter_clear(owner->nic, filter);
}

/**
 * vmq_owner_close() - free what an owner has, and the owner
 * @owner: the owner
 *
 * Its filters are cleared, its queues freed. Other owners notice nothing.
 *
 * Context: process context, RTNL held. Cannot fail.
 */
void vmq_owner_close(struct vmq_owner *owner)
{
	struct vmq_nic *nic = owner->nic;
	int i;

	ASSERT_RTNL();

	netdev_lock(nic->netdev);
	list_del(&owner->list);
	if (rcu_access_pointer(nic->watcher) == owner) {
		RCU_INIT_POINTER(nic->watcher, NULL);
		synchronize_net();
	}
	vmq_owner_clear_filters(owner);
	for (i = 0; i < nic->hw.caps->num_queues; i++)
		if (nic->queue[i].owner == owner)
			__vmq_queue_free(&nic->queue[i]);
	netdev_unlock(nic->netdev);
	kfree(owner);
}
EXPORT_SYMBOL_GPL(vmq_owner_close);

/**
 * vmq_owner_show_stray() - let the watcher see a frame of the default queue
 * @nic: the NIC, which has a watcher or has had one a moment ago
 * @skb: the frame
 *
 * Context: NAPI.
 */
void vmq_owner_show_stray(struct vmq_nic *nic, const struct sk_buff *skb)
{
	struct vmq_owner *owner;

	rcu_read_lock();
	owner = rcu_dereference(nic->watcher);
	if (owner)
		owner->ops->stray(owner->priv, skb);
	rcu_read_unlock();
}

/**
 * vmq_owner_tell_room() - a queue is to be had
 * @nic: the NIC
 *
 * Context: process context, netdev instance lock held.
 */
void vmq_owner_tell_room(struct vmq_nic *nic)
{
	struct vmq_owner *owner;

	list_for_each_entry(owner, &nic->owners, list)
		if (owner->ops->room)
			owner->ops->room(owner->priv);
}

/**
 * vmq_owner_close_all() - have every owner of another module close
 * @nic: the NIC, which is going away
 *
 * Context: process context, no lock held.
 */
void vmq_owner_close_all(struct vmq_nic *nic)
{
	struct vmq_owner *owner;

	rtnl_lock();
	nic->closing = true;
	while (!list_empty(&nic->owners)) {
		owner = list_first_entry(&nic->owners, struct vmq_owner, list);
		owner->ops->closing(owner->priv);
	}
	rtnl_unlock();
}
