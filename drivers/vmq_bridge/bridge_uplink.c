// SPDX-License-Identifier: GPL-2.0-only
/*
 * NICs and their uplinks: found by looking at the ports of all bridges.
 */
#include <linux/if_bridge.h>
#include <linux/if_vlan.h>
#include <linux/rtnetlink.h>
#include <net/net_namespace.h>
#include <net/switchdev.h>

#include "bridge.h"

static void nic_room(void *priv)
{
	vmq_bridge_kick();
}

static void uplink_del(struct vmq_bridge_uplink *uplink)
{
	struct vmq_bridge_nic *nic = uplink->nic;
	struct vmq_bridge_entry *entry;
	struct hlist_node *next;
	int bucket;

	/* No notifier finds it any more, so nobody adds entries */
	list_del_rcu(&uplink->list);
	synchronize_net();
	hash_for_each_safe(nic->entries, bucket, next, entry, hash)
		if (entry->uplink == uplink)
			vmq_bridge_entry_free(entry);
	netdev_put(uplink->dev, &uplink->dev_tracker);
	netdev_put(uplink->bridge, &uplink->bridge_tracker);
	kfree_rcu(uplink, rcu);
}

static void nic_del(struct vmq_bridge_nic *nic)
{
	struct vmq_bridge_uplink *uplink, *next;

	list_for_each_entry_safe(uplink, next, &nic->uplinks, list)
		uplink_del(uplink);
	list_del_rcu(&nic->list);
	vmq_owner_close(nic->owner);
	kfree_rcu(nic, rcu);
}

static void nic_closing(void *priv)
{
	nic_del(priv);
}

static const struct vmq_owner_ops nic_owner_ops = {
	.room		= nic_room,
	.stray		= vmq_bridge_entry_stray,
	.closing	= nic_closing,
};

static struct vmq_bridge_nic *nic_find(const struct net_device *netdev)
{
	struct vmq_bridge_nic *nic;

	list_for_each_entry(nic, &vmq_bridge_nics, list)
		if (nic->netdev == netdev)
			return nic;
	return NULL;
}

static struct vmq_bridge_nic *nic_add(struct net_device *netdev)
{
	struct vmq_bridge_nic *nic;

	nic = kzalloc_obj(*nic);
	if (!nic)
		return ERR_PTR(-ENOMEM);
	nic->netdev = netdev;
	INIT_LIST_HEAD(&nic->uplinks);
	INIT_LIST_HEAD(&nic->ports);
	spin_lock_init(&nic->lock);
	hash_init(nic->entries);
	u64_stats_init(&nic->past.syncp);

	nic->owner = vmq_owner_open(netdev, "vmq_bridge", &nic_owner_ops, nic,
				    NULL);
	if (IS_ERR(nic->owner)) {
		int err = PTR_ERR(nic->owner);

		kfree(nic);
		return ERR_PTR(err);
	}
	list_add_tail_rcu(&nic->list, &vmq_bridge_nics);
	return nic;
}

/* What the bridge knows already */
static int replay(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct switchdev_notifier_fdb_info *info = ptr;
	struct vmq_bridge_uplink *uplink = (void *)info->info.ctx;

	if (!info->is_local)
		vmq_bridge_entry_learn(uplink, info->info.dev, info->addr,
				       info->vid, info->added_by_user);
	return NOTIFY_DONE;
}

static struct notifier_block replay_notifier = {
	.notifier_call = replay,
};

static void uplink_replay(struct vmq_bridge_uplink *uplink)
{
	switchdev_bridge_port_replay(uplink->dev, uplink->dev, uplink,
				     &replay_notifier, NULL, NULL);
}

static void uplink_add(struct vmq_bridge_nic *nic, struct net_device *dev,
		       struct net_device *bridge)
{
	struct vmq_bridge_uplink *uplink;

	uplink = kzalloc_obj(*uplink);
	if (!uplink)
		return;
	uplink->nic = nic;
	uplink->dev = dev;
	uplink->bridge = bridge;
	uplink->vid = dev == nic->netdev ? 0 : vlan_dev_vlan_id(dev);
	uplink->refresh = HZ;
	netdev_hold(dev, &uplink->dev_tracker, GFP_KERNEL);
	netdev_hold(bridge, &uplink->bridge_tracker, GFP_KERNEL);
	list_add_tail_rcu(&uplink->list, &nic->uplinks);
	uplink_replay(uplink);
}

static bool uplink_exists(const struct vmq_bridge_nic *nic,
			  const struct net_device *dev)
{
	const struct vmq_bridge_uplink *uplink;

	list_for_each_entry(uplink, &nic->uplinks, list)
		if (uplink->dev == dev)
			return true;
	return false;
}

static void scan_port(struct net_device *dev)
{
	struct net_device *netdev = dev, *bridge;
	struct vmq_bridge_nic *nic;

	if (is_vlan_dev(dev)) {
		/* VLAN 0 is that of priority tags, which no filter can tell */
		if (vlan_dev_vlan_proto(dev) != htons(ETH_P_8021Q) ||
		    !vlan_dev_vlan_id(dev))
			return;
		netdev = vlan_dev_priv(dev)->real_dev;
	}
	bridge = netdev_master_upper_dev_get(dev);
	if (!bridge || !netif_is_bridge_master(bridge))
		return;

	nic = nic_find(netdev) ?: nic_add(netdev);
	/* Most ports are of no NIC of ours */
	if (!IS_ERR(nic) && !uplink_exists(nic, dev))
		uplink_add(nic, dev, bridge);
}

/**
 * vmq_bridge_scan() - find new uplinks among the ports of all bridges
 *
 * Context: process context, RTNL held.
 */
void vmq_bridge_scan(void)
{
	struct net_device *dev;
	struct net *net;

	down_read(&net_rwsem);
	for_each_net(net)
		for_each_netdev(net, dev)
			if (netif_is_bridge_port(dev))
				scan_port(dev);
	up_read(&net_rwsem);
}

/**
 * vmq_bridge_uplinks_settle() - let go of uplinks that are none any more
 *
 * Context: process context, RTNL held.
 */
void vmq_bridge_uplinks_settle(void)
{
	struct vmq_bridge_uplink *uplink, *next_uplink;
	struct vmq_bridge_nic *nic, *next_nic;

	list_for_each_entry_safe(nic, next_nic, &vmq_bridge_nics, list) {
		list_for_each_entry_safe(uplink, next_uplink, &nic->uplinks, list)
			if (netdev_master_upper_dev_get(uplink->dev) != uplink->bridge)
				uplink_del(uplink);
		if (list_empty(&nic->uplinks))
			nic_del(nic);
	}
}

/* Is there something to be asked for again, and room for it now? */
static bool missed(struct vmq_bridge_uplink *uplink)
{
	struct vmq_bridge_nic *nic = uplink->nic;
	bool missed = false;

	spin_lock_bh(&nic->lock);
	if (nic->count < VMQ_BRIDGE_MAX_ENTRIES)
		swap(missed, uplink->missed);
	spin_unlock_bh(&nic->lock);
	return missed;
}

/**
 * vmq_bridge_uplinks_tick() - have the bridge tell again what had no room
 * @nic: the NIC
 *
 * Context: process context, RTNL held, once a second.
 */
void vmq_bridge_uplinks_tick(struct vmq_bridge_nic *nic)
{
	struct vmq_bridge_uplink *uplink;

	list_for_each_entry(uplink, &nic->uplinks, list)
		if (missed(uplink))
			uplink_replay(uplink);
}

/**
 * vmq_bridge_nics_del() - let go of everything
 *
 * Context: process context, RTNL held.
 */
void vmq_bridge_nics_del(void)
{
	struct vmq_bridge_nic *nic, *next;

	list_for_each_entry_safe(nic, next, &vmq_bridge_nics, list)
		nic_del(nic);
}
