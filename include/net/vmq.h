/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VM queues for other modules: a hardware receive queue for each consumer.
 *
 * An owner is opened on the netdev of a NIC. It allocates queues, gives each
 * one filters that say which frames belong there, and completes the allocation,
 * after which frames are handed to the queue's consumer. Acquiring may fail;
 * releasing may not.
 *
 * What the chip cannot tell apart, or has no room for, is done in software
 * from the default queue: the consumer gets the same frames in the same order
 * and does not notice, but for vmq_filter_reason().
 *
 * Context, unless a function says otherwise: process context, may sleep. The
 * caller does not hold the netdev instance lock, and may hold RTNL. A queue and
 * its filters belong to its owner: nobody else may pass them to a function, and
 * the owner does not pass them to two functions at once.
 */
#ifndef _NET_VMQ_H
#define _NET_VMQ_H

#include <linux/if_ether.h>
#include <linux/types.h>

struct napi_struct;
struct net_device;
struct netlink_ext_ack;
struct sk_buff;
struct vmq_filter;
struct vmq_owner;
struct vmq_queue;
struct xdp_frame;

/**
 * enum vmq_queue_state - where a queue is in its life
 * @VMQ_QUEUE_UNDEFINED: nobody has it
 * @VMQ_QUEUE_ALLOCATED: allocated, without filters, not complete
 * @VMQ_QUEUE_SET: allocated, with filters, not complete
 * @VMQ_QUEUE_RUNNING: complete, with filters: it receives
 * @VMQ_QUEUE_PAUSED: complete, without filters: it is empty
 * @VMQ_QUEUE_STOP_DMA: being freed, the chip may still write
 * @VMQ_QUEUE_FREEING: being freed, the chip has let go of its memory
 */
enum vmq_queue_state {
	VMQ_QUEUE_UNDEFINED,
	VMQ_QUEUE_ALLOCATED,
	VMQ_QUEUE_SET,
	VMQ_QUEUE_RUNNING,
	VMQ_QUEUE_PAUSED,
	VMQ_QUEUE_STOP_DMA,
	VMQ_QUEUE_FREEING,
};

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
 * struct vmq_owner_ops - what an owner is told
 * @stopped: the chip has let go of the memory of a queue that is being freed,
 *	and no frame of it is on its way to the consumer any more. Called once
 *	for each queue that is freed, from whatever frees it, with the netdev
 *	instance lock held. May be NULL.
 * @room: a queue was freed, by whomever: an owner that found none may try
 *	again. Netdev instance lock held, so it can only take note. May be NULL.
 * @stray: a frame of the default queue that no filter matches, before the
 *	host's stack gets it, so that an owner can see which addresses are worth
 *	a queue. It begins with its Ethernet header; only to be looked at. One
 *	owner of a NIC can have this, the first to ask. Context: NAPI. May be
 *	NULL.
 * @closing: the NIC is going away: call vmq_owner_close() before returning.
 *	Process context, no lock held but RTNL perhaps.
 */
struct vmq_owner_ops {
	void (*stopped)(void *priv, struct vmq_queue *queue);
	void (*room)(void *priv);
	void (*stray)(void *priv, const struct sk_buff *skb);
	void (*closing)(void *priv);
};

/**
 * struct vmq_raw_ops - frames without an skb, which is half of a frame's price
 * @wants: shall @take get this frame? Asked of each frame that lies in one
 *	piece, has no VLAN tag and a unicast address, while the queue gets no
 *	frame of another consumer. @data begins with the Ethernet header; it is
 *	only to be looked at. If the answer is no, or memory runs out, the frame
 *	comes by &vmq_queue_params.receive
 * @take: gets the frame, in memory of the queue's: skb_shared_info fits behind
 *	it, and the &struct xdp_frame lies in the room in front, which is
 *	XDP_PACKET_HEADROOM, or NET_SKB_PAD if the frame was short and has been
 *	copied. It is the consumer's, who gives it back by xdp_return_frame().
 *	Nothing is said of its checksum
 * @flush: for now, there are no more frames. Called at the end of each poll in
 *	which @wants was
 *
 * Context: NAPI; one call at a time, these and &vmq_queue_params.receive
 * together.
 */
struct vmq_raw_ops {
	bool (*wants)(void *priv, struct napi_struct *napi, const void *data,
		      u32 len);
	void (*take)(void *priv, struct xdp_frame *frame);
	void (*flush)(void *priv);
};

/**
 * struct vmq_queue_params - what is asked of a queue
 * @name: what it is for, for people; copied
 * @receive: gets each of its frames, in order. The frame begins with its
 *	Ethernet header, its VLAN tag and checksum state are where the stack
 *	keeps them, skb->dev is the NIC's; skb->protocol is not set yet. It is
 *	the consumer's. Context: NAPI; one call at a time.
 * @raw: gets what it wants before an skb is made; may be NULL
 * @priv: for @receive and @raw
 * @buffers: how many receive buffers would be good; 0 if it does not matter.
 *	A hint: the queue gets a power of two within the limits of the chip
 * @exact: the memory that frames land in can be read by others than the host,
 *	so no frame may land there that no filter of this queue matches
 */
struct vmq_queue_params {
	const char *name;
	void (*receive)(void *priv, struct napi_struct *napi,
			struct sk_buff *skb);
	const struct vmq_raw_ops *raw;
	void *priv;
	u32 buffers;
	bool exact;
};

/**
 * struct vmq_load_params - what an owner goes by that hands out queues by load
 * @min_rate: frames a second that make an address worth a filter
 * @margin: one consumer is clearly busier than another with so many percent of
 *	its frames
 * @hold: for so many seconds, before it gets the other's queue
 *
 * The user sets them for each NIC: devlink parameters load_min_rate,
 * load_margin and load_hold.
 */
struct vmq_load_params {
	u32 min_rate;
	u32 margin;
	u32 hold;
};

struct vmq_owner *vmq_owner_open(struct net_device *netdev, const char *name,
				 const struct vmq_owner_ops *ops, void *priv,
				 struct netlink_ext_ack *extack);
void vmq_owner_close(struct vmq_owner *owner);
void vmq_owner_load_params(const struct vmq_owner *owner,
			   struct vmq_load_params *load);

struct vmq_queue *vmq_queue_alloc(struct vmq_owner *owner,
				  const struct vmq_queue_params *params,
				  struct netlink_ext_ack *extack);
int vmq_queue_complete(struct vmq_queue *const *queues, unsigned int count,
		       int *status);
int vmq_queue_rename(struct vmq_queue *queue, const char *name);
int vmq_queue_set_buffers(struct vmq_queue *queue, u32 buffers);
int vmq_queue_free(struct vmq_queue *queue);
u16 vmq_queue_id(const struct vmq_queue *queue);
struct napi_struct *vmq_queue_napi(struct vmq_queue *queue);
enum vmq_queue_state vmq_queue_state(const struct vmq_queue *queue);

struct vmq_filter *vmq_filter_set(struct vmq_owner *owner,
				  struct vmq_queue *queue,
				  const struct vmq_filter_key *key,
				  struct netlink_ext_ack *extack);
int vmq_filter_move(struct vmq_filter *filter, struct vmq_queue *queue,
		    struct netlink_ext_ack *extack);
void vmq_filter_clear(struct vmq_filter *filter);
u32 vmq_filter_id(const struct vmq_filter *filter);
const char *vmq_filter_reason(const struct vmq_filter *filter);

#endif /* _NET_VMQ_H */
