// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters: the netdev's, its queues' (netdev genetlink), and those of
 * ethtool -S, which are the ones that no standard interface has a name for,
 * and all queues side by side. The standard groups are in vmq_std_stats.c.
 *
 * A dropped frame counts in rx_dropped or tx_dropped, and with its reason in
 * one of a queue's drop counters; a frame that the chip had no room for counts
 * in rx_missed_errors; one it found damaged, in the error of its kind.
 */
#include <net/netdev_queues.h>

#include "vmq.h"

/*
 * Who adds a counter is reminded here to give it a name below, or a place in
 * one of the standard interfaces.
 */
static_assert(sizeof(struct vmq_rx_stats) -
	      offsetof(struct vmq_rx_stats, packets) == 10 * sizeof(u64));
static_assert(offsetof(struct vmq_tx_stats, xmit_syncp) -
	      offsetof(struct vmq_tx_stats, packets) == 4 * sizeof(u64));
static_assert(sizeof(struct vmq_tx_stats) -
	      offsetof(struct vmq_tx_stats, tso_packets) == 9 * sizeof(u64));
static_assert(sizeof(struct vmq_hw_stats) ==
	      (49 + VMQ_MAX_QUEUES) * sizeof(u64));

/**
 * struct vmq_stat - a counter of ethtool -S
 * @name: its name, or what follows the queue's number in it
 * @offset: where it stands
 */
struct vmq_stat {
	char name[ETH_GSTRING_LEN];
	size_t offset;
};

#define VMQ_RX_STAT(_member)	\
	{ #_member, offsetof(struct vmq_rx_stats, _member) }
#define VMQ_TX_STAT(_member)	\
	{ #_member, offsetof(struct vmq_tx_stats, _member) }
#define VMQ_NIC_STAT(_name, _member)	\
	{ _name, offsetof(struct vmq_nic, _member) }

static const struct vmq_stat vmq_rx_stat[] = {
	VMQ_RX_STAT(packets),
	VMQ_RX_STAT(bytes),
	VMQ_RX_STAT(alloc_fail),
	VMQ_RX_STAT(csum_bad),
	VMQ_RX_STAT(drop_error),
	VMQ_RX_STAT(drop_alloc),
	VMQ_RX_STAT(drop_frags),
	VMQ_RX_STAT(redirected),
};

static const struct vmq_stat vmq_tx_stat[] = {
	VMQ_TX_STAT(packets),
	VMQ_TX_STAT(bytes),
	VMQ_TX_STAT(drop_alloc),
	VMQ_TX_STAT(drop_dma),
	VMQ_TX_STAT(drop_offload),
	VMQ_TX_STAT(drop_down),
};

static const struct vmq_stat vmq_nic_stat[] = {
	VMQ_NIC_STAT("rx_no_buffer", stats.rx_no_buffer),
	VMQ_NIC_STAT("rx_phy_errors", stats.rx_errors),
	VMQ_NIC_STAT("rx_length_events", stats.rx_length_errors),
	VMQ_NIC_STAT("rx_total_packets", stats.rx_total_packets),
	VMQ_NIC_STAT("rx_total_bytes", stats.rx_total_bytes),
	VMQ_NIC_STAT("rx_xon", stats.rx_xon),
	VMQ_NIC_STAT("rx_xoff", stats.rx_xoff),
	VMQ_NIC_STAT("tx_total_packets", stats.tx_total_packets),
	VMQ_NIC_STAT("tx_total_bytes", stats.tx_total_bytes),
	VMQ_NIC_STAT("tx_xon", stats.tx_xon),
	VMQ_NIC_STAT("tx_xoff", stats.tx_xoff),
	VMQ_NIC_STAT("tx_segmentations", stats.tx_tso),
	VMQ_NIC_STAT("tx_timeouts", tx_timeouts),
	VMQ_NIC_STAT("drain_timeouts", drain_timeouts),
	VMQ_NIC_STAT("station_fallbacks", station_fallbacks),
	VMQ_NIC_STAT("filter_fallbacks", steering.fallbacks),
	VMQ_NIC_STAT("filter_promotions", steering.promotions),
};

/* Beside the tables: rx_overrun_events, and each queue's drop_hw */
#define VMQ_STAT_COUNT	\
	(1 + ARRAY_SIZE(vmq_nic_stat) + VMQ_MAX_QUEUES * \
	 (ARRAY_SIZE(vmq_rx_stat) + 1 + ARRAY_SIZE(vmq_tx_stat)))

static void vmq_stats_fetch_rx(const struct vmq_queue *queue,
			       struct vmq_rx_stats *stats)
{
	const struct vmq_rx_stats *from = &queue->rx_stats;
	unsigned int start;

	do {
		start = u64_stats_fetch_begin(&from->syncp);
		*stats = *from;
	} while (u64_stats_fetch_retry(&from->syncp, start));
}

static void vmq_stats_fetch_tx(const struct vmq_queue *queue,
			       struct vmq_tx_stats *stats)
{
	const struct vmq_tx_stats *from = &queue->tx_stats;
	unsigned int poll, xmit;

	do {
		poll = u64_stats_fetch_begin(&from->syncp);
		xmit = u64_stats_fetch_begin(&from->xmit_syncp);
		*stats = *from;
	} while (u64_stats_fetch_retry(&from->syncp, poll) ||
		 u64_stats_fetch_retry(&from->xmit_syncp, xmit));
}

static u64 vmq_stat_read(const void *stats, const struct vmq_stat *stat)
{
	return READ_ONCE(*(const u64 *)(stats + stat->offset));
}

static void vmq_stats_rx_values(struct vmq_nic *nic, int idx, u64 **data)
{
	struct vmq_rx_stats stats;
	int i;

	vmq_stats_fetch_rx(&nic->queue[idx], &stats);
	for (i = 0; i < ARRAY_SIZE(vmq_rx_stat); i++)
		*(*data)++ = vmq_stat_read(&stats, &vmq_rx_stat[i]);
	*(*data)++ = nic->stats.queue_drops[idx];
}

static void vmq_stats_tx_values(struct vmq_nic *nic, int idx, u64 **data)
{
	struct vmq_tx_stats stats;
	int i;

	vmq_stats_fetch_tx(&nic->queue[idx], &stats);
	for (i = 0; i < ARRAY_SIZE(vmq_tx_stat); i++)
		*(*data)++ = vmq_stat_read(&stats, &vmq_tx_stat[i]);
}

static void vmq_stats_rx_strings(int idx, u8 **data)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(vmq_rx_stat); i++)
		ethtool_sprintf(data, "rx_queue_%d_%s", idx,
				vmq_rx_stat[i].name);
	ethtool_sprintf(data, "rx_queue_%d_drop_hw", idx);
}

static void vmq_stats_tx_strings(int idx, u8 **data)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(vmq_tx_stat); i++)
		ethtool_sprintf(data, "tx_queue_%d_%s", idx,
				vmq_tx_stat[i].name);
}

/**
 * vmq_stats_count() - how many counters ethtool -S shows
 *
 * Return: always the same, whoever has the queues.
 */
int vmq_stats_count(void)
{
	return VMQ_STAT_COUNT;
}

/**
 * vmq_stats_strings() - names of the counters of ethtool -S
 * @data: room for vmq_stats_count() strings of ETH_GSTRING_LEN
 */
void vmq_stats_strings(u8 *data)
{
	int i;

	ethtool_puts(&data, "rx_overrun_events");
	for (i = 0; i < ARRAY_SIZE(vmq_nic_stat); i++)
		ethtool_puts(&data, vmq_nic_stat[i].name);
	for (i = 0; i < VMQ_MAX_QUEUES; i++) {
		vmq_stats_rx_strings(i, &data);
		vmq_stats_tx_strings(i, &data);
	}
}

/**
 * vmq_stats_values() - get_ethtool_stats
 * @netdev: the NIC's netdev
 * @stats: not used
 * @data: room for vmq_stats_count() values, in the order of their names
 *
 * Context: process context, netdev instance lock held.
 */
void vmq_stats_values(struct net_device *netdev, struct ethtool_stats *stats,
		      u64 *data)
{
	struct vmq_nic *nic = netdev_priv(netdev);
	int i;

	vmq_stats_update(nic);
	*data++ = atomic64_read(&nic->overruns);
	for (i = 0; i < ARRAY_SIZE(vmq_nic_stat); i++)
		*data++ = vmq_stat_read(nic, &vmq_nic_stat[i]);
	for (i = 0; i < VMQ_MAX_QUEUES; i++) {
		vmq_stats_rx_values(nic, i, &data);
		vmq_stats_tx_values(nic, i, &data);
	}
}

static void vmq_stats_queue_rx(struct net_device *netdev, int idx,
			       struct netdev_queue_stats_rx *rx)
{
	struct vmq_nic *nic = netdev_priv(netdev);
	struct vmq_rx_stats stats;

	vmq_stats_update(nic);
	vmq_stats_fetch_rx(&nic->queue[idx], &stats);
	rx->packets = stats.packets;
	rx->bytes = stats.bytes;
	rx->alloc_fail = stats.alloc_fail + stats.drop_alloc;
	rx->csum_unnecessary = stats.csum_unnecessary;
	rx->csum_none = stats.csum_none;
	rx->csum_bad = stats.csum_bad;
	rx->hw_drop_overruns = nic->stats.queue_drops[idx];
}

static void vmq_stats_queue_tx(struct net_device *netdev, int idx,
			       struct netdev_queue_stats_tx *tx)
{
	struct vmq_nic *nic = netdev_priv(netdev);
	struct vmq_tx_stats stats;

	vmq_stats_fetch_tx(&nic->queue[idx], &stats);
	tx->packets = stats.packets;
	tx->bytes = stats.bytes;
	tx->needs_csum = stats.csum + stats.tso_segments;
	tx->hw_gso_packets = stats.tso_packets;
	tx->hw_gso_bytes = stats.tso_bytes;
	tx->hw_gso_wire_packets = stats.tso_segments;
	tx->hw_gso_wire_bytes = stats.tso_wire_bytes;
	tx->stop = stats.stop;
	tx->wake = stats.wake;
}

/* What belongs to no queue that the stack knows of: the queues behind its
 * channels, such as those of stations, and the frames that the chip had no
 * room for before it had chosen a queue.
 */
static void vmq_stats_base(struct net_device *netdev,
			   struct netdev_queue_stats_rx *rx,
			   struct netdev_queue_stats_tx *tx)
{
	struct vmq_nic *nic = netdev_priv(netdev);
	u16 count = nic->hw.caps->num_queues;

	vmq_stats_update(nic);
	rx->packets = 0;
	rx->bytes = 0;
	rx->alloc_fail = 0;
	rx->csum_unnecessary = 0;
	rx->csum_none = 0;
	rx->csum_bad = 0;
	rx->hw_drop_overruns = nic->stats.rx_missed;

	tx->packets = 0;
	tx->bytes = 0;
	tx->needs_csum = 0;
	tx->hw_gso_packets = 0;
	tx->hw_gso_bytes = 0;
	tx->hw_gso_wire_packets = 0;
	tx->hw_gso_wire_bytes = 0;
	tx->stop = 0;
	tx->wake = 0;

	netdev_stat_queue_sum(netdev, netdev->real_num_rx_queues, count, rx,
			      netdev->real_num_tx_queues, count, tx);
}

static const struct netdev_stat_ops vmq_stat_ops = {
	.get_queue_stats_rx	= vmq_stats_queue_rx,
	.get_queue_stats_tx	= vmq_stats_queue_tx,
	.get_base_stats		= vmq_stats_base,
};

/**
 * vmq_stats_setup() - announce the counters of the queues
 * @netdev: the netdev, before it is registered
 */
void vmq_stats_setup(struct net_device *netdev)
{
	netdev->stat_ops = &vmq_stat_ops;
}

static void vmq_stats_add_queue(const struct vmq_queue *queue,
				struct rtnl_link_stats64 *stats)
{
	struct vmq_rx_stats rx;
	struct vmq_tx_stats tx;

	vmq_stats_fetch_rx(queue, &rx);
	stats->rx_packets += rx.packets;
	stats->rx_bytes += rx.bytes;
	stats->rx_dropped += rx.drop_error + rx.drop_alloc + rx.drop_frags;

	vmq_stats_fetch_tx(queue, &tx);
	stats->tx_packets += tx.packets;
	stats->tx_bytes += tx.bytes;
	stats->tx_dropped += tx.drop_alloc + tx.drop_dma + tx.drop_offload +
			     tx.drop_down;
}

static void vmq_stats_add_hw_rx(const struct vmq_hw_stats *hw,
				struct rtnl_link_stats64 *stats)
{
	int i;

	stats->multicast = hw->rx_multicast;
	/* RLEC counts the undersized and the oversized once more */
	stats->rx_length_errors = hw->rx_undersize + hw->rx_oversize +
				  hw->rx_fragments + hw->rx_jabber;
	stats->rx_crc_errors = hw->rx_crc_errors;
	stats->rx_frame_errors = hw->rx_align_errors;
	stats->rx_errors = stats->rx_length_errors + stats->rx_crc_errors +
			   stats->rx_frame_errors + hw->rx_errors;

	stats->rx_missed_errors = hw->rx_missed;
	for (i = 0; i < ARRAY_SIZE(hw->queue_drops); i++)
		stats->rx_missed_errors += hw->queue_drops[i];
}

static void vmq_stats_add_hw_tx(const struct vmq_hw_stats *hw,
				struct rtnl_link_stats64 *stats)
{
	stats->collisions = hw->tx_collisions;
	stats->tx_aborted_errors = hw->tx_excess_collisions;
	stats->tx_window_errors = hw->tx_late_collisions;
	stats->tx_carrier_errors = hw->tx_no_carrier;
	stats->tx_errors = stats->tx_aborted_errors + stats->tx_window_errors +
			   stats->tx_carrier_errors;
}

/**
 * vmq_stats_get64() - ndo_get_stats64
 * @netdev: the NIC's netdev
 * @stats: all zeros
 *
 * Frames and bytes are those of all queues, so they include the stations'. The
 * chip's own counters are as old as the last look at the link.
 *
 * Context: RCU, must not sleep.
 */
void vmq_stats_get64(struct net_device *netdev,
		     struct rtnl_link_stats64 *stats)
{
	struct vmq_nic *nic = netdev_priv(netdev);
	struct vmq_hw_stats hw;
	unsigned int start;
	int i;

	for (i = 0; i < nic->hw.caps->num_queues; i++)
		vmq_stats_add_queue(&nic->queue[i], stats);

	do {
		start = u64_stats_fetch_begin(&nic->stats_sync);
		hw = nic->stats;
	} while (u64_stats_fetch_retry(&nic->stats_sync, start));
	vmq_stats_add_hw_rx(&hw, stats);
	vmq_stats_add_hw_tx(&hw, stats);
}
