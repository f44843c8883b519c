/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One NIC, its queues and its steering table.
 *
 * Who protects what, outermost first:
 *
 *   devlink lock		the devlink instance: its port, resources and
 *				reporters. devlink's callbacks hold it, and
 *				take what they need of the following
 *   netdev instance lock	everything a command changes: queues, rings,
 *				rules, stations, link configuration, and the
 *				chip operations for them. Commands that may
 *				change the number of queues hold RTNL outside.
 *   vmq_steering.lock		inside that: the filter table, the chip
 *				operations for addresses, VLANs and pools, and
 *				which receive rings run
 *   NAPI context		ring indexes and buffers of a running ring
 *   netif_tx_lock of a queue	the producer side of its transmit ring
 *   RCU			the filters' hash table, read by the receive
 *				path of a queue that needs the software check
 *   u64_stats_sync		counters, one writer each
 *
 * vmq_nic.hw.gone is read without a lock.
 */
#ifndef _VMQ_H
#define _VMQ_H

#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/workqueue.h>

#include "vmq_devlink.h"
#include "vmq_filter.h"
#include "vmq_hw.h"
#include "vmq_ring.h"
#include "vmq_trace.h"

#define VMQ_DRV_NAME		"vmq"

#define VMQ_DEFAULT_RX_DESC	512
#define VMQ_DEFAULT_TX_DESC	512
#define VMQ_DEFAULT_USECS	50
#define VMQ_RX_COPYBREAK	128

/* How long the stack waits for a stopped transmit queue */
#define VMQ_TX_TIMEOUT		(5 * HZ)
/* How often the link, the chip's counters and its presence are looked at */
#define VMQ_SERVICE_PERIOD	(2 * HZ)

/**
 * struct vmq_owner - who has queues and sets filters
 * @list: in &vmq_nic.owners, if it belongs to another module
 * @nic: the NIC
 * @ops: what it is told, if it belongs to another module
 * @priv: for @ops
 * @name: for people
 */
struct vmq_owner {
	struct list_head list;
	struct vmq_nic *nic;
	const struct vmq_owner_ops *ops;
	void *priv;
	char name[16];
};

/**
 * struct vmq_queue - a receive queue, a transmit queue, a vector, a NAPI
 * @napi: polls both rings
 * @nic: the NIC
 * @consumer: who gets the received frames
 * @receiving: held while a consumer with a function is called, as long as
 *	&vmq_nic.shared is set
 * @rx: receive ring, NULL while the queue delivers nothing; READ_ONCE in the
 *	packet path
 * @tx: transmit ring, NULL while the NIC is down
 * @index: number of the queue, its pool and its vector
 * @tx_closing: a poll must not wake the transmit queue, it was stopped for
 *	good; READ_ONCE in the packet path
 * @check: hardware may deliver frames of another consumer, so each frame is
 *	looked up in software; READ_ONCE in the packet path
 * @asked: this poll has offered frames to &vmq_consumer.raw; NAPI
 * @flush: the next poll is to take from GRO what it holds (vmq_drain.c)
 * @polls: how often it was polled, written at the end of each poll
 * @rx_stats: written by the poll
 * @tx_stats: written by the poll, but for what the sender counts
 * @owner: who allocated it, NULL if nobody did
 * @complete: the allocation is complete
 * @ending: it is being freed
 * @filters: how many filters lead to it
 * @buffers: what its owner suggested as the size of its ring, or 0
 * @held: its receive ring while it is held back (vmq_drain.c)
 * @name: what it is for
 * @usecs: interrupt interval
 * @irq_name: name of the interrupt
 */
struct vmq_queue {
	struct napi_struct napi;
	struct vmq_nic *nic;
	struct vmq_consumer consumer;
	spinlock_t receiving;
	struct vmq_rx_ring *rx;
	struct vmq_tx_ring *tx;
	u16 index;
	bool tx_closing;
	bool check;
	bool asked;
	bool flush;
	u32 polls;

	struct vmq_rx_stats rx_stats;
	struct vmq_tx_stats tx_stats;

	/* Slow path */
	struct vmq_owner *owner;
	bool complete;
	bool ending;
	u32 filters;
	u32 buffers;
	struct vmq_rx_ring *held;
	char name[32];
	u16 usecs;				/* microseconds */
	char irq_name[IFNAMSIZ + 8];
};

/**
 * struct vmq_nic - one NIC, the private part of its netdev
 * @netdev: its netdev
 * @hw: its chip
 * @msg_enable: which messages to log (ethtool -s msglvl)
 * @rx_copybreak: received frames up to this many bytes are copied to a piece
 *	of a page; READ_ONCE in the packet path
 * @tx_copybreak: frames to be sent up to this many bytes are copied instead of
 *	mapped; READ_ONCE in the packet path
 * @queue: the queues; 0 is the default queue
 * @channels: queues 0 to channels - 1 belong to the netdev
 * @rx_count: buffers that a receive ring keeps posted
 * @tx_count: descriptors of a transmit ring
 * @up: rings and vectors are set up
 * @stale: a reset has failed, the chip knows nothing: vmq_up() begins with one
 * @shared: software carries filters, so frames of a queue come by its own NAPI
 *	and by others at the same time; READ_ONCE in the packet path
 * @steering: the software table of filters, and what the chip holds of it
 * @rules: ethtool -N rules by location
 * @owners: &struct vmq_owner of other modules
 * @watcher: which of them sees the default queue's frames; RCU
 * @channel_owner: the netdev itself
 * @station_owner: all macvlan stations
 * @closing: no new owner is let in
 * @stations: macvlan stations, oldest first
 * @promoting: stations are being given queues, or must not be
 * @station_fallbacks: stations that got no queue and went to software
 * @drain_timeouts: times a queue was waited for in vain (vmq_drain.c)
 * @link: last state of the link
 * @link_cfg: what the user wants of it
 * @stats_sync: protects readers of @stats
 * @stats: the chip's counters
 * @tx_timeouts: times a transmit queue did not move
 * @overruns: interrupts that told of a frame without a descriptor
 * @service: looks after link, counters and presence
 * @load: what owners go by that hand out queues by load; READ_ONCE
 * @devlink: its devlink instance
 * @health: reports errors and recovers from them
 */
struct vmq_nic {
	struct net_device *netdev;
	struct vmq_hw hw;
	u32 msg_enable;
	u32 rx_copybreak;			/* bytes */
	u32 tx_copybreak;			/* bytes */
	struct vmq_queue queue[VMQ_MAX_QUEUES];

	u16 channels;
	u16 rx_count;
	u16 tx_count;
	bool up;
	bool stale;

	bool shared;
	struct vmq_steering steering;
	struct vmq_filter *rules[VMQ_MAX_RULES];
	struct list_head owners;
	struct vmq_owner __rcu *watcher;
	struct vmq_owner channel_owner;
	struct vmq_owner station_owner;
	bool closing;
	struct list_head stations;
	bool promoting;
	u64 station_fallbacks;
	u64 drain_timeouts;

	struct vmq_hw_link link;
	struct vmq_hw_link_cfg link_cfg;

	struct u64_stats_sync stats_sync;
	struct vmq_hw_stats stats;
	u64 tx_timeouts;
	atomic64_t overruns;

	struct delayed_work service;

	struct vmq_load_params load;
	struct vmq_devlink *devlink;
	struct vmq_health health;
};

/* vmq_main.c: */
int vmq_up(struct vmq_nic *nic);
void vmq_down(struct vmq_nic *nic);
int vmq_reset(struct vmq_nic *nic);
bool vmq_present(struct vmq_nic *nic);
void vmq_program_pools(struct vmq_nic *nic);
void __vmq_program_pools(struct vmq_nic *nic, u32 untagged);
void vmq_program_rx_mode(struct vmq_nic *nic,
			 const struct netdev_hw_addr_list *mc);
int vmq_hw_restart(struct vmq_nic *nic);
void vmq_stats_update(struct vmq_nic *nic);
void vmq_nic_init(struct vmq_nic *nic, struct net_device *netdev,
		  const struct vmq_hw_caps *caps, const struct vmq_hw_ops *ops);
void vmq_work_exit(struct vmq_nic *nic);

/* vmq_owner.c: */
void vmq_owner_init(struct vmq_owner *owner, struct vmq_nic *nic,
		    const char *name);
void vmq_owner_show_stray(struct vmq_nic *nic, const struct sk_buff *skb);
void vmq_owner_tell_room(struct vmq_nic *nic);
void vmq_owner_close_all(struct vmq_nic *nic);

/* vmq_queue.c: */
struct vmq_queue *__vmq_queue_alloc(struct vmq_owner *owner,
				    const struct vmq_queue_params *params,
				    struct net_device *netdev,
				    struct netlink_ext_ack *extack);
void __vmq_queue_take(struct vmq_queue *queue, struct vmq_owner *owner,
		      const struct vmq_queue_params *params,
		      struct net_device *netdev);
int __vmq_queue_complete(struct vmq_queue *queue,
			 struct netlink_ext_ack *extack);
void __vmq_queue_free(struct vmq_queue *queue);
u16 vmq_queue_rx_count(const struct vmq_queue *queue);
const char *vmq_queue_state_name(enum vmq_queue_state state);
const char *vmq_queue_owner(const struct vmq_queue *queue);
const char *vmq_queue_consumer(const struct vmq_queue *queue);

/* vmq_channel.c: */
int vmq_channel_set(struct vmq_nic *nic, u16 channels,
		    struct netlink_ext_ack *extack);

/* vmq_resize.c: */
int vmq_resize(struct vmq_nic *nic, u16 rx_count, u16 tx_count);
void vmq_resize_queue(struct vmq_queue *queue);
extern const struct netdev_queue_mgmt_ops vmq_queue_mgmt_ops;

/* vmq_rings.c: */
int vmq_rings_start_rx(struct vmq_queue *queue, struct vmq_rx_ring *ring);
struct vmq_rx_ring *vmq_rings_stop_rx(struct vmq_queue *queue);
struct vmq_tx_ring *vmq_rings_swap_tx(struct vmq_queue *queue,
				      struct vmq_tx_ring *ring);
int vmq_rings_up(struct vmq_nic *nic);
void vmq_rings_down(struct vmq_nic *nic);

/* vmq_drain.c: */
void vmq_drain_hold(struct vmq_queue *queue);
void vmq_drain_release(struct vmq_queue *queue);
void vmq_drain_hold_all(struct vmq_nic *nic, u32 queues);
void vmq_drain_release_all(struct vmq_nic *nic, u32 queues);
void vmq_drain_wait(struct vmq_queue *queue);
void vmq_drain_sync(struct vmq_queue *queue);

/* vmq_irq.c: */
int vmq_irq_alloc_vectors(struct vmq_nic *nic);
void vmq_irq_free_vectors(struct vmq_nic *nic);
void vmq_irq_spread(struct vmq_nic *nic);
void vmq_irq_kick(const struct vmq_queue *queue);
int vmq_irq_request_queue(struct vmq_queue *queue);
void vmq_irq_free_queue(struct vmq_queue *queue);
int vmq_irq_request_other(struct vmq_nic *nic);
void vmq_irq_free_other(struct vmq_nic *nic);

/* vmq_netdev.c: */
void vmq_netdev_setup(struct net_device *netdev);
void vmq_netdev_listen(struct net_device *netdev);
bool vmq_netdev_is_ours(const struct net_device *netdev);

/* vmq_stats.c: */
void vmq_stats_setup(struct net_device *netdev);
void vmq_stats_get64(struct net_device *netdev,
		     struct rtnl_link_stats64 *stats);
int vmq_stats_count(void);
void vmq_stats_strings(u8 *data);
void vmq_stats_values(struct net_device *netdev, struct ethtool_stats *stats,
		      u64 *data);

/* vmq_std_stats.c: */
void vmq_std_stats_mac(struct net_device *netdev,
		       struct ethtool_eth_mac_stats *mac);
void vmq_std_stats_phy(struct net_device *netdev,
		       struct ethtool_eth_phy_stats *phy);
void vmq_std_stats_ctrl(struct net_device *netdev,
			struct ethtool_eth_ctrl_stats *ctrl);
void vmq_std_stats_rmon(struct net_device *netdev,
			struct ethtool_rmon_stats *rmon,
			const struct ethtool_rmon_hist_range **ranges);
void vmq_std_stats_pause(struct net_device *netdev,
			 struct ethtool_pause_stats *pause);

/* vmq_link.c: */
int vmq_link_get_ksettings(struct net_device *netdev,
			   struct ethtool_link_ksettings *cmd);
int vmq_link_set_ksettings(struct net_device *netdev,
			   const struct ethtool_link_ksettings *cmd);
int vmq_link_nway_reset(struct net_device *netdev);
void vmq_link_get_pause(struct net_device *netdev,
			struct ethtool_pauseparam *pause);
int vmq_link_set_pause(struct net_device *netdev,
		       struct ethtool_pauseparam *pause);
int vmq_link_set_phys_id(struct net_device *netdev,
			 enum ethtool_phys_id_state state);

/* vmq_ethtool.c: */
void vmq_ethtool_refuse(const struct vmq_nic *nic, const char *option,
			const struct netlink_ext_ack *extack);
void vmq_ethtool_setup(struct net_device *netdev);

/* vmq_rules.c: */
int vmq_rules_get(struct net_device *netdev, struct ethtool_rxnfc *nfc,
		  u32 *locations);
int vmq_rules_set(struct net_device *netdev, struct ethtool_rxnfc *nfc);
void vmq_rules_clear(struct vmq_nic *nic);

/* vmq_station.c: */
void *vmq_station_add(struct net_device *netdev, struct net_device *vdev);
void vmq_station_del(struct net_device *netdev, void *priv);
void vmq_station_promote(struct vmq_nic *nic);
void vmq_station_release_all(struct vmq_nic *nic);
int vmq_station_init(void);
void vmq_station_exit(void);

/* vmq_selftest.c: */
void vmq_selftest(struct net_device *netdev, struct ethtool_test *test,
		  u64 *data);
extern const char vmq_selftest_names[][ETH_GSTRING_LEN];
#define VMQ_SELFTEST_COUNT	6

/* vmq_debugfs.c: */
void vmq_debugfs_init(void);
void vmq_debugfs_exit(void);
void vmq_debugfs_add(struct vmq_nic *nic);
void vmq_debugfs_del(struct vmq_nic *nic);

/* vmq_pci.c: */
extern struct pci_driver vmq_pci_driver;

#endif /* _VMQ_H */
