// SPDX-License-Identifier: GPL-2.0-only
/*
 * Taking the chip from one plan to the next.
 *
 * The chip's tables cannot be changed all at once, only entry by entry. So that
 * every frame has exactly one destination at every moment, and no flow gets out
 * of order, it goes like this:
 *
 *   1. queues that will need it, now or in between, look each frame up
 *   2. addresses that cannot go straight to their new queue are parked: sent to
 *      the default queue, where software does the right thing
 *   3. VLANs and untagged frames also reach their new pools. No address that
 *      is not parked notices
 *   4. addresses that can go straight, do: one write moves one
 *   5. VLANs and untagged frames no longer reach their old pools
 *   6. addresses that were parked, and new ones, go to their queue
 *   7. queues that no longer need it stop looking frames up
 *
 * Where frames change queues, in 2, 4 and 6, the queues that get them are held
 * until those that lose them have delivered what they received (vmq_drain.c).
 */
#include <linux/etherdevice.h>

#include "vmq.h"

/* How an address entry comes from the old plan to the new one */
enum vmq_steer_way {
	VMQ_STEER_STAY,
	VMQ_STEER_STRAIGHT,
	VMQ_STEER_PARK,
};

/* VLANs whose pools differ between the plans, at most */
#define VMQ_STEER_MAX_VIDS	(2 * VMQ_MAX_VLANS + 1)

/**
 * struct vmq_steer - one change
 * @nic: the NIC
 * @way: for each address entry
 * @crowded: a VLAN entry must be given up for another VLAN
 * @vid: VLANs that either plan has an entry for
 * @vids: how many
 */
struct vmq_steer {
	struct vmq_nic *nic;
	u8 way[VMQ_MAX_ADDRS];
	bool crowded;
	u16 vid[VMQ_STEER_MAX_VIDS];
	u16 vids;
};

/* Wait for every poll that goes on by what was valid before */
static void vmq_steer_sync(struct vmq_nic *nic)
{
	int i;

	for (i = 0; i < nic->hw.caps->num_queues; i++)
		if (nic->queue[i].rx)
			vmq_drain_sync(&nic->queue[i]);
}

/* The default queue looks while software carries anything, and only then does
 * one queue get another's frames.
 */
static void vmq_steer_set_checks(struct vmq_nic *nic, u32 queues)
{
	bool shared = queues & BIT(VMQ_DEFAULT_QUEUE);
	u32 more = 0;
	int i;

	if (shared && !nic->shared) {
		WRITE_ONCE(nic->shared, true);
		vmq_steer_sync(nic);
	}
	for (i = 0; i < nic->hw.caps->num_queues; i++)
		if (queues & BIT(i) && !nic->queue[i].check)
			more |= BIT(i);
	/* What GRO holds must not be overtaken by what no longer goes there */
	vmq_drain_hold_all(nic, more);
	for (i = 0; i < nic->hw.caps->num_queues; i++)
		WRITE_ONCE(nic->queue[i].check, queues & BIT(i));
	vmq_drain_release_all(nic, more);
	if (!shared && nic->shared) {
		vmq_steer_sync(nic);
		WRITE_ONCE(nic->shared, false);
	}
}

static bool vmq_steer_same_addr(const struct vmq_plan *a,
				const struct vmq_plan *b, int slot)
{
	return a->addr[slot].used && b->addr[slot].used &&
	       ether_addr_equal(a->addr[slot].addr, b->addr[slot].addr);
}

static void vmq_steer_write_addr(struct vmq_nic *nic, int slot,
				 const u8 *addr, u32 pools)
{
	struct vmq_plan *held = &nic->steering.plan;

	nic->hw.ops->addr_set(&nic->hw, slot, addr, pools);
	ether_addr_copy(held->addr[slot].addr, addr);
	held->addr[slot].pools = pools;
	held->addr[slot].used = true;
}

/* Write address entries given as a bitmap. Frames leave queues @lose for queues
 * @gain, which are not the same.
 */
static void vmq_steer_write(struct vmq_nic *nic, u32 slots, bool park,
			    u32 gain, u32 lose)
{
	const struct vmq_plan *plan = &nic->steering.next;
	struct vmq_plan *held = &nic->steering.plan;
	int i;

	vmq_drain_hold_all(nic, gain);
	for (i = 0; i < nic->hw.caps->num_addrs; i++) {
		if (!(slots & BIT(i)))
			continue;
		if (park)
			vmq_steer_write_addr(nic, i, held->addr[i].addr, 0);
		else
			vmq_steer_write_addr(nic, i, plan->addr[i].addr,
					     plan->addr[i].pools);
	}
	nic->hw.ops->rx_barrier(&nic->hw);
	for (i = 0; i < nic->hw.caps->num_queues; i++)
		if (lose & BIT(i))
			vmq_drain_wait(&nic->queue[i]);
	vmq_drain_release_all(nic, gain);
}

static void vmq_steer_add_vids(struct vmq_steer *steer,
			       const struct vmq_plan *plan)
{
	int slot, i;

	for (slot = 0; slot < VMQ_MAX_VLANS; slot++) {
		if (!plan->vlan[slot].used)
			continue;
		for (i = 0; i < steer->vids; i++)
			if (steer->vid[i] == plan->vlan[slot].vid)
				break;
		if (i == steer->vids)
			steer->vid[steer->vids++] = plan->vlan[slot].vid;
	}
}

/* Pools that a frame reaches, the default one if no other */
static u32 vmq_steer_reach(u32 addr_pools, u32 vlan_pools)
{
	return (addr_pools & vlan_pools) ?: BIT(VMQ_DEFAULT_QUEUE);
}

/* Is it all the same to an address's frames, before and after it is written,
 * that VLANs reach their old and their new pools at once?
 */
static bool vmq_steer_indifferent(const struct vmq_steer *steer, int slot)
{
	const struct vmq_plan *held = &steer->nic->steering.plan;
	const struct vmq_plan *plan = &steer->nic->steering.next;
	u32 before = held->addr[slot].pools;
	u32 after = plan->addr[slot].pools;
	int i;

	for (i = 0; i < steer->vids; i++) {
		u32 from = vmq_plan_vlan_pools(held, steer->vid[i]);
		u32 to = vmq_plan_vlan_pools(plan, steer->vid[i]);

		if (vmq_steer_reach(before, from) !=
		    vmq_steer_reach(before, from | to) ||
		    vmq_steer_reach(after, to) !=
		    vmq_steer_reach(after, from | to))
			return false;
	}
	return true;
}

/* Queues that get frames of an address from others, and those that lose them,
 * if its pools change from @before with the VLANs of @held to @after with those
 * of @plan.
 */
static void vmq_steer_shift(const struct vmq_steer *steer, u32 before,
			    u32 after, u32 *gain, u32 *lose)
{
	const struct vmq_plan *held = &steer->nic->steering.plan;
	const struct vmq_plan *plan = &steer->nic->steering.next;
	int i;

	for (i = 0; i < steer->vids; i++) {
		u16 vid = steer->vid[i];
		u32 from = vmq_steer_reach(before,
					   vmq_plan_vlan_pools(held, vid));
		u32 to = vmq_steer_reach(after,
					 vmq_plan_vlan_pools(plan, vid));

		*gain |= to & ~from;
		*lose |= from & ~to;
	}
}

static enum vmq_steer_way vmq_steer_way(const struct vmq_steer *steer,
					int slot)
{
	const struct vmq_plan *held = &steer->nic->steering.plan;
	const struct vmq_plan *plan = &steer->nic->steering.next;
	u32 gain = 0, lose = 0;

	if (!held->addr[slot].used)
		return VMQ_STEER_STAY;
	if (!vmq_steer_same_addr(held, plan, slot))
		return VMQ_STEER_PARK;
	if (!held->addr[slot].pools && !plan->addr[slot].pools)
		return VMQ_STEER_STAY;
	if (steer->crowded || held->vlan_filter != plan->vlan_filter ||
	    !vmq_steer_indifferent(steer, slot))
		return VMQ_STEER_PARK;
	if (held->addr[slot].pools == plan->addr[slot].pools)
		return VMQ_STEER_STAY;
	vmq_steer_shift(steer, held->addr[slot].pools, plan->addr[slot].pools,
			&gain, &lose);
	return gain & lose ? VMQ_STEER_PARK : VMQ_STEER_STRAIGHT;
}

/* Step 2. Entries of addresses that are gone are freed as well. */
static void vmq_steer_park(const struct vmq_steer *steer)
{
	struct vmq_nic *nic = steer->nic;
	const struct vmq_plan *plan = &nic->steering.next;
	struct vmq_plan *held = &nic->steering.plan;
	u32 slots = 0, lose = 0;
	int i;

	for (i = 0; i < nic->hw.caps->num_addrs; i++) {
		if (steer->way[i] != VMQ_STEER_PARK || !held->addr[i].pools)
			continue;
		slots |= BIT(i);
		lose |= held->addr[i].pools;
	}
	if (slots)
		vmq_steer_write(nic, slots, true, BIT(VMQ_DEFAULT_QUEUE), lose);

	for (i = 0; i < nic->hw.caps->num_addrs; i++) {
		if (!held->addr[i].used || vmq_steer_same_addr(held, plan, i))
			continue;
		nic->hw.ops->addr_clear(&nic->hw, i);
		held->addr[i].used = false;
	}
}

/* Step 4: all at once, or one after the other where a queue that gets frames
 * of one address loses those of another.
 */
static void vmq_steer_straight(const struct vmq_steer *steer)
{
	struct vmq_nic *nic = steer->nic;
	const struct vmq_plan *plan = &nic->steering.next;
	const struct vmq_plan *held = &nic->steering.plan;
	u32 slots = 0, gain = 0, lose = 0;
	int i;

	for (i = 0; i < nic->hw.caps->num_addrs; i++) {
		u32 more = 0, less = 0;

		if (steer->way[i] != VMQ_STEER_STRAIGHT)
			continue;
		vmq_steer_shift(steer, held->addr[i].pools,
				plan->addr[i].pools, &more, &less);
		if ((gain | more) & (lose | less)) {
			vmq_steer_write(nic, slots, false, gain, lose);
			slots = 0;
			gain = 0;
			lose = 0;
		}
		slots |= BIT(i);
		gain |= more;
		lose |= less;
	}
	if (slots)
		vmq_steer_write(nic, slots, false, gain, lose);
}

/* Step 6 */
static void vmq_steer_enter(const struct vmq_steer *steer)
{
	struct vmq_nic *nic = steer->nic;
	const struct vmq_plan *plan = &nic->steering.next;
	const struct vmq_plan *held = &nic->steering.plan;
	u32 slots = 0, gain = 0;
	int i;

	for (i = 0; i < nic->hw.caps->num_addrs; i++) {
		if (!plan->addr[i].used ||
		    (vmq_steer_same_addr(held, plan, i) &&
		     held->addr[i].pools == plan->addr[i].pools))
			continue;
		slots |= BIT(i);
		gain |= plan->addr[i].pools;
	}
	if (slots)
		vmq_steer_write(nic, slots, false, gain,
				gain ? BIT(VMQ_DEFAULT_QUEUE) : 0);
}

static void vmq_steer_write_vlan(struct vmq_nic *nic, int slot, u16 vid,
				 u32 pools)
{
	struct vmq_plan *held = &nic->steering.plan;

	if (held->vlan[slot].used && held->vlan[slot].vid == vid &&
	    held->vlan[slot].pools == pools)
		return;
	nic->hw.ops->vlan_set(&nic->hw, slot, vid, pools);
	held->vlan[slot].used = true;
	held->vlan[slot].vid = vid;
	held->vlan[slot].pools = pools;
}

/* Step 3: VLANs that stay or come, with their old and new pools */
static void vmq_steer_widen_vlans(struct vmq_nic *nic)
{
	const struct vmq_plan *plan = &nic->steering.next;
	const struct vmq_plan *held = &nic->steering.plan;
	int slot;

	for (slot = 0; slot < nic->hw.caps->num_vlans; slot++) {
		u16 vid = plan->vlan[slot].vid;
		u32 pools = plan->vlan[slot].pools;

		if (!plan->vlan[slot].used)
			continue;
		if (held->vlan_filter)
			pools |= vmq_plan_vlan_pools(held, vid);
		vmq_steer_write_vlan(nic, slot, vid, pools);
	}
}

/* Step 5: VLANs as they shall be */
static void vmq_steer_narrow_vlans(struct vmq_nic *nic)
{
	const struct vmq_plan *plan = &nic->steering.next;
	struct vmq_plan *held = &nic->steering.plan;
	int slot;

	for (slot = 0; slot < nic->hw.caps->num_vlans; slot++) {
		if (plan->vlan[slot].used) {
			vmq_steer_write_vlan(nic, slot, plan->vlan[slot].vid,
					     plan->vlan[slot].pools);
		} else if (held->vlan[slot].used) {
			nic->hw.ops->vlan_clear(&nic->hw, slot);
			held->vlan[slot].used = false;
		}
	}
}

/* Does an entry change from one VLAN to another, for want of a free one? */
static bool vmq_steer_is_crowded(const struct vmq_plan *held,
				 const struct vmq_plan *plan)
{
	int slot;

	for (slot = 0; slot < VMQ_MAX_VLANS; slot++)
		if (held->vlan[slot].used && plan->vlan[slot].used &&
		    held->vlan[slot].vid != plan->vlan[slot].vid)
			return true;
	return false;
}

static void vmq_steer_accept(struct vmq_nic *nic, bool on)
{
	const struct vmq_plan *plan = &nic->steering.next;
	struct vmq_plan *held = &nic->steering.plan;
	u16 vid;

	for (vid = 0; vid < VLAN_N_VID; vid++) {
		if (test_bit(vid, plan->accept) != on ||
		    test_bit(vid, held->accept) == on)
			continue;
		nic->hw.ops->vlan_accept(&nic->hw, vid, on);
		__assign_bit(vid, held->accept, on);
	}
}

static bool vmq_steer_same_vlans(const struct vmq_plan *a,
				 const struct vmq_plan *b)
{
	return a->vlan_filter == b->vlan_filter &&
	       a->untagged == b->untagged && a->promiscuous == b->promiscuous &&
	       bitmap_equal(a->accept, b->accept, VLAN_N_VID) &&
	       !memcmp(a->vlan, b->vlan, sizeof(a->vlan));
}

/* Steps 3 to 5 where the port's VLAN side changes */
static void vmq_steer_around(const struct vmq_steer *steer)
{
	struct vmq_nic *nic = steer->nic;
	const struct vmq_plan *plan = &nic->steering.next;
	struct vmq_plan *held = &nic->steering.plan;

	held->promiscuous |= plan->promiscuous;
	vmq_steer_accept(nic, true);
	vmq_steer_widen_vlans(nic);
	__vmq_program_pools(nic, held->untagged | plan->untagged);
	if (held->vlan_filter != plan->vlan_filter)
		nic->hw.ops->vlan_filter(&nic->hw, plan->vlan_filter);

	vmq_steer_straight(steer);

	held->promiscuous = plan->promiscuous;
	__vmq_program_pools(nic, plan->untagged);
	vmq_steer_narrow_vlans(nic);
	vmq_steer_accept(nic, false);
}

/**
 * vmq_steer_apply() - take the chip from &vmq_steering.plan to
 * &vmq_steering.next
 * @nic: the NIC
 *
 * Every frame has one destination at every moment, and frames of one flow stay
 * in order. Other queues go on.
 *
 * Context: process context, steering lock held. Cannot fail.
 */
void vmq_steer_apply(struct vmq_nic *nic)
{
	const struct vmq_plan *plan = &nic->steering.next;
	struct vmq_plan *held = &nic->steering.plan;
	struct vmq_steer steer = {
		.nic = nic,
		.crowded = vmq_steer_is_crowded(held, plan),
		.vids = 1,		/* untagged frames */
	};
	bool parks = false;
	int i;

	lockdep_assert_held(&nic->steering.lock);

	vmq_steer_add_vids(&steer, held);
	vmq_steer_add_vids(&steer, plan);
	for (i = 0; i < nic->hw.caps->num_addrs; i++) {
		steer.way[i] = vmq_steer_way(&steer, i);
		parks |= steer.way[i] == VMQ_STEER_PARK;
	}

	vmq_steer_set_checks(nic, held->check | plan->check |
			     (parks ? BIT(VMQ_DEFAULT_QUEUE) : 0));
	vmq_steer_park(&steer);
	if (vmq_steer_same_vlans(held, plan))
		vmq_steer_straight(&steer);
	else
		vmq_steer_around(&steer);
	vmq_steer_enter(&steer);
	vmq_steer_set_checks(nic, plan->check);
	*held = *plan;
}
