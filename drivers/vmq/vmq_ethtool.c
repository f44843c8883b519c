// SPDX-License-Identifier: GPL-2.0-only
/*
 * ethtool: everything but the link (vmq_link.c), the counters (vmq_stats.c,
 * vmq_std_stats.c), the steering rules (vmq_rules.c) and the self-test.
 *
 * No command resets the port or takes the link down, unless it is about the
 * link, or is the offline self-test. All work with the interface down, too.
 */
#include <linux/log2.h>
#include <linux/netlink.h>

#include "vmq.h"

/* Longer frames are cheaper to hand on than to copy, on any machine */
#define VMQ_MAX_RX_COPYBREAK	1024

/**
 * vmq_ethtool_refuse() - say why a command was refused
 * @nic: the NIC
 * @option: of ethtool
 * @extack: has the reason
 *
 * For the commands that have no extended acknowledgement: the kernel log is
 * where the user can find it.
 *
 * Context: process context.
 */
void vmq_ethtool_refuse(const struct vmq_nic *nic, const char *option,
			const struct netlink_ext_ack *extack)
{
	if (extack->_msg && net_ratelimit())
		netdev_info(nic->netdev, "ethtool %s: %s\n", option,
			    extack->_msg);
}

/* Before every command: there is nobody to answer if the device is gone */
static int vmq_ethtool_begin(struct net_device *netdev)
{
	return vmq_present(netdev_priv(netdev)) ? 0 : -ENODEV;
}

static void vmq_ethtool_get_drvinfo(struct net_device *netdev,
				    struct ethtool_drvinfo *info)
{
	struct vmq_nic *nic = netdev_priv(netdev);

	strscpy(info->driver, VMQ_DRV_NAME, sizeof(info->driver));
	snprintf(info->fw_version, sizeof(info->fw_version), "0x%04x",
		 nic->hw.nvm_version);
}

static u32 vmq_ethtool_get_msglevel(struct net_device *netdev)
{
	struct vmq_nic *nic = netdev_priv(netdev);

	return nic->msg_enable;
}

static void vmq_ethtool_set_msglevel(struct net_device *netdev, u32 level)
{
	struct vmq_nic *nic = netdev_priv(netdev);

	nic->msg_enable = level;
}

static void vmq_ethtool_get_wol(struct net_device *netdev,
				struct ethtool_wolinfo *wol)
{
	wol->supported = 0;
	wol->wolopts = 0;
}

/* The register dump is a list of these */
struct vmq_ethtool_reg {
	u32 offset;	/* in the chip's register space, in bytes */
	u32 value;
};

static int vmq_ethtool_get_regs_len(struct net_device *netdev)
{
	struct vmq_nic *nic = netdev_priv(netdev);
	const struct vmq_hw_reg *run;
	int count = 0;

	for (run = nic->hw.dump; run->name; run++)
		count += run->count;
	return count * sizeof(struct vmq_ethtool_reg);
}

static void vmq_ethtool_get_regs(struct net_device *netdev,
				 struct ethtool_regs *regs, void *data)
{
	struct vmq_nic *nic = netdev_priv(netdev);
	struct vmq_ethtool_reg *reg = data;
	const struct vmq_hw_reg *run;
	int i;

	regs->version = nic->hw.caps->regs_version;
	for (run = nic->hw.dump; run->name; run++) {
		for (i = 0; i < run->count; i++, reg++) {
			reg->offset = run->offset + i * run->stride;
			reg->value = vmq_hw_rd32(&nic->hw, reg->offset);
		}
	}
}

static int vmq_ethtool_get_eeprom_len(struct net_device *netdev)
{
	struct vmq_nic *nic = netdev_priv(netdev);

	return nic->hw.nvm_words * sizeof(u16);
}

/* The NVM is made of words, the low byte of each comes first */
static int vmq_ethtool_get_eeprom(struct net_device *netdev,
				  struct ethtool_eeprom *eeprom, u8 *data)
{
	struct vmq_nic *nic = netdev_priv(netdev);
	u16 first = eeprom->offset / sizeof(u16);
	u16 count, *words;
	int err, i;

	if (!eeprom->len)
		return -EINVAL;
	count = (eeprom->offset + eeprom->len - 1) / sizeof(u16) - first + 1;
	words = kmalloc_array(count, sizeof(*words), GFP_KERNEL);
	if (!words)
		return -ENOMEM;

	err = nic->hw.ops->nvm_read(&nic->hw, first, count, words);
	if (err)
		goto free;
	for (i = 0; i < count; i++)
		cpu_to_le16s(&words[i]);
	memcpy(data, (u8 *)words + eeprom->offset % sizeof(u16), eeprom->len);
	eeprom->magic = nic->hw.pdev->vendor |
			(u32)nic->hw.pdev->device << 16;
free:
	kfree(words);
	return err;
}

static void vmq_ethtool_get_ringparam(struct net_device *netdev,
				      struct ethtool_ringparam *ring,
				      struct kernel_ethtool_ringparam *kernel,
				      struct netlink_ext_ack *extack)
{
	struct vmq_nic *nic = netdev_priv(netdev);

	ring->rx_max_pending = nic->hw.caps->max_ring;
	ring->tx_max_pending = nic->hw.caps->max_ring;
	ring->rx_pending = nic->rx_count;
	ring->tx_pending = nic->tx_count;
}

static int vmq_ethtool_check_ring(const char *name, u32 count, u32 min,
				  u32 max, struct netlink_ext_ack *extack)
{
	if (count < min || count > max) {
		NL_SET_ERR_MSG_FMT(extack,
				   "%s ring of %u descriptors: %u to %u are possible",
				   name, count, min, max);
		return -EINVAL;
	}
	if (!is_power_of_2(count)) {
		NL_SET_ERR_MSG_FMT(extack,
				   "%s ring of %u: not a power of two; try %lu or %lu",
				   name, count, rounddown_pow_of_two(count),
				   roundup_pow_of_two(count));
		return -EINVAL;
	}
	return 0;
}

static int vmq_ethtool_set_ringparam(struct net_device *netdev,
				     struct ethtool_ringparam *ring,
				     struct kernel_ethtool_ringparam *kernel,
				     struct netlink_ext_ack *extack)
{
	struct vmq_nic *nic = netdev_priv(netdev);
	const struct vmq_hw_caps *caps = nic->hw.caps;
	int err;

	if (ring->rx_mini_pending || ring->rx_jumbo_pending) {
		NL_SET_ERR_MSG(extack, "no separate ring for small or large frames");
		return -EINVAL;
	}
	err = vmq_ethtool_check_ring("receive", ring->rx_pending,
				     caps->min_ring, caps->max_ring, extack);
	if (err)
		return err;
	err = vmq_ethtool_check_ring("transmit", ring->tx_pending,
				     max_t(u32, caps->min_ring,
					   VMQ_TX_MIN_DESC),
				     caps->max_ring, extack);
	if (err)
		return err;

	err = vmq_resize(nic, ring->rx_pending, ring->tx_pending);
	if (err == -ENOMEM)
		NL_SET_ERR_MSG(extack, "not enough memory for rings of that size");
	else if (err)
		NL_SET_ERR_MSG(extack, "the chip does not answer");
	return err;
}

static void vmq_ethtool_get_channels(struct net_device *netdev,
				     struct ethtool_channels *channels)
{
	struct vmq_nic *nic = netdev_priv(netdev);

	channels->max_combined = nic->hw.caps->num_queues;
	channels->combined_count = nic->channels;
	/* The vector that tells of the link */
	channels->max_other = 1;
	channels->other_count = 1;
}

static int vmq_ethtool_check_other(u32 count, struct netlink_ext_ack *extack)
{
	if (count == 1)
		return 0;
	NL_SET_ERR_MSG(extack, "other must be 1: the vector that tells of the link");
	return -EINVAL;
}

static int vmq_ethtool_set_channels(struct net_device *netdev,
				    struct ethtool_channels *channels)
{
	struct vmq_nic *nic = netdev_priv(netdev);
	struct netlink_ext_ack extack = {};
	int err;

	/* The core has checked the other counts */
	err = vmq_ethtool_check_other(channels->other_count, &extack);
	if (!err)
		err = vmq_channel_set(nic, channels->combined_count, &extack);
	if (err)
		vmq_ethtool_refuse(nic, "-L", &extack);
	return err;
}

static int vmq_ethtool_check_usecs(const struct vmq_nic *nic, u32 usecs,
				   struct netlink_ext_ack *extack)
{
	if (usecs <= nic->hw.caps->max_rx_usecs)
		return 0;
	NL_SET_ERR_MSG_FMT(extack, "rx-usecs can be 0 to %u",
			   nic->hw.caps->max_rx_usecs);
	return -EINVAL;
}

static void vmq_ethtool_set_usecs(struct vmq_queue *queue, u16 usecs)
{
	struct vmq_nic *nic = queue->nic;

	queue->usecs = usecs;
	if (nic->up)
		nic->hw.ops->irq_interval(&nic->hw, queue->index, usecs);
}

static int vmq_ethtool_get_coalesce(struct net_device *netdev,
				    struct ethtool_coalesce *coalesce,
				    struct kernel_ethtool_coalesce *kernel,
				    struct netlink_ext_ack *extack)
{
	struct vmq_nic *nic = netdev_priv(netdev);

	coalesce->rx_coalesce_usecs = nic->queue[VMQ_DEFAULT_QUEUE].usecs;
	return 0;
}

/* For all queues, the stations' too. A queue's vector tells of both its
 * directions, and has one interval: rx-usecs.
 */
static int vmq_ethtool_set_coalesce(struct net_device *netdev,
				    struct ethtool_coalesce *coalesce,
				    struct kernel_ethtool_coalesce *kernel,
				    struct netlink_ext_ack *extack)
{
	struct vmq_nic *nic = netdev_priv(netdev);
	u32 usecs = coalesce->rx_coalesce_usecs;
	int err, i;

	err = vmq_ethtool_check_usecs(nic, usecs, extack);
	if (err)
		return err;
	for (i = 0; i < nic->hw.caps->num_queues; i++)
		vmq_ethtool_set_usecs(&nic->queue[i], usecs);
	return 0;
}

/* Not only channels: a station's queue has a number and an interval, too */
static int vmq_ethtool_get_queue_coalesce(struct net_device *netdev, u32 idx,
					  struct ethtool_coalesce *coalesce)
{
	struct vmq_nic *nic = netdev_priv(netdev);

	if (idx >= nic->hw.caps->num_queues)
		return -EINVAL;
	coalesce->rx_coalesce_usecs = nic->queue[idx].usecs;
	return 0;
}

static int vmq_ethtool_set_queue_coalesce(struct net_device *netdev, u32 idx,
					  struct ethtool_coalesce *coalesce)
{
	struct vmq_nic *nic = netdev_priv(netdev);
	u32 usecs = coalesce->rx_coalesce_usecs;
	struct netlink_ext_ack extack = {};
	int err;

	if (idx >= nic->hw.caps->num_queues)
		return -EINVAL;
	err = vmq_ethtool_check_usecs(nic, usecs, &extack);
	if (err) {
		vmq_ethtool_refuse(nic, "-Q", &extack);
		return err;
	}
	vmq_ethtool_set_usecs(&nic->queue[idx], usecs);
	return 0;
}

static int vmq_ethtool_get_tunable(struct net_device *netdev,
				   const struct ethtool_tunable *tunable,
				   void *data)
{
	struct vmq_nic *nic = netdev_priv(netdev);

	switch (tunable->id) {
	case ETHTOOL_RX_COPYBREAK:
		*(u32 *)data = nic->rx_copybreak;
		return 0;
	case ETHTOOL_TX_COPYBREAK:
		*(u32 *)data = nic->tx_copybreak;
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

static int vmq_ethtool_set_copybreak(struct vmq_nic *nic, u32 *copybreak,
				     u32 bytes, u32 most, const char *name)
{
	struct netlink_ext_ack extack = {};

	if (bytes > most) {
		NL_SET_ERR_MSG_FMT(&extack, "%s can be 0 to %u", name, most);
		vmq_ethtool_refuse(nic, "--set-tunable", &extack);
		return -EINVAL;
	}
	WRITE_ONCE(*copybreak, bytes);
	return 0;
}

static int vmq_ethtool_set_tunable(struct net_device *netdev,
				   const struct ethtool_tunable *tunable,
				   const void *data)
{
	struct vmq_nic *nic = netdev_priv(netdev);
	u32 bytes = *(const u32 *)data;

	switch (tunable->id) {
	case ETHTOOL_RX_COPYBREAK:
		return vmq_ethtool_set_copybreak(nic, &nic->rx_copybreak, bytes,
						 VMQ_MAX_RX_COPYBREAK,
						 "rx-copybreak");
	case ETHTOOL_TX_COPYBREAK:
		return vmq_ethtool_set_copybreak(nic, &nic->tx_copybreak, bytes,
						 VMQ_TX_COPY_ROOM,
						 "tx-copybreak");
	default:
		return -EOPNOTSUPP;
	}
}

static u32 vmq_ethtool_get_rx_ring_count(struct net_device *netdev)
{
	struct vmq_nic *nic = netdev_priv(netdev);

	return nic->channels;
}

static int vmq_ethtool_get_sset_count(struct net_device *netdev, int set)
{
	switch (set) {
	case ETH_SS_STATS:
		return vmq_stats_count();
	case ETH_SS_TEST:
		return VMQ_SELFTEST_COUNT;
	default:
		return -EOPNOTSUPP;
	}
}

static void vmq_ethtool_get_strings(struct net_device *netdev, u32 set,
				    u8 *data)
{
	switch (set) {
	case ETH_SS_STATS:
		vmq_stats_strings(data);
		break;
	case ETH_SS_TEST:
		memcpy(data, vmq_selftest_names,
		       VMQ_SELFTEST_COUNT * ETH_GSTRING_LEN);
		break;
	}
}

static const struct ethtool_ops vmq_ethtool_ops = {
	.supported_coalesce_params = ETHTOOL_COALESCE_RX_USECS,
	/* Under RTNL: what may change the number of queues, report the
	 * carrier to the stack, or take the interface down for a while
	 */
	.op_needs_rtnl		= ETHTOOL_OP_NEEDS_RTNL_SCHANNELS |
				  ETHTOOL_OP_NEEDS_RTNL_GLINK |
				  ETHTOOL_OP_NEEDS_RTNL_TEST,
	.begin			= vmq_ethtool_begin,
	.get_drvinfo		= vmq_ethtool_get_drvinfo,
	.get_regs_len		= vmq_ethtool_get_regs_len,
	.get_regs		= vmq_ethtool_get_regs,
	.get_wol		= vmq_ethtool_get_wol,
	.get_msglevel		= vmq_ethtool_get_msglevel,
	.set_msglevel		= vmq_ethtool_set_msglevel,
	.get_link		= ethtool_op_get_link,
	.nway_reset		= vmq_link_nway_reset,
	.get_link_ksettings	= vmq_link_get_ksettings,
	.set_link_ksettings	= vmq_link_set_ksettings,
	.get_pauseparam		= vmq_link_get_pause,
	.set_pauseparam		= vmq_link_set_pause,
	.set_phys_id		= vmq_link_set_phys_id,
	.get_eeprom_len		= vmq_ethtool_get_eeprom_len,
	.get_eeprom		= vmq_ethtool_get_eeprom,
	.get_ringparam		= vmq_ethtool_get_ringparam,
	.set_ringparam		= vmq_ethtool_set_ringparam,
	.get_channels		= vmq_ethtool_get_channels,
	.set_channels		= vmq_ethtool_set_channels,
	.get_coalesce		= vmq_ethtool_get_coalesce,
	.set_coalesce		= vmq_ethtool_set_coalesce,
	.get_per_queue_coalesce	= vmq_ethtool_get_queue_coalesce,
	.set_per_queue_coalesce	= vmq_ethtool_set_queue_coalesce,
	.get_tunable		= vmq_ethtool_get_tunable,
	.set_tunable		= vmq_ethtool_set_tunable,
	.get_rxnfc		= vmq_rules_get,
	.set_rxnfc		= vmq_rules_set,
	.get_rx_ring_count	= vmq_ethtool_get_rx_ring_count,
	.get_ts_info		= ethtool_op_get_ts_info,
	.self_test		= vmq_selftest,
	.get_sset_count		= vmq_ethtool_get_sset_count,
	.get_strings		= vmq_ethtool_get_strings,
	.get_ethtool_stats	= vmq_stats_values,
	.get_eth_mac_stats	= vmq_std_stats_mac,
	.get_eth_phy_stats	= vmq_std_stats_phy,
	.get_eth_ctrl_stats	= vmq_std_stats_ctrl,
	.get_rmon_stats		= vmq_std_stats_rmon,
	.get_pause_stats	= vmq_std_stats_pause,
};

/**
 * vmq_ethtool_setup() - announce the commands
 * @netdev: the netdev, before it is registered
 */
void vmq_ethtool_setup(struct net_device *netdev)
{
	netdev->ethtool_ops = &vmq_ethtool_ops;
}
