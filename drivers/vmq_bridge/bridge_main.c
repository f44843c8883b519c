// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module: what it is told by the kernel, and the work that follows.
 *
 * Notifiers run in every context, some with the locks held that the answer
 * needs. So they only take note: whatever changes, direct delivery stops at
 * once, and the work, under RTNL, looks at how things are now.
 */
#include <linux/if_vlan.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>
#include <net/switchdev.h>

#include "bridge.h"

LIST_HEAD(vmq_bridge_nics);

/* Direct delivery rests on nothing having changed since the last look */
static atomic_t changes = ATOMIC_INIT(0);
static int settled;

static struct workqueue_struct *queue;

static void settle(struct work_struct *work)
{
	struct vmq_bridge_nic *nic;
	int seen;

	rtnl_lock();
	seen = atomic_read(&changes);
	/* What is read from here on is not older than that */
	smp_mb__after_atomic();
	vmq_bridge_uplinks_settle();
	vmq_bridge_scan();
	list_for_each_entry(nic, &vmq_bridge_nics, list)
		vmq_bridge_settle(nic);
	/* The plans, then that they are good: pairs with the look at it */
	smp_store_release(&settled, seen);
	rtnl_unlock();
}
static DECLARE_WORK(settle_work, settle);

static void tick(struct work_struct *work);
static DECLARE_DELAYED_WORK(tick_work, tick);

static void tick(struct work_struct *work)
{
	struct vmq_bridge_nic *nic;

	rtnl_lock();
	/* What has changed and was not looked at yet may be half gone */
	if (vmq_bridge_is_settled())
		list_for_each_entry(nic, &vmq_bridge_nics, list)
			vmq_bridge_tick(nic);
	rtnl_unlock();
	queue_delayed_work(queue, &tick_work, HZ);
}

/**
 * vmq_bridge_kick() - look soon at what has become of entries and queues
 *
 * Context: any.
 */
void vmq_bridge_kick(void)
{
	queue_work(queue, &settle_work);
}

/**
 * vmq_bridge_changed() - stop direct delivery until everything has been looked at
 *
 * Context: any. A frame that is looked at after this returns does not go
 * directly.
 */
void vmq_bridge_changed(void)
{
	atomic_inc(&changes);
	/* The change, then the note of it, as settle() reads them */
	smp_mb__after_atomic();
	vmq_bridge_kick();
}

/**
 * vmq_bridge_is_settled() - has everything been looked at since the last change?
 *
 * Context: any.
 * Return: plans that are read from now on are valid, for frames that came
 * before the next change.
 */
bool vmq_bridge_is_settled(void)
{
	/* Pairs with settle(), which has written the plans */
	return smp_load_acquire(&settled) == atomic_read(&changes);
}

static bool concerns_bridges(const struct net_device *dev)
{
	return netif_is_bridge_port(dev) || netif_is_bridge_master(dev) ||
	       is_vlan_dev(dev);
}

static int netdev_event(struct notifier_block *nb, unsigned long event,
			void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);

	switch (event) {
	case NETDEV_CHANGEUPPER:
	case NETDEV_UP:
	case NETDEV_GOING_DOWN:
	case NETDEV_CHANGE:
	case NETDEV_CHANGEMTU:
	case NETDEV_CHANGEADDR:
	case NETDEV_FEAT_CHANGE:
	case NETDEV_UNREGISTER:
		/* One that has just left its bridge is no port any more */
		if (event == NETDEV_CHANGEUPPER || concerns_bridges(dev))
			vmq_bridge_changed();
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block netdev_notifier = {
	.notifier_call = netdev_event,
};

/* What a port does with frames, as a protocol (MRP) has set it */
static int port_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	if (event == SWITCHDEV_PORT_ATTR_SET)
		vmq_bridge_changed();
	return NOTIFY_DONE;
}

static struct notifier_block port_notifier = {
	.notifier_call = port_event,
};

static struct notifier_block fdb_notifier = {
	.notifier_call = vmq_bridge_fdb_event,
};

static int __init vmq_bridge_init(void)
{
	int err;

	queue = alloc_ordered_workqueue("vmq_bridge", 0);
	if (!queue)
		return -ENOMEM;
	/* Until somebody listens to everything there is nothing to look at */
	disable_work(&settle_work);
	vmq_bridge_debugfs_init();
	err = vmq_bridge_monitor_init();
	if (err)
		goto exit_debugfs;
	err = register_switchdev_notifier(&fdb_notifier);
	if (err)
		goto exit_monitor;
	err = register_switchdev_blocking_notifier(&port_notifier);
	if (err)
		goto unregister_fdb;
	err = register_netdevice_notifier(&netdev_notifier);
	if (err)
		goto unregister_port;

	enable_work(&settle_work);
	vmq_bridge_changed();
	queue_delayed_work(queue, &tick_work, HZ);
	/* Bridges that are there are served when insmod returns */
	flush_work(&settle_work);
	return 0;

unregister_port:
	unregister_switchdev_blocking_notifier(&port_notifier);
unregister_fdb:
	unregister_switchdev_notifier(&fdb_notifier);
exit_monitor:
	vmq_bridge_monitor_exit();
exit_debugfs:
	vmq_bridge_debugfs_exit();
	destroy_workqueue(queue);
	return err;
}
module_init(vmq_bridge_init);

static void __exit vmq_bridge_exit(void)
{
	/* Nothing goes directly any more before nobody watches any more. Unlike
	 * the works, a NIC that goes away may still ask for its queues back.
	 */
	disable_work_sync(&settle_work);
	disable_delayed_work_sync(&tick_work);
	rtnl_lock();
	vmq_bridge_nics_del();
	rtnl_unlock();

	unregister_netdevice_notifier(&netdev_notifier);
	unregister_switchdev_blocking_notifier(&port_notifier);
	unregister_switchdev_notifier(&fdb_notifier);
	vmq_bridge_monitor_exit();
	vmq_bridge_debugfs_exit();
	destroy_workqueue(queue);
}
module_exit(vmq_bridge_exit);

MODULE_DESCRIPTION("Hardware queues for the ports of Linux bridges");
MODULE_LICENSE("GPL");
