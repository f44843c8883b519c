/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which frame belongs to which queue.
 *
 * The truth is a list of filters { address, VLAN test } -> queue. The chip
 * matches address and VLAN in two tables and ANDs the pools that either
 * names, so it knows products only: a pool with (A, 10) and (B, 20) also gets
 * (A, 20) and (B, 10). vmq_plan_make() computes from the list what the chip's
 * tables must hold, and whether that is exact.
 */
#ifndef _VMQ_FILTER_H
#define _VMQ_FILTER_H

#include <linux/bitmap.h>
#include <linux/if_vlan.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>

#include "vmq_hw.h"

struct vmq_nic;
struct netlink_ext_ack;

/* Locations of ethtool -N rules */
#define VMQ_MAX_RULES		128

/**
 * enum vmq_vlan_test - what a filter asks of the VLAN tag
 * @VMQ_VLAN_ANY: nothing
 * @VMQ_VLAN_UNTAGGED: no tag, or VLAN 0 (a priority tag)
 * @VMQ_VLAN_VID: the given VLAN
 *
 * The more specific filter of an address wins: the last two before the first.
 */
enum vmq_vlan_test {
	VMQ_VLAN_ANY,
	VMQ_VLAN_UNTAGGED,
	VMQ_VLAN_VID,
};

/**
 * struct vmq_filter_key - what a filter matches; unique in a NIC
 * @addr: destination address, unicast
 * @test: what is asked of the VLAN tag
 * @vid: the VLAN, 1 to 4094, if @test is VMQ_VLAN_VID; else 0
 */
struct vmq_filter_key {
	u8 addr[ETH_ALEN];
	enum vmq_vlan_test test;
	u16 vid;
};

/**
 * struct vmq_filter - one filter
 * @list: in &vmq_steering.filters
 * @key: what it matches
 * @queue: where matching frames go
 * @rcu: frees it after the receive path's readers
 */
struct vmq_filter {
	struct list_head list;
	struct vmq_filter_key key;
	u16 queue;
	struct rcu_head rcu;
};

/**
 * struct vmq_plan - what the chip's tables hold
 * @vlan_filter: the port's VLAN filter is on
 * @promiscuous: more addresses are wanted than there are entries
 * @untagged: pools that get untagged frames
 * @inexact: queues that may get frames which no filter of theirs matches,
 *	and must look each one up in software
 * @overfed: queues whose filters the chip could not keep apart with its VLAN
 *	filter on
 * @addr: address entries; an entry with @used clear matches nothing
 * @vlan: VLAN entries, likewise
 * @accept: VLANs that pass the port's filter
 */
struct vmq_plan {
	bool vlan_filter;
	bool promiscuous;
	u32 untagged;
	u32 inexact;
	u32 overfed;
	struct {
		u8 addr[ETH_ALEN];
		bool used;
		u32 pools;
	} addr[VMQ_MAX_ADDRS];
	struct {
		u16 vid;
		bool used;
		u32 pools;
	} vlan[VMQ_MAX_VLANS];
	DECLARE_BITMAP(accept, VLAN_N_VID);
};

/* Column 0 of the VLAN side of the product stands for untagged frames */
#define VMQ_PLAN_COLUMNS	(VMQ_MAX_VLANS + 1)

/**
 * struct vmq_product - the wanted (address, VLAN) to queue matrix
 * @addr: rows
 * @vid: columns; vid[0] is 0, the untagged one
 * @rows: how many
 * @columns: how many; 0 if there are more VLANs than the chip has entries
 * @winner: queue of each pair, VMQ_DEFAULT_QUEUE where no filter matches
 */
struct vmq_product {
	const u8 *addr[VMQ_MAX_ADDRS];
	u16 vid[VMQ_PLAN_COLUMNS];
	u16 rows;
	u16 columns;
	u8 winner[VMQ_MAX_ADDRS][VMQ_PLAN_COLUMNS];
};

/**
 * struct vmq_steering - the software table
 * @lock: protects everything here and the chip's tables behind it. It is a
 *	lock of its own because the stack registers VLANs with the netdev
 *	instance lock held at one time and not held at another
 * @filters: &struct vmq_filter; RCU for the receive path
 * @own: the port's own address
 * @uc: further addresses the port itself listens to
 * @uc_count: how many of them are in @uc
 * @uc_overflow: there are more
 * @vids: VLANs the stack registered on the port
 * @want_vlan_filter: the user wants the port's VLAN filter, and nobody is
 *	promiscuous
 * @plan: what the chip holds
 * @next: what it shall hold; work space of vmq_plan_make()
 * @product: work space of vmq_plan_make(). Both stand here so that releasing
 *	a filter allocates nothing and cannot fail
 */
struct vmq_steering {
	struct mutex lock;
	struct list_head filters;
	u8 own[ETH_ALEN];
	u8 uc[VMQ_MAX_ADDRS][ETH_ALEN];
	u16 uc_count;
	bool uc_overflow;
	DECLARE_BITMAP(vids, VLAN_N_VID);
	bool want_vlan_filter;
	struct vmq_plan plan;
	struct vmq_plan next;
	struct vmq_product product;
};

/* vmq_plan.c: */
int vmq_plan_make(struct vmq_steering *steering,
		  const struct vmq_hw_caps *caps,
		  struct netlink_ext_ack *extack);
int vmq_plan_admit(const struct vmq_steering *steering,
		   const struct vmq_hw_caps *caps, u16 queue,
		   struct netlink_ext_ack *extack);

/* vmq_filter.c: */
struct vmq_filter *vmq_filter_add(struct vmq_nic *nic,
				  const struct vmq_filter_key *key, u16 queue,
				  struct netlink_ext_ack *extack);
struct vmq_filter *vmq_filter_replace(struct vmq_nic *nic,
				      struct vmq_filter *filter,
				      const struct vmq_filter_key *key,
				      u16 queue,
				      struct netlink_ext_ack *extack);
void vmq_filter_del(struct vmq_nic *nic, struct vmq_filter *filter);
u16 vmq_filter_lookup_rcu(struct vmq_nic *nic, const u8 *addr, u16 vid);

void vmq_steering_init(struct vmq_nic *nic);
void vmq_steering_replay(struct vmq_nic *nic);
void vmq_steering_set_own(struct vmq_nic *nic, const u8 *addr);
void vmq_steering_set_unicast(struct vmq_nic *nic,
			      struct netdev_hw_addr_list *uc);
void vmq_steering_set_vid(struct vmq_nic *nic, u16 vid, bool on);
void vmq_steering_set_vlan_filter(struct vmq_nic *nic, bool on);

#endif /* _VMQ_FILTER_H */
