// SPDX-License-Identifier: GPL-2.0-only
/*
 * Steering by hand: ethtool -N and -n.
 *
 * A rule is a filter with a location. The chip matches a destination address
 * and a VLAN, both exactly; all else is refused. The ethtool interface for
 * rules has no extended acknowledgement, so the reason goes to the kernel log.
 */
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/netlink.h>

#include "vmq.h"

static bool vmq_rules_has_extra(const struct ethtool_rx_flow_spec *fs)
{
	return fs->flow_type & ~(u32)(ETHER_FLOW | FLOW_EXT);
}

static int vmq_rules_parse_mac(const struct ethtool_rx_flow_spec *fs,
			       struct vmq_filter_key *key,
			       struct netlink_ext_ack *extack)
{
	const struct ethhdr *value = &fs->h_u.ether_spec;
	const struct ethhdr *mask = &fs->m_u.ether_spec;

	if (!is_zero_ether_addr(mask->h_source) || mask->h_proto) {
		NL_SET_ERR_MSG(extack, "only the destination MAC and the VLAN can be matched");
		return -EOPNOTSUPP;
	}
	if (!is_broadcast_ether_addr(mask->h_dest)) {
		NL_SET_ERR_MSG(extack, "a destination MAC must be given, and matched in full");
		return -EOPNOTSUPP;
	}
	if (!is_valid_ether_addr(value->h_dest)) {
		NL_SET_ERR_MSG(extack, "the destination MAC must be a unicast address");
		return -EINVAL;
	}
	ether_addr_copy(key->addr, value->h_dest);
	return 0;
}

static int vmq_rules_parse_vlan(const struct ethtool_rx_flow_spec *fs,
				struct vmq_filter_key *key,
				struct netlink_ext_ack *extack)
{
	/* The mask as ethtool hands it over: ones where the value counts */
	u16 mask = be16_to_cpu(fs->m_ext.vlan_tci);
	u16 tci = be16_to_cpu(fs->h_ext.vlan_tci);

	if (fs->m_ext.vlan_etype || fs->m_ext.data[0] || fs->m_ext.data[1]) {
		NL_SET_ERR_MSG(extack, "VLAN type and user data cannot be matched");
		return -EOPNOTSUPP;
	}
	if (!mask)
		return 0;
	if (mask != VLAN_VID_MASK) {
		NL_SET_ERR_MSG(extack, "a VLAN is matched by its id alone: vlan <id> m 0xf000");
		return -EOPNOTSUPP;
	}
	tci &= VLAN_VID_MASK;
	if (!tci || tci == VLAN_VID_MASK) {
		NL_SET_ERR_MSG(extack, "the VLAN must be 1 to 4094");
		return -EINVAL;
	}
	key->test = VMQ_VLAN_VID;
	key->vid = tci;
	return 0;
}

static int vmq_rules_parse_action(const struct vmq_nic *nic,
				  const struct ethtool_rx_flow_spec *fs,
				  u16 *queue, struct netlink_ext_ack *extack)
{
	if (fs->ring_cookie == RX_CLS_FLOW_DISC ||
	    fs->ring_cookie == RX_CLS_FLOW_WAKE) {
		NL_SET_ERR_MSG(extack, "the chip can only steer to a queue");
		return -EOPNOTSUPP;
	}
	if (ethtool_get_flow_spec_ring_vf(fs->ring_cookie)) {
		NL_SET_ERR_MSG(extack, "there are no virtual functions");
		return -EOPNOTSUPP;
	}
	if (ethtool_get_flow_spec_ring(fs->ring_cookie) >= nic->channels) {
		NL_SET_ERR_MSG_FMT(extack, "there is no such queue: ethtool -L reserved 0 to %u",
				   nic->channels - 1);
		return -EINVAL;
	}
	*queue = ethtool_get_flow_spec_ring(fs->ring_cookie);
	return 0;
}

static int vmq_rules_parse(const struct vmq_nic *nic,
			   const struct ethtool_rx_flow_spec *fs,
			   struct vmq_filter_key *key, u16 *queue,
			   struct netlink_ext_ack *extack)
{
	int err;

	memset(key, 0, sizeof(*key));
	if ((fs->flow_type & ~FLOW_EXT) != ETHER_FLOW ||
	    vmq_rules_has_extra(fs)) {
		NL_SET_ERR_MSG(extack, "only flow-type ether can be steered");
		return -EOPNOTSUPP;
	}
	err = vmq_rules_parse_mac(fs, key, extack);
	if (!err && (fs->flow_type & FLOW_EXT))
		err = vmq_rules_parse_vlan(fs, key, extack);
	if (!err)
		err = vmq_rules_parse_action(nic, fs, queue, extack);
	return err;
}

/* Location for a rule that does not name one */
static int vmq_rules_free_location(const struct vmq_nic *nic)
{
	int i;

	for (i = 0; i < VMQ_MAX_RULES; i++)
		if (!nic->rules[i])
			return i;
	return -ENOSPC;
}

static int vmq_rules_location(const struct vmq_nic *nic, u32 location,
			      struct netlink_ext_ack *extack)
{
	int free;

	if (location & RX_CLS_LOC_SPECIAL) {
		free = vmq_rules_free_location(nic);
		if (free < 0)
			NL_SET_ERR_MSG_FMT(extack, "all %u locations are taken",
					   VMQ_MAX_RULES);
		return free;
	}
	if (location >= VMQ_MAX_RULES) {
		NL_SET_ERR_MSG_FMT(extack, "loc must be 0 to %u",
				   VMQ_MAX_RULES - 1);
		return -EINVAL;
	}
	return location;
}

static int vmq_rules_insert(struct vmq_nic *nic,
			    struct ethtool_rx_flow_spec *fs,
			    struct netlink_ext_ack *extack)
{
	const struct vmq_consumer *consumer;
	struct vmq_filter_key key;
	struct vmq_filter *filter;
	int location;
	u16 queue;
	int err;

	err = vmq_rules_parse(nic, fs, &key, &queue, extack);
	if (err)
		return err;
	location = vmq_rules_location(nic, fs->location, extack);
	if (location < 0)
		return location;

	consumer = queue ? &nic->queue[queue].consumer : NULL;
	if (nic->rules[location])
		filter = __vmq_filter_replace(nic, nic->rules[location],
					      consumer, queue, &key, extack);
	else
		filter = __vmq_filter_set(nic, &nic->channel_owner, consumer,
					  queue, &key, extack);
	if (IS_ERR(filter))
		return PTR_ERR(filter);
	nic->rules[location] = filter;
	fs->location = location;
	return 0;
}

static int vmq_rules_delete(struct vmq_nic *nic, u32 location,
			    struct netlink_ext_ack *extack)
{
	if (location >= VMQ_MAX_RULES || !nic->rules[location]) {
		NL_SET_ERR_MSG_FMT(extack, "there is no rule at loc %u",
				   location);
		return -ENOENT;
	}

	__vmq_filter_clear(nic, nic->rules[location]);
	nic->rules[location] = NULL;
	return 0;
}

/**
 * vmq_rules_set() - add, replace or delete a rule
 * @netdev: the NIC's netdev
 * @nfc: the command
 *
 * Context: process context, netdev instance lock held.
 * Return: 0, or an error that changed nothing.
 */
int vmq_rules_set(struct net_device *netdev, struct ethtool_rxnfc *nfc)
{
	struct vmq_nic *nic = netdev_priv(netdev);
	struct netlink_ext_ack extack = {};
	int err;

	switch (nfc->cmd) {
	case ETHTOOL_SRXCLSRLINS:
		if (!(netdev->features & NETIF_F_NTUPLE)) {
			NL_SET_ERR_MSG(&extack, "ntuple is off: ethtool -K <dev> ntuple on");
			err = -EOPNOTSUPP;
		} else {
			err = vmq_rules_insert(nic, &nfc->fs, &extack);
		}
		break;
	case ETHTOOL_SRXCLSRLDEL:
		err = vmq_rules_delete(nic, nfc->fs.location, &extack);
		break;
	default:
		return -EOPNOTSUPP;
	}
	if (err)
		vmq_ethtool_refuse(nic, "-N", &extack);
	return err;
}

static u32 vmq_rules_count(const struct vmq_nic *nic)
{
	u32 count = 0;
	int i;

	for (i = 0; i < VMQ_MAX_RULES; i++)
		count += !!nic->rules[i];
	return count;
}

static int vmq_rules_get_one(const struct vmq_nic *nic,
			     struct ethtool_rx_flow_spec *fs)
{
	u32 location = fs->location;
	const struct vmq_filter *filter;

	if (location >= VMQ_MAX_RULES || !nic->rules[location])
		return -ENOENT;
	filter = nic->rules[location];

	memset(fs, 0, sizeof(*fs));
	fs->location = location;
	fs->flow_type = ETHER_FLOW;
	ether_addr_copy(fs->h_u.ether_spec.h_dest, filter->key.addr);
	eth_broadcast_addr(fs->m_u.ether_spec.h_dest);
	if (filter->key.test == VMQ_VLAN_VID) {
		fs->flow_type |= FLOW_EXT;
		fs->h_ext.vlan_tci = cpu_to_be16(filter->key.vid);
		fs->m_ext.vlan_tci = cpu_to_be16(VLAN_VID_MASK);
	}
	fs->ring_cookie = filter->queue;
	return 0;
}

static int vmq_rules_get_all(const struct vmq_nic *nic,
			     struct ethtool_rxnfc *nfc, u32 *locations)
{
	u32 count = 0;
	int i;

	for (i = 0; i < VMQ_MAX_RULES; i++) {
		if (!nic->rules[i])
			continue;
		if (count == nfc->rule_cnt)
			return -EMSGSIZE;
		locations[count++] = i;
	}
	nfc->rule_cnt = count;
	nfc->data = VMQ_MAX_RULES;
	return 0;
}

/**
 * vmq_rules_get() - list rules
 * @netdev: the NIC's netdev
 * @nfc: the command, filled in
 * @locations: filled in for ETHTOOL_GRXCLSRLALL
 *
 * Context: process context, netdev instance lock held.
 * Return: 0; -ENOENT for an empty location; -EMSGSIZE for too small a list.
 */
int vmq_rules_get(struct net_device *netdev, struct ethtool_rxnfc *nfc,
		  u32 *locations)
{
	const struct vmq_nic *nic = netdev_priv(netdev);

	switch (nfc->cmd) {
	case ETHTOOL_GRXCLSRLCNT:
		nfc->rule_cnt = vmq_rules_count(nic);
		nfc->data = VMQ_MAX_RULES | RX_CLS_LOC_SPECIAL;
		return 0;
	case ETHTOOL_GRXCLSRULE:
		return vmq_rules_get_one(nic, &nfc->fs);
	case ETHTOOL_GRXCLSRLALL:
		return vmq_rules_get_all(nic, nfc, locations);
	default:
		return -EOPNOTSUPP;
	}
}

/**
 * vmq_rules_clear() - delete every rule
 * @nic: the NIC
 *
 * Context: process context, netdev instance lock held.
 */
void vmq_rules_clear(struct vmq_nic *nic)
{
	u32 location;

	for (location = 0; location < VMQ_MAX_RULES; location++)
		vmq_rules_delete(nic, location, NULL);
}
