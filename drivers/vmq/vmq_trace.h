/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints vmq:*. A queue's event shows the state it is in afterwards, a
 * filter's where it is carried out.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM vmq

#if !defined(_VMQ_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _VMQ_TRACE_H

#include <linux/tracepoint.h>

struct vmq_filter;
struct vmq_nic;
struct vmq_queue;

DECLARE_EVENT_CLASS(vmq_queue,
	TP_PROTO(const struct vmq_queue *queue),
	TP_ARGS(queue),
	TP_STRUCT__entry(
		__string(dev, queue->nic->netdev->name)
		__string(owner, queue->owner ? queue->owner->name : "")
		__string(name, queue->name)
		__string(state, vmq_queue_state_name(vmq_queue_state(queue)))
		__field(u16, index)
		__field(u32, filters)
	),
	TP_fast_assign(
		__assign_str(dev);
		__assign_str(owner);
		__assign_str(name);
		__assign_str(state);
		__entry->index = queue->index;
		__entry->filters = queue->filters;
	),
	TP_printk("%s queue %u owner=%s for=%s filters=%u state=%s",
		  __get_str(dev), __entry->index, __get_str(owner),
		  __get_str(name), __entry->filters, __get_str(state))
);

DEFINE_EVENT(vmq_queue, vmq_queue_alloc,
	TP_PROTO(const struct vmq_queue *queue), TP_ARGS(queue));
DEFINE_EVENT(vmq_queue, vmq_queue_complete,
	TP_PROTO(const struct vmq_queue *queue), TP_ARGS(queue));
DEFINE_EVENT(vmq_queue, vmq_queue_state,
	TP_PROTO(const struct vmq_queue *queue), TP_ARGS(queue));
DEFINE_EVENT(vmq_queue, vmq_queue_free,
	TP_PROTO(const struct vmq_queue *queue), TP_ARGS(queue));

DECLARE_EVENT_CLASS(vmq_filter,
	TP_PROTO(const struct vmq_nic *nic, const struct vmq_filter *filter),
	TP_ARGS(nic, filter),
	TP_STRUCT__entry(
		__string(dev, nic->netdev->name)
		__string(owner, filter->owner->name)
		__string(place, vmq_place_name(filter->place))
		__field(u32, id)
		__array(u8, addr, ETH_ALEN)
		__field(u8, test)
		__field(u16, vid)
		__field(u16, queue)
	),
	TP_fast_assign(
		__assign_str(dev);
		__assign_str(owner);
		__assign_str(place);
		__entry->id = filter->id;
		ether_addr_copy(__entry->addr, filter->key.addr);
		__entry->test = filter->key.test;
		__entry->vid = filter->key.vid;
		__entry->queue = filter->queue;
	),
	TP_printk("%s filter %u %pM vlan=%s/%u queue=%u owner=%s: %s",
		  __get_str(dev), __entry->id, __entry->addr,
		  __print_symbolic(__entry->test,
				   { VMQ_VLAN_ANY, "any" },
				   { VMQ_VLAN_UNTAGGED, "untagged" },
				   { VMQ_VLAN_VID, "vid" }),
		  __entry->vid, __entry->queue, __get_str(owner),
		  __get_str(place))
);

#define VMQ_FILTER_EVENT(name)						\
DEFINE_EVENT(vmq_filter, name,						\
	TP_PROTO(const struct vmq_nic *nic,				\
		 const struct vmq_filter *filter),			\
	TP_ARGS(nic, filter))

VMQ_FILTER_EVENT(vmq_filter_set);
VMQ_FILTER_EVENT(vmq_filter_move);
VMQ_FILTER_EVENT(vmq_filter_clear);
VMQ_FILTER_EVENT(vmq_filter_promote);
VMQ_FILTER_EVENT(vmq_filter_fallback);

TRACE_EVENT(vmq_rx_drop,
	TP_PROTO(const struct vmq_queue *queue, const char *reason),
	TP_ARGS(queue, reason),
	TP_STRUCT__entry(
		__string(dev, queue->nic->netdev->name)
		__string(reason, reason)
		__field(u16, index)
	),
	TP_fast_assign(
		__assign_str(dev);
		__assign_str(reason);
		__entry->index = queue->index;
	),
	TP_printk("%s queue %u: %s", __get_str(dev), __entry->index,
		  __get_str(reason))
);

#endif /* _VMQ_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE vmq_trace
#include <trace/define_trace.h>
