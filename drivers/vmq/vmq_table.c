// SPDX-License-Identifier: GPL-2.0-only
/*
 * The steering table as a whole, and what changes it beside filters: the
 * addresses and VLANs that the port itself listens to.
 */
#include <kunit/visibility.h>
#include <linux/etherdevice.h>

#include "vmq.h"

static bool vmq_table_in_software(enum vmq_place place)
{
	return place > VMQ_PLACE_HW && place < VMQ_PLACE_PARKED;
}

/* Take note of who has moved between chip and software. A fall-back is never
 * silent.
 */
static void vmq_table_settle(struct vmq_nic *nic)
{
	struct vmq_steering *steering = &nic->steering;
	struct vmq_filter *filter;

	list_for_each_entry(filter, &steering->filters, list) {
		enum vmq_place old = filter->place;

		/* It comes back before anybody asks */
		if (filter->next == VMQ_PLACE_PARKED)
			continue;
		WRITE_ONCE(filter->place, filter->next);
		if (vmq_table_in_software(filter->place) &&
		    !vmq_table_in_software(old)) {
			steering->fallbacks++;
			trace_vmq_filter_fallback(nic, filter);
			if (net_ratelimit())
				netdev_info(nic->netdev, "%pM is steered in software: %s\n",
					    filter->key.addr,
					    vmq_place_name(filter->place));
		} else if (filter->place == VMQ_PLACE_HW &&
			   vmq_table_in_software(old)) {
			steering->promotions++;
			trace_vmq_filter_promote(nic, filter);
		}
	}
}

/**
 * vmq_steering_update() - plan the table anew, and take the chip there
 * @nic: the NIC
 *
 * Context: process context, steering lock held. Cannot fail.
 */
void vmq_steering_update(struct vmq_nic *nic)
{
	lockdep_assert_held(&nic->steering.lock);

	vmq_plan_make(&nic->steering, nic->hw.caps);
	vmq_steer_apply(nic);
	vmq_table_settle(nic);
}
EXPORT_SYMBOL_IF_KUNIT(vmq_steering_update);

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
 * vmq_steering_park() - have software stand in for a queue, or no longer
 * @nic: the NIC
 * @queue: the queue; when this returns nothing is on its way in it
 * @on: software shall
 *
 * Context: process context. Cannot fail.
 */
void vmq_steering_park(struct vmq_nic *nic, u16 queue, bool on)
{
	mutex_lock(&nic->steering.lock);
	__assign_bit(queue, &nic->steering.parked, on);
	vmq_steering_update(nic);
	mutex_unlock(&nic->steering.lock);
}
EXPORT_SYMBOL_IF_KUNIT(vmq_steering_park);

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
EXPORT_SYMBOL_IF_KUNIT(vmq_steering_set_own);

/**
 * __vmq_steering_set_unicast() - the port listens to these addresses as well,
 * but the chip is not told
 * @steering: the NIC's, its lock held
 * @uc: the addresses
 */
void __vmq_steering_set_unicast(struct vmq_steering *steering,
				const struct netdev_hw_addr_list *uc)
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
	__vmq_steering_set_unicast(&nic->steering, uc);
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
EXPORT_SYMBOL_IF_KUNIT(vmq_steering_set_vid);

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
EXPORT_SYMBOL_IF_KUNIT(vmq_steering_set_vlan_filter);

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
	hash_init(nic->steering.hash);
}
