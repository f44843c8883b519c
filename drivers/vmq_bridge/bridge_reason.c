// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether a frame may pass the bridge by: only if the bridge would have
 * forwarded it to the port, unchanged but for its tag.
 */
#include <linux/bitfield.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include "bridge.h"
#include "bridge_hooks.h"

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

/**
 * vmq_bridge_entry_match() - the entry that a frame is for
 * @port: the port of the queue
 * @frame: the frame
 * @plan: the entry's plan is stored here
 *
 * Context: RCU read side.
 * Return: the entry; NULL if it is not promoted any more.
 */
struct vmq_bridge_entry *
vmq_bridge_entry_match(const struct vmq_bridge_port *port,
		       const struct vmq_bridge_frame *frame, u32 *plan)
{
	struct vmq_bridge_entry *entry;

	hlist_for_each_entry_rcu(entry, &port->entries, node) {
		*plan = READ_ONCE(entry->plan);
		if (ether_addr_equal(entry->addr, frame->data) &&
		    vmq_bridge_matches(*plan, frame->vid))
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

static bool source_is_due(struct vmq_bridge_port *port,
			  const struct vmq_bridge_entry *entry,
			  const struct vmq_bridge_frame *frame)
{
	u64 number = ether_addr_to_u64(frame->data + ETH_ALEN);
	const struct vmq_bridge_source *source = source_place(port, number);

	return !number || READ_ONCE(source->addr) != number ||
	       source->vid != frame->vid ||
	       time_after_eq(jiffies, source->seen + entry->uplink->refresh);
}

/**
 * vmq_bridge_source_seen() - the bridge is about to see a frame's source
 * @port: the port of the queue
 * @frame: the frame
 *
 * Before it does, because if that shows that the source has moved, the bridge
 * tells, and vmq_bridge_source_forget() follows.
 *
 * Context: NAPI.
 */
void vmq_bridge_source_seen(struct vmq_bridge_port *port,
			    const struct vmq_bridge_frame *frame)
{
	const u8 *addr = frame->data + ETH_ALEN;
	u64 number = ether_addr_to_u64(addr);
	struct vmq_bridge_source *source = source_place(port, number);

	/* The bridge drops what comes from no valid address, each time */
	if (!is_valid_ether_addr(addr))
		return;
	source->vid = frame->vid;
	source->seen = jiffies;
	WRITE_ONCE(source->addr, number);
}

/**
 * vmq_bridge_reason_now() - what may change at any time without a word
 * @entry: the entry
 *
 * Context: RCU read side. For as long as it lasts, the answer need not be asked
 * for again: who changes it waits for readers, or does not mind them.
 * Return: why no frame may go directly, or VMQ_BRIDGE_DIRECT.
 */
enum vmq_bridge_reason
vmq_bridge_reason_now(const struct vmq_bridge_entry *entry)
{
	const struct net_device *netdev = entry->uplink->dev;
	const struct net_device *out = entry->dev;

	if (READ_ONCE(entry->uplink->bridge->flags) & IFF_PROMISC)
		return VMQ_BRIDGE_PROMISC;
	if (vmq_bridge_has_hooks(dev_net(netdev)))
		return VMQ_BRIDGE_HOOK;
	if (vmq_bridge_has_ingress(netdev))
		return VMQ_BRIDGE_INGRESS;
	if (dev_nit_active_rcu(netdev))
		return VMQ_BRIDGE_CAPTURE;
	if (vmq_bridge_is_spread(netdev))
		return VMQ_BRIDGE_RPS;
	/* There may be a backup port */
	if (!netif_running(out) || !netif_carrier_ok(out))
		return VMQ_BRIDGE_PORT;
	return VMQ_BRIDGE_DIRECT;
}

static __be16 ethertype(const struct vmq_bridge_frame *frame)
{
	return ((const struct ethhdr *)frame->data)->h_proto;
}

static u8 ip_protocol(const struct vmq_bridge_frame *frame)
{
	const void *ip = frame->data + ETH_HLEN;

	if (ethertype(frame) == htons(ETH_P_IP) &&
	    frame->headlen >= ETH_HLEN + sizeof(struct iphdr))
		return ((const struct iphdr *)ip)->protocol;
	if (ethertype(frame) == htons(ETH_P_IPV6) &&
	    frame->headlen >= ETH_HLEN + sizeof(struct ipv6hdr))
		return ((const struct ipv6hdr *)ip)->nexthdr;
	return IPPROTO_RAW;
}

/**
 * vmq_bridge_is_tcp() - may GRO join a frame with others?
 * @frame: the frame
 *
 * Return: it is TCP over IPv4 or IPv6.
 */
bool vmq_bridge_is_tcp(const struct vmq_bridge_frame *frame)
{
	return ip_protocol(frame) == IPPROTO_TCP;
}

/* The bridge answers for neighbours, and takes part in protocols of its own.
 * A tag in the frame's data is one the bridge would take out.
 */
static enum vmq_bridge_reason
reason_protocol(const struct vmq_bridge_frame *frame, u32 plan)
{
	switch (ntohs(ethertype(frame))) {
	case ETH_P_IP:
		break;
	case ETH_P_IPV6:
		if (ip_protocol(frame) == IPPROTO_ICMPV6)
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
	if (plan & VMQ_BRIDGE_PLAN_GRO && vmq_bridge_is_tcp(frame))
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

static bool is_too_long(const struct vmq_bridge_entry *entry, u32 len)
{
	return len > READ_ONCE(entry->dev->mtu) +
		     entry->dev->hard_header_len + VLAN_HLEN;
}

/**
 * vmq_bridge_judge() - may a frame go directly?
 * @port: the port of the queue
 * @entry: the entry it is for, or NULL
 * @frame: the frame
 * @plan: the entry's plan
 * @now: vmq_bridge_reason_now() of the entry
 *
 * Context: NAPI, RCU read side; vmq_bridge_is_settled() said yes before the
 * plan was read.
 * Return: why not, or VMQ_BRIDGE_DIRECT.
 */
enum vmq_bridge_reason
vmq_bridge_judge(struct vmq_bridge_port *port,
		 const struct vmq_bridge_entry *entry,
		 const struct vmq_bridge_frame *frame, u32 plan,
		 enum vmq_bridge_reason now)
{
	enum vmq_bridge_reason reason;

	if (!entry || READ_ONCE(entry->gone))
		return VMQ_BRIDGE_ENTRY;
	reason = FIELD_GET(VMQ_BRIDGE_PLAN_REASON, plan) ?: now;
	if (reason)
		return reason;
	if (unlikely(is_for_vlan_dev(entry, plan, frame->vid)))
		return VMQ_BRIDGE_VLAN;
	reason = reason_protocol(frame, plan);
	if (reason)
		return reason;
	if (unlikely(is_too_long(entry, frame->len)))
		return VMQ_BRIDGE_SIZE;
	if (unlikely(source_is_due(port, entry, frame)))
		return VMQ_BRIDGE_SOURCE;
	return VMQ_BRIDGE_DIRECT;
}
