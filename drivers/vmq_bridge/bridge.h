/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmq_bridge: hardware queues for the ports of a Linux bridge.
 *
 * A NIC that vmq drives is an uplink of a bridge if it, or a VLAN device on
 * it, is one of the bridge's ports. Addresses that the bridge knows behind its
 * other ports are entries. An entry that is promoted has filters, which steer
 * its frames to a queue; a port with a promoted entry has that queue.
 *
 * Who may touch what:
 *	RTNL		everything but for
 *	nic->lock	adding to and taking from nic->entries, and what had no
 *			room there; the bridge's notifier adds, in any context
 *	RCU		readers of lists and tables: the packet path, notifiers
 */
#ifndef _VMQ_BRIDGE_H
#define _VMQ_BRIDGE_H

#include <linux/etherdevice.h>
#include <linux/hashtable.h>
#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/u64_stats_sync.h>
#include <linux/xarray.h>
#include <net/vmq.h>

struct ndmsg;
struct nlmsghdr;

/* Of one NIC; further addresses stay on the default queue */
#define VMQ_BRIDGE_MAX_ENTRIES	4096
#define VMQ_BRIDGE_SOURCES	256
#define VMQ_BRIDGE_BATCH	16
/* An address that could not be promoted is tried again after so long */
#define VMQ_BRIDGE_RETRY	(10 * HZ)

/**
 * enum vmq_bridge_reason - why a frame of a queue has gone through the bridge
 * @VMQ_BRIDGE_DIRECT: it has not
 * @VMQ_BRIDGE_ENTRY: its address is no longer where it was promoted
 * @VMQ_BRIDGE_SETTLING: something about the bridge has just changed
 * @VMQ_BRIDGE_PORT: a port is not forwarding, is locked, isolated, or a tunnel
 * @VMQ_BRIDGE_VLAN: it belongs to a VLAN device on the NIC
 * @VMQ_BRIDGE_PROMISC: the bridge device itself gets a copy
 * @VMQ_BRIDGE_HOOK: netfilter has hooks in bridges
 * @VMQ_BRIDGE_INGRESS: the NIC has an ingress classifier, hook or XDP program
 * @VMQ_BRIDGE_CAPTURE: somebody captures frames on the NIC
 * @VMQ_BRIDGE_RPS: the NIC's frames are spread over CPUs by software
 * @VMQ_BRIDGE_PROTOCOL: the bridge itself may answer it or look into it
 * @VMQ_BRIDGE_SIZE: longer than the port's MTU
 * @VMQ_BRIDGE_GRO: TCP, of which many segments pass the bridge as one
 * @VMQ_BRIDGE_SOURCE: the bridge has to see its source now and then
 * @VMQ_BRIDGE_REASONS: how many there are
 */
enum vmq_bridge_reason {
	VMQ_BRIDGE_DIRECT,
	VMQ_BRIDGE_ENTRY,
	VMQ_BRIDGE_SETTLING,
	VMQ_BRIDGE_PORT,
	VMQ_BRIDGE_VLAN,
	VMQ_BRIDGE_PROMISC,
	VMQ_BRIDGE_HOOK,
	VMQ_BRIDGE_INGRESS,
	VMQ_BRIDGE_CAPTURE,
	VMQ_BRIDGE_RPS,
	VMQ_BRIDGE_PROTOCOL,
	VMQ_BRIDGE_SIZE,
	VMQ_BRIDGE_GRO,
	VMQ_BRIDGE_SOURCE,
	VMQ_BRIDGE_REASONS,
};

/*
 * The plan of an entry, one word so that it changes at once: which frames are
 * for it, and what the bridge would do with them.
 */
#define VMQ_BRIDGE_MATCH_ANY		BIT(0)	/* tagged or not */
#define VMQ_BRIDGE_MATCH_UNTAGGED	BIT(1)	/* or priority-tagged */
#define VMQ_BRIDGE_MATCH_VID		BIT(2)	/* tagged with the VLAN below */
#define VMQ_BRIDGE_MATCH		GENMASK(2, 0)
#define VMQ_BRIDGE_PLAN_UNTAG		BIT(3)	/* leaves without a tag */
#define VMQ_BRIDGE_PLAN_TAG		BIT(4)	/* leaves with the VLAN below */
#define VMQ_BRIDGE_PLAN_GRO		BIT(5)	/* the port takes long TCP frames */
#define VMQ_BRIDGE_PLAN_BATCH		BIT(6)	/* a tap, which takes batches */
#define VMQ_BRIDGE_PLAN_BATCH_LONG	BIT(7)	/* ... of long frames, too */
#define VMQ_BRIDGE_PLAN_REASON		GENMASK(15, 8)	/* against direct delivery */
#define VMQ_BRIDGE_PLAN_VID		GENMASK(27, 16)

/**
 * struct vmq_bridge_frame - a frame to be judged
 * @data: its beginning, the Ethernet header
 * @headlen: how much of it @data has
 * @len: its length
 * @vid: VLAN of its tag, which is not in @data; 0 without one, or for a
 *	priority tag
 */
struct vmq_bridge_frame {
	const u8 *data;
	u32 headlen;
	u32 len;
	u16 vid;
};

/**
 * struct vmq_bridge_stats - what became of a queue's frames
 * @syncp: protects readers
 * @frames: by &enum vmq_bridge_reason
 */
struct vmq_bridge_stats {
	struct u64_stats_sync syncp;
	u64 frames[VMQ_BRIDGE_REASONS];
};

/**
 * struct vmq_bridge_source - a source address the bridge has seen
 * @addr: the address; 0 in a place that is free
 * @vid: in which VLAN
 * @seen: when, in jiffies
 */
struct vmq_bridge_source {
	u64 addr;
	u32 vid;
	unsigned long seen;
};

/**
 * struct vmq_bridge_nic - a NIC with uplinks
 * @list: in vmq_bridge_nics; RCU
 * @netdev: its netdev
 * @owner: as which it has queues
 * @uplinks: &struct vmq_bridge_uplink; RCU
 * @ports: &struct vmq_bridge_port, those with a queue; RCU
 * @lock: protects writers of @entries
 * @entries: &struct vmq_bridge_entry by address; RCU
 * @count: how many
 * @past: what became of the frames of ports that are gone
 * @promoted: entries that were promoted
 * @demoted: entries that were demoted
 * @refused: entries that should have been promoted and could not be
 * @overflows: addresses there was no memory or place for
 * @rcu: to free it
 */
struct vmq_bridge_nic {
	struct list_head list;
	struct net_device *netdev;
	struct vmq_owner *owner;
	struct list_head uplinks;
	struct list_head ports;
	spinlock_t lock;
	DECLARE_HASHTABLE(entries, 8);
	unsigned int count;
	struct vmq_bridge_stats past;
	u64 promoted;
	u64 demoted;
	u64 refused;
	u64 overflows;
	struct rcu_head rcu;
};

/**
 * struct vmq_bridge_uplink - a bridge's port that leads to a NIC
 * @list: in &vmq_bridge_nic.uplinks; RCU
 * @nic: the NIC
 * @dev: the port: the NIC's netdev, or a VLAN device on it
 * @dev_tracker: of the reference to @dev
 * @bridge: the bridge
 * @bridge_tracker: of the reference to @bridge
 * @vid: of the VLAN device; 0 for the NIC itself
 * @refresh: the bridge sees each source once in so many jiffies
 * @missed: there was no room for an address that the bridge told of
 * @rcu: to free it
 */
struct vmq_bridge_uplink {
	struct list_head list;
	struct vmq_bridge_nic *nic;
	struct net_device *dev;
	netdevice_tracker dev_tracker;
	struct net_device *bridge;
	netdevice_tracker bridge_tracker;
	u16 vid;
	unsigned long refresh;
	bool missed;
	struct rcu_head rcu;
};

/**
 * struct vmq_bridge_port - a port of a bridge, with its queue
 * @list: in &vmq_bridge_nic.ports; RCU
 * @nic: the NIC
 * @dev: the port
 * @queue: its queue
 * @entries: its promoted entries; RCU
 * @since: when it got the queue, in jiffies
 * @held: GRO of the queue's NAPI may still hold frames; NAPI
 * @looked: @now is of this poll; by one NAPI at a time
 * @now: vmq_bridge_reason_now(), or that batches cannot be sent
 * @batched: how many frames are in @batch
 * @batch: frames to be sent together; by one NAPI at a time
 * @rcu: to free it
 * @stats: what became of the queue's frames; written by one NAPI at a time
 * @sources: what the bridge has seen of sources, by address
 */
struct vmq_bridge_port {
	struct list_head list;
	struct vmq_bridge_nic *nic;
	struct net_device *dev;
	struct vmq_queue *queue;
	struct hlist_head entries;
	unsigned long since;
	u8 held;
	bool looked;
	enum vmq_bridge_reason now;
	u32 batched;
	struct xdp_frame *batch[VMQ_BRIDGE_BATCH];
	struct rcu_head rcu;
	struct vmq_bridge_stats stats;
	struct vmq_bridge_source sources[VMQ_BRIDGE_SOURCES];
};

/**
 * struct vmq_bridge_entry - an address behind a port
 * @hash: in &vmq_bridge_nic.entries; RCU
 * @node: in &vmq_bridge_port.entries while it is promoted; RCU
 * @uplink: through which the frames come
 * @dev: the port it is behind
 * @dev_tracker: of the reference to @dev
 * @addr: the address
 * @vid: the VLAN, as the bridge keys it: 0 if it does not filter VLANs
 * @user: set by the user, so promoted first and kept
 * @gone: the bridge no longer has it there; READ_ONCE in the packet path
 * @plan: what the bridge would do with its frames; READ_ONCE in the packet path
 * @frames: received for it; written by NAPI
 * @frames_before: the same, a second ago
 * @rate: frames a second, smoothed
 * @ahead: for how many seconds it has been busier than a port with a queue
 * @port: its port, while it is promoted
 * @filter: its filters
 * @offloaded: the bridge has been told that hardware steers it
 * @failed: it could not be promoted, for another reason than that no queue was
 *	left; not to be tried again before @retry
 * @retry: in jiffies
 * @reason: why it is not promoted, for people
 * @rcu: to free it
 */
struct vmq_bridge_entry {
	struct hlist_node hash;
	struct hlist_node node;
	struct vmq_bridge_uplink *uplink;
	struct net_device *dev;
	netdevice_tracker dev_tracker;
	u8 addr[ETH_ALEN];
	u16 vid;
	bool user;
	bool gone;
	u32 plan;
	u64 frames;
	u64 frames_before;
	u32 rate;
	u32 ahead;
	struct vmq_bridge_port *port;
	struct vmq_filter *filter[2];
	bool offloaded;
	bool failed;
	unsigned long retry;
	char reason[64];
	struct rcu_head rcu;
};

/**
 * struct vmq_bridge_told - where rtnetlink says that an address is
 * @net: namespace of the bridge
 * @bridge: index of the bridge
 * @port: index of the port
 * @addr: the address
 * @vid: the VLAN, as the bridge keys it
 * @there: it is there; else it was
 * @local: it is the host's
 * @user: it is there for good
 */
struct vmq_bridge_told {
	const struct net *net;
	int bridge;
	int port;
	const u8 *addr;
	u16 vid;
	bool there;
	bool local;
	bool user;
};

/**
 * struct vmq_bridge_vlans - VLANs that ports of a namespace do not forward
 * @blocked: by port and VLAN
 * @unknown: it is not known which
 */
struct vmq_bridge_vlans {
	struct xarray blocked;
	bool unknown;
};

/**
 * vmq_bridge_vid() - the VLAN of a frame's tag
 * @skb: a frame whose tag is stripped
 *
 * Return: the VLAN; 0 without a tag, or for a priority tag.
 */
static inline u16 vmq_bridge_vid(const struct sk_buff *skb)
{
	return skb_vlan_tag_present(skb) ? skb_vlan_tag_get_id(skb) : 0;
}

/* bridge_main.c: */
extern struct list_head vmq_bridge_nics;
void vmq_bridge_changed(void);
bool vmq_bridge_is_settled(void);
void vmq_bridge_kick(void);

/* bridge_uplink.c: */
void vmq_bridge_scan(void);
void vmq_bridge_uplinks_settle(void);
void vmq_bridge_uplinks_tick(struct vmq_bridge_nic *nic);
void vmq_bridge_nics_del(void);

/* bridge_entry.c: */
void vmq_bridge_entry_learn(struct vmq_bridge_uplink *uplink,
			    struct net_device *dev, const u8 *addr, u16 vid,
			    bool user);
bool vmq_bridge_is_user(const struct ndmsg *ndm);
void vmq_bridge_entry_told(const struct vmq_bridge_told *told);
void vmq_bridge_entry_free(struct vmq_bridge_entry *entry);
void vmq_bridge_entry_stray(void *priv, const struct sk_buff *skb);
int vmq_bridge_fdb_get(const struct vmq_bridge_entry *entry,
		       struct ndmsg *ndm);
int vmq_bridge_fdb_event(struct notifier_block *nb, unsigned long event,
			 void *ptr);

/* bridge_plan.c: */
void vmq_bridge_plan(struct vmq_bridge_entry *entry);

/* bridge_port.c: */
int vmq_bridge_promote(struct vmq_bridge_entry *entry);
void vmq_bridge_demote(struct vmq_bridge_entry *entry);
void vmq_bridge_port_demote(struct vmq_bridge_port *port);
void vmq_bridge_offloaded(struct vmq_bridge_entry *entry);

/* bridge_policy.c: */
void vmq_bridge_settle(struct vmq_bridge_nic *nic);
void vmq_bridge_tick(struct vmq_bridge_nic *nic);

/* bridge_reason.c: */
const char *vmq_bridge_reason_name(enum vmq_bridge_reason reason);
bool vmq_bridge_matches(u32 plan, u16 vid);
struct vmq_bridge_entry *
vmq_bridge_entry_match(const struct vmq_bridge_port *port,
		       const struct vmq_bridge_frame *frame, u32 *plan);
void vmq_bridge_source_forget(struct vmq_bridge_nic *nic, const u8 *addr);
void vmq_bridge_source_seen(struct vmq_bridge_port *port,
			    const struct vmq_bridge_frame *frame);
bool vmq_bridge_is_tcp(const struct vmq_bridge_frame *frame);
enum vmq_bridge_reason
vmq_bridge_reason_now(const struct vmq_bridge_entry *entry);
enum vmq_bridge_reason
vmq_bridge_judge(struct vmq_bridge_port *port,
		 const struct vmq_bridge_entry *entry,
		 const struct vmq_bridge_frame *frame, u32 plan,
		 enum vmq_bridge_reason now);

/* bridge_rx.c: */
extern const struct vmq_raw_ops vmq_bridge_raw_ops;
void vmq_bridge_receive(void *priv, struct napi_struct *napi,
			struct sk_buff *skb);

/* bridge_vlan.c: */
int vmq_bridge_vlan_init(struct vmq_bridge_vlans *vlans, struct net *net);
void vmq_bridge_vlan_message(struct vmq_bridge_vlans *vlans,
			     const struct nlmsghdr *message);
void vmq_bridge_vlan_port_left(struct vmq_bridge_vlans *vlans, u32 ifindex);
bool vmq_bridge_vlan_forwards(struct vmq_bridge_vlans *vlans, u32 ifindex,
			      u16 vid);

/* bridge_monitor.c: */
struct vmq_bridge_vlans *vmq_bridge_monitor_vlans(const struct net *net);
int vmq_bridge_monitor_init(void);
void vmq_bridge_monitor_exit(void);

/* bridge_debugfs.c: */
void vmq_bridge_debugfs_init(void);
void vmq_bridge_debugfs_exit(void);

#endif /* _VMQ_BRIDGE_H */
