// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ports with queues: promoting an entry gives its port a queue, if it has none,
 * and steers the entry's frames there.
 */
#include <linux/bitfield.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/netlink.h>
#include <net/switchdev.h>

#include "bridge.h"
#include "bridge_trace.h"

/* NULL if it has no queue of this NIC */
static struct vmq_bridge_port *port_find(struct vmq_bridge_nic *nic,
					 const struct net_device *dev)
{
	struct vmq_bridge_port *port;

	list_for_each_entry(port, &nic->ports, list)
		if (port->dev == dev)
			return port;
	return NULL;
}

static struct vmq_bridge_port *port_add(struct vmq_bridge_nic *nic,
					struct net_device *dev,
					struct netlink_ext_ack *extack)
{
	struct vmq_queue_params params = {
		.name		= dev->name,
		.receive	= vmq_bridge_receive,
		.raw		= &vmq_bridge_raw_ops,
	};
	struct vmq_bridge_port *port;

	port = kzalloc_obj(*port);
	if (!port)
		return ERR_PTR(-ENOMEM);
	port->nic = nic;
	port->dev = dev;
	port->since = jiffies;
	u64_stats_init(&port->stats.syncp);

	params.priv = port;
	port->queue = vmq_queue_alloc(nic->owner, &params, extack);
	if (IS_ERR(port->queue)) {
		int err = PTR_ERR(port->queue);

		kfree(port);
		return ERR_PTR(err);
	}
	list_add_tail_rcu(&port->list, &nic->ports);
	return port;
}

static void port_del(struct vmq_bridge_port *port)
{
	struct vmq_bridge_nic *nic = port->nic;
	int i;

	list_del_rcu(&port->list);
	/* No call of vmq_bridge_receive() is left when this returns */
	vmq_queue_free(port->queue);
	u64_stats_update_begin(&nic->past.syncp);
	for (i = 0; i < VMQ_BRIDGE_REASONS; i++)
		nic->past.frames[i] += port->stats.frames[i];
	u64_stats_update_end(&nic->past.syncp);
	/* A notifier may still forget sources */
	kfree_rcu(port, rcu);
}

static void clear_filters(struct vmq_bridge_entry *entry)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(entry->filter); i++) {
		if (entry->filter[i])
			vmq_filter_clear(entry->filter[i]);
		entry->filter[i] = NULL;
	}
}

static int set_filter(struct vmq_bridge_entry *entry, int i,
		      enum vmq_vlan_test test, u16 vid,
		      struct netlink_ext_ack *extack)
{
	struct vmq_filter_key key = { .test = test, .vid = vid };
	struct vmq_filter *filter;

	ether_addr_copy(key.addr, entry->addr);
	filter = vmq_filter_set(entry->uplink->nic->owner, entry->port->queue,
				&key, extack);
	if (IS_ERR(filter))
		return PTR_ERR(filter);
	entry->filter[i] = filter;
	return 0;
}

static int set_filters(struct vmq_bridge_entry *entry,
		       struct netlink_ext_ack *extack)
{
	u32 plan = entry->plan;
	int err = 0;

	if (plan & VMQ_BRIDGE_MATCH_ANY)
		return set_filter(entry, 0, VMQ_VLAN_ANY, 0, extack);
	if (plan & VMQ_BRIDGE_MATCH_VID)
		err = set_filter(entry, 0, VMQ_VLAN_VID,
				 FIELD_GET(VMQ_BRIDGE_PLAN_VID, plan), extack);
	if (!err && plan & VMQ_BRIDGE_MATCH_UNTAGGED)
		err = set_filter(entry, 1, VMQ_VLAN_UNTAGGED, 0, extack);
	if (err)
		clear_filters(entry);
	return err;
}

static bool in_hardware(const struct vmq_bridge_entry *entry)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(entry->filter); i++)
		if (entry->filter[i] && vmq_filter_reason(entry->filter[i]))
			return false;
	return entry->port;
}

/* The bridge keeps an address that a daemon has taught it when the port goes
 * down, but not one that is marked as steered by hardware
 */
static bool is_kept(const struct vmq_bridge_entry *entry)
{
	struct ndmsg ndm;

	return vmq_bridge_fdb_get(entry, &ndm) ||
	       ndm.ndm_flags & NTF_EXT_LEARNED;
}

/* By another NIC, which is a port of the same bridge */
static bool is_marked(const struct vmq_bridge_entry *entry)
{
	const struct vmq_bridge_entry *other;
	const struct vmq_bridge_nic *nic;

	list_for_each_entry(nic, &vmq_bridge_nics, list)
		hash_for_each_possible(nic->entries, other, hash,
				       ether_addr_to_u64(entry->addr))
			if (other != entry && other->offloaded &&
			    other->uplink->bridge == entry->uplink->bridge &&
			    other->vid == entry->vid &&
			    ether_addr_equal(other->addr, entry->addr))
				return true;
	return false;
}

/**
 * vmq_bridge_offloaded() - tell the bridge whether hardware steers an entry
 * @entry: the entry
 *
 * That is what "bridge fdb show" prints as offload.
 *
 * Context: process context, RTNL held.
 */
void vmq_bridge_offloaded(struct vmq_bridge_entry *entry)
{
	struct switchdev_notifier_fdb_info info = {
		.addr		= entry->addr,
		.vid		= entry->vid,
		.offloaded	= in_hardware(entry) && !is_kept(entry),
	};

	if (info.offloaded == entry->offloaded)
		return;
	entry->offloaded = info.offloaded;
	if (is_marked(entry))
		return;
	call_switchdev_notifiers(SWITCHDEV_FDB_OFFLOADED, entry->dev,
				 &info.info, NULL);
}

static int promote(struct vmq_bridge_entry *entry,
		   struct netlink_ext_ack *extack)
{
	struct vmq_bridge_nic *nic = entry->uplink->nic;
	struct vmq_bridge_port *port;
	bool new = false;
	int err, status;

	port = port_find(nic, entry->dev);
	if (!port) {
		port = port_add(nic, entry->dev, extack);
		if (IS_ERR(port))
			return PTR_ERR(port);
		new = true;
	}

	/* Before the first frame comes */
	entry->port = port;
	hlist_add_head_rcu(&entry->node, &port->entries);
	err = set_filters(entry, extack);
	if (!err && new)
		err = vmq_queue_complete(&port->queue, 1, &status);
	if (!err)
		return 0;

	clear_filters(entry);
	hlist_del_init_rcu(&entry->node);
	entry->port = NULL;
	if (new)
		port_del(port);
	return err;
}

/**
 * vmq_bridge_promote() - steer an entry's frames to its port's queue
 * @entry: the entry, with a plan
 *
 * Context: process context, RTNL held.
 * Return: 0; -ENOSPC if no queue is left, or another negative error, with
 * &vmq_bridge_entry.reason set.
 */
int vmq_bridge_promote(struct vmq_bridge_entry *entry)
{
	struct vmq_bridge_nic *nic = entry->uplink->nic;
	struct netlink_ext_ack extack = {};
	int err;

	err = promote(entry, &extack);
	/* Others may need the queue that this would be tried with each time */
	entry->failed = err && (entry->failed || err != -ENOSPC);
	if (entry->failed)
		entry->retry = jiffies + VMQ_BRIDGE_RETRY;
	if (err) {
		snprintf(entry->reason, sizeof(entry->reason), "%s",
			 extack._msg ?: "no memory");
		nic->refused++;
		trace_vmq_bridge_refuse(entry);
		return err;
	}
	entry->reason[0] = '\0';
	nic->promoted++;
	vmq_bridge_offloaded(entry);
	trace_vmq_bridge_promote(entry);
	return 0;
}

/**
 * vmq_bridge_demote() - give an entry's frames back to the default queue
 * @entry: the entry; nothing happens if it is not promoted
 *
 * Context: process context, RTNL held.
 */
void vmq_bridge_demote(struct vmq_bridge_entry *entry)
{
	struct vmq_bridge_port *port = entry->port;
	struct vmq_bridge_nic *nic = entry->uplink->nic;

	if (!port)
		return;
	trace_vmq_bridge_demote(entry);
	clear_filters(entry);
	hlist_del_init_rcu(&entry->node);
	entry->port = NULL;
	entry->rate = 0;
	entry->ahead = 0;
	vmq_bridge_offloaded(entry);
	nic->demoted++;
	/* It may be promoted again, and then must not be in two lists */
	synchronize_net();
	if (hlist_empty(&port->entries))
		port_del(port);
}

/**
 * vmq_bridge_port_demote() - take a port's queue away
 * @port: the port
 *
 * Context: process context, RTNL held.
 */
void vmq_bridge_port_demote(struct vmq_bridge_port *port)
{
	struct vmq_bridge_entry *entry;
	struct hlist_node *next;

	/* The last one takes the port along; then there is no next */
	hlist_for_each_entry_safe(entry, next, &port->entries, node)
		vmq_bridge_demote(entry);
}
