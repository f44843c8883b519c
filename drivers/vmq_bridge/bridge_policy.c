// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who gets the queues: entries that the user has set, at once and for as long
 * as they are set; then the busiest. By load, no more than one thing changes in
 * a second, and a port loses its queue only to one that has been clearly busier
 * for some seconds (&struct vmq_load_params).
 */
#include <linux/if_bridge.h>
#include <linux/rtnetlink.h>

#include "bridge.h"

static bool still_there(const struct vmq_bridge_entry *entry)
{
	const struct net_device *bridge = entry->uplink->bridge;

	return !READ_ONCE(entry->gone) &&
	       netdev_master_upper_dev_get(entry->dev) == bridge &&
	       br_fdb_find_port(bridge, entry->addr, entry->vid) == entry->dev;
}

static void drop_gone(struct vmq_bridge_nic *nic)
{
	struct vmq_bridge_entry *entry;
	struct hlist_node *next;
	int bucket;

	hash_for_each_safe(nic->entries, bucket, next, entry, hash)
		if (!still_there(entry))
			vmq_bridge_entry_free(entry);
}

/* A new one: of those that were there before the module, the bridge tells who
 * has set them, but not whether they age
 */
static void see_user(struct vmq_bridge_entry *entry)
{
	struct ndmsg ndm;

	if (!entry->plan && READ_ONCE(entry->user) &&
	    !vmq_bridge_fdb_get(entry, &ndm))
		WRITE_ONCE(entry->user, vmq_bridge_is_user(&ndm));
}

/* Its plan, and its filters if they are not what the plan asks for any more */
static void plan(struct vmq_bridge_entry *entry)
{
	u32 match = VMQ_BRIDGE_MATCH | VMQ_BRIDGE_PLAN_VID;
	u32 before = entry->plan;

	vmq_bridge_plan(entry);
	if (entry->port && (entry->plan ^ before) & match)
		vmq_bridge_demote(entry);
	if (entry->port)
		vmq_bridge_offloaded(entry);
}

/* Frames a second of a port with a queue; UINT_MAX if it keeps the queue */
static u32 port_rate(const struct vmq_bridge_port *port)
{
	const struct vmq_bridge_entry *entry;
	u32 rate = 0;

	hlist_for_each_entry(entry, &port->entries, node) {
		if (READ_ONCE(entry->user))
			return UINT_MAX;
		rate += entry->rate;
	}
	return rate;
}

static struct vmq_bridge_port *quietest(struct vmq_bridge_nic *nic)
{
	struct vmq_bridge_port *port, *found = NULL;
	u32 rate, lowest = UINT_MAX;

	list_for_each_entry(port, &nic->ports, list) {
		rate = port_rate(port);
		if (rate < lowest) {
			lowest = rate;
			found = port;
		}
	}
	return found;
}

static bool may_be_promoted(const struct vmq_bridge_entry *entry)
{
	return !entry->port && entry->plan & VMQ_BRIDGE_MATCH &&
	       (!entry->failed || time_after_eq(jiffies, entry->retry));
}

static void promote_user(struct vmq_bridge_entry *entry)
{
	struct vmq_bridge_port *loser;
	bool failed = entry->failed;

	/* No queue is taken from another for what cannot be done anyway. A
	 * station that waits for a queue may get the one that becomes free.
	 */
	while (vmq_bridge_promote(entry) == -ENOSPC && !failed) {
		loser = quietest(entry->uplink->nic);
		if (!loser)
			return;
		vmq_bridge_port_demote(loser);
	}
}

/**
 * vmq_bridge_settle() - make queues and plans fit what the bridge now knows
 * @nic: the NIC
 *
 * Context: process context, RTNL held.
 */
void vmq_bridge_settle(struct vmq_bridge_nic *nic)
{
	struct vmq_bridge_uplink *uplink;
	struct vmq_bridge_entry *entry;
	int bucket;

	list_for_each_entry(uplink, &nic->uplinks, list)
		uplink->refresh = clamp(clock_t_to_jiffies(br_get_ageing_time(uplink->bridge)) / 2,
					1, HZ);
	drop_gone(nic);
	hash_for_each(nic->entries, bucket, entry, hash) {
		see_user(entry);
		plan(entry);
	}
	hash_for_each(nic->entries, bucket, entry, hash)
		if (READ_ONCE(entry->user) && may_be_promoted(entry))
			promote_user(entry);
}

static void measure(struct vmq_bridge_entry *entry)
{
	u64 frames = READ_ONCE(entry->frames);
	u32 second = frames - entry->frames_before;

	/* Rounded towards the last second: a steady rate is reached */
	entry->rate = (entry->rate + second + (second > entry->rate)) / 2;
	entry->frames_before = frames;
}

static struct vmq_bridge_entry *busiest(struct vmq_bridge_nic *nic,
					u32 min_rate)
{
	struct vmq_bridge_entry *entry, *found = NULL;
	int bucket;

	hash_for_each(nic->entries, bucket, entry, hash) {
		if (!may_be_promoted(entry) || READ_ONCE(entry->gone))
			continue;
		if (entry->rate < min_rate)
			strscpy(entry->reason, "not busy");
		else if (!found || entry->rate > found->rate)
			found = entry;
	}
	return found;
}

/* Each second counts for which an entry is busy, and clearly busier than the
 * quietest port, be it the busiest one itself or not; and only those without a
 * break.
 */
static void count_ahead(struct vmq_bridge_nic *nic,
			const struct vmq_load_params *load)
{
	const struct vmq_bridge_port *port = quietest(nic);
	struct vmq_bridge_entry *entry;
	u64 enough;
	int bucket;

	if (!port)
		return;
	enough = (u64)port_rate(port) * load->margin / 100;
	hash_for_each(nic->entries, bucket, entry, hash)
		entry->ahead = entry->rate >= load->min_rate &&
			       entry->rate > enough ? entry->ahead + 1 : 0;
}

/* Is it time for the quietest port to go? Its queue is free a second before
 * another port gets it.
 */
static void compete(struct vmq_bridge_entry *entry,
		    const struct vmq_load_params *load)
{
	struct vmq_bridge_port *loser = quietest(entry->uplink->nic);

	strscpy(entry->reason, "no queue left: others are busier");
	if (loser && entry->ahead >= load->hold &&
	    time_after(jiffies, loser->since + load->hold * HZ))
		vmq_bridge_port_demote(loser);
}

/**
 * vmq_bridge_tick() - measure, and change one thing if need be
 * @nic: the NIC
 *
 * Context: process context, RTNL held, once a second.
 */
void vmq_bridge_tick(struct vmq_bridge_nic *nic)
{
	struct vmq_bridge_entry *entry;
	struct vmq_load_params load;
	int bucket;

	vmq_owner_load_params(nic->owner, &load);
	drop_gone(nic);
	vmq_bridge_uplinks_tick(nic);
	hash_for_each(nic->entries, bucket, entry, hash) {
		measure(entry);
		if (!entry->plan)
			plan(entry);
		if (entry->port)
			vmq_bridge_offloaded(entry);
		else if (entry->failed && READ_ONCE(entry->user))
			vmq_bridge_kick();
	}
	count_ahead(nic, &load);
	entry = busiest(nic, load.min_rate);
	if (entry && vmq_bridge_promote(entry) == -ENOSPC)
		compete(entry, &load);
}
