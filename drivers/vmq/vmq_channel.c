// SPDX-License-Identifier: GPL-2.0-only
/*
 * Channels: the queues that belong to the netdev itself.
 */
#include <linux/netlink.h>
#include <net/netdev_lock.h>
#include <net/netdev_queues.h>

#include "vmq.h"

/* With stations, the stack must be able to reach every transmit queue */
static u16 vmq_channel_num_tx(const struct vmq_nic *nic, u16 channels)
{
	if (nic->netdev->features & NETIF_F_HW_L2FW_DOFFLOAD)
		return nic->hw.caps->num_queues;
	return channels;
}

static int vmq_channel_add(struct vmq_nic *nic, u16 channels,
			   struct netlink_ext_ack *extack)
{
	struct vmq_queue_params params = { .name = nic->netdev->name };
	struct vmq_queue *queue;
	int err, i;

	for (i = nic->channels; i < channels; i++) {
		queue = &nic->queue[i];
		if (queue->owner) {
			NL_SET_ERR_MSG_FMT(extack, "queue %u belongs to %s",
					   i, queue->name);
			err = -EBUSY;
			goto undo;
		}
		__vmq_queue_take(queue, &nic->channel_owner, &params,
				 nic->netdev);
		err = __vmq_queue_complete(queue, extack);
		if (err) {
			__vmq_queue_free(queue);
			goto undo;
		}
	}
	return 0;

undo:
	while (i-- > nic->channels)
		__vmq_queue_free(&nic->queue[i]);
	return err;
}

/**
 * vmq_channel_set() - change how many queues the netdev has
 * @nic: the NIC
 * @channels: from now on, at least 1
 * @extack: says why not
 *
 * Context: process context, RTNL and netdev instance lock held.
 * Return: 0; -EBUSY if one of them belongs to somebody else; -ENOMEM.
 */
int vmq_channel_set(struct vmq_nic *nic, u16 channels,
		    struct netlink_ext_ack *extack)
{
	u16 old = nic->channels;
	int err, i;

	err = vmq_channel_add(nic, channels, extack);
	if (err)
		return err;
	err = netif_set_real_num_queues(nic->netdev,
					vmq_channel_num_tx(nic, channels),
					channels);
	if (err) {
		for (i = channels - 1; i >= old; i--)
			__vmq_queue_free(&nic->queue[i]);
		return err;
	}

	WRITE_ONCE(nic->channels, channels);
	for (i = old - 1; i >= channels; i--)
		__vmq_queue_free(&nic->queue[i]);
	return 0;
}
