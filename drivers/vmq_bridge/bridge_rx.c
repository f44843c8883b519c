// SPDX-License-Identifier: GPL-2.0-only
/*
 * The packet path: a frame of a queue goes straight to the queue's port if it
 * may (bridge_reason.c), else to the bridge, as if there were no queue.
 *
 * One frame of a flow never overtakes another: frames that go to the bridge are
 * through it when the call returns, but for those that GRO holds back, and
 * those are flushed before a frame of that kind goes another way. A batch for
 * the port is sent before anything else is done.
 */
#include <linux/bitfield.h>
#include <linux/if_vlan.h>
#include <net/gro.h>
#include <net/sch_generic.h>
#include <net/xdp.h>

#include "bridge.h"
#include "bridge_hooks.h"
#include "bridge_trace.h"

/* What GRO may hold back of a port's frames */
#define HELD_TCP	BIT(0)
#define HELD_OTHERS	BIT(1)

/* Up to so many bytes a guest checks a checksum itself for less than it costs
 * to tell it that this has been done
 */
#define SHORT		256

static u8 kind(const struct vmq_bridge_frame *frame)
{
	return vmq_bridge_is_tcp(frame) ? HELD_TCP : HELD_OTHERS;
}

/* Frames that do not go the way of the last ones of their kind come after them */
static void release(struct vmq_bridge_port *port, struct napi_struct *napi,
		    u8 held)
{
	struct gro_node *gro = &napi->gro;
	LIST_HEAD(list);

	if (likely(!(port->held & held)) || napi != vmq_queue_napi(port->queue))
		return;
	port->held = 0;
	napi_gro_flush(napi, false);
	/* This is gro_normal_list(), which modules have not */
	list_splice_init(&gro->rx_list, &list);
	gro->rx_count = 0;
	netif_receive_skb_list(&list);
}

static void count(struct vmq_bridge_port *port, enum vmq_bridge_reason reason,
		  u32 frames)
{
	u64_stats_update_begin(&port->stats.syncp);
	port->stats.frames[reason] += frames;
	u64_stats_update_end(&port->stats.syncp);
}

/* May the driver be called, with nothing in between that would do anything?
 * This is what the stack does with an empty queueing discipline.
 */
static bool is_plain(const struct net_device *dev,
		     const struct netdev_queue *txq)
{
	struct Qdisc *qdisc = rcu_dereference_bh(txq->qdisc);

	if (dev->real_num_tx_queues != 1 || netif_xmit_frozen_or_stopped(txq) ||
	    vmq_bridge_has_egress(dev) || dev_nit_active_rcu(dev))
		return false;
	if (!qdisc->enqueue)
		return true;
	return qdisc->flags & TCQ_F_CAN_BYPASS &&
	       !test_bit(__QDISC_STATE_DEACTIVATED, &qdisc->state) &&
	       qdisc_is_empty(qdisc) && !qdisc_is_running(qdisc);
}

static void transmit(struct sk_buff *skb, struct net_device *dev)
{
	struct netdev_queue *txq = netdev_get_tx_queue(dev, 0);
	netdev_tx_t result;

	if (skb_vlan_tag_present(skb) || skb_is_nonlinear(skb) ||
	    !is_plain(dev, txq)) {
		dev_queue_xmit(skb);
		return;
	}
	skb_set_queue_mapping(skb, 0);
	HARD_TX_LOCK(dev, txq, smp_processor_id());
	result = netdev_start_xmit(skb, dev, txq, false);
	HARD_TX_UNLOCK(dev, txq);
	/* Busy: it waits where the stack has frames wait. A veth has made the
	 * frame its peer's before it found that there is no room.
	 */
	if (unlikely(!dev_xmit_complete(result))) {
		skb->dev = dev;
		dev_queue_xmit(skb);
	}
}

/* What a full tap has not taken, as the bridge would have given it */
static void send_again(struct net_device *dev, struct xdp_frame *frame)
{
	struct sk_buff *skb = xdp_build_skb_from_frame(frame, dev);

	if (!skb) {
		xdp_return_frame(frame);
		return;
	}
	skb_reset_network_header(skb);
	skb_reset_mac_len(skb);
	__skb_push(skb, ETH_HLEN);
	dev_queue_xmit(skb);
}

static void send_batch(struct vmq_bridge_port *port)
{
	struct net_device *dev = port->dev;
	int i, sent;

	if (!port->batched)
		return;
	rcu_read_lock();
	sent = dev->netdev_ops->ndo_xdp_xmit(dev, port->batched, port->batch,
					     XDP_XMIT_FLUSH);
	for (i = max(sent, 0); i < port->batched; i++)
		send_again(dev, port->batch[i]);
	rcu_read_unlock();
	/* Some may wait in a queueing discipline now, and come first */
	if (sent < (int)port->batched)
		port->now = VMQ_BRIDGE_PORT;
	count(port, VMQ_BRIDGE_DIRECT, port->batched);
	port->batched = 0;
}

/* The tag as the bridge would leave it */
static void set_tag(struct sk_buff *skb, u32 plan)
{
	if (plan & VMQ_BRIDGE_PLAN_UNTAG) {
		__vlan_hwaccel_clear_tag(skb);
	} else if (plan & VMQ_BRIDGE_PLAN_TAG) {
		if (!skb_vlan_tag_present(skb))
			__vlan_hwaccel_put_tag(skb, htons(ETH_P_8021Q),
					       FIELD_GET(VMQ_BRIDGE_PLAN_VID, plan));
		else if (!skb_vlan_tag_get_id(skb))
			skb->vlan_tci |= FIELD_GET(VMQ_BRIDGE_PLAN_VID, plan);
	}
}

static void direct(struct vmq_bridge_entry *entry, struct sk_buff *skb,
		   u32 plan)
{
	struct net_device *netdev = skb->dev;

	skb->protocol = eth_type_trans(skb, netdev);
	skb_reset_network_header(skb);
	skb_reset_transport_header(skb);
	skb_reset_mac_len(skb);
	skb->skb_iif = netdev->ifindex;
	set_tag(skb, plan);
	__skb_push(skb, ETH_HLEN);
	skb->dev = entry->dev;
	transmit(skb, entry->dev);
}

static void by_bridge(struct vmq_bridge_port *port, struct napi_struct *napi,
		      struct sk_buff *skb, enum vmq_bridge_reason reason,
		      u8 held)
{
	skb->protocol = eth_type_trans(skb, skb->dev);
	/* If it is for a source, the next one goes directly. And what another
	 * queue's GRO held, nobody here could release.
	 */
	if (reason == VMQ_BRIDGE_SOURCE ||
	    napi != vmq_queue_napi(port->queue)) {
		release(port, napi, held);
		netif_receive_skb(skb);
		return;
	}
	port->held |= held;
	napi_gro_receive(napi, skb);
}

/**
 * vmq_bridge_receive() - a frame of a port's queue
 * @priv: the port
 * @napi: the NAPI that polls
 * @skb: the frame
 *
 * Context: NAPI, one call at a time.
 */
void vmq_bridge_receive(void *priv, struct napi_struct *napi,
			struct sk_buff *skb)
{
	struct vmq_bridge_frame frame = {
		.data		= skb->data,
		.headlen	= skb_headlen(skb),
		.len		= skb->len,
		.vid		= vmq_bridge_vid(skb),
	};
	enum vmq_bridge_reason reason, now = VMQ_BRIDGE_ENTRY;
	bool settled = vmq_bridge_is_settled();
	struct vmq_bridge_port *port = priv;
	struct vmq_bridge_entry *entry;
	u8 held = kind(&frame);
	u32 plan = 0;

	/* As from the default queue: the stack knows the NIC's channels only,
	 * and a flow keeps the transmit queue that it has by the bridge.
	 */
	skb_record_rx_queue(skb, 0);
	rcu_read_lock();
	send_batch(port);
	/* This one may have to wait in a queueing discipline, too */
	port->looked = false;
	entry = vmq_bridge_entry_match(port, &frame, &plan);
	if (likely(entry)) {
		WRITE_ONCE(entry->frames, entry->frames + 1);
		now = vmq_bridge_reason_now(entry);
	}
	reason = settled ? vmq_bridge_judge(port, entry, &frame, plan, now) :
			   VMQ_BRIDGE_SETTLING;
	count(port, reason, 1);
	if (reason == VMQ_BRIDGE_DIRECT) {
		release(port, napi, held);
		trace_vmq_bridge_direct(port, skb->len);
		direct(entry, skb, plan);
	} else {
		trace_vmq_bridge_by_bridge(port, skb->len, reason);
		if (reason == VMQ_BRIDGE_SOURCE)
			vmq_bridge_source_seen(port, &frame);
		by_bridge(port, napi, skb, reason, held);
	}
	rcu_read_unlock();
}

/* For the rest of this poll */
static void look(struct vmq_bridge_port *port,
		 const struct vmq_bridge_entry *entry)
{
	struct net_device *dev = port->dev;

	port->looked = true;
	port->now = vmq_bridge_reason_now(entry);
	/* vmq_bridge_receive() finds out why not, and calls the stack */
	if (!port->now && !is_plain(dev, netdev_get_tx_queue(dev, 0)))
		port->now = VMQ_BRIDGE_PORT;
}

static bool wants(void *priv, struct napi_struct *napi, const void *data,
		  u32 len)
{
	struct vmq_bridge_frame frame = {
		.data = data, .headlen = len, .len = len,
	};
	struct vmq_bridge_port *port = priv;
	struct vmq_bridge_entry *entry;
	bool wanted = false;
	u32 plan;

	if (!vmq_bridge_is_settled())
		return false;

	rcu_read_lock();
	entry = vmq_bridge_entry_match(port, &frame, &plan);
	if (!entry || !(plan & VMQ_BRIDGE_PLAN_BATCH) ||
	    (len > SHORT && !(plan & VMQ_BRIDGE_PLAN_BATCH_LONG)))
		goto unlock;
	if (!port->looked)
		look(port, entry);
	if (vmq_bridge_judge(port, entry, &frame, plan, port->now))
		goto unlock;
	WRITE_ONCE(entry->frames, entry->frames + 1);
	release(port, napi, kind(&frame));
	wanted = true;
unlock:
	rcu_read_unlock();
	return wanted;
}

static void take(void *priv, struct xdp_frame *frame)
{
	struct vmq_bridge_port *port = priv;

	trace_vmq_bridge_direct(port, frame->len);
	port->batch[port->batched++] = frame;
	if (port->batched == ARRAY_SIZE(port->batch))
		send_batch(port);
}

static void flush(void *priv)
{
	struct vmq_bridge_port *port = priv;

	send_batch(port);
	port->looked = false;
}

const struct vmq_raw_ops vmq_bridge_raw_ops = {
	.wants	= wants,
	.take	= take,
	.flush	= flush,
};
