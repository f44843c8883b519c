// SPDX-License-Identifier: GPL-2.0-only
/*
 * Entries: which address is behind which port. The bridge tells of everything
 * it learns or is told, in any context and with its own lock held.
 */
#include <linux/if_bridge.h>
#include <linux/rtnetlink.h>
#include <net/netlink.h>
#include <net/switchdev.h>

#include "bridge.h"

/* An entry that is not gone. Context: RCU or nic->lock */
static struct vmq_bridge_entry *entry_find(struct vmq_bridge_uplink *uplink,
					   const u8 *addr, u16 vid)
{
	struct vmq_bridge_entry *entry;

	hash_for_each_possible_rcu(uplink->nic->entries, entry, hash,
				   ether_addr_to_u64(addr),
				   lockdep_is_held(&uplink->nic->lock))
		if (entry->uplink == uplink && entry->vid == vid &&
		    ether_addr_equal(entry->addr, addr) &&
		    !READ_ONCE(entry->gone))
			return entry;
	return NULL;
}

static struct vmq_bridge_entry *entry_alloc(struct vmq_bridge_uplink *uplink,
					    struct net_device *dev,
					    const u8 *addr, u16 vid, bool user)
{
	struct vmq_bridge_entry *entry;

	entry = kzalloc_obj(*entry, GFP_ATOMIC);
	if (!entry)
		return NULL;
	entry->uplink = uplink;
	entry->dev = dev;
	netdev_hold(dev, &entry->dev_tracker, GFP_ATOMIC);
	ether_addr_copy(entry->addr, addr);
	entry->vid = vid;
	entry->user = user;
	return entry;
}

/**
 * vmq_bridge_entry_learn() - an address is behind a port
 * @uplink: an uplink of the port's bridge
 * @dev: the port, or the bridge itself if the address is the host's
 * @addr: the address
 * @vid: the VLAN, as the bridge keys it
 * @user: the user has said so
 *
 * Context: any; RCU read side.
 */
void vmq_bridge_entry_learn(struct vmq_bridge_uplink *uplink,
			    struct net_device *dev, const u8 *addr, u16 vid,
			    bool user)
{
	struct vmq_bridge_nic *nic = uplink->nic;
	bool behind = dev != uplink->bridge && dev != uplink->dev;
	struct vmq_bridge_entry *entry;

	spin_lock_bh(&nic->lock);
	entry = entry_find(uplink, addr, vid);
	if (entry && entry->dev == dev) {
		if (entry->user || user)
			vmq_bridge_kick();
		WRITE_ONCE(entry->user, user);
		goto unlock;
	}
	if (entry)
		WRITE_ONCE(entry->gone, true);
	if (!behind)
		goto unlock;

	/* The next frame that comes from it shows whether it has moved */
	vmq_bridge_source_forget(nic, addr);
	entry = nic->count < VMQ_BRIDGE_MAX_ENTRIES ?
		entry_alloc(uplink, dev, addr, vid, user) : NULL;
	if (!entry) {
		nic->overflows++;
		/* The bridge tells of an address only once */
		uplink->missed = true;
		goto unlock;
	}
	hash_add_rcu(nic->entries, &entry->hash, ether_addr_to_u64(addr));
	nic->count++;
	/* Those that are learned wait for the next second */
	if (user)
		vmq_bridge_kick();
unlock:
	spin_unlock_bh(&nic->lock);
}

/* From here on its frames take the ordinary path. The next tick does the rest,
 * so that addresses that come and go cannot keep it busy.
 */
static void entry_forget(struct vmq_bridge_uplink *uplink, const u8 *addr,
			 u16 vid)
{
	struct vmq_bridge_entry *entry;

	entry = entry_find(uplink, addr, vid);
	if (entry)
		WRITE_ONCE(entry->gone, true);
	vmq_bridge_source_forget(uplink->nic, addr);
}

/**
 * vmq_bridge_fdb_get() - ask the bridge for an entry, as user space would
 * @entry: the entry
 * @ndm: what the bridge says of it is stored here
 *
 * Context: process context, RTNL held.
 * Return: 0 or a negative error.
 */
int vmq_bridge_fdb_get(const struct vmq_bridge_entry *entry, struct ndmsg *ndm)
{
	struct net_device *bridge = entry->uplink->bridge;
	struct sk_buff *skb;
	int err;

	skb = nlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	err = bridge->netdev_ops->ndo_fdb_get(skb, NULL, bridge, entry->addr,
					      entry->vid, 0, 0, NULL);
	if (!err)
		*ndm = *(struct ndmsg *)nlmsg_data(nlmsg_hdr(skb));
	nlmsg_free(skb);
	return err;
}

/**
 * vmq_bridge_is_user() - is an entry of the bridge one for good?
 * @ndm: what the bridge says of it
 *
 * Return: it does not age by itself: a user or a daemon has set it.
 */
bool vmq_bridge_is_user(const struct ndmsg *ndm)
{
	return ndm->ndm_state & NUD_NOARP || ndm->ndm_flags & NTF_EXT_LEARNED;
}

static void entry_told(struct vmq_bridge_uplink *uplink,
		       const struct vmq_bridge_told *told)
{
	struct net_device *dev = uplink->bridge;

	if (!told->there) {
		entry_forget(uplink, told->addr, told->vid);
		return;
	}
	if (!told->local)
		dev = dev_get_by_index_rcu((struct net *)told->net, told->port);
	if (dev)
		vmq_bridge_entry_learn(uplink, dev, told->addr, told->vid,
				       told->user);
	vmq_bridge_source_forget(uplink->nic, told->addr);
}

/**
 * vmq_bridge_entry_told() - rtnetlink tells where an address is
 * @told: what it tells
 *
 * That is all there is when a user sets, moves or deletes an address that may
 * age; anything else has been told by the bridge's notifier already.
 *
 * Context: any; RCU read side.
 */
void vmq_bridge_entry_told(const struct vmq_bridge_told *told)
{
	struct vmq_bridge_uplink *uplink;
	struct vmq_bridge_nic *nic;

	list_for_each_entry_rcu(nic, &vmq_bridge_nics, list)
		list_for_each_entry_rcu(uplink, &nic->uplinks, list)
			if (uplink->bridge->ifindex == told->bridge &&
			    net_eq(dev_net(uplink->bridge), told->net))
				entry_told(uplink, told);
}

/**
 * vmq_bridge_entry_free() - demote an entry and forget it
 * @entry: the entry
 *
 * Context: process context, RTNL held.
 */
void vmq_bridge_entry_free(struct vmq_bridge_entry *entry)
{
	struct vmq_bridge_nic *nic = entry->uplink->nic;

	vmq_bridge_demote(entry);
	spin_lock_bh(&nic->lock);
	hash_del_rcu(&entry->hash);
	nic->count--;
	spin_unlock_bh(&nic->lock);
	netdev_put(entry->dev, &entry->dev_tracker);
	kfree_rcu(entry, rcu);
}

/**
 * vmq_bridge_entry_stray() - count a frame of the default queue
 * @priv: the NIC
 * @skb: the frame
 *
 * Context: NAPI, RCU read side.
 */
void vmq_bridge_entry_stray(void *priv, const struct sk_buff *skb)
{
	struct vmq_bridge_nic *nic = priv;
	struct vmq_bridge_entry *entry;
	u16 vid = vmq_bridge_vid(skb);

	hash_for_each_possible_rcu(nic->entries, entry, hash,
				   ether_addr_to_u64(skb->data))
		if (ether_addr_equal(entry->addr, skb->data) &&
		    !READ_ONCE(entry->gone) &&
		    vmq_bridge_matches(READ_ONCE(entry->plan), vid)) {
			WRITE_ONCE(entry->frames, entry->frames + 1);
			return;
		}
}

static void fdb_event(struct vmq_bridge_uplink *uplink, unsigned long event,
		      const struct switchdev_notifier_fdb_info *info)
{
	struct net_device *dev = info->info.dev;
	struct net_device *bridge = dev;

	if (!netif_is_bridge_master(dev))
		bridge = netdev_master_upper_dev_get_rcu(dev);
	if (bridge != uplink->bridge)
		return;
	if (event == SWITCHDEV_FDB_ADD_TO_DEVICE)
		vmq_bridge_entry_learn(uplink, dev, info->addr, info->vid,
				       info->added_by_user);
	else
		entry_forget(uplink, info->addr, info->vid);
}

/**
 * vmq_bridge_fdb_event() - what a bridge's forwarding database tells
 * @nb: of the module
 * @event: which event
 * @ptr: &struct switchdev_notifier_fdb_info
 *
 * Context: any, the bridge's lock held.
 * Return: NOTIFY_DONE.
 */
int vmq_bridge_fdb_event(struct notifier_block *nb, unsigned long event,
			 void *ptr)
{
	struct vmq_bridge_uplink *uplink;
	struct vmq_bridge_nic *nic;

	if (event != SWITCHDEV_FDB_ADD_TO_DEVICE &&
	    event != SWITCHDEV_FDB_DEL_TO_DEVICE)
		return NOTIFY_DONE;

	rcu_read_lock();
	list_for_each_entry_rcu(nic, &vmq_bridge_nics, list)
		list_for_each_entry_rcu(uplink, &nic->uplinks, list)
			fdb_event(uplink, event, ptr);
	rcu_read_unlock();
	return NOTIFY_DONE;
}
