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
 * reaches it as the default pool.
 *
 * With the port's VLAN filter on, only a bounded number of VLANs exists for
 * the chip: those the stack registered and those that filters name. For every
 * (address, VLAN) there is a winner, the queue of the most specific filter.
 * Filters are given a place in the chip one after the other, as long as the
 * following holds for the product of what the pools' addresses and VLANs are:
 *
 *   no pair reaches two pools of VMs, so that no frame is ever delivered twice;
 *   a pair that reaches the pool of an exact queue is one that it wins.
 *
 * A filter for which that would not hold is carried out in software. Those that
 * the chip holds already come first, so that nothing moves without need. A
 * queue that other pairs reach than those it wins looks up each of its frames,
 * and so does the default queue while any filter is in software.
 *
 * With the filter off there is no VLAN for the chip. An address whose filters
 * name one queue goes there, and the queue looks if they test the VLAN.
 *
 * Nothing here touches a device, so all of it can be tested without one.
 */
#include <linux/etherdevice.h>

#include "vmq_filter.h"

/* A pair that two VMs' pools would get, or that only exact queues may not */
static bool vmq_plan_conflict(const struct vmq_steering *steering, u32 pools,
			      u8 winner)
{
	if (!pools)
		return false;
	if (!is_power_of_2(pools))
		return true;
	return (pools & steering->exact) && pools != BIT(winner);
}

static int vmq_plan_row(const struct vmq_product *product, const u8 *addr)
{
	int row;

	for (row = 0; row < product->rows; row++)
		if (ether_addr_equal(product->addr[row], addr))
			return row;
	return -ENOENT;
}

static int vmq_plan_column(const struct vmq_product *product, u16 vid)
{
	int column;

	for (column = 0; column < product->columns; column++)
		if (product->vid[column] == vid)
			return column;
	return -ENOENT;
}

/* The queue that the chip shall use for this filter's frames */
static u8 vmq_plan_queue(const struct vmq_filter *filter)
{
	return filter->next == VMQ_PLACE_HW ? filter->queue : VMQ_DEFAULT_QUEUE;
}

static void vmq_plan_fill_row(const struct vmq_steering *steering,
			      struct vmq_product *product, int row)
{
	const struct vmq_filter *filter;
	u64 specific = 0;
	u8 any = VMQ_DEFAULT_QUEUE;
	int column;

	list_for_each_entry(filter, &steering->filters, list) {
		if (!filter->counts ||
		    !ether_addr_equal(filter->key.addr, product->addr[row]))
			continue;
		if (filter->key.test == VMQ_VLAN_ANY) {
			any = vmq_plan_queue(filter);
			continue;
		}
		column = vmq_plan_column(product, filter->key.vid);
		if (column < 0)
			continue;
		product->winner[row][column] = vmq_plan_queue(filter);
		specific |= BIT_ULL(column);
	}
	for (column = 0; column < product->columns; column++)
		if (!(specific & BIT_ULL(column)))
			product->winner[row][column] = any;
}

/* What the pools of all addresses and of all VLANs come to */
static void vmq_plan_masks(const struct vmq_product *product, u32 *by_row,
			   u32 *by_column)
{
	int row, column;

	for (row = 0; row < product->rows; row++) {
		for (column = 0; column < product->columns; column++) {
			u32 pool = BIT(product->winner[row][column]) &
				   ~BIT(VMQ_DEFAULT_QUEUE);

			by_row[row] |= pool;
			by_column[column] |= pool;
		}
	}
}

static bool vmq_plan_sound(const struct vmq_steering *steering,
			   const struct vmq_product *product)
{
	u32 by_column[VMQ_PLAN_COLUMNS] = {};
	u32 by_row[VMQ_MAX_ADDRS] = {};
	int row, column;

	vmq_plan_masks(product, by_row, by_column);
	for (row = 0; row < product->rows; row++)
		for (column = 0; column < product->columns; column++)
			if (vmq_plan_conflict(steering,
					      by_row[row] & by_column[column],
					      product->winner[row][column]))
				return false;
	return true;
}

/* Make a row and a column for a filter; taken back by resetting the counts */
static enum vmq_place vmq_plan_room(struct vmq_product *product,
				    const struct vmq_hw_caps *caps,
				    const struct vmq_filter *filter)
{
	if (vmq_plan_row(product, filter->key.addr) < 0) {
		if (product->rows == caps->num_addrs)
			return VMQ_PLACE_NO_ADDR;
		product->addr[product->rows++] = filter->key.addr;
	}
	if (filter->key.test == VMQ_VLAN_VID &&
	    vmq_plan_column(product, filter->key.vid) < 0) {
		if (product->columns == caps->num_vlans)
			return VMQ_PLACE_NO_VLAN;
		product->vid[product->columns++] = filter->key.vid;
	}
	return VMQ_PLACE_HW;
}

static void vmq_plan_fill(const struct vmq_steering *steering,
			  struct vmq_product *product)
{
	int row;

	for (row = 0; row < product->rows; row++)
		vmq_plan_fill_row(steering, product, row);
}

/* Give a filter a place in the chip if the plan stays sound */
static void vmq_plan_place(struct vmq_steering *steering,
			   const struct vmq_hw_caps *caps,
			   struct vmq_filter *filter)
{
	struct vmq_product *product = &steering->product;
	u16 rows = product->rows, columns = product->columns;

	filter->next = vmq_plan_room(product, caps, filter);
	if (filter->next == VMQ_PLACE_HW) {
		vmq_plan_fill(steering, product);
		if (vmq_plan_sound(steering, product))
			return;
		filter->next = VMQ_PLACE_INDISTINCT;
	}
	product->rows = rows;
	product->columns = columns;
}

/* What becomes of a filter that is not offered a place in the chip */
static enum vmq_place vmq_plan_default(const struct vmq_steering *steering,
				       const struct vmq_filter *filter)
{
	if (!filter->counts)
		return VMQ_PLACE_INACTIVE;
	if (filter->queue == VMQ_DEFAULT_QUEUE && filter->consumer)
		return VMQ_PLACE_NO_QUEUE;
	if (test_bit(filter->queue, &steering->parked))
		return VMQ_PLACE_PARKED;
	return VMQ_PLACE_INDISTINCT;
}

/* Offer each filter a place: first those that the chip holds already */
static void vmq_plan_each(struct vmq_steering *steering,
			  const struct vmq_hw_caps *caps,
			  void (*place)(struct vmq_steering *steering,
					const struct vmq_hw_caps *caps,
					struct vmq_filter *filter))
{
	struct vmq_filter *filter;

	list_for_each_entry(filter, &steering->filters, list)
		filter->next = vmq_plan_default(steering, filter);
	list_for_each_entry(filter, &steering->filters, list)
		if (filter->place == VMQ_PLACE_HW &&
		    filter->next == VMQ_PLACE_INDISTINCT)
			place(steering, caps, filter);
	list_for_each_entry(filter, &steering->filters, list)
		if (filter->place != VMQ_PLACE_HW &&
		    filter->next == VMQ_PLACE_INDISTINCT)
			place(steering, caps, filter);
}

static void vmq_plan_addr(struct vmq_plan *plan, int slot, const u8 *addr,
			  u32 pools)
{
	ether_addr_copy(plan->addr[slot].addr, addr);
	plan->addr[slot].used = true;
	plan->addr[slot].pools = pools & ~BIT(VMQ_DEFAULT_QUEUE);
}

/* The VLANs the stack registered, if the chip has room for all of them */
static void vmq_plan_columns(struct vmq_steering *steering,
			     const struct vmq_hw_caps *caps)
{
	struct vmq_product *product = &steering->product;
	u16 vid;

	product->vid[0] = 0;
	product->columns = 1;
	for_each_set_bit(vid, steering->vids, VLAN_N_VID) {
		if (!vid)
			continue;
		if (product->columns == caps->num_vlans) {
			product->columns = 0;
			return;
		}
		product->vid[product->columns++] = vid;
	}
}

/* With the port's VLAN filter: address pools AND VLAN pools */
static void vmq_plan_filtered(struct vmq_steering *steering,
			      const struct vmq_hw_caps *caps)
{
	struct vmq_product *product = &steering->product;
	struct vmq_plan *plan = &steering->next;
	u32 by_column[VMQ_PLAN_COLUMNS] = {};
	u32 by_row[VMQ_MAX_ADDRS] = {};
	int row, column;

	vmq_plan_each(steering, caps, vmq_plan_place);
	vmq_plan_fill(steering, product);
	vmq_plan_masks(product, by_row, by_column);

	for (row = 0; row < product->rows; row++) {
		vmq_plan_addr(plan, row, product->addr[row], by_row[row]);
		for (column = 0; column < product->columns; column++) {
			u32 pools = by_row[row] & by_column[column];

			if (pools != BIT(product->winner[row][column]))
				plan->check |= pools;
		}
	}
	for (column = 0; column < product->columns; column++) {
		u16 vid = product->vid[column];

		/* Pool 0 gets the broadcasts of the stack's own VLANs only */
		if (!vid || test_bit(vid, steering->vids))
			by_column[column] |= BIT(VMQ_DEFAULT_QUEUE);
		plan->vlan[column].vid = vid;
		plan->vlan[column].used = true;
		plan->vlan[column].pools = by_column[column];
	}
	/* A priority tag is an untagged frame to every test, but to the chip
	 * it is VLAN 0 and takes an entry.
	 */
	plan->untagged = by_column[0];
}

/* Without it: an address has one queue or none, whatever the tag */
static bool vmq_plan_alone(const struct vmq_steering *steering,
			   const struct vmq_filter *filter)
{
	const struct vmq_filter *other;

	if (test_bit(filter->queue, &steering->exact) &&
	    filter->key.test != VMQ_VLAN_ANY)
		return false;
	list_for_each_entry(other, &steering->filters, list)
		if (other->counts && other->queue != filter->queue &&
		    ether_addr_equal(other->key.addr, filter->key.addr))
			return false;
	return true;
}

static void vmq_plan_place_alone(struct vmq_steering *steering,
				 const struct vmq_hw_caps *caps,
				 struct vmq_filter *filter)
{
	struct vmq_product *product = &steering->product;

	filter->next = VMQ_PLACE_UNFILTERED;
	if (!vmq_plan_alone(steering, filter))
		return;
	filter->next = VMQ_PLACE_HW;
	if (vmq_plan_row(product, filter->key.addr) >= 0)
		return;
	if (product->rows == caps->num_addrs)
		filter->next = VMQ_PLACE_NO_ADDR;
	else
		product->addr[product->rows++] = filter->key.addr;
}

static void vmq_plan_unfiltered(struct vmq_steering *steering,
				const struct vmq_hw_caps *caps)
{
	struct vmq_product *product = &steering->product;
	struct vmq_plan *plan = &steering->next;
	const struct vmq_filter *filter;
	int row;

	vmq_plan_each(steering, caps, vmq_plan_place_alone);
	for (row = 0; row < product->rows; row++) {
		bool any = false;
		u32 pools = 0;

		list_for_each_entry(filter, &steering->filters, list) {
			if (filter->next != VMQ_PLACE_HW ||
			    !ether_addr_equal(filter->key.addr,
					      product->addr[row]))
				continue;
			pools |= BIT(filter->queue);
			any |= filter->key.test == VMQ_VLAN_ANY;
		}
		vmq_plan_addr(plan, row, product->addr[row], pools);
		if (!any)
			plan->check |= plan->addr[row].pools;
	}
	plan->untagged = GENMASK(VMQ_MAX_QUEUES - 1, 0);
}

/* An address that only has to reach the default pool takes an entry that
 * filters left, if there is one.
 */
static void vmq_plan_listen(const struct vmq_hw_caps *caps,
			    struct vmq_plan *plan, int *slot, const u8 *addr)
{
	int i;

	for (i = 0; i < *slot; i++)
		if (ether_addr_equal(plan->addr[i].addr, addr))
			return;
	if (*slot == caps->num_addrs)
		plan->promiscuous = true;
	else
		vmq_plan_addr(plan, (*slot)++, addr, 0);
}

/* What the port itself listens to, and what software takes from it */
static void vmq_plan_default_addrs(struct vmq_steering *steering,
				   const struct vmq_hw_caps *caps)
{
	struct vmq_plan *plan = &steering->next;
	const struct vmq_filter *filter;
	int slot = steering->product.rows;
	int i;

	plan->promiscuous = steering->uc_overflow;
	for (i = 0; i < steering->uc_count; i++)
		vmq_plan_listen(caps, plan, &slot, steering->uc[i]);
	list_for_each_entry(filter, &steering->filters, list) {
		if (filter->next == VMQ_PLACE_HW)
			continue;
		vmq_plan_listen(caps, plan, &slot, filter->key.addr);
		/* A filter that does not count yet lets its VLAN in, which has
		 * no entry: there, addresses that have a queue in any VLAN are
		 * found by software.
		 */
		if (filter->next != VMQ_PLACE_INACTIVE ||
		    filter->key.test == VMQ_VLAN_VID)
			plan->check |= BIT(VMQ_DEFAULT_QUEUE);
	}
}

/* Keep what both plans have in the entry where it is, so that going from one
 * to the other touches nothing else. Entry 0 is the port's own address.
 */
static void vmq_plan_keep_addrs(struct vmq_plan *plan,
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

static int vmq_plan_find_vlan(const struct vmq_plan *plan, u16 vid)
{
	int slot;

	for (slot = 0; slot < VMQ_MAX_VLANS; slot++)
		if (plan->vlan[slot].used && plan->vlan[slot].vid == vid)
			return slot;
	return -ENOENT;
}

/* Likewise; and an entry that is given up is not taken for another VLAN at once
 * while there is a free one.
 */
static void vmq_plan_keep_vlans(struct vmq_plan *plan,
				const struct vmq_plan *old)
{
	int slot, target, free = 0;

	for (target = 0; target < VMQ_MAX_VLANS; target++) {
		if (!old->vlan[target].used)
			continue;
		slot = vmq_plan_find_vlan(plan, old->vlan[target].vid);
		if (slot >= 0)
			swap(plan->vlan[slot], plan->vlan[target]);
	}
	for (slot = 0; slot < VMQ_MAX_VLANS; slot++) {
		if (!plan->vlan[slot].used || !old->vlan[slot].used ||
		    plan->vlan[slot].vid == old->vlan[slot].vid)
			continue;
		while (free < VMQ_MAX_VLANS &&
		       (plan->vlan[free].used || old->vlan[free].used))
			free++;
		if (free < VMQ_MAX_VLANS)
			swap(plan->vlan[slot], plan->vlan[free]);
	}
}

static void vmq_plan_accept(const struct vmq_steering *steering,
			    struct vmq_plan *plan)
{
	const struct vmq_filter *filter;

	bitmap_copy(plan->accept, steering->vids, VLAN_N_VID);
	__set_bit(0, plan->accept);
	list_for_each_entry(filter, &steering->filters, list)
		if (filter->key.test == VMQ_VLAN_VID)
			__set_bit(filter->key.vid, plan->accept);
}

/**
 * vmq_plan_vlan_pools() - pools that a VLAN is admitted to
 * @plan: a plan
 * @vid: the VLAN, 0 for untagged frames
 *
 * Return: a bitmap; all pools if the plan does not filter VLANs.
 */
u32 vmq_plan_vlan_pools(const struct vmq_plan *plan, u16 vid)
{
	int slot;

	if (!plan->vlan_filter)
		return U32_MAX;
	slot = vmq_plan_find_vlan(plan, vid);
	return slot < 0 ? 0 : plan->vlan[slot].pools;
}

/**
 * vmq_plan_make() - compute what the chip's tables must hold
 * @steering: the software table; the result is in &vmq_steering.next, with
 *	what it shares with &vmq_steering.plan in the same entries, and in
 *	&vmq_filter.next of each filter
 * @caps: the chip's limits
 *
 * Cannot fail: what the chip has no place for is left to software.
 *
 * Context: steering lock held.
 */
void vmq_plan_make(struct vmq_steering *steering,
		   const struct vmq_hw_caps *caps)
{
	struct vmq_product *product = &steering->product;
	struct vmq_plan *plan = &steering->next;

	memset(plan, 0, sizeof(*plan));
	product->addr[0] = steering->own;
	product->rows = 1;
	vmq_plan_columns(steering, caps);
	plan->vlan_filter = steering->want_vlan_filter && product->columns;
	if (plan->vlan_filter)
		vmq_plan_filtered(steering, caps);
	else
		vmq_plan_unfiltered(steering, caps);
	vmq_plan_default_addrs(steering, caps);
	vmq_plan_accept(steering, plan);

	vmq_plan_keep_addrs(plan, &steering->plan);
	vmq_plan_keep_vlans(plan, &steering->plan);
}
