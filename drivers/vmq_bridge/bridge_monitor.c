// SPDX-License-Identifier: GPL-2.0-only
/*
 * A listener to rtnetlink in each network namespace, as "bridge monitor" is
 * one. The kernel's own notifiers do not tell of everything: not of a port's
 * state when it changes, but some time later; not of a tunnel flag; not of an
 * address that a user moves and that may age. rtnetlink tells of all of it,
 * before the call that changes it returns.
 */
#include <linux/if_bridge.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/net_namespace.h>
#include <net/netlink.h>
#include <net/netns/generic.h>
#include <net/sock.h>

#include "bridge.h"

struct monitor {
	struct socket *socket;
	spinlock_t lock;
	struct vmq_bridge_vlans vlans;
};

static unsigned int monitor_id;

/**
 * vmq_bridge_monitor_vlans() - VLANs that ports of a namespace do not forward
 * @net: the namespace
 *
 * Return: them.
 */
struct vmq_bridge_vlans *vmq_bridge_monitor_vlans(const struct net *net)
{
	struct monitor *monitor = net_generic(net, monitor_id);

	return &monitor->vlans;
}

static void neighbour(const struct net *net, const struct nlmsghdr *message)
{
	const struct ndmsg *ndm = nlmsg_data(message);
	const struct nlattr *addr, *bridge, *vid;
	struct vmq_bridge_told told;

	if (nlmsg_len(message) < sizeof(*ndm) || ndm->ndm_family != AF_BRIDGE)
		return;
	addr = nlmsg_find_attr(message, sizeof(*ndm), NDA_LLADDR);
	vid = nlmsg_find_attr(message, sizeof(*ndm), NDA_VLAN);
	/* Other tables of addresses, as a NIC's own, are no bridge's */
	bridge = nlmsg_find_attr(message, sizeof(*ndm), NDA_MASTER);
	if (!addr || nla_len(addr) != ETH_ALEN || !bridge)
		return;
	told = (struct vmq_bridge_told){
		.net	= net,
		.bridge	= nla_get_u32(bridge),
		.port	= ndm->ndm_ifindex,
		.addr	= nla_data(addr),
		.vid	= vid ? nla_get_u16(vid) : 0,
		.there	= message->nlmsg_type == RTM_NEWNEIGH,
		.local	= ndm->ndm_state & NUD_PERMANENT,
		.user	= vmq_bridge_is_user(ndm),
	};
	vmq_bridge_entry_told(&told);
}

static void link_left(struct vmq_bridge_vlans *vlans,
		      const struct nlmsghdr *message)
{
	const struct ifinfomsg *link = nlmsg_data(message);

	if (nlmsg_len(message) >= sizeof(*link))
		vmq_bridge_vlan_port_left(vlans, link->ifi_index);
}

static void message(struct net *net, const struct nlmsghdr *message)
{
	struct vmq_bridge_vlans *vlans = vmq_bridge_monitor_vlans(net);
	const struct rtgenmsg *head = nlmsg_data(message);

	switch (message->nlmsg_type) {
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
		rcu_read_lock();
		neighbour(net, message);
		rcu_read_unlock();
		break;
	case RTM_NEWLINK:
	case RTM_DELLINK:
		/* Others come by a notifier */
		if (head->rtgen_family != AF_BRIDGE)
			break;
		if (message->nlmsg_type == RTM_DELLINK)
			link_left(vlans, message);
		vmq_bridge_changed();
		break;
	case RTM_NEWVLAN:
	case RTM_DELVLAN:
		vmq_bridge_vlan_message(vlans, message);
		vmq_bridge_changed();
		break;
	}
}

/* Called by whoever sends the message, any context. The order of messages of
 * several senders is that of the socket's queue.
 */
static void data_ready(struct sock *sk)
{
	struct monitor *monitor = net_generic(sock_net(sk), monitor_id);
	struct sk_buff *skb;

	spin_lock_bh(&monitor->lock);
	while ((skb = skb_dequeue(&sk->sk_receive_queue))) {
		const struct nlmsghdr *header = nlmsg_hdr(skb);

		if (nlmsg_ok(header, skb->len))
			message(sock_net(sk), header);
		consume_skb(skb);
	}
	spin_unlock_bh(&monitor->lock);
}

/* A message was lost: it may have been any. What was in it, all but for the
 * VLANs, is looked up where it comes from. Reading nothing makes netlink, which
 * waits for a reader to catch up, send messages again.
 */
static void error_report(struct sock *sk)
{
	struct socket *socket = sk->sk_socket;
	struct msghdr nothing = {};

	sock_error(sk);
	data_ready(sk);
	READ_ONCE(socket->ops)->recvmsg(socket, &nothing, 0,
					MSG_PEEK | MSG_DONTWAIT);
	vmq_bridge_monitor_vlans(sock_net(sk))->unknown = true;
	vmq_bridge_changed();
}

static int listen(struct socket *socket)
{
	static const int groups[] = {
		RTNLGRP_LINK, RTNLGRP_NEIGH, RTNLGRP_BRVLAN,
	};
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	int err, i;

	write_lock_bh(&socket->sk->sk_callback_lock);
	socket->sk->sk_data_ready = data_ready;
	socket->sk->sk_error_report = error_report;
	write_unlock_bh(&socket->sk->sk_callback_lock);

	err = kernel_bind(socket, (struct sockaddr_unsized *)&address,
			  sizeof(address));
	for (i = 0; !err && i < ARRAY_SIZE(groups); i++)
		err = READ_ONCE(socket->ops)->setsockopt(socket, SOL_NETLINK,
							 NETLINK_ADD_MEMBERSHIP,
							 KERNEL_SOCKPTR((void *)&groups[i]),
							 sizeof(groups[i]));
	return err;
}

static int __net_init monitor_add(struct net *net)
{
	struct monitor *monitor = net_generic(net, monitor_id);
	int err;

	spin_lock_init(&monitor->lock);
	xa_init_flags(&monitor->vlans.blocked, XA_FLAGS_LOCK_BH);
	err = sock_create_kern(net, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE,
			       &monitor->socket);
	if (err)
		return err;
	err = listen(monitor->socket);
	if (!err)
		err = vmq_bridge_vlan_init(&monitor->vlans, net);
	if (err) {
		sock_release(monitor->socket);
		xa_destroy(&monitor->vlans.blocked);
	}
	return err;
}

static void __net_exit monitor_del(struct net *net)
{
	struct monitor *monitor = net_generic(net, monitor_id);

	sock_release(monitor->socket);
	xa_destroy(&monitor->vlans.blocked);
}

static struct pernet_operations monitor_ops = {
	.init	= monitor_add,
	.exit	= monitor_del,
	.id	= &monitor_id,
	.size	= sizeof(struct monitor),
};

/**
 * vmq_bridge_monitor_init() - listen
 *
 * Return: 0 or a negative error.
 */
int vmq_bridge_monitor_init(void)
{
	return register_pernet_subsys(&monitor_ops);
}

/**
 * vmq_bridge_monitor_exit() - stop listening
 */
void vmq_bridge_monitor_exit(void)
{
	unregister_pernet_subsys(&monitor_ops);
}
