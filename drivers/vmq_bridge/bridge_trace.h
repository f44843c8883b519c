/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints vmq_bridge:*.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM vmq_bridge

#if !defined(_VMQ_BRIDGE_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _VMQ_BRIDGE_TRACE_H

#include <linux/tracepoint.h>

DECLARE_EVENT_CLASS(vmq_bridge_entry,
	TP_PROTO(const struct vmq_bridge_entry *which),
	TP_ARGS(which),
	TP_STRUCT__entry(
		__string(uplink, which->uplink->dev->name)
		__string(port, which->dev->name)
		__array(u8, addr, ETH_ALEN)
		__field(u16, vid)
		__field(int, queue)
		__field(u32, rate)
		__string(reason, which->reason)
	),
	TP_fast_assign(
		__assign_str(uplink);
		__assign_str(port);
		ether_addr_copy(__entry->addr, which->addr);
		__entry->vid = which->vid;
		__entry->queue = which->port ? vmq_queue_id(which->port->queue) : 0;
		__entry->rate = which->rate;
		__assign_str(reason);
	),
	TP_printk("%s addr=%pM vlan=%u port=%s queue=%d rate=%u %s",
		  __get_str(uplink), __entry->addr, __entry->vid,
		  __get_str(port), __entry->queue, __entry->rate,
		  __get_str(reason))
);

DEFINE_EVENT(vmq_bridge_entry, vmq_bridge_promote,
	TP_PROTO(const struct vmq_bridge_entry *which), TP_ARGS(which));
DEFINE_EVENT(vmq_bridge_entry, vmq_bridge_demote,
	TP_PROTO(const struct vmq_bridge_entry *which), TP_ARGS(which));
DEFINE_EVENT(vmq_bridge_entry, vmq_bridge_refuse,
	TP_PROTO(const struct vmq_bridge_entry *which), TP_ARGS(which));

TRACE_EVENT(vmq_bridge_direct,
	TP_PROTO(const struct vmq_bridge_port *port, u32 len),
	TP_ARGS(port, len),
	TP_STRUCT__entry(
		__string(port, port->dev->name)
		__field(u32, len)
	),
	TP_fast_assign(
		__assign_str(port);
		__entry->len = len;
	),
	TP_printk("%s len=%u", __get_str(port), __entry->len)
);

TRACE_EVENT(vmq_bridge_by_bridge,
	TP_PROTO(const struct vmq_bridge_port *port, u32 len,
		 enum vmq_bridge_reason reason),
	TP_ARGS(port, len, reason),
	TP_STRUCT__entry(
		__string(port, port->dev->name)
		__field(u32, len)
		__string(reason, vmq_bridge_reason_name(reason))
	),
	TP_fast_assign(
		__assign_str(port);
		__entry->len = len;
		__assign_str(reason);
	),
	TP_printk("%s len=%u: %s", __get_str(port), __entry->len,
		  __get_str(reason))
);

#endif /* _VMQ_BRIDGE_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE bridge_trace
#include <trace/define_trace.h>
