/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which frame belongs to which queue.
 *
 * The truth is a list of filters { address, VLAN test } -> queue. The chip
 * matches address and VLAN in two tables and ANDs the pools that either
 * names, so it knows products only: a pool with (A, 10) and (B, 20) also gets
 * (A, 20) and (B, 10). vmq_plan_make() computes from the list what the chip's
 * tables must hold, which queues must then look at each frame in software, and
 * which filters the chip has no place for: those are carried out in software,
 * from the default queue.
 */
#ifndef _VMQ_FILTER_H
#define _VMQ_FILTER_H

#include <linux/bitmap.h>
#include <linux/hashtable.h>
#include <linux/if_vlan.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>

#include <net/vmq.h>

#include "vmq_hw.h"

struct vmq_nic;

/* Locations of ethtool -N rules */
#define VMQ_MAX_RULES		128

/**
 * struct vmq_consumer - who gets frames
 * @receive: gets each frame, see &vmq_queue_params.receive; NULL for a stack
 * @raw: gets what it wants before, see &struct vmq_raw_ops; may be NULL
 * @priv: for @receive and @raw
 * @netdev: whose stack gets them: the NIC's own, or a station
 * @index: the receive queue that the stack is told of
 */
struct vmq_consumer {
	void (*receive)(void *priv, struct napi_struct *napi,
			struct sk_buff *skb);
	const struct vmq_raw_ops *raw;
	void *priv;
	struct net_device *netdev;
	u16 index;
};

/**
 * enum vmq_place - where a filter is carried out
 * @VMQ_PLACE_HW: in the chip
 * @VMQ_PLACE_NO_QUEUE: in software, its consumer has no queue
 * @VMQ_PLACE_NO_ADDR: in software, the chip has no address entry left
 * @VMQ_PLACE_NO_VLAN: in software, the chip has no VLAN entry left
 * @VMQ_PLACE_INDISTINCT: in software, the chip could not tell it from others
 * @VMQ_PLACE_UNFILTERED: in software, the port does not filter VLANs
 * @VMQ_PLACE_PARKED: in software, for as long as its queue's ring is exchanged
 * @VMQ_PLACE_INACTIVE: not at all, its queue is not complete
 */
enum vmq_place {
	VMQ_PLACE_HW,
	VMQ_PLACE_NO_QUEUE,
	VMQ_PLACE_NO_ADDR,
	VMQ_PLACE_NO_VLAN,
	VMQ_PLACE_INDISTINCT,
	VMQ_PLACE_UNFILTERED,
	VMQ_PLACE_PARKED,
	VMQ_PLACE_INACTIVE,
};

/**
 * struct vmq_filter - one filter
 * @node: in &vmq_steering.hash, for the receive path
 * @list: in &vmq_steering.filters
 * @key: what it matches
 * @consumer: who gets matching frames; NULL for the default queue's
 * @queue: by which queue, if the chip can
 * @counts: its queue is complete, so the plan has to carry it out
 * @active: the same for the receive path, which reads it without a lock; a
 *	filter that is not admitted never gets so far
 * @place: where it is carried out
 * @next: where it will be; work space of vmq_plan_make()
 * @id: unique in the NIC, never 0
 * @owner: who set it
 * @rcu: frees it after the receive path's readers
 */
struct vmq_filter {
	struct hlist_node node;
	struct list_head list;
	struct vmq_filter_key key;
	const struct vmq_consumer *consumer;
	u16 queue;
	bool counts;
	bool active;
	enum vmq_place place;
	enum vmq_place next;
	u32 id;
	struct vmq_owner *owner;
	struct rcu_head rcu;
};

/**
 * struct vmq_plan - what the chip's tables hold
 * @vlan_filter: the port's VLAN filter is on
 * @promiscuous: more addresses are wanted than there are entries
 * @untagged: pools that get untagged frames
 * @check: queues that may get frames of another consumer, and must look each
 *	one up in software
 * @addr: address entries; an entry with @used clear matches nothing
 * @vlan: VLAN entries, likewise
 * @accept: VLANs that pass the port's filter
 */
struct vmq_plan {
	bool vlan_filter;
	bool promiscuous;
	u32 untagged;
	u32 check;
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
 * struct vmq_product - the (address, VLAN) to queue matrix of the chip
 * @addr: rows
 * @vid: columns; vid[0] is 0, the untagged one
 * @rows: how many
 * @columns: how many; 0 if the port does not filter VLANs
 * @winner: queue of each pair, VMQ_DEFAULT_QUEUE where no filter matches, or
 *	one that is carried out in software
 */
struct vmq_product {
	const u8 *addr[VMQ_MAX_ADDRS];
	u16 vid[VMQ_PLAN_COLUMNS];
	u16 rows;
	u16 columns;
	u8 winner[VMQ_MAX_ADDRS][VMQ_PLAN_COLUMNS];
};

#define VMQ_FILTER_HASH_BITS	6

/**
 * struct vmq_steering - the software table
 * @lock: protects everything here, the chip's tables behind it, and which
 *	receive rings run. It is a lock of its own because the stack registers
 *	VLANs with the netdev instance lock held at one time and not held at
 *	another
 * @filters: &struct vmq_filter, oldest first
 * @hash: the same by address; RCU for the receive path
 * @last_id: of a filter
 * @fallbacks: filters that went to software
 * @promotions: filters that came back from there
 * @exact: queues that may get no frame but their own
 * @parked: queues that software stands in for
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
	DECLARE_HASHTABLE(hash, VMQ_FILTER_HASH_BITS);
	u32 last_id;
	u64 fallbacks;
	u64 promotions;
	unsigned long exact;
	unsigned long parked;
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
void vmq_plan_make(struct vmq_steering *steering,
		   const struct vmq_hw_caps *caps);
u32 vmq_plan_vlan_pools(const struct vmq_plan *plan, u16 vid);

/* vmq_steer.c: */
void vmq_steer_apply(struct vmq_nic *nic);

/* vmq_filter.c: */
struct vmq_filter *__vmq_filter_set(struct vmq_nic *nic,
				    struct vmq_owner *owner,
				    const struct vmq_consumer *consumer,
				    u16 queue,
				    const struct vmq_filter_key *key,
				    struct netlink_ext_ack *extack);
int __vmq_filter_move(struct vmq_nic *nic, struct vmq_filter *filter,
		      const struct vmq_consumer *consumer, u16 queue,
		      struct netlink_ext_ack *extack);
struct vmq_filter *__vmq_filter_replace(struct vmq_nic *nic,
					struct vmq_filter *filter,
					const struct vmq_consumer *consumer,
					u16 queue,
					const struct vmq_filter_key *key,
					struct netlink_ext_ack *extack);
void __vmq_filter_clear(struct vmq_nic *nic, struct vmq_filter *filter);
int vmq_filter_activate(struct vmq_nic *nic, u16 queue,
			struct netlink_ext_ack *extack);
const char *vmq_place_name(enum vmq_place place);
const struct vmq_consumer *vmq_filter_lookup_rcu(struct vmq_nic *nic,
						 const u8 *addr, u16 vid);

/* vmq_table.c: what else changes the table */
void vmq_steering_init(struct vmq_nic *nic);
void vmq_steering_update(struct vmq_nic *nic);
void vmq_steering_replay(struct vmq_nic *nic);
void vmq_steering_park(struct vmq_nic *nic, u16 queue, bool on);
void vmq_steering_set_own(struct vmq_nic *nic, const u8 *addr);
void __vmq_steering_set_unicast(struct vmq_steering *steering,
				const struct netdev_hw_addr_list *uc);
void vmq_steering_set_unicast(struct vmq_nic *nic,
			      struct netdev_hw_addr_list *uc);
void vmq_steering_set_vid(struct vmq_nic *nic, u16 vid, bool on);
void vmq_steering_set_vlan_filter(struct vmq_nic *nic, bool on);

#endif /* _VMQ_FILTER_H */
