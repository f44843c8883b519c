// SPDX-License-Identifier: GPL-2.0-only
/*
 * The chip's counters by the names of IEEE 802.3 and of RMON (ethtool -S
 * --groups, ethtool -I). All of them count the port.
 */
#include "vmq.h"

/* The last one counts everything from 1024 bytes up to the longest frame */
static const struct ethtool_rmon_hist_range vmq_rmon_ranges[] = {
	{    0,   64 },
	{   65,  127 },
	{  128,  255 },
	{  256,  511 },
	{  512, 1023 },
	{ 1024, 9728 },
	{ }
};
static_assert(ARRAY_SIZE(vmq_rmon_ranges) ==
	      sizeof_field(struct vmq_hw_stats, rx_size) / sizeof(u64) + 1);
static_assert(sizeof_field(struct vmq_hw_stats, tx_size) ==
	      sizeof_field(struct vmq_hw_stats, rx_size));

static const struct vmq_hw_stats *vmq_std_stats_fresh(struct net_device *netdev)
{
	struct vmq_nic *nic = netdev_priv(netdev);

	vmq_stats_update(nic);
	return &nic->stats;
}

/**
 * vmq_std_stats_mac() - get_eth_mac_stats
 * @netdev: the NIC's netdev
 * @mac: counters
 *
 * Context: process context, netdev instance lock held.
 */
void vmq_std_stats_mac(struct net_device *netdev,
		       struct ethtool_eth_mac_stats *mac)
{
	const struct vmq_hw_stats *hw = vmq_std_stats_fresh(netdev);

	mac->FramesTransmittedOK = hw->tx_packets;
	mac->OctetsTransmittedOK = hw->tx_bytes;
	mac->MulticastFramesXmittedOK = hw->tx_multicast;
	mac->BroadcastFramesXmittedOK = hw->tx_broadcast;
	mac->SingleCollisionFrames = hw->tx_single_collisions;
	mac->MultipleCollisionFrames = hw->tx_multiple_collisions;
	mac->FramesAbortedDueToXSColls = hw->tx_excess_collisions;
	mac->LateCollisions = hw->tx_late_collisions;
	mac->FramesWithDeferredXmissions = hw->tx_deferred;
	mac->CarrierSenseErrors = hw->tx_no_carrier;

	mac->FramesReceivedOK = hw->rx_packets;
	mac->OctetsReceivedOK = hw->rx_bytes;
	mac->MulticastFramesReceivedOK = hw->rx_multicast;
	mac->BroadcastFramesReceivedOK = hw->rx_broadcast;
	mac->FrameCheckSequenceErrors = hw->rx_crc_errors;
	mac->AlignmentErrors = hw->rx_align_errors;
	mac->FrameTooLongErrors = hw->rx_oversize + hw->rx_jabber;
}

/**
 * vmq_std_stats_phy() - get_eth_phy_stats
 * @netdev: the NIC's netdev
 * @phy: counters
 *
 * Context: process context, netdev instance lock held.
 */
void vmq_std_stats_phy(struct net_device *netdev,
		       struct ethtool_eth_phy_stats *phy)
{
	const struct vmq_hw_stats *hw = vmq_std_stats_fresh(netdev);

	phy->SymbolErrorDuringCarrier = hw->rx_symbol_errors;
}

/**
 * vmq_std_stats_ctrl() - get_eth_ctrl_stats
 * @netdev: the NIC's netdev
 * @ctrl: counters
 *
 * Context: process context, netdev instance lock held.
 */
void vmq_std_stats_ctrl(struct net_device *netdev,
			struct ethtool_eth_ctrl_stats *ctrl)
{
	const struct vmq_hw_stats *hw = vmq_std_stats_fresh(netdev);

	ctrl->MACControlFramesTransmitted = hw->tx_xon + hw->tx_xoff;
	ctrl->MACControlFramesReceived = hw->rx_pause +
					 hw->rx_unsupported_control;
	ctrl->UnsupportedOpcodesReceived = hw->rx_unsupported_control;
}

/**
 * vmq_std_stats_rmon() - get_rmon_stats
 * @netdev: the NIC's netdev
 * @rmon: counters
 * @ranges: frame lengths that the histogram counts, FCS included
 *
 * Context: process context, netdev instance lock held.
 */
void vmq_std_stats_rmon(struct net_device *netdev,
			struct ethtool_rmon_stats *rmon,
			const struct ethtool_rmon_hist_range **ranges)
{
	const struct vmq_hw_stats *hw = vmq_std_stats_fresh(netdev);
	int i;

	rmon->undersize_pkts = hw->rx_undersize;
	rmon->oversize_pkts = hw->rx_oversize;
	rmon->fragments = hw->rx_fragments;
	rmon->jabbers = hw->rx_jabber;
	for (i = 0; i < ARRAY_SIZE(hw->rx_size); i++) {
		rmon->hist[i] = hw->rx_size[i];
		rmon->hist_tx[i] = hw->tx_size[i];
	}
	*ranges = vmq_rmon_ranges;
}

/**
 * vmq_std_stats_pause() - get_pause_stats
 * @netdev: the NIC's netdev
 * @pause: counters
 *
 * Context: process context, netdev instance lock held.
 */
void vmq_std_stats_pause(struct net_device *netdev,
			 struct ethtool_pause_stats *pause)
{
	const struct vmq_hw_stats *hw = vmq_std_stats_fresh(netdev);

	pause->tx_pause_frames = hw->tx_xon + hw->tx_xoff;
	pause->rx_pause_frames = hw->rx_pause;
}
