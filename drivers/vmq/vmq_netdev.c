// SPDX-License-Identifier: GPL-2.0-only
/*
 * The NIC's netdev. Its operations run under RTNL and the netdev instance
 * lock, but for those of the packet path.
 */
#include <kunit/visibility.h>
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <net/netdev_queues.h>
#include <net/netdev_lock.h>

#include "vmq.h"

/* Longest headers whose lengths fit in a context descriptor */
#define VMQ_MAX_MAC_HEADER	127
#define VMQ_MAX_IP_HEADER	511

static int vmq_open(struct net_device *netdev)
{
	struct vmq_nic *nic = netdev_priv(netdev);

	if (!vmq_present(nic))
		return -ENODEV;
	return vmq_up(nic);
}

static int vmq_stop(struct net_device *netdev)
{
	vmq_down(netdev_priv(netdev));
	return 0;
}

/* A frame of a station leaves on the station's queue, any other one on a
 * channel: no VM's queue carries the host's frames.
 */
static u16 vmq_select_queue(struct net_device *netdev, struct sk_buff *skb,
			    struct net_device *sb_dev)
{
	struct vmq_nic *nic = netdev_priv(netdev);
	u16 channels, txq;

	if (sb_dev)
		return netdev_get_sb_channel(sb_dev);

	channels = READ_ONCE(nic->channels);
	txq = netdev_pick_tx(netdev, skb, NULL);
	return txq < channels ? txq : txq % channels;
}

static netdev_features_t vmq_features_check(struct sk_buff *skb,
					    struct net_device *netdev,
					    netdev_features_t features)
{
	netdev_features_t offloads = NETIF_F_CSUM_MASK | NETIF_F_SCTP_CRC |
				     NETIF_F_GSO_MASK;
	int mac_len = skb_network_offset(skb);

	features = vlan_features_check(skb, features);
	if (skb->ip_summed != CHECKSUM_PARTIAL)
		return features;
	if (mac_len > VMQ_MAX_MAC_HEADER ||
	    skb_checksum_start_offset(skb) - mac_len > VMQ_MAX_IP_HEADER)
		return features & ~offloads;
	return features;
}

static bool vmq_wants_vlan_filter(const struct net_device *netdev)
{
	return (netdev->features & NETIF_F_HW_VLAN_CTAG_FILTER) &&
	       !(netdev->flags & IFF_PROMISC);
}

/**
 * vmq_netdev_listen() - what the port listens to is what its netdev says now
 * @netdev: the NIC's netdev, registered
 *
 * While it is detached nobody calls ndo_set_rx_mode, not even later for what
 * has changed meanwhile. The chip is not told.
 *
 * Context: process context, netdev instance lock held.
 */
void vmq_netdev_listen(struct net_device *netdev)
{
	struct vmq_nic *nic = netdev_priv(netdev);

	mutex_lock(&nic->steering.lock);
	netif_addr_lock_bh(netdev);
	__vmq_steering_set_unicast(&nic->steering, &netdev->uc);
	netif_addr_unlock_bh(netdev);
	nic->steering.want_vlan_filter = vmq_wants_vlan_filter(netdev);
	mutex_unlock(&nic->steering.lock);
}

static int vmq_set_rx_mode(struct net_device *netdev,
			   struct netdev_hw_addr_list *uc,
			   struct netdev_hw_addr_list *mc)
{
	struct vmq_nic *nic = netdev_priv(netdev);

	if (!nic->up)
		return 0;
	vmq_steering_set_unicast(nic, uc);
	vmq_steering_set_vlan_filter(nic, vmq_wants_vlan_filter(netdev));
	vmq_program_rx_mode(nic, mc);
	return 0;
}

static int vmq_set_mac_address(struct net_device *netdev, void *p)
{
	struct vmq_nic *nic = netdev_priv(netdev);
	struct sockaddr_storage *addr = p;

	if (!is_valid_ether_addr(addr->__data))
		return -EADDRNOTAVAIL;

	eth_hw_addr_set(netdev, addr->__data);
	vmq_steering_set_own(nic, netdev->dev_addr);
	return 0;
}

static int vmq_change_mtu(struct net_device *netdev, int mtu)
{
	struct vmq_nic *nic = netdev_priv(netdev);

	/* Buffers are large enough for any MTU: only the limits change */
	WRITE_ONCE(netdev->mtu, mtu);
	vmq_program_pools(nic);
	return 0;
}

static int vmq_vlan_rx_add_vid(struct net_device *netdev, __be16 proto,
			       u16 vid)
{
	vmq_steering_set_vid(netdev_priv(netdev), vid, true);
	return 0;
}

static int vmq_vlan_rx_kill_vid(struct net_device *netdev, __be16 proto,
				u16 vid)
{
	vmq_steering_set_vid(netdev_priv(netdev), vid, false);
	return 0;
}

/* Stations need every transmit queue. Return: 0, or -ENOMEM: as before. */
static int vmq_set_station_offload(struct vmq_nic *nic, bool on)
{
	int err;

	if (!on)
		vmq_station_release_all(nic);
	nic->netdev->features ^= NETIF_F_HW_L2FW_DOFFLOAD;
	err = vmq_channel_set(nic, nic->channels, NULL);
	if (err)
		nic->netdev->features ^= NETIF_F_HW_L2FW_DOFFLOAD;
	return err;
}

static int vmq_set_features(struct net_device *netdev,
			    netdev_features_t features)
{
	netdev_features_t changed = netdev->features ^ features;
	struct vmq_nic *nic = netdev_priv(netdev);
	int err;

	/* First: of all that changes only this can fail */
	if (changed & NETIF_F_HW_L2FW_DOFFLOAD) {
		err = vmq_set_station_offload(nic, features &
						   NETIF_F_HW_L2FW_DOFFLOAD);
		if (err)
			return err;
	}
	if (changed & ~features & NETIF_F_NTUPLE)
		vmq_rules_clear(nic);
	/* The stack tells of VLANs only while this feature is on */
	if (changed & ~features & NETIF_F_HW_VLAN_CTAG_FILTER) {
		vmq_steering_set_vlan_filter(nic, false);
		vlan_drop_rx_ctag_filter_info(netdev);
	}
	netdev->features = features;

	if (changed & NETIF_F_HW_VLAN_CTAG_RX) {
		nic->hw.ops->vlan_strip(&nic->hw,
					features & NETIF_F_HW_VLAN_CTAG_RX);
		vmq_program_pools(nic);
	}
	if (changed & features & NETIF_F_HW_VLAN_CTAG_FILTER) {
		vlan_get_rx_ctag_filter_info(netdev);
		vmq_steering_set_vlan_filter(nic,
					     vmq_wants_vlan_filter(netdev));
	}
	return 1;
}

static void vmq_tx_timeout(struct net_device *netdev, unsigned int txq)
{
	struct vmq_nic *nic = netdev_priv(netdev);

	WRITE_ONCE(nic->tx_timeouts, nic->tx_timeouts + 1);
	vmq_health_event(nic, VMQ_HEALTH_TX_TIMEOUT, txq);
}

static const struct net_device_ops vmq_netdev_ops = {
	.ndo_open		= vmq_open,
	.ndo_stop		= vmq_stop,
	.ndo_start_xmit		= vmq_tx_xmit,
	.ndo_select_queue	= vmq_select_queue,
	.ndo_features_check	= vmq_features_check,
	.ndo_set_rx_mode_async	= vmq_set_rx_mode,
	.ndo_set_mac_address	= vmq_set_mac_address,
	.ndo_validate_addr	= eth_validate_addr,
	.ndo_change_mtu		= vmq_change_mtu,
	.ndo_tx_timeout		= vmq_tx_timeout,
	.ndo_get_stats64	= vmq_stats_get64,
	.ndo_vlan_rx_add_vid	= vmq_vlan_rx_add_vid,
	.ndo_vlan_rx_kill_vid	= vmq_vlan_rx_kill_vid,
	.ndo_set_features	= vmq_set_features,
	.ndo_dfwd_add_station	= vmq_station_add,
	.ndo_dfwd_del_station	= vmq_station_del,
};

/**
 * vmq_netdev_is_ours() - is this the netdev of one of our NICs
 * @netdev: any netdev
 *
 * Return: true if it is.
 */
bool vmq_netdev_is_ours(const struct net_device *netdev)
{
	return netdev->netdev_ops == &vmq_netdev_ops;
}

/**
 * vmq_netdev_setup() - what the netdev can do, before it is registered
 * @netdev: the netdev
 */
void vmq_netdev_setup(struct net_device *netdev)
{
	struct vmq_nic *nic = netdev_priv(netdev);
	netdev_features_t offloads = NETIF_F_SG | NETIF_F_HW_CSUM |
				     NETIF_F_SCTP_CRC | NETIF_F_TSO |
				     NETIF_F_TSO6;

	netdev->netdev_ops = &vmq_netdev_ops;
	netdev->queue_mgmt_ops = &vmq_queue_mgmt_ops;
	netdev->watchdog_timeo = VMQ_TX_TIMEOUT;
	netdev->min_mtu = ETH_MIN_MTU;
	netdev->max_mtu = nic->hw.caps->max_mtu;
	netdev->priv_flags |= IFF_UNICAST_FLT;

	netdev->vlan_features = offloads | NETIF_F_HIGHDMA;
	/* The chip could checksum behind a tunnel's headers, QEMU's model of
	 * it takes the outer ones: leave tunnels to the stack.
	 */
	netdev->hw_enc_features = NETIF_F_SG;
	netdev->hw_features = offloads | NETIF_F_RXCSUM | NETIF_F_NTUPLE |
			      NETIF_F_HW_VLAN_CTAG_RX |
			      NETIF_F_HW_VLAN_CTAG_TX |
			      NETIF_F_HW_VLAN_CTAG_FILTER;
	netdev->features = netdev->hw_features | NETIF_F_HIGHDMA;
	/* Stations take queues: the user switches that on */
	netdev->hw_features |= NETIF_F_HW_L2FW_DOFFLOAD;

	nic->steering.want_vlan_filter = vmq_wants_vlan_filter(netdev);
	vmq_stats_setup(netdev);
	vmq_ethtool_setup(netdev);
}
EXPORT_SYMBOL_IF_KUNIT(vmq_netdev_setup);
