// SPDX-License-Identifier: GPL-2.0-only
/*
 * macvlan and macvtap stations: a queue each, filters for the station's
 * address and for the VLANs on top of it.
 *
 * macvlan asks for a station when it is opened, and knows nothing of what
 * happens later: a new address, a VLAN device on top. Netdevice notifiers
 * tell.
 *
 * A station's queue gets its untagged frames, and those of the VLANs on top of
 * it. Frames for its address in any other VLAN reach the default queue, where
 * the stack does with them what it does without an offload.
 */
#include <linux/etherdevice.h>
#include <linux/if_macvlan.h>
#include <linux/if_vlan.h>
#include <linux/rtnetlink.h>

#include "vmq.h"

/**
 * struct vmq_station - one station
 * @nic: the NIC
 * @vdev: the macvlan or macvtap
 * @queue: its queue
 * @vids: VLANs on top of it, with VLAN 0 for untagged frames
 * @filter: the filters of @vids, in the same order
 * @count: how many
 */
struct vmq_station {
	struct vmq_nic *nic;
	struct net_device *vdev;
	u16 queue;
	u16 vids[VMQ_MAX_VLANS];
	struct vmq_filter *filter[VMQ_MAX_VLANS];
	u16 count;
};

static void vmq_station_key(const struct vmq_station *station, u16 vid,
			    struct vmq_filter_key *key)
{
	memset(key, 0, sizeof(*key));
	ether_addr_copy(key->addr, station->vdev->dev_addr);
	key->test = vid ? VMQ_VLAN_VID : VMQ_VLAN_UNTAGGED;
	key->vid = vid;
}

/* Steer one VLAN of the station, or its untagged frames, to its queue */
static int vmq_station_add_vid(struct vmq_station *station, u16 vid,
			       struct netlink_ext_ack *extack)
{
	struct vmq_filter_key key;
	struct vmq_filter *filter;

	if (station->count == ARRAY_SIZE(station->filter)) {
		NL_SET_ERR_MSG(extack, "the station has too many VLANs");
		return -ENOSPC;
	}
	vmq_station_key(station, vid, &key);
	filter = vmq_filter_add(station->nic, &key, station->queue, extack);
	if (IS_ERR(filter))
		return PTR_ERR(filter);
	station->vids[station->count] = vid;
	station->filter[station->count++] = filter;
	return 0;
}

static void vmq_station_del_slot(struct vmq_station *station, int slot)
{
	vmq_filter_del(station->nic, station->filter[slot]);
	station->count--;
	station->vids[slot] = station->vids[station->count];
	station->filter[slot] = station->filter[station->count];
}

static void vmq_station_del_vid(struct vmq_station *station, u16 vid)
{
	int slot;

	for (slot = 0; slot < station->count; slot++) {
		if (station->vids[slot] == vid) {
			vmq_station_del_slot(station, slot);
			return;
		}
	}
}

static void vmq_station_clear(struct vmq_station *station)
{
	while (station->count)
		vmq_station_del_slot(station, station->count - 1);
}

/* A fall-back to software is never silent */
static void vmq_station_fell_back(struct vmq_nic *nic,
				  const struct net_device *vdev,
				  const char *reason)
{
	nic->station_fallbacks++;
	netdev_info(nic->netdev, "%s gets no queue of its own: %s\n",
		    vdev->name, reason);
}

static const char *vmq_station_reason(const struct netlink_ext_ack *extack,
				      int err)
{
	if (extack->_msg)
		return extack->_msg;
	return err == -ENOMEM ? "out of memory" : "the chip does not answer";
}

/* VLAN devices that are there already */
static void vmq_station_add_uppers(struct vmq_station *station)
{
	struct netlink_ext_ack extack = {};
	struct net_device *upper;
	struct list_head *iter;
	int err;

	netdev_for_each_upper_dev_rcu(station->vdev, upper, iter) {
		if (!is_vlan_dev(upper) ||
		    vlan_dev_vlan_proto(upper) != htons(ETH_P_8021Q))
			continue;
		err = vmq_station_add_vid(station, vlan_dev_vlan_id(upper),
					  &extack);
		if (err)
			vmq_station_fell_back(station->nic, upper,
					      vmq_station_reason(&extack, err));
	}
}

static struct vmq_station *vmq_station_create(struct vmq_nic *nic,
					      struct net_device *vdev,
					      struct netlink_ext_ack *extack)
{
	struct vmq_station *station;
	int queue, err;

	station = kzalloc_obj(*station);
	if (!station)
		return ERR_PTR(-ENOMEM);

	queue = vmq_queue_alloc(nic, VMQ_OWNER_STATION, vdev);
	if (queue < 0) {
		err = queue;
		if (err == -ENOSPC)
			NL_SET_ERR_MSG(extack, "no queue is left");
		goto free_station;
	}
	station->nic = nic;
	station->vdev = vdev;
	station->queue = queue;

	/* The queue receives before a filter sends it anything */
	err = vmq_station_add_vid(station, 0, extack);
	if (err)
		goto free_queue;
	vmq_station_add_uppers(station);
	nic->stations[queue] = station;
	/* From here on the station's frames leave on its own queue */
	netdev_set_sb_channel(vdev, queue);
	return station;

free_queue:
	vmq_queue_free(&nic->queue[queue]);
free_station:
	kfree(station);
	return ERR_PTR(err);
}

static void vmq_station_destroy(struct vmq_station *station)
{
	struct vmq_nic *nic = station->nic;

	netdev_set_sb_channel(station->vdev, 0);
	vmq_station_clear(station);
	vmq_queue_free(&nic->queue[station->queue]);
	nic->stations[station->queue] = NULL;
	kfree(station);
}

/**
 * vmq_station_add() - ndo_dfwd_add_station
 * @netdev: the NIC's netdev
 * @vdev: the macvlan or macvtap that is being opened
 *
 * Context: process context, RTNL held, instance lock of @netdev not held.
 * Return: the station, or an error pointer; the station then works in
 * software.
 */
void *vmq_station_add(struct net_device *netdev, struct net_device *vdev)
{
	struct vmq_nic *nic = netdev_priv(netdev);
	struct netlink_ext_ack extack = {};
	struct vmq_station *station;

	/* Without a unicast address of its own there is nothing to steer by */
	if (!macvlan_supports_dest_filter(vdev))
		return ERR_PTR(-EMEDIUMTYPE);
	if (netif_is_multiqueue(vdev)) {
		vmq_station_fell_back(nic, vdev,
				      "a station has one queue, it wants more");
		return ERR_PTR(-ERANGE);
	}
	if (!netif_device_present(netdev))
		return ERR_PTR(-ENODEV);

	netdev_lock(netdev);
	station = vmq_station_create(nic, vdev, &extack);
	if (IS_ERR(station))
		vmq_station_fell_back(nic, vdev,
				      vmq_station_reason(&extack,
							 PTR_ERR(station)));
	netdev_unlock(netdev);
	return station;
}

/**
 * vmq_station_del() - ndo_dfwd_del_station
 * @netdev: the NIC's netdev
 * @priv: the station
 *
 * Context: process context, RTNL held, instance lock of @netdev not held.
 */
void vmq_station_del(struct net_device *netdev, void *priv)
{
	netdev_lock(netdev);
	vmq_station_destroy(priv);
	netdev_unlock(netdev);
}

/**
 * vmq_station_release_all() - send every station to software
 * @nic: the NIC
 *
 * Context: process context, RTNL and netdev instance lock held.
 */
void vmq_station_release_all(struct vmq_nic *nic)
{
	struct net_device *vdev;
	int i;

	for (i = 0; i < nic->hw.caps->num_queues; i++) {
		if (!nic->stations[i])
			continue;
		vdev = nic->stations[i]->vdev;
		vmq_station_destroy(nic->stations[i]);
		if (macvlan_release_l2fw_offload(vdev))
			netdev_warn(nic->netdev,
				    "no memory for the address of %s\n",
				    vdev->name);
	}
}

/* The station has a new address. Filters of the old one and of the new one on
 * one queue are what the chip cannot keep apart, so all of the old ones go
 * first. Until the new ones are there, frames take the default queue.
 */
static void vmq_station_changed_addr(struct vmq_station *station)
{
	struct netlink_ext_ack extack = {};
	int err;

	vmq_station_clear(station);
	err = vmq_station_add_vid(station, 0, &extack);
	if (err) {
		vmq_station_fell_back(station->nic, station->vdev,
				      vmq_station_reason(&extack, err));
		return;
	}
	vmq_station_add_uppers(station);
	/* macvlan, which does not know that the station was followed, has the
	 * port itself listen to the new address.
	 */
	dev_uc_del(station->nic->netdev, station->vdev->dev_addr);
}

static void vmq_station_changed_upper(struct vmq_station *station,
				      struct net_device *upper, bool linking)
{
	struct netlink_ext_ack extack = {};
	int err;

	if (!is_vlan_dev(upper) ||
	    vlan_dev_vlan_proto(upper) != htons(ETH_P_8021Q))
		return;
	if (!linking) {
		vmq_station_del_vid(station, vlan_dev_vlan_id(upper));
		return;
	}
	/* Without its untagged filter the station is in software altogether */
	if (!station->count)
		return;
	err = vmq_station_add_vid(station, vlan_dev_vlan_id(upper), &extack);
	if (err)
		vmq_station_fell_back(station->nic, upper,
				      vmq_station_reason(&extack, err));
}

/* The station of a macvlan on one of our netdevs, or NULL */
static struct vmq_station *vmq_station_of(struct net_device *vdev)
{
	struct net_device *netdev;
	struct vmq_nic *nic;
	int i;

	if (!netif_is_macvlan(vdev) || !macvlan_accel_priv(vdev))
		return NULL;
	netdev = macvlan_dev_real_dev(vdev);
	if (!vmq_netdev_is_ours(netdev))
		return NULL;
	nic = netdev_priv(netdev);
	for (i = 0; i < nic->hw.caps->num_queues; i++)
		if (nic->stations[i] && nic->stations[i]->vdev == vdev)
			return nic->stations[i];
	return NULL;
}

static int vmq_station_event(struct notifier_block *block,
			     unsigned long event, void *ptr)
{
	struct net_device *vdev = netdev_notifier_info_to_dev(ptr);
	struct netdev_notifier_changeupper_info *upper = ptr;
	struct vmq_station *station;

	if (event != NETDEV_CHANGEADDR && event != NETDEV_CHANGEUPPER)
		return NOTIFY_DONE;
	station = vmq_station_of(vdev);
	if (!station)
		return NOTIFY_DONE;

	netdev_lock(station->nic->netdev);
	if (event == NETDEV_CHANGEADDR)
		vmq_station_changed_addr(station);
	else
		vmq_station_changed_upper(station, upper->upper_dev,
					  upper->linking);
	netdev_unlock(station->nic->netdev);
	return NOTIFY_DONE;
}

static struct notifier_block vmq_station_notifier = {
	.notifier_call = vmq_station_event,
};

/**
 * vmq_station_init() - begin to follow stations
 *
 * Return: 0 or a negative error.
 */
int vmq_station_init(void)
{
	return register_netdevice_notifier(&vmq_station_notifier);
}

/**
 * vmq_station_exit() - undo vmq_station_init()
 */
void vmq_station_exit(void)
{
	unregister_netdevice_notifier(&vmq_station_notifier);
}
