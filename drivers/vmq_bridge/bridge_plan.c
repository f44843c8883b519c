// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a bridge would do with the frames for an entry, as far as it is known
 * beforehand; bridge_rx.c asks the rest of each frame.
 */
#include <linux/bitfield.h>
#include <linux/if_bridge.h>
#include <linux/if_vlan.h>
#include <linux/rtnetlink.h>
#include <net/netlink.h>
#include <net/rtnetlink.h>

#include "bridge.h"

/* Ports with these flags do more with a frame than forward it */
#define SPECIAL_IN	(BR_PORT_LOCKED | BR_PORT_MAB | BR_VLAN_TUNNEL)
#define SPECIAL_OUT	(BR_VLAN_TUNNEL | BR_TX_FWD_OFFLOAD)

/* An address the bridge never looks up, or not for frames from the uplink */
static u32 plan_nothing(struct vmq_bridge_entry *entry, const char *reason)
{
	strscpy(entry->reason, reason);
	return FIELD_PREP(VMQ_BRIDGE_PLAN_REASON, VMQ_BRIDGE_ENTRY);
}

/* Which of the NIC's frames are for it, and with what tag they leave */
static u32 plan_vlan(struct vmq_bridge_entry *entry)
{
	const struct vmq_bridge_uplink *uplink = entry->uplink;
	struct bridge_vlan_info in, out;
	u32 plan;
	u16 proto;

	if (!br_vlan_enabled(uplink->bridge)) {
		if (entry->vid)
			return plan_nothing(entry, "learned while the bridge had VLANs");
		return VMQ_BRIDGE_MATCH_ANY;
	}
	if (br_vlan_get_proto(uplink->bridge, &proto) || proto != ETH_P_8021Q)
		return plan_nothing(entry, "the bridge filters by 802.1ad");
	if (!entry->vid)
		return plan_nothing(entry, "the bridge looks addresses up by VLAN");
	if (br_vlan_get_info(uplink->dev, entry->vid, &in))
		return plan_nothing(entry, "the uplink is not in its VLAN");
	if (br_vlan_get_info(entry->dev, entry->vid, &out))
		return plan_nothing(entry, "the port is not in its VLAN");

	plan = VMQ_BRIDGE_MATCH_VID |
	       FIELD_PREP(VMQ_BRIDGE_PLAN_VID, entry->vid);
	if (in.flags & BRIDGE_VLAN_INFO_PVID)
		plan |= VMQ_BRIDGE_MATCH_UNTAGGED;
	plan |= out.flags & BRIDGE_VLAN_INFO_UNTAGGED ? VMQ_BRIDGE_PLAN_UNTAG :
							VMQ_BRIDGE_PLAN_TAG;
	return plan;
}

/* Through a VLAN device, which takes its tag off before the bridge looks */
static u32 plan_vlan_dev(struct vmq_bridge_entry *entry)
{
	u32 plan = plan_vlan(entry);

	if (!(plan & (VMQ_BRIDGE_MATCH_ANY | VMQ_BRIDGE_MATCH_UNTAGGED)))
		return plan_nothing(entry, "the uplink is not in its VLAN");
	return VMQ_BRIDGE_MATCH_VID |
	       FIELD_PREP(VMQ_BRIDGE_PLAN_VID, entry->uplink->vid) |
	       FIELD_PREP(VMQ_BRIDGE_PLAN_REASON, VMQ_BRIDGE_VLAN);
}

static bool is_vlan_on_nic(const struct vmq_bridge_uplink *uplink, u16 vid)
{
	bool found;

	rcu_read_lock();
	found = __vlan_find_dev_deep_rcu(uplink->dev, htons(ETH_P_8021Q), vid);
	rcu_read_unlock();
	return found;
}

static bool vlan_forwards(const struct net_device *dev, u16 vid)
{
	return vmq_bridge_vlan_forwards(vmq_bridge_monitor_vlans(dev_net(dev)),
					dev->ifindex, vid);
}

static enum vmq_bridge_reason plan_reason(const struct vmq_bridge_entry *entry,
					  u32 plan)
{
	const struct net_device *in = entry->uplink->dev;
	const struct net_device *out = entry->dev;

	if (br_port_get_stp_state(in) != BR_STATE_FORWARDING ||
	    br_port_get_stp_state(out) != BR_STATE_FORWARDING ||
	    br_mst_enabled(entry->uplink->bridge))
		return VMQ_BRIDGE_PORT;
	if (entry->vid && (!vlan_forwards(in, entry->vid) ||
			   !vlan_forwards(out, entry->vid)))
		return VMQ_BRIDGE_PORT;
	if (br_port_flag_is_set(in, SPECIAL_IN) ||
	    br_port_flag_is_set(out, SPECIAL_OUT))
		return VMQ_BRIDGE_PORT;
	if (br_port_flag_is_set(in, BR_ISOLATED) &&
	    br_port_flag_is_set(out, BR_ISOLATED))
		return VMQ_BRIDGE_PORT;
	/* A VLAN device takes its frames first, that of VLAN 0 priority tags */
	if (plan & (VMQ_BRIDGE_MATCH_ANY | VMQ_BRIDGE_MATCH_UNTAGGED) &&
	    is_vlan_on_nic(entry->uplink, 0))
		return VMQ_BRIDGE_VLAN;
	if (plan & VMQ_BRIDGE_MATCH_VID &&
	    is_vlan_on_nic(entry->uplink, FIELD_GET(VMQ_BRIDGE_PLAN_VID, plan)))
		return VMQ_BRIDGE_VLAN;
	return VMQ_BRIDGE_DIRECT;
}

/* Does who reads the tap get a header in front of each frame? Batches have none */
static bool has_packet_info(const struct net_device *dev)
{
	const struct nlattr *info;
	bool found = true;
	struct sk_buff *skb;

	skb = nlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!skb)
		return true;
	if (!dev->rtnl_link_ops->fill_info(skb, dev)) {
		info = nla_find((struct nlattr *)skb->data, skb->len,
				IFLA_TUN_PI);
		found = !info || nla_get_u8(info);
	}
	nlmsg_free(skb);
	return found;
}

/* How the port takes frames best. A tap takes whole batches without an skb, but
 * then cannot be told that a checksum is right; who asks to be told that is
 * asked to look itself only at short frames.
 */
static u32 plan_batch(const struct net_device *dev, u32 plan)
{
	const struct rtnl_link_ops *ops = dev->rtnl_link_ops;

	if (!ops || strcmp(ops->kind, "tun") ||
	    !dev->netdev_ops->ndo_xdp_xmit || plan & VMQ_BRIDGE_PLAN_TAG ||
	    has_packet_info(dev))
		return 0;
	if (dev->features & NETIF_F_HW_CSUM)
		return VMQ_BRIDGE_PLAN_BATCH;
	return VMQ_BRIDGE_PLAN_BATCH | VMQ_BRIDGE_PLAN_BATCH_LONG;
}

/**
 * vmq_bridge_plan() - see what the bridge would do with an entry's frames
 * @entry: the entry
 *
 * Context: process context, RTNL held.
 */
void vmq_bridge_plan(struct vmq_bridge_entry *entry)
{
	u32 plan;

	if (!is_valid_ether_addr(entry->addr)) {
		plan = plan_nothing(entry, "not the address of one station");
	} else if (entry->uplink->vid) {
		plan = plan_vlan_dev(entry);
	} else {
		plan = plan_vlan(entry);
		if (plan & VMQ_BRIDGE_MATCH)
			plan |= FIELD_PREP(VMQ_BRIDGE_PLAN_REASON,
					   plan_reason(entry, plan));
	}
	if (entry->dev->features & NETIF_F_ALL_TSO)
		plan |= VMQ_BRIDGE_PLAN_GRO;
	plan |= plan_batch(entry->dev, plan);
	WRITE_ONCE(entry->plan, plan);
}
