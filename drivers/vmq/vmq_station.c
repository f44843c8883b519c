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
 *
 * A station that finds no queue left is served in software, from the default
 * queue, until one is freed.
 *
 * One whose address somebody else has steered already has neither queue nor
 * filters: macvlan finds its frames, among those of the port itself. It tries
 * again when it has another address.
 */
#include <linux/etherdevice.h>
#include <linux/if_macvlan.h>
#include <linux/if_vlan.h>
#include <linux/rtnetlink.h>

#include "vmq.h"

/**
 * struct vmq_station - one station
 * @list: in &vmq_nic.stations
 * @nic: the NIC
 * @vdev: the macvlan or macvtap
 * @queue: its queue, NULL if there was none
 * @software: gets its frames while it has no queue
 * @vids: VLANs on top of it, with VLAN 0 for untagged frames
 * @filter: the filters of @vids, in the same order
 * @count: how many; 0 while somebody else has its address
 */
struct vmq_station {
	struct list_head list;
	struct vmq_nic *nic;
	struct net_device *vdev;
	struct vmq_queue *queue;
	struct vmq_consumer software;
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

static const struct vmq_consumer *
vmq_station_consumer(const struct vmq_station *station)
{
	return station->queue ? &station->queue->consumer : &station->software;
}

static u16 vmq_station_index(const struct vmq_station *station)
{
	return station->queue ? station->queue->index : VMQ_DEFAULT_QUEUE;
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
	filter = __vmq_filter_set(station->nic, &station->nic->station_owner,
				  vmq_station_consumer(station),
				  vmq_station_index(station), &key, extack);
	if (IS_ERR(filter))
		return PTR_ERR(filter);
	station->vids[station->count] = vid;
	station->filter[station->count++] = filter;
	return 0;
}

static void vmq_station_del_slot(struct vmq_station *station, int slot)
{
	__vmq_filter_clear(station->nic, station->filter[slot]);
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

/* A queue of its own, if one is left; it receives when this returns */
static int vmq_station_take_queue(struct vmq_station *station,
				  struct netlink_ext_ack *extack)
{
	struct vmq_queue_params params = { .name = station->vdev->name };
	struct vmq_nic *nic = station->nic;
	struct vmq_queue *queue;
	int err;

	queue = __vmq_queue_alloc(&nic->station_owner, &params, station->vdev,
				  extack);
	if (IS_ERR(queue))
		return PTR_ERR(queue);
	err = __vmq_queue_complete(queue, extack);
	if (err) {
		__vmq_queue_free(queue);
		return err;
	}
	station->queue = queue;
	return 0;
}

/* Others may have its queue, and its frames leave by the default one */
static void vmq_station_give_queue(struct vmq_station *station)
{
	struct vmq_queue *queue = station->queue;

	netdev_set_sb_channel(station->vdev, 0);
	station->queue = NULL;
	if (queue)
		__vmq_queue_free(queue);
}

/* A queue, or software in its place, and all filters of its address */
static int vmq_station_enter(struct vmq_station *station,
			     struct netlink_ext_ack *extack)
{
	struct netlink_ext_ack why = {};
	int err;

	err = vmq_station_take_queue(station, &why);
	if (err)
		vmq_station_fell_back(station->nic, station->vdev,
				      vmq_station_reason(&why, err));
	err = vmq_station_add_vid(station, 0, extack);
	if (err) {
		vmq_station_give_queue(station);
		return err;
	}
	vmq_station_add_uppers(station);
	/* From here on the station's frames leave on its own queue */
	netdev_set_sb_channel(station->vdev, vmq_station_index(station));
	return 0;
}

static struct vmq_station *vmq_station_create(struct vmq_nic *nic,
					      struct net_device *vdev,
					      struct netlink_ext_ack *extack)
{
	struct vmq_station *station;
	int err;

	station = kzalloc_obj(*station);
	if (!station)
		return ERR_PTR(-ENOMEM);
	station->nic = nic;
	station->vdev = vdev;
	station->software.netdev = vdev;

	err = vmq_station_enter(station, extack);
	if (err) {
		kfree(station);
		return ERR_PTR(err);
	}
	list_add_tail(&station->list, &nic->stations);
	return station;
}

static void vmq_station_destroy(struct vmq_station *station)
{
	list_del(&station->list);
	vmq_station_clear(station);
	vmq_station_give_queue(station);
	kfree(station);
}

/* Its frames come by its new queue from now on, in order */
static void vmq_station_move(struct vmq_station *station)
{
	struct vmq_nic *nic = station->nic;
	int slot;

	for (slot = 0; slot < station->count; slot++)
		__vmq_filter_move(nic, station->filter[slot],
				  vmq_station_consumer(station),
				  vmq_station_index(station), NULL);
	netdev_set_sb_channel(station->vdev, vmq_station_index(station));
	netdev_info(nic->netdev, "%s gets queue %u\n", station->vdev->name,
		    vmq_station_index(station));
}

/**
 * vmq_station_promote() - give queues that were freed to stations without one
 * @nic: the NIC
 *
 * Context: process context, netdev instance lock held.
 */
void vmq_station_promote(struct vmq_nic *nic)
{
	struct vmq_station *station;

	/* Giving up half-way frees a queue, too */
	if (nic->promoting)
		return;
	nic->promoting = true;
	list_for_each_entry(station, &nic->stations, list) {
		if (station->queue || !station->count)
			continue;
		if (vmq_station_take_queue(station, NULL))
			break;
		vmq_station_move(station);
	}
	nic->promoting = false;
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
	if (!macvlan_supports_dest_filter(vdev)) {
		vmq_station_fell_back(nic, vdev,
				      "its mode has no address to steer by");
		return ERR_PTR(-EMEDIUMTYPE);
	}
	if (netif_is_multiqueue(vdev) || vdev->real_num_rx_queues > 1) {
		vmq_station_fell_back(nic, vdev,
				      "a station has one queue, it wants more");
		return ERR_PTR(-ERANGE);
	}
	if (!netif_device_present(netdev)) {
		vmq_station_fell_back(nic, vdev, "the port is not there");
		return ERR_PTR(-ENODEV);
	}

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
	struct vmq_station *station;
	struct net_device *vdev;

	nic->promoting = true;
	while (!list_empty(&nic->stations)) {
		station = list_first_entry(&nic->stations, struct vmq_station,
					   list);
		vdev = station->vdev;
		/* macvlan is about to add it, to what it may have done before */
		if (!station->count)
			dev_uc_del(nic->netdev, vdev->dev_addr);
		vmq_station_destroy(station);
		if (macvlan_release_l2fw_offload(vdev))
			netdev_warn(nic->netdev,
				    "no memory for the address of %s\n",
				    vdev->name);
	}
	nic->promoting = false;
}

/* One filter for the new address in the place of that for the old one */
static int vmq_station_follow(struct vmq_station *station, int slot,
			      struct netlink_ext_ack *extack)
{
	struct vmq_filter_key key;
	struct vmq_filter *filter;

	vmq_station_key(station, station->vids[slot], &key);
	filter = __vmq_filter_replace(station->nic, station->filter[slot],
				      vmq_station_consumer(station),
				      vmq_station_index(station), &key, extack);
	if (IS_ERR(filter))
		return PTR_ERR(filter);
	station->filter[slot] = filter;
	return 0;
}

static int vmq_station_follow_all(struct vmq_station *station,
				  struct netlink_ext_ack *extack)
{
	int slot, err;

	if (!station->count)
		return vmq_station_enter(station, extack);
	for (slot = 0; slot < station->count; slot++) {
		err = vmq_station_follow(station, slot, extack);
		if (err)
			return err;
	}
	return 0;
}

/* The station has a new address. If it cannot follow with all of its VLANs its
 * frames reach the default queue, where macvlan finds them.
 */
static void vmq_station_changed_addr(struct vmq_station *station)
{
	struct netlink_ext_ack extack = {};
	int err;

	err = vmq_station_follow_all(station, &extack);
	if (err) {
		vmq_station_clear(station);
		vmq_station_give_queue(station);
		vmq_station_fell_back(station->nic, station->vdev,
				      vmq_station_reason(&extack, err));
		return;
	}
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
	if (!netif_is_macvlan(vdev) ||
	    !vmq_netdev_is_ours(macvlan_dev_real_dev(vdev)))
		return NULL;
	return macvlan_accel_priv(vdev);
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
