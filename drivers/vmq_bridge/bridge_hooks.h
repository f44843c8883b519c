/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who else may want to see a frame on its way: netfilter, classifiers, packet
 * steering by software. A kernel that is built without one of these has nobody
 * there.
 */
#ifndef _VMQ_BRIDGE_HOOKS_H
#define _VMQ_BRIDGE_HOOKS_H

#include <linux/netdevice.h>
#include <linux/netfilter_bridge.h>
#include <net/netdev_rx_queue.h>
#include <net/rps.h>

#ifdef CONFIG_NETFILTER_FAMILY_BRIDGE
/* A macro, because the key has to be a constant */
#define VMQ_BRIDGE_HAS_HOOK(net, hook) \
	(static_key_false(&nf_hooks_needed[NFPROTO_BRIDGE][hook]) && \
	 rcu_access_pointer((net)->nf.hooks_bridge[hook]))
#else
#define VMQ_BRIDGE_HAS_HOOK(net, hook)	false
#endif

#ifdef CONFIG_NETFILTER_INGRESS
#define VMQ_BRIDGE_HOOKS_INGRESS(dev)	rcu_access_pointer((dev)->nf_hooks_ingress)
#else
#define VMQ_BRIDGE_HOOKS_INGRESS(dev)	NULL
#endif

#ifdef CONFIG_NETFILTER_EGRESS
#define VMQ_BRIDGE_HOOKS_EGRESS(dev)	rcu_access_pointer((dev)->nf_hooks_egress)
#else
#define VMQ_BRIDGE_HOOKS_EGRESS(dev)	NULL
#endif

#ifdef CONFIG_NET_XGRESS
#define VMQ_BRIDGE_TCX(dev, way)	rcu_access_pointer((dev)->tcx_##way)
#else
#define VMQ_BRIDGE_TCX(dev, way)	NULL
#endif

/* Netfilter, in bridges of a namespace */
static inline bool vmq_bridge_has_hooks(const struct net *net)
{
	return VMQ_BRIDGE_HAS_HOOK(net, NF_BR_PRE_ROUTING) ||
	       VMQ_BRIDGE_HAS_HOOK(net, NF_BR_FORWARD) ||
	       VMQ_BRIDGE_HAS_HOOK(net, NF_BR_POST_ROUTING);
}

/* Of what a NIC receives */
static inline bool vmq_bridge_has_ingress(const struct net_device *dev)
{
	return VMQ_BRIDGE_TCX(dev, ingress) || VMQ_BRIDGE_HOOKS_INGRESS(dev) ||
	       rcu_access_pointer(dev->xdp_prog);
}

/* Of what is sent to a port */
static inline bool vmq_bridge_has_egress(const struct net_device *dev)
{
	return VMQ_BRIDGE_TCX(dev, egress) || VMQ_BRIDGE_HOOKS_EGRESS(dev);
}

#ifdef CONFIG_RPS
static inline bool vmq_bridge_is_spread(const struct net_device *dev)
{
	int i;

	if (!static_branch_unlikely(&rps_needed))
		return false;
	for (i = 0; i < dev->real_num_rx_queues; i++)
		if (rcu_access_pointer(dev->_rx[i].rps_map) ||
		    READ_ONCE(dev->_rx[i].rps_flow_table))
			return true;
	return false;
}
#else
static inline bool vmq_bridge_is_spread(const struct net_device *dev)
{
	return false;
}
#endif

#endif /* _VMQ_BRIDGE_HOOKS_H */
