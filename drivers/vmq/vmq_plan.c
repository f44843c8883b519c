// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the software table to the chip's tables.
 *
 * The chip picks the pools of a unicast frame like this:
 *
 *   pools of its address  AND  pools of its VLAN (or the pools that take
 *   untagged frames); if nothing remains, the default pool
 *
 * Pool 0 is never named by an address entry: what the port itself listens to
 * reaches it as the default pool. So a frame can never be delivered to pool 0
 * and to a VM's pool at once.
 *
 * With the port's VLAN filter on, only a bounded number of VLANs exists for
 * the chip: those the stack registered and those that filters name. For every
 * (address, VLAN) there is a winner, the queue of the most specific filter. A
 * queue is exact if the addresses and the VLANs it wins span no pair that it
 * does not win. With the filter off there is no VLAN for the chip; an address
 * whose filters name more than one queue is then left to the default queue,
 * and a queue whose filters test the VLAN needs the software check.
 *
 * Nothing here touches a device, so all of it can be tested without one.
 */
#include <linux/etherdevice.h>
#include <linux/netlink.h>

#include "vmq_filter.h"

static bool vmq_plan_key_matches(const struct vmq_filter_key *key,
				 const u8 *addr, u16 vid)
{
	if (!ether_addr_equal(key->addr, addr))
		return false;
	if (key->test == VMQ_VLAN_ANY)
		return true;
	return key->vid == vid;
}

static u8 vmq_plan_winner(const struct vmq_steering *steering, const u8 *addr,
			  u16 vid)
{
	const struct vmq_filter *filter;
	u8 winner = VMQ_DEFAULT_QUEUE;

	list_for_each_entry(filter, &steering->filters, list) {
		if (!vmq_plan_key_matches(&filter->key, addr, vid))
			continue;
		winner = filter->queue;
		if (filter->key.test != VMQ_VLAN_ANY)
			break;
	}
	return winner;
}

static int vmq_plan_row(const struct vmq_product *product, const u8 *addr)
{
	int row;

	for (row = 0; row < product->rows; row++)
		if (ether_addr_equal(product->addr[row], addr))
			return row;
	return -ENOENT;
}

static int vmq_plan_rows(const struct vmq_steering *steering,
			 const struct vmq_hw_caps *caps,
			 struct vmq_product *product,
			 struct netlink_ext_ack *extack)
{
	const struct vmq_filter *filter;

	product->addr[0] = steering->own;
	product->rows = 1;
	list_for_each_entry(filter, &steering->filters, list) {
		if (vmq_plan_row(product, filter->key.addr) >= 0)
			continue;
		if (product->rows == caps->num_addrs) {
			NL_SET_ERR_MSG_FMT(extack, "all %u address entries of the chip are in use",
					   caps->num_addrs);
			return -ENOSPC;
		}
		product->addr[product->rows++] = filter->key.addr;
	}
	return 0;
}

/* The VLANs the chip must know, if it has room for all of them */
static void vmq_plan_columns(const struct vmq_steering *steering,
			     const struct vmq_hw_caps *caps,
			     struct vmq_plan *plan,
			     struct vmq_product *product)
{
	const struct vmq_filter *filter;
	u16 vid;

	bitmap_copy(plan->accept, steering->vids, VLAN_N_VID);
	list_for_each_entry(filter, &steering->filters, list)
		if (filter->key.test == VMQ_VLAN_VID)
			__set_bit(filter->key.vid, plan->accept);
	/* A priority tag is an untagged frame to every test, but to the chip
	 * it is VLAN 0 and takes an entry.
	 */
	__set_bit(0, plan->accept);

	product->columns = 0;
	if (bitmap_weight(plan->accept, VLAN_N_VID) > caps->num_vlans)
		return;
	for_each_set_bit(vid, plan->accept, VLAN_N_VID)
		product->vid[product->columns++] = vid;
}

static void vmq_plan_fill(const struct vmq_steering *steering,
			  struct vmq_product *product)
{
	int row, column;

	for (row = 0; row < product->rows; row++)
		for (column = 0; column < product->columns; column++)
			product->winner[row][column] =
				vmq_plan_winner(steering, product->addr[row],
						product->vid[column]);
}

/* Queues that the product of their addresses and VLANs would overfeed */
static u32 vmq_plan_overfed(const struct vmq_product *product)
{
	u32 by_row[VMQ_MAX_ADDRS] = {};
	u32 by_column[VMQ_PLAN_COLUMNS] = {};
	int row, column;
	u32 overfed = 0;

	for (row = 0; row < product->rows; row++) {
		for (column = 0; column < product->columns; column++) {
			u32 pool = BIT(product->winner[row][column]);

			by_row[row] |= pool;
			by_column[column] |= pool;
		}
	}
	for (row = 0; row < product->rows; row++)
		for (column = 0; column < product->columns; column++)
			overfed |= (by_row[row] & by_column[column]) &
				   ~BIT(product->winner[row][column]);
	return overfed & ~BIT(VMQ_DEFAULT_QUEUE);
}

static void vmq_plan_addr(struct vmq_plan *plan, int slot, const u8 *addr,
			  u32 pools)
{
	ether_addr_copy(plan->addr[slot].addr, addr);
	plan->addr[slot].used = true;
	plan->addr[slot].pools = pools & ~BIT(VMQ_DEFAULT_QUEUE);
}

/* With the port's VLAN filter: address pools AND VLAN pools */
static void vmq_plan_filtered(const struct vmq_steering *steering,
			      const struct vmq_product *product,
			      struct vmq_plan *plan)
{
	int row, column;

	for (row = 0; row < product->rows; row++) {
		u32 pools = 0;

		for (column = 0; column < product->columns; column++)
			pools |= BIT(product->winner[row][column]);
		vmq_plan_addr(plan, row, product->addr[row], pools);
	}

	for (column = 0; column < product->columns; column++) {
		u16 vid = product->vid[column];
		u32 pools = 0;

		for (row = 0; row < product->rows; row++)
			pools |= BIT(product->winner[row][column]);
		/* Pool 0 gets the broadcasts of the stack's own VLANs only */
		if (vid && !test_bit(vid, steering->vids))
			pools &= ~BIT(VMQ_DEFAULT_QUEUE);
		else
			pools |= BIT(VMQ_DEFAULT_QUEUE);
		plan->vlan[column].vid = vid;
		plan->vlan[column].used = true;
		plan->vlan[column].pools = pools;
		if (!vid)
			plan->untagged = pools;
	}
}

/* Without it: an address has one queue or none, whatever the tag */
static void vmq_plan_unfiltered(const struct vmq_steering *steering,
				const struct vmq_product *product,
				struct vmq_plan *plan)
{
	const struct vmq_filter *filter;
	int row;

	for (row = 0; row < product->rows; row++) {
		bool exact = false;
		u32 pools = 0;

		list_for_each_entry(filter, &steering->filters, list) {
			if (!ether_addr_equal(filter->key.addr,
					      product->addr[row]))
				continue;
			pools |= BIT(filter->queue);
			exact |= filter->key.test == VMQ_VLAN_ANY;
		}
		if (hweight32(pools) > 1)
			pools = 0;
		vmq_plan_addr(plan, row, product->addr[row], pools);
		if (!exact)
			plan->inexact |= pools;
	}
	plan->untagged = GENMASK(VMQ_MAX_QUEUES - 1, 0);
}

/* What the port itself listens to takes the entries that filters left */
static void vmq_plan_own_addrs(const struct vmq_steering *steering,
			       const struct vmq_hw_caps *caps,
			       const struct vmq_product *product,
			       struct vmq_plan *plan)
{
	int slot = product->rows;
	int i;

	plan->promiscuous = steering->uc_overflow;
	for (i = 0; i < steering->uc_count; i++) {
		if (vmq_plan_row(product, steering->uc[i]) >= 0)
			continue;
		if (slot == caps->num_addrs) {
			plan->promiscuous = true;
			return;
		}
		vmq_plan_addr(plan, slot++, steering->uc[i], 0);
	}
}

/* Keep what both plans have in the entry where it is, so that going from one
 * to the other touches nothing else. Entry 0 is the port's own address.
 */
static void vmq_plan_place_addrs(struct vmq_plan *plan,
				 const struct vmq_plan *old)
{
	int slot, target;

	for (target = 1; target < VMQ_MAX_ADDRS; target++) {
		if (!old->addr[target].used)
			continue;
		for (slot = 1; slot < VMQ_MAX_ADDRS; slot++) {
			if (plan->addr[slot].used &&
			    ether_addr_equal(plan->addr[slot].addr,
					     old->addr[target].addr)) {
				swap(plan->addr[slot], plan->addr[target]);
				break;
			}
		}
	}
}

static void vmq_plan_place_vlans(struct vmq_plan *plan,
				 const struct vmq_plan *old)
{
	int slot, target;

	for (target = 0; target < VMQ_MAX_VLANS; target++) {
		if (!old->vlan[target].used)
			continue;
		for (slot = 0; slot < VMQ_MAX_VLANS; slot++) {
			if (plan->vlan[slot].used &&
			    plan->vlan[slot].vid == old->vlan[target].vid) {
				swap(plan->vlan[slot], plan->vlan[target]);
				break;
			}
		}
	}
}

/**
 * vmq_plan_make() - compute what the chip's tables must hold
 * @steering: the software table; the result is in &vmq_steering.next, with
 *	what it shares with &vmq_steering.plan in the same entries
 * @caps: the chip's limits
 * @extack: filled in if the table cannot be planned
 *
 * Context: process context, netdev instance lock held.
 * Return: 0; -ENOSPC if the filters need more address entries than there are,
 * which taking a filter away never does.
 */
int vmq_plan_make(struct vmq_steering *steering,
		  const struct vmq_hw_caps *caps,
		  struct netlink_ext_ack *extack)
{
	struct vmq_product *product = &steering->product;
	struct vmq_plan *plan = &steering->next;
	int err;

	memset(plan, 0, sizeof(*plan));
	err = vmq_plan_rows(steering, caps, product, extack);
	if (err)
		return err;

	vmq_plan_columns(steering, caps, plan, product);
	vmq_plan_fill(steering, product);
	plan->overfed = vmq_plan_overfed(product);

	plan->vlan_filter = steering->want_vlan_filter && product->columns;
	if (plan->vlan_filter)
		vmq_plan_filtered(steering, product, plan);
	else
		vmq_plan_unfiltered(steering, product, plan);
	vmq_plan_own_addrs(steering, caps, product, plan);

	vmq_plan_place_addrs(plan, &steering->plan);
	vmq_plan_place_vlans(plan, &steering->plan);
	return 0;
}

/**
 * vmq_plan_admit() - is the plan one that a new filter may lead to
 * @steering: the software table, after vmq_plan_make()
 * @caps: the chip's limits
 * @queue: queue of the new filter
 * @extack: says what the chip cannot do
 *
 * A table that is admitted stays so whatever VLANs the stack registers later:
 * a new VLAN is one more column, won by the filters that take any VLAN.
 *
 * Return: 0; -ENOSPC if there are more VLANs than entries; -EOPNOTSUPP if the
 * chip could not keep the filters of two queues apart.
 */
int vmq_plan_admit(const struct vmq_steering *steering,
		   const struct vmq_hw_caps *caps, u16 queue,
		   struct netlink_ext_ack *extack)
{
	const struct vmq_plan *plan = &steering->next;

	if (!steering->product.columns) {
		NL_SET_ERR_MSG_FMT(extack, "all %u VLAN entries of the chip are in use",
				   caps->num_vlans);
		return -ENOSPC;
	}
	if (plan->overfed) {
		NL_SET_ERR_MSG_FMT(extack,
				   "queue %u: the chip cannot tell this MAC and VLAN from another filter's",
				   plan->overfed & BIT(queue) ? queue :
				   (u16)__ffs(plan->overfed));
		return -EOPNOTSUPP;
	}
	return 0;
}
