// SPDX-License-Identifier: GPL-2.0-only
/*
 * The packet path: a frame of a queue goes straight to the queue's port if the
 * bridge would have forwarded it there, unchanged but for its tag. Else it goes
 * to the bridge, as if there were no queue.
 *
 * One frame of a flow never overtakes another: frames that go to the bridge are
 * through it when the call returns, but for those that GRO holds back, and
 * those are flushed before a frame of that kind goes another way.
 */
#include <linux/bitfield.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter_bridge.h>
#include <net/gro.h>
#include <net/netdev_rx_queue.h>
#include <net/rps.h>
#include <net/sch_generic.h>

#include "bridge.h"
#include "bridge_trace.h"

/* What GRO may hold back of a port's frames */
#define HELD_TCP	BIT(0)
#define HELD_OTHERS	BIT(1)

static const char * const reason_names[VMQ_BRIDGE_REASONS] = {
	[VMQ_BRIDGE_DIRECT]	= "direct",
	[VMQ_BRIDGE_ENTRY]	= "address not promoted any more",
	[VMQ_BRIDGE_SETTLING]	= "bridge just changed",
	[VMQ_BRIDGE_PORT]	= "port state or flags",
	[VMQ_BRIDGE_VLAN]	= "VLAN device",
	[VMQ_BRIDGE_PROMISC]	= "bridge is promiscuous",
	[VMQ_BRIDGE_HOOK]	= "netfilter bridge hook",
	[VMQ_BRIDGE_INGRESS]	= "ingress classifier",
	[VMQ_BRIDGE_CAPTURE]	= "packet capture",
	[VMQ_BRIDGE_RPS]	= "RPS",
	[VMQ_BRIDGE_PROTOCOL]	= "protocol of the bridge",
	[VMQ_BRIDGE_SIZE]	= "too long for the port",
	[VMQ_BRIDGE_GRO]	= "TCP for GRO",
	[VMQ_BRIDGE_SOURCE]	= "source to be learned",
};

/**
 * vmq_bridge_reason_name() - a reason in words
 * @reason: the reason
 *
 * Return: the words.
 */
const char *vmq_bridge_reason_name(enum vmq_bridge_reason reason)
{
	return reason_names[reason];
}

/**
 * vmq_bridge_vid() - the VLAN of a frame's tag
 * @skb: a frame that begins with its Ethernet header, its tag stripped
 *
 * Return: the VLAN; 0 without a tag, or for a priority tag.
 */
u16 vmq_bridge_vid(const struct sk_buff *skb)
{
	return skb_vlan_tag_present(skb) ? skb_vlan_tag_get_id(skb) : 0;
}

/**
 * vmq_bridge_matches() - is a frame for an entry?
 * @plan: the entry's plan
 * @vid: VLAN of the frame's tag, or 0
 *
 * Return: it is, if its address is the entry's.
 */
bool vmq_bridge_matches(u32 plan, u16 vid)
{
	if (plan & VMQ_BRIDGE_MATCH_ANY)
		return true;
	if (!vid)
		return plan & VMQ_BRIDGE_MATCH_UNTAGGED;
	return plan & VMQ_BRIDGE_MATCH_VID &&
	       FIELD_GET(VMQ_BRIDGE_PLAN_VID, plan) == vid;
}

static struct vmq_bridge_entry *entry_match(struct vmq_bridge_port *port,
					    const struct sk_buff *skb,
					    u16 vid, u32 *plan)
{
	struct vmq_bridge_entry *entry;

	hlist_for_each_entry_rcu(entry, &port->entries, node) {
		*plan = READ_ONCE(entry->plan);
		if (ether_addr_equal(entry->addr, skb->data) &&
		    vmq_bridge_matches(*plan, vid))
			return entry;
	}
	return NULL;
}

static struct vmq_bridge_source *source_place(struct vmq_bridge_port *port,
					      u64 addr)
{
	return &port->sources[hash_64(addr, ilog2(VMQ_BRIDGE_SOURCES))];
}

/**
 * vmq_bridge_source_forget() - have the bridge see the next frame of a source
 * @nic: the NIC
 * @addr: the source
 *
 * Context: any; RCU read side.
 */
void vmq_bridge_source_forget(struct vmq_bridge_nic *nic, const u8 *addr)
{
	u64 number = ether_addr_to_u64(addr);
	struct vmq_bridge_source *source;
	struct vmq_bridge_port *port;

	list_for_each_entry_rcu(port, &nic->ports, list) {
		source = source_place(port, number);
		if (READ_ONCE(source->addr) == number)
			WRITE_ONCE(source->addr, 0);
	}
}

/* Is it the source's turn to be seen by the bridge? Then it is taken as seen,
 * before the bridge sees it: if that shows that the source has moved, the
 * bridge tells, and the place is cleared.
 */
static bool source_is_due(struct vmq_bridge_port *port,
			  const struct vmq_bridge_entry *entry,
			  const struct sk_buff *skb, u16 vid)
{
	const u8 *addr = ((const struct ethhdr *)skb->data)->h_source;
	u64 number = ether_addr_to_u64(addr);
	struct vmq_bridge_source *source = source_place(port, number);

	if (READ_ONCE(source->addr) == number && source->vid == vid &&
	    time_before(jiffies, source->seen + entry->uplink->refresh))
		return false;
	/* The bridge drops what comes from no valid address, each time */
	if (is_valid_ether_addr(addr)) {
		source->vid = vid;
		source->seen = jiffies;
		WRITE_ONCE(source->addr, number);
	}
	return true;
}

/* A macro, because the key has to be a constant */
#define HAS_HOOK(net, hook) \
	(static_key_false(&nf_hooks_needed[NFPROTO_BRIDGE][hook]) && \
	 rcu_access_pointer((net)->nf.hooks_bridge[hook]))

static bool has_bridge_hooks(const struct net *net)
{
	return HAS_HOOK(net, NF_BR_PRE_ROUTING) ||
	       HAS_HOOK(net, NF_BR_FORWARD) ||
	       HAS_HOOK(net, NF_BR_POST_ROUTING);
}

static bool is_spread(const struct net_device *netdev)
{
	int i;

	if (!static_branch_unlikely(&rps_needed))
		return false;
	for (i = 0; i < netdev->real_num_rx_queues; i++)
		if (rcu_access_pointer(netdev->_rx[i].rps_map) ||
		    READ_ONCE(netdev->_rx[i].rps_flow_table))
			return true;
	return false;
}

/* What may change at any time without a word, and stands before the bridge */
static enum vmq_bridge_reason reason_now(const struct vmq_bridge_entry *entry)
{
	const struct net_device *netdev = entry->uplink->dev;
	const struct net_device *out = entry->dev;

	if (READ_ONCE(entry->uplink->bridge->flags) & IFF_PROMISC)
		return VMQ_BRIDGE_PROMISC;
	if (has_bridge_hooks(dev_net(netdev)))
		return VMQ_BRIDGE_HOOK;
	if (rcu_access_pointer(netdev->tcx_ingress) ||
	    rcu_access_pointer(netdev->nf_hooks_ingress) ||
	    rcu_access_pointer(netdev->xdp_prog))
		return VMQ_BRIDGE_INGRESS;
	if (dev_nit_active_rcu(netdev))
		return VMQ_BRIDGE_CAPTURE;
	if (is_spread(netdev))
		return VMQ_BRIDGE_RPS;
	/* There may be a backup port */
	if (!netif_running(out) || !netif_carrier_ok(out))
		return VMQ_BRIDGE_PORT;
	return VMQ_BRIDGE_DIRECT;
}

static u8 ip_protocol(const struct sk_buff *skb, __be16 proto)
{
	const void *ip = skb->data + ETH_HLEN;

	if (proto == htons(ETH_P_IP) &&
	    skb_headlen(skb) >= ETH_HLEN + sizeof(struct iphdr))
		return ((const struct iphdr *)ip)->protocol;
	if (proto == htons(ETH_P_IPV6) &&
	    skb_headlen(skb) >= ETH_HLEN + sizeof(struct ipv6hdr))
		return ((const struct ipv6hdr *)ip)->nexthdr;
	return IPPROTO_RAW;
}

/* The bridge answers for neighbours, and takes part in protocols of its own.
 * A tag in the frame's data is one the bridge would take out.
 */
static enum vmq_bridge_reason reason_protocol(const struct sk_buff *skb,
					      u32 plan)
{
	__be16 proto = ((const struct ethhdr *)skb->data)->h_proto;

	switch (ntohs(proto)) {
	case ETH_P_IP:
		break;
	case ETH_P_IPV6:
		if (ip_protocol(skb, proto) == IPPROTO_ICMPV6)
			return VMQ_BRIDGE_PROTOCOL;
		break;
	case ETH_P_ARP:
	case ETH_P_RARP:
	case ETH_P_CFM:
	case ETH_P_MRP:
	case ETH_P_8021Q:
	case ETH_P_8021AD:
		return VMQ_BRIDGE_PROTOCOL;
	default:
		return VMQ_BRIDGE_DIRECT;
	}
	if (plan & VMQ_BRIDGE_PLAN_GRO && ip_protocol(skb, proto) == IPPROTO_TCP)
		return VMQ_BRIDGE_GRO;
	return VMQ_BRIDGE_DIRECT;
}

static bool is_for_vlan_dev(const struct vmq_bridge_entry *entry, u32 plan,
			    u16 vid)
{
	return plan & VMQ_BRIDGE_MATCH_ANY && vid &&
	       __vlan_find_dev_deep_rcu(entry->uplink->dev, htons(ETH_P_8021Q),
					vid);
}

static bool is_too_long(const struct vmq_bridge_entry *entry,
			const struct sk_buff *skb)
{
	return skb->len > READ_ONCE(entry->dev->mtu) +
			  entry->dev->hard_header_len + VLAN_HLEN;
}

static enum vmq_bridge_reason judge(struct vmq_bridge_port *port,
				    const struct vmq_bridge_entry *entry,
				    const struct sk_buff *skb, u32 plan,
				    u16 vid)
{
	enum vmq_bridge_reason reason;

	if (!vmq_bridge_is_settled())
		return VMQ_BRIDGE_SETTLING;
	if (!entry || READ_ONCE(entry->gone))
		return VMQ_BRIDGE_ENTRY;
	reason = FIELD_GET(VMQ_BRIDGE_PLAN_REASON, plan);
	if (reason)
		return reason;
	reason = reason_now(entry);
	if (reason)
		return reason;
	if (unlikely(is_for_vlan_dev(entry, plan, vid)))
		return VMQ_BRIDGE_VLAN;
	reason = reason_protocol(skb, plan);
	if (reason)
		return reason;
	if (unlikely(is_too_long(entry, skb)))
		return VMQ_BRIDGE_SIZE;
	if (unlikely(source_is_due(port, entry, skb, vid)))
		return VMQ_BRIDGE_SOURCE;
	return VMQ_BRIDGE_DIRECT;
}

/* May the driver be called, with nothing in between that would do anything?
 * This is what the stack does with an empty queueing discipline.
 */
static bool is_plain(const struct net_device *dev,
		     const struct netdev_queue *txq, const struct sk_buff *skb)
{
	const struct Qdisc *qdisc = rcu_dereference_bh(txq->qdisc);

	if (dev->real_num_tx_queues != 1 || skb_vlan_tag_present(skb) ||
	    skb_is_nonlinear(skb))
		return false;
	if (rcu_access_pointer(dev->tcx_egress) ||
	    rcu_access_pointer(dev->nf_hooks_egress) ||
	    dev_nit_active_rcu(dev))
		return false;
	if (netif_xmit_frozen_or_stopped(txq))
		return false;
	if (!qdisc->enqueue)
		return true;
	return qdisc->flags & TCQ_F_CAN_BYPASS &&
	       !test_bit(__QDISC_STATE_DEACTIVATED, &qdisc->state) &&
	       qdisc_is_empty(qdisc) && !qdisc_is_running((struct Qdisc *)qdisc);
}

static void transmit(struct sk_buff *skb, struct net_device *dev)
{
	struct netdev_queue *txq = netdev_get_tx_queue(dev, 0);
	netdev_tx_t result;

	if (!is_plain(dev, txq, skb)) {
		dev_queue_xmit(skb);
		return;
	}
	skb_set_queue_mapping(skb, 0);
	HARD_TX_LOCK(dev, txq, smp_processor_id());
	result = netdev_start_xmit(skb, dev, txq, false);
	HARD_TX_UNLOCK(dev, txq);
	/* Busy: it waits where the stack has frames wait */
	if (unlikely(!dev_xmit_complete(result)))
		dev_queue_xmit(skb);
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

static void deliver(struct vmq_bridge_entry *entry, struct sk_buff *skb,
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

/* Frames that do not go the way of the last ones of their kind come after them */
static void release(struct vmq_bridge_port *port, struct napi_struct *napi,
		    u8 held)
{
	struct gro_node *gro = &napi->gro;
	LIST_HEAD(list);

	if (likely(!(port->held & held)))
		return;
	port->held = 0;
	napi_gro_flush(napi, false);
	/* This is gro_normal_list(), which modules have not */
	list_splice_init(&gro->rx_list, &list);
	gro->rx_count = 0;
	netif_receive_skb_list(&list);
}

static u8 kind(const struct sk_buff *skb)
{
	__be16 proto = ((const struct ethhdr *)skb->data)->h_proto;

	return ip_protocol(skb, proto) == IPPROTO_TCP ? HELD_TCP : HELD_OTHERS;
}

static void by_bridge(struct vmq_bridge_port *port, struct napi_struct *napi,
		      struct sk_buff *skb, enum vmq_bridge_reason reason)
{
	u8 held = kind(skb);

	skb->protocol = eth_type_trans(skb, skb->dev);
	if (reason == VMQ_BRIDGE_SOURCE) {
		/* The next one goes directly */
		release(port, napi, held);
		netif_receive_skb(skb);
		return;
	}
	port->held |= held;
	napi_gro_receive(napi, skb);
}

static void count(struct vmq_bridge_port *port, enum vmq_bridge_reason reason)
{
	u64_stats_update_begin(&port->stats.syncp);
	port->stats.frames[reason]++;
	u64_stats_update_end(&port->stats.syncp);
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
	struct vmq_bridge_port *port = priv;
	struct vmq_bridge_entry *entry;
	enum vmq_bridge_reason reason;
	u16 vid = vmq_bridge_vid(skb);
	u32 plan = 0;

	rcu_read_lock();
	entry = entry_match(port, skb, vid, &plan);
	if (likely(entry))
		WRITE_ONCE(entry->frames, entry->frames + 1);
	reason = judge(port, entry, skb, plan, vid);
	count(port, reason);
	if (likely(reason == VMQ_BRIDGE_DIRECT)) {
		release(port, napi, kind(skb));
		trace_vmq_bridge_direct(port, skb);
		deliver(entry, skb, plan);
	} else {
		trace_vmq_bridge_by_bridge(port, skb, reason);
		by_bridge(port, napi, skb, reason);
	}
	rcu_read_unlock();
}
