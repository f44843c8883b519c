// SPDX-License-Identifier: GPL-2.0-only
/*
 * The NIC as a whole: up, down, reset, and the work that looks after it.
 */
#include <kunit/visibility.h>
#include <linux/module.h>

#include "vmq.h"

static bool vmq_promiscuous(const struct vmq_nic *nic)
{
	return nic->netdev->flags & IFF_PROMISC ||
	       nic->steering.plan.promiscuous;
}

static bool vmq_all_multicast(const struct vmq_nic *nic)
{
	return nic->netdev->flags & (IFF_PROMISC | IFF_ALLMULTI);
}

/**
 * __vmq_program_pools() - tell the chip how to treat each pool's frames
 * @nic: the NIC
 * @untagged: pools that get untagged frames
 *
 * Broadcast and multicast go to the default queue only; who replicates them
 * is software. A VM queue that has no buffer drops its own frame at once,
 * so that it cannot hold up the others.
 *
 * Context: process context, steering lock held.
 */
void __vmq_program_pools(struct vmq_nic *nic, u32 untagged)
{
	u16 max_frame = nic->netdev->mtu + ETH_HLEN;
	int i;

	lockdep_assert_held(&nic->steering.lock);

	for (i = 0; i < nic->hw.caps->num_queues; i++) {
		bool is_default = i == VMQ_DEFAULT_QUEUE;
		struct vmq_hw_pool pool = {
			.broadcast = is_default,
			.multicast = is_default,
			.all_multicast = is_default && vmq_all_multicast(nic),
			.promiscuous = is_default && vmq_promiscuous(nic),
			.untagged = untagged & BIT(i),
			.strip_vlan = nic->netdev->features &
				      NETIF_F_HW_VLAN_CTAG_RX,
			.drop = !is_default,
			.max_frame = max_frame,
		};

		nic->hw.ops->pool_set(&nic->hw, i, &pool);
	}
	nic->hw.ops->max_frame(&nic->hw, max_frame);
	nic->hw.ops->promiscuous(&nic->hw, vmq_promiscuous(nic));
}

/**
 * vmq_program_pools() - the same, for who does not hold the steering lock
 * @nic: the NIC
 */
void vmq_program_pools(struct vmq_nic *nic)
{
	mutex_lock(&nic->steering.lock);
	__vmq_program_pools(nic, nic->steering.plan.untagged);
	mutex_unlock(&nic->steering.lock);
}

/**
 * vmq_program_rx_mode() - tell the chip what the port listens to
 * @nic: the NIC
 * @mc: multicast addresses
 *
 * Context: process context, netdev instance lock held.
 */
void vmq_program_rx_mode(struct vmq_nic *nic,
			 const struct netdev_hw_addr_list *mc)
{
	nic->hw.ops->mc_hash(&nic->hw, vmq_all_multicast(nic) ? NULL : mc);
	vmq_program_pools(nic);
}

/* The same for the addresses that the netdev holds now. Before it is registered
 * the lock of its list is not set up, and nobody else knows the netdev.
 */
static void vmq_program_multicast(struct vmq_nic *nic)
{
	struct net_device *netdev = nic->netdev;
	const struct netdev_hw_addr_list *mc;

	mc = vmq_all_multicast(nic) ? NULL : &netdev->mc;
	if (netdev->reg_state == NETREG_UNINITIALIZED) {
		nic->hw.ops->mc_hash(&nic->hw, mc);
		return;
	}
	netif_addr_lock_bh(netdev);
	nic->hw.ops->mc_hash(&nic->hw, mc);
	netif_addr_unlock_bh(netdev);
}

/**
 * vmq_hw_restart() - reset the chip, and write what it must know before
 * anything runs
 * @nic: the NIC, down
 *
 * Context: process context, netdev instance lock held.
 * Return: 0; -ETIMEDOUT or -ENODEV if the chip does not answer.
 */
int vmq_hw_restart(struct vmq_nic *nic)
{
	const struct vmq_hw_ops *ops = nic->hw.ops;
	struct net_device *netdev = nic->netdev;
	struct vmq_hw *hw = &nic->hw;
	int err;

	/* The chip's counters do not survive it */
	vmq_stats_update(nic);
	nic->stale = true;
	err = ops->reset(hw);
	if (err)
		return err;
	err = ops->init(hw);
	if (err)
		return err;
	ops->vlan_strip(hw, netdev->features & NETIF_F_HW_VLAN_CTAG_RX);
	if (netdev->reg_state == NETREG_REGISTERED)
		vmq_netdev_listen(netdev);
	vmq_steering_replay(nic);
	vmq_program_multicast(nic);
	vmq_program_pools(nic);
	err = ops->link_set(hw, &nic->link_cfg);
	if (err)
		return err;
	nic->stale = false;
	return 0;
}

/**
 * vmq_present() - is the device still there
 * @nic: the NIC
 *
 * Context: process context.
 * Return: true if it is.
 */
bool vmq_present(struct vmq_nic *nic)
{
	if (READ_ONCE(nic->hw.gone))
		return false;
	if (nic->hw.ops->present(&nic->hw))
		return true;

	WRITE_ONCE(nic->hw.gone, true);
	netdev_err(nic->netdev, "the device is gone\n");
	netif_carrier_off(nic->netdev);
	netif_device_detach(nic->netdev);
	return false;
}

/**
 * vmq_stats_update() - add the chip's counters to ours
 * @nic: the NIC
 *
 * Context: process context, netdev instance lock held.
 */
void vmq_stats_update(struct vmq_nic *nic)
{
	struct vmq_hw_stats stats = nic->stats;

	if (READ_ONCE(nic->hw.gone))
		return;
	nic->hw.ops->stats_update(&nic->hw, &stats);
	preempt_disable();
	u64_stats_update_begin(&nic->stats_sync);
	nic->stats = stats;
	u64_stats_update_end(&nic->stats_sync);
	preempt_enable();
}

static const char *vmq_pause_name(const struct vmq_hw_link *link)
{
	if (link->rx_pause && link->tx_pause)
		return "rx/tx";
	if (link->rx_pause)
		return "rx";
	return link->tx_pause ? "tx" : "off";
}

static void vmq_link_update(struct vmq_nic *nic)
{
	struct net_device *netdev = nic->netdev;
	struct vmq_hw_link link = {};

	if (nic->hw.ops->link_get(&nic->hw, &link))
		return;
	nic->link = link;
	if (link.up == netif_carrier_ok(netdev))
		return;

	if (link.up) {
		netdev_info(netdev, "link up, %u Mb/s, %s duplex, flow control %s\n",
			    link.speed,
			    link.duplex == DUPLEX_FULL ? "full" : "half",
			    vmq_pause_name(&link));
		netif_carrier_on(netdev);
	} else {
		netdev_info(netdev, "link down\n");
		netif_carrier_off(netdev);
	}
}

static void vmq_service(struct work_struct *work)
{
	struct vmq_nic *nic = container_of(to_delayed_work(work),
					   struct vmq_nic, service);

	netdev_lock(nic->netdev);
	if (nic->up && vmq_present(nic)) {
		vmq_link_update(nic);
		vmq_stats_update(nic);
		queue_delayed_work(system_dfl_wq, &nic->service,
				   VMQ_SERVICE_PERIOD);
	}
	netdev_unlock(nic->netdev);
}

/**
 * vmq_up() - let the NIC run
 * @nic: the NIC
 *
 * Context: process context, RTNL and netdev instance lock held.
 * Return: 0 or a negative error, in which case nothing runs.
 */
int vmq_up(struct vmq_nic *nic)
{
	int err;

	if (nic->stale) {
		err = vmq_hw_restart(nic);
		if (err)
			return err;
	}
	err = vmq_irq_request_other(nic);
	if (err)
		return err;
	err = vmq_rings_up(nic);
	if (err)
		goto free_other;

	nic->up = true;
	vmq_program_pools(nic);
	err = nic->hw.ops->link_set(&nic->hw, &nic->link_cfg);
	if (err)
		goto down;
	nic->hw.ops->rx_enable(&nic->hw, true);
	nic->hw.ops->irq_unmask(&nic->hw, BIT(nic->hw.caps->num_queues));
	mod_delayed_work(system_dfl_wq, &nic->service, 0);
	return 0;

down:
	nic->up = false;
	vmq_rings_down(nic);
free_other:
	nic->hw.ops->irq_mask(&nic->hw, BIT(nic->hw.caps->num_queues));
	vmq_irq_free_other(nic);
	return err;
}

/**
 * vmq_down() - let the NIC run no longer
 * @nic: the NIC; nothing happens if it is down already
 *
 * The chip keeps its tables and the link, so that vmq_up() is quick.
 *
 * Context: process context, RTNL and netdev instance lock held. Cannot fail.
 */
void vmq_down(struct vmq_nic *nic)
{
	if (!nic->up)
		return;

	netif_carrier_off(nic->netdev);
	nic->hw.ops->rx_enable(&nic->hw, false);
	vmq_rings_down(nic);
	nic->up = false;
	nic->hw.ops->irq_mask(&nic->hw, BIT(nic->hw.caps->num_queues));
	vmq_irq_free_other(nic);
	vmq_stats_update(nic);
}

/**
 * vmq_reset() - reset the chip and bring everything back
 * @nic: the NIC, up or down
 *
 * A NIC that an earlier reset has left down comes up, too, if its netdev is.
 *
 * Context: process context, RTNL and netdev instance lock held.
 * Return: 0, or a negative error with the NIC down.
 */
int vmq_reset(struct vmq_nic *nic)
{
	int err;

	vmq_down(nic);
	err = vmq_hw_restart(nic);
	if (!err && netif_running(nic->netdev))
		err = vmq_up(nic);
	if (err)
		netdev_err(nic->netdev, "reset failed: %pe\n", ERR_PTR(err));
	return err;
}

/**
 * vmq_work_exit() - wait for the work that looks after a NIC
 * @nic: the NIC, whose netdev is unregistered
 *
 * Context: process context, no lock held.
 */
void vmq_work_exit(struct vmq_nic *nic)
{
	cancel_delayed_work_sync(&nic->service);
}

/**
 * vmq_nic_init() - set up a NIC that nothing has been done with yet
 * @nic: the NIC, all zeros
 * @netdev: its netdev
 * @caps: what its chip has
 * @ops: what its chip does
 *
 * Nothing is allocated and the chip is not touched.
 */
void vmq_nic_init(struct vmq_nic *nic, struct net_device *netdev,
		  const struct vmq_hw_caps *caps, const struct vmq_hw_ops *ops)
{
	int i;

	nic->netdev = netdev;
	nic->hw.caps = caps;
	nic->hw.ops = ops;
	nic->msg_enable = NETIF_MSG_DRV | NETIF_MSG_PROBE | NETIF_MSG_LINK;
	nic->rx_copybreak = VMQ_RX_COPYBREAK;
	nic->tx_copybreak = VMQ_TX_COPY_ROOM;
	nic->rx_count = VMQ_DEFAULT_RX_DESC;
	nic->tx_count = VMQ_DEFAULT_TX_DESC;
	nic->channels = 1;
	nic->link_cfg.autoneg = true;
	nic->link_cfg.pause_autoneg = true;
	nic->link_cfg.rx_pause = true;
	nic->link_cfg.tx_pause = true;
	nic->link_cfg.advertise = VMQ_LINK_ALL;
	nic->link_cfg.mdix = ETH_TP_MDI_AUTO;

	for (i = 0; i < caps->num_queues; i++) {
		struct vmq_queue *queue = &nic->queue[i];

		queue->nic = nic;
		spin_lock_init(&queue->receiving);
		queue->consumer.netdev = nic->netdev;
		queue->consumer.index = i;
		queue->index = i;
		queue->usecs = VMQ_DEFAULT_USECS;
		u64_stats_init(&queue->rx_stats.syncp);
		u64_stats_init(&queue->tx_stats.syncp);
		u64_stats_init(&queue->tx_stats.xmit_syncp);
	}
	INIT_LIST_HEAD(&nic->owners);
	INIT_LIST_HEAD(&nic->stations);
	vmq_owner_init(&nic->channel_owner, nic, "channel");
	vmq_owner_init(&nic->station_owner, nic, "station");
	nic->queue[VMQ_DEFAULT_QUEUE].owner = &nic->channel_owner;
	nic->queue[VMQ_DEFAULT_QUEUE].complete = true;
	vmq_steering_init(nic);
	INIT_DELAYED_WORK(&nic->service, vmq_service);
	u64_stats_init(&nic->stats_sync);
}
EXPORT_SYMBOL_IF_KUNIT(vmq_nic_init);

static int __init vmq_init(void)
{
	int err;

	vmq_debugfs_init();
	err = vmq_station_init();
	if (err)
		goto exit_debugfs;
	err = pci_register_driver(&vmq_pci_driver);
	if (err)
		goto exit_station;
	return 0;

exit_station:
	vmq_station_exit();
exit_debugfs:
	vmq_debugfs_exit();
	return err;
}
module_init(vmq_init);

static void __exit vmq_exit(void)
{
	pci_unregister_driver(&vmq_pci_driver);
	vmq_station_exit();
	vmq_debugfs_exit();
	/* Filters are freed after an RCU grace period, by kfree_rcu() */
}
module_exit(vmq_exit);

MODULE_DESCRIPTION("A hardware receive queue for every virtual machine (Intel 82576)");
MODULE_LICENSE("GPL");
/* It knows the same devices, and is to have those that are not given to us */
MODULE_SOFTDEP("pre: igb");
