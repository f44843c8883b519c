// SPDX-License-Identifier: GPL-2.0-only
/*
 * VLANs that a port does not forward. Each VLAN of a port has a spanning tree
 * state of its own; the bridge has no function that tells it, but rtnetlink
 * does: in a message when it changes, and in a dump of what was before.
 */
#include <linux/if_bridge.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/xarray.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "bridge.h"

#define DUMP_SIZE	32768

static const struct nla_policy entry_policy[BRIDGE_VLANDB_ENTRY_MAX + 1] = {
	[BRIDGE_VLANDB_ENTRY_INFO]	= NLA_POLICY_EXACT_LEN(sizeof(struct bridge_vlan_info)),
	[BRIDGE_VLANDB_ENTRY_RANGE]	= { .type = NLA_U16 },
	[BRIDGE_VLANDB_ENTRY_STATE]	= { .type = NLA_U8 },
};

static unsigned long key(u32 ifindex, u16 vid)
{
	return (unsigned long)ifindex * VLAN_N_VID + vid;
}

static void block(struct vmq_bridge_vlans *vlans, u32 ifindex, u16 vid)
{
	if (xa_err(xa_store_bh(&vlans->blocked, key(ifindex, vid),
			       xa_mk_value(1), GFP_ATOMIC)))
		vlans->unknown = true;
}

static void entry_message(struct vmq_bridge_vlans *vlans, u32 ifindex,
			  const struct nlattr *entry, bool there, bool dumped)
{
	struct nlattr *attrs[BRIDGE_VLANDB_ENTRY_MAX + 1];
	const struct bridge_vlan_info *info;
	u16 vid, last;
	u8 state = BR_STATE_FORWARDING;

	if (nla_parse_nested_deprecated(attrs, BRIDGE_VLANDB_ENTRY_MAX, entry,
					entry_policy, NULL) ||
	    !attrs[BRIDGE_VLANDB_ENTRY_INFO])
		return;
	info = nla_data(attrs[BRIDGE_VLANDB_ENTRY_INFO]);
	last = info->vid;
	if (attrs[BRIDGE_VLANDB_ENTRY_RANGE])
		last = nla_get_u16(attrs[BRIDGE_VLANDB_ENTRY_RANGE]);
	if (there && attrs[BRIDGE_VLANDB_ENTRY_STATE])
		state = nla_get_u8(attrs[BRIDGE_VLANDB_ENTRY_STATE]);
	for (vid = info->vid; vid <= last && vid < VLAN_N_VID; vid++)
		if (state != BR_STATE_FORWARDING)
			block(vlans, ifindex, vid);
		else if (!dumped)
			xa_erase_bh(&vlans->blocked, key(ifindex, vid));
}

/* A dump was begun before anything was known, and may be older than what is */
static void read_message(struct vmq_bridge_vlans *vlans,
			 const struct nlmsghdr *message, bool dumped)
{
	const struct br_vlan_msg *port = nlmsg_data(message);
	const struct nlattr *attr;
	int left;

	if (nlmsg_len(message) < sizeof(*port))
		return;
	nlmsg_for_each_attr(attr, message, sizeof(*port), left)
		if (nla_type(attr) == BRIDGE_VLANDB_ENTRY)
			entry_message(vlans, port->ifindex, attr,
				      message->nlmsg_type == RTM_NEWVLAN,
				      dumped);
}

/**
 * vmq_bridge_vlan_message() - rtnetlink tells of a port's VLANs
 * @vlans: of the port's namespace
 * @message: RTM_NEWVLAN or RTM_DELVLAN
 *
 * Context: any.
 */
void vmq_bridge_vlan_message(struct vmq_bridge_vlans *vlans,
			     const struct nlmsghdr *message)
{
	read_message(vlans, message, false);
}

/**
 * vmq_bridge_vlan_port_left() - a port has left its bridge, with all its VLANs
 * @vlans: of the port's namespace
 * @ifindex: the port
 *
 * Context: any.
 */
void vmq_bridge_vlan_port_left(struct vmq_bridge_vlans *vlans, u32 ifindex)
{
	unsigned long index;
	void *blocked;

	xa_for_each_range(&vlans->blocked, index, blocked, key(ifindex, 0),
			  key(ifindex, VLAN_N_VID - 1))
		xa_erase_bh(&vlans->blocked, index);
}

/**
 * vmq_bridge_vlan_forwards() - does a port forward a VLAN, if it does any?
 * @vlans: of the port's namespace
 * @ifindex: the port
 * @vid: the VLAN
 *
 * Context: any.
 * Return: it does, for all that is known.
 */
bool vmq_bridge_vlan_forwards(struct vmq_bridge_vlans *vlans, u32 ifindex,
			      u16 vid)
{
	return !vlans->unknown &&
	       !xa_load(&vlans->blocked, key(ifindex, vid));
}

/* Return: 0, as long as there is more to come; 1 at the end; what went wrong */
static int read_dump(struct vmq_bridge_vlans *vlans, struct nlmsghdr *message,
		     int len)
{
	for (; nlmsg_ok(message, len); message = nlmsg_next(message, &len)) {
		if (message->nlmsg_type == RTM_NEWVLAN)
			read_message(vlans, message, true);
		else if (nlmsg_len(message) >= sizeof(int))
			/* Of NLMSG_ERROR, too, it is what comes first */
			return *(int *)nlmsg_data(message) ?: 1;
		else
			return -EBADMSG;
	}
	return 0;
}

static int dump(struct vmq_bridge_vlans *vlans, struct socket *socket,
		void *buffer)
{
	struct {
		struct nlmsghdr head;
		struct br_vlan_msg port;
	} request = {
		.head.nlmsg_len		= sizeof(request),
		.head.nlmsg_type	= RTM_GETVLAN,
		.head.nlmsg_flags	= NLM_F_REQUEST | NLM_F_DUMP,
		.port.family		= AF_BRIDGE,
	};
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct msghdr sent = {
		.msg_name	= &kernel,
		.msg_namelen	= sizeof(kernel),
	};
	struct kvec vec = { &request, sizeof(request) };
	int err;

	err = kernel_sendmsg(socket, &sent, &vec, 1, sizeof(request));
	if (err < 0)
		return err;
	do {
		struct msghdr received = {};

		vec = (struct kvec){ buffer, DUMP_SIZE };
		err = kernel_recvmsg(socket, &received, &vec, 1, DUMP_SIZE,
				     MSG_DONTWAIT);
		if (err >= 0)
			err = read_dump(vlans, buffer, err);
	} while (!err);
	return min(err, 0);
}

/**
 * vmq_bridge_vlan_init() - learn of the VLANs that there are
 * @vlans: of the namespace
 * @net: the namespace
 *
 * Context: process context, RTNL not held.
 * Return: 0 or a negative error.
 */
int vmq_bridge_vlan_init(struct vmq_bridge_vlans *vlans, struct net *net)
{
	struct socket *socket;
	void *buffer;
	int err;

	buffer = kvmalloc(DUMP_SIZE, GFP_KERNEL);
	if (!buffer)
		return -ENOMEM;
	err = sock_create_kern(net, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE,
			       &socket);
	if (err)
		goto free_buffer;
	err = dump(vlans, socket, buffer);
	sock_release(socket);
free_buffer:
	kvfree(buffer);
	return err;
}
